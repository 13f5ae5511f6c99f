// Strict lint of our scripts: browser code in src, Node code in the build and the checks.
import js from "@eslint/js";
import globals from "globals";

const strict = {
  "max-len": ["error", { code: 100, ignoreUrls: true }],
  "max-lines": ["error", 500],
  "max-lines-per-function": ["error", { max: 60, skipComments: true }],
  complexity: ["error", 16],
  curly: ["error", "multi-line"],
  eqeqeq: "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-shadow": "error",
  "no-var": "error",
  "prefer-const": "error",
  "prefer-template": "error",
};

export default [
  { ignores: ["dist/", "e2e/out/"] },
  js.configs.recommended,
  { languageOptions: { ecmaVersion: 2022, sourceType: "module" }, rules: strict },
  { files: ["src/**/*.js"], languageOptions: { globals: globals.browser } },
  {
    files: ["*.mjs", "*.js", "e2e/**/*.mjs"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { "max-lines-per-function": "off" },
  },
  {
    // The strict CSP forbids them, and so do we: markup as text, styles as attributes.
    files: ["src/**/*.js"],
    rules: {
      "no-restricted-properties": ["error",
        { property: "innerHTML", message: "Build elements; text never becomes markup." },
        { property: "outerHTML", message: "Build elements; text never becomes markup." },
        { property: "insertAdjacentHTML", message: "Build elements." },
        { property: "style", message: "Use a class or an svg attribute." }],
    },
  },
];
