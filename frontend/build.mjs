// Builds dist/: two style sheets, one script, the icon, each with .br and .gz, and manifest.json.
// Same input, same bytes: no clock, no random names, files in a fixed order.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
/** The oldest browsers in the clerks' offices and in visitors' hands (docs: README, floor). */
const TARGET = ["chrome86", "safari14"];
/** A phone's first visit: page, one sheet and the script, compressed. */
const PHONE_LIMIT = 100_000;
/** What we reserve for the page itself in that sum. */
const PHONE_HTML = 20_000;

/**
 * `narrow.css?elder` is narrow.css under `.elder`: large type needs the narrow layout at any width,
 * and two copies by hand would drift apart.
 */
const elderCopies = {
  name: "elder-copies",
  setup(b) {
    b.onResolve({ filter: /\?elder$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/\?elder$/, "")),
      namespace: "elder",
    }));
    b.onLoad({ filter: /.*/, namespace: "elder" }, ({ path }) => ({
      contents: `@media screen { .elder { ${readFileSync(path, "utf8")} } }`,
      loader: "css",
      resolveDir: dirname(path),
    }));
  },
};

async function bundle(entry) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    charset: "utf8",
    format: "iife",
    target: TARGET,
    // esbuild counts a corner case (defaults that call themselves) as no support in Safari 14;
    // plain destructuring works there since 10, and we write no other.
    supported: { destructuring: true },
    legalComments: "none",
    logLevel: "warning",
    plugins: [elderCopies],
  });
  return Buffer.from(result.outputFiles[0].contents);
}

function emit(logical, bytes) {
  const dot = logical.lastIndexOf(".");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const name = `${logical.slice(0, dot)}-${hash}${logical.slice(dot)}`;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  const br = brotliCompressSync(bytes, { params });
  const gz = gzipSync(bytes, { level: 9 });
  writeFileSync(join(dist, name), bytes);
  writeFileSync(join(dist, `${name}.br`), br);
  writeFileSync(join(dist, `${name}.gz`), gz);
  console.log(`${name.padEnd(28)}${bytes.length} bytes, gz ${gz.length}, br ${br.length}`);
  return { name, gz: gz.length };
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const parts = {
  "app.js": await bundle("src/app.js"),
  "desk.css": await bundle("src/desk.css"),
  "favicon.svg": readFileSync(join(here, "src/favicon.svg")),
  "phone.css": await bundle("src/phone.css"),
};
const manifest = {};
const gz = {};
for (const [logical, bytes] of Object.entries(parts)) {
  const made = emit(logical, bytes);
  manifest[logical] = made.name;
  gz[logical] = made.gz;
}
writeFileSync(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

// Staff open desk.css on their phones too, so the larger of the two sheets counts.
const sheet = Math.max(gz["desk.css"], gz["phone.css"]);
const first = sheet + gz["app.js"] + gz["favicon.svg"] + PHONE_HTML;
console.log(`phone, first visit, gz, with ${PHONE_HTML} for the page: ${first} of ${PHONE_LIMIT}`);
if (first > PHONE_LIMIT) {
  console.error("The phone's first visit is over its limit.");
  process.exit(1);
}
