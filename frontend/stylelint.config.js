// Strict lint of our styles. The floor is Chrome 86, iOS 14: what they lack is forbidden by name.
export default {
  extends: "stylelint-config-recommended",
  rules: {
    "color-named": "never",
    "declaration-block-no-redundant-longhand-properties": null,
    "declaration-no-important": null,
    "font-weight-notation": "numeric",
    "length-zero-no-unit": true,
    // The mockups order by part, not by specificity, and read better so.
    "no-descending-specificity": null,
    "no-duplicate-selectors": null,
    "property-disallowed-list": ["inset", "aspect-ratio", "float-defer", "content-visibility"],
    "property-no-unknown": [true, { ignoreProperties: ["text-size-adjust"] }],
    "selector-max-id": 0,
    "selector-pseudo-class-disallowed-list": ["has", "is", "where"],
    "unit-disallowed-list": ["dvh", "svh", "lvh", "cqw", "cqh"],
    "at-rule-disallowed-list": ["container", "layer", "scope", "property"],
    // No italics in Chinese; no gradients, whose bands do not print.
    "declaration-property-value-disallowed-list": { "font-style": ["italic"] },
  },
};
