// The shopping festival in a browser: a voucher is claimed, spent, refunded and settled by the
// citizen, the cashier, the merchant, the organiser and the funder, each in a window of their own;
// then every page of these rooms. `TONGPIN` names the binary; `--pictures DIR` keeps pictures.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoCity, launchForMany, signIn, SIZES, watchedPage } from "./lib.mjs";
import { findIds, MODES, sweep } from "./festival-pages.mjs";
import { citizenComes, claimByPage, keyboardOnly, tokenOf } from "./festival-citizen.mjs";
import { batchOpens, codeChanges, oldCodeRefused, refundInPart, spendInPart }
  from "./festival-till.mjs";
import { batchLife, claimRush, settle } from "./festival-desk.mjs";
import { challengeOpens, showOpens, standings } from "./festival-shows.mjs";
import { takePictures } from "./festival-pictures.mjs";

const keep = process.argv.indexOf("--pictures");
const PICTURES = keep > 0 ? process.argv[keep + 1] : null;
const UNITS = process.env.LIVE_UNITS || "500";
const STAFF = ["organiser", "organiser-2", "funder", "merchant", "cashier", "admin-city"];
const PHONES = ["merchant", "cashier"];

const folder = mkdtempSync(join(tmpdir(), "tongpin-festival-"));
const city = await demoCity(join(folder, "data"), UNITS);
const { person, close } = await launchForMany();
const began = performance.now();
let passed = 0;
const failed = [];

async function check(name, work) {
  const from = performance.now();
  try {
    await work();
    passed += 1;
  } catch (error) {
    failed.push(name);
    console.error(`✗ ${name}\n  ${error.message.replace(/\n/g, "\n  ")}`);
  }
  const took = performance.now() - from;
  if (took > 5000) console.log(`slow: ${name} took ${Math.round(took)} ms`);
}

/** The answer of the API to a citizen or, without a token, to the city's administrator. */
function apiOf(base) {
  const secret = readFileSync(join(city.folder, "demo-token"), "utf8").trim();
  return async (path, { token = secret, body, status = 200, key } = {}) => {
    const headers = { authorization: `Bearer ${token}` };
    if (body) headers["content-type"] = "application/json";
    if (key) headers["idempotency-key"] = key;
    const method = body ? "POST" : "GET";
    const text = body && JSON.stringify(body);
    const answer = await fetch(`${base}/api/v1${path}`, { method, headers, body: text });
    const said = await answer.text();
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${said}`);
    return said ? JSON.parse(said) : null;
  };
}

async function stage() {
  const { base } = city;
  const pages = {};
  for (const who of STAFF) {
    const size = PHONES.includes(who) ? SIZES.phone : SIZES.desk;
    // Refusals are answered with their status, which the console notes.
    pages[who] = await watchedPage(await person(size), { size, allow: [/status of 4(09|22)/] });
    await signIn(pages[who], base, who, city.account(who));
  }
  const size = SIZES.phone;
  pages.citizen = await watchedPage(await person(size), { size, allow: [/status of 422/] });
  pages.visitor = await watchedPage(await person(size), { size });
  const api = apiOf(base);
  const ids = await findIds(api, pages.organiser, base);
  return { base, city, person, pages, api, ids, sms: join(city.folder, "demo-sms") };
}

/** What the pages look like once all has happened, for each reader. */
async function statesOf(scene) {
  const states = {};
  for (const who of [...STAFF, "citizen"]) {
    states[who] = await scene.pages[who].context().storageState();
  }
  return states;
}

try {
  const scene = await stage();
  const run = (name, journey) => check(name, () => journey(scene));
  await run("a citizen signs in by phone", citizenComes);
  await run("a citizen claims a voucher", claimByPage);
  await run("a cashier takes a part of it", spendInPart);
  await run("the code that was used is refused", oldCodeRefused);
  await run("the merchant refunds a part", refundInPart);
  await run("a citizen and a cashier use the keyboard alone", keyboardOnly);
  await run("every figure of the batch opens", batchOpens);
  await run("it is settled and paid", settle);
  await run("a batch is drafted, torn, approved, opened, closed", batchLife);
  await run("the rush is seen live", (all) => claimRush(all, tokenOf));
  await run("the June show opens to its records", showOpens);
  await run("standings say what they are", standings);
  await run("the voucher shows another code by now", codeChanges);
  await run("the challenge's pages open", challengeOpens);
  const story = performance.now();
  if (PICTURES) {
    mkdirSync(PICTURES, { recursive: true });
    await check("pictures", async () => takePictures(scene, await statesOf(scene), PICTURES));
  } else {
    const states = await statesOf(scene);
    const shared = { person, base: scene.base, ids: scene.ids, states, check };
    // Two at a time: more would only wait for the processor.
    const modes = [...MODES];
    const worker = async () => {
      while (modes.length) await sweep(modes.shift(), shared);
    };
    await Promise.all([worker(), worker()]);
  }
  const took = [story - began, performance.now() - story].map((ms) => (ms / 1000).toFixed(1));
  console.log(`journeys ${took[0]} s, pages ${took[1]} s`);
} finally {
  await close();
  city.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length ? 1 : 0);
