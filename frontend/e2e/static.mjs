// Checks of the gallery: every page at 1366, at 375 and in elder mode by axe, reflow, target and
// text size; then the scripts by keyboard and pointer, against stubs. Exits 1 with what failed.
import assert from "node:assert/strict";
import { assertClean, axe, launch, overflow, picture, SIZES, smallTargets, smallText, watchedPage }
  from "./lib.mjs";
import { pages, serve } from "./server.mjs";
import { journeys } from "./journeys.mjs";

const MODES = [
  { name: "1366", size: SIZES.desk, query: "" },
  { name: "375", size: SIZES.phone, query: "", target: 44 },
  { name: "elder-375", size: SIZES.phone, query: "?elder=1", target: 60, text: 24 },
  { name: "elder-1366", size: SIZES.desk, query: "?elder=1", target: 60, text: 24 },
];
/** Paper, the hall's seats and three vouchers side by side have other pages for large type. */
const ELDER = ["elder-375", "elder-1366"];
const SKIP = { report: ELDER, "phone-voucher": ELDER, "phone-activity": ELDER,
  "phone-elder": ["1366", "375"] };
const only = process.argv[2];

const server = await serve();
const { context, close } = await launch();
const failed = [];
let passed = 0;

async function check(name, work) {
  if (only && !name.includes(only)) return;
  const from = performance.now();
  try {
    await work();
    passed += 1;
    const took = performance.now() - from;
    if (took > 5000) console.log(`slow: ${name} took ${Math.round(took)} ms`);
  } catch (error) {
    failed.push(name);
    console.error(`✗ ${name}\n  ${error.message.replace(/\n/g, "\n  ")}`);
  }
}

async function look(name, mode) {
  const page = await watchedPage(context, { size: mode.size });
  try {
    await page.goto(`${server.base}/gallery/${name}${mode.query}`);
    await picture(page, `${name}-${mode.name}`);
    const wrong = await axe(page);
    const aside = await overflow(page);
    if (aside > 0) wrong.push(`the page scrolls sideways by ${aside} px`);
    if (mode.target) {
      wrong.push(...(await smallTargets(page, mode.target)).map((s) => `small: ${s}`));
    }
    if (mode.text) wrong.push(...(await smallText(page, mode.text)).map((s) => `text: ${s}`));
    assertClean(page, name);
    assert.equal(wrong.length, 0, wrong.join("\n"));
  } finally {
    await page.close();
  }
}

for (const mode of MODES) {
  for (const name of pages) {
    if ((SKIP[name] || []).includes(mode.name)) continue;
    await check(`${name} ${mode.name}`, () => look(name, mode));
  }
}
async function walk(name, run, mode) {
  server.state.posts.length = 0;
  server.state.seen.clear();
  const page = await watchedPage(context, { size: mode.size, allow: run.allow || [] });
  page.mode = mode;
  try {
    await run(page, server);
    assertClean(page, name);
  } finally {
    await page.close({ runBeforeUnload: false });
  }
}

for (const mode of MODES.slice(0, 3)) {
  for (const [name, run] of Object.entries(journeys)) {
    await check(`${name}, ${mode.name}`, () => walk(name, run, mode));
  }
}

await close();
server.close();
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length ? 1 : 0;
