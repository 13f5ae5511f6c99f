// The product itself in a browser: the demo city served by the real binary, every page at desk,
// phone and elder size by axe and reflow, and what a clerk does from an Excel ledger to a figure.
// `TONGPIN` names the binary; `--pictures DIR` also keeps the pictures that the documents show.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertClean, axe, demoCity, launch, overflow, signIn, SIZES, watchedPage }
  from "./lib.mjs";

const keep = process.argv.indexOf("--pictures");
const PICTURES = keep > 0 ? process.argv[keep + 1] : null;
const UNITS = process.env.LIVE_UNITS || "600";

/** Pages that every reader opens, under the name of their picture. */
const PAGES = {
  today: "/today", units: "/units", due: "/units?front=building&status=due",
  coverage: "/coverage?by=town", places: "/places", stations: "/stations", bodies: "/bodies",
  "key-sites": "/key-sites", workers: "/workers", imports: "/imports", "import-new": "/imports/new",
  "unit-new": "/units/new", definition: "/definitions/1", accounts: "/accounts",
  journal: "/journal", jobs: "/jobs", me: "/me",
};
const MODES = [
  { name: "1366", size: SIZES.desk }, { name: "375", size: SIZES.phone },
  { name: "elder", size: SIZES.phone, elder: true },
];

/** A valid unified social credit code that begins with these 17 characters (GB 32100). */
function uscc(body) {
  const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const sum = [...body].reduce((all, one, place) => {
    let weight = 1;
    for (let turn = 0; turn < place; turn += 1) weight = (weight * 3) % 31;
    return all + letters.indexOf(one) * weight;
  }, 0);
  return body + letters[(31 - (sum % 31)) % 31];
}

/** A clerk's ledger: a title with its date, columns in her order, one row of three wrong. */
function ledger() {
  const bad = uscc("91320583MA9TEXT03").slice(0, 17);
  const wrong = bad + (uscc(bad).endsWith("0") ? "1" : "0");
  return [
    "花桥单位台账（截至2021年10月15日）,,,,,,,,",
    "统一社会信用代码,单位名称,单位类型,行业,区镇,职工人数,正式党员数,组建方式,党组织名称",
    `${uscc("91320583MA9TEXT01")},昆山云杉测试科技有限公司,企业,软件业,花桥,40,5,单独组建,云杉测试党支部`,
    `${uscc("91320583MA9TEXT02")},昆山雪松测试餐饮店,个体工商户,餐饮,花桥镇,6,0,未组建,`,
    `${wrong},昆山银杏测试服务有限公司,企业,商务服务,花桥经济开发区,9,1,未组建,`,
  ].join("\r\n");
}

const number = (text) => Number(text.replace(/[^\d−-]/g, "").replace("−", "-"));

/** What each rate is a share of. */
const WHOLE = { covered: "operating", separate: "operating", work_covered: "operating",
  covered_eligible: "eligible" };

/** Every count of a page opens to a list of that length, every rate to the list that it counts. */
async function walk(page, base, path, most) {
  await page.goto(base + path);
  const figures = await page.$$eval("a.fig", (all) =>
    all.map((one) => [one.textContent.trim(), one.getAttribute("href")]));
  const toUnits = figures.filter(([, href]) => /^\/units(\?|$)/.test(href)).slice(0, most);
  assert.ok(toUnits.length > 0, `${path} has no figures`);
  const known = new Map();
  const length = async (href) => {
    if (!known.has(href)) {
      const answer = await page.request.get(`${base}/api/v1${href}`);
      assert.equal(answer.status(), 200, `${path}: ${href}`);
      known.set(href, (await answer.json()).total);
    }
    return known.get(href);
  };
  for (const [text, href] of toUnits) {
    const said = `${path}: ${text} opens to ${href}`;
    const query = new URLSearchParams(href.split("?")[1]);
    const whole = WHOLE[query.get("status")];
    if (/^[\d,]+$/.test(text)) {
      assert.equal(await length(href), number(text), said);
    } else if (whole && /^\d+\.\d%?$/.test(text)) {
      const part = await length(href);
      query.set("status", whole);
      const share = (part / (await length(`/units?${query}`))) * 100;
      assert.ok(Math.abs(share - parseFloat(text)) <= 0.051, `${said}: ${share}`);
    }
  }
}

async function importLedger(page, base, folder, shot) {
  const file = join(folder, "花桥单位台账.csv");
  writeFileSync(file, ledger());
  await page.goto(`${base}/imports/new`);
  await page.setInputFiles("#file", file);
  await page.waitForURL(/\/imports\/imp_/);
  await page.waitForSelector(".counts");
  const tally = async () => {
    const texts = await page.$$eval(".counts b", (all) => all.map((one) => one.textContent));
    return texts.map(number);
  };
  assert.deepEqual(await tally(), [2, 0, 1, 0], "a check digit and a town are wrong");
  assert.match(await page.innerText("#wrong"), /校验/);
  await shot("import");
  // 花桥镇 is no town; its suggestion is taken with one press and the file checked again.
  await page.click("#wrong .fix button");
  await page.waitForFunction(() => {
    const counts = document.querySelectorAll(".counts b");
    return counts.length === 4 && counts[0].textContent === "1";
  });
  assert.deepEqual(await tally(), [1, 0, 2, 0], "the town was mended");
  const before = await total(page, base);
  await page.click(".commit .btn-primary");
  await page.waitForSelector("form[action$=undoing]");
  assert.equal(await total(page, base), before + 2);
  await page.click("form[action$=undoing] button");
  await page.waitForSelector("text=已撤销");
  assert.equal(await total(page, base), before);
}

async function total(page, base) {
  const answer = await page.request.get(`${base}/api/v1/units?status=operating`);
  return (await answer.json()).total;
}

async function editCell(page, base) {
  await page.goto(`${base}/units?front=park`);
  const cell = page.locator('td[data-column="headcount"]').first();
  const unit = await cell.locator("xpath=ancestor::tr").getAttribute("data-id");
  const was = Number(await cell.getAttribute("data-value"));
  await cell.click();
  await page.keyboard.press("Enter");
  await page.fill(".cell-edit", String(was + 1));
  await page.keyboard.press("Enter");
  await page.waitForSelector("td.saved");
  const answer = await page.request.get(`${base}/api/v1/units/${unit}`);
  assert.equal((await answer.json()).headcount, was + 1);
}

/**
 * Two windows have one unit's form open. What one of them changed is kept from both; what both
 * changed is asked, and the answer stands.
 */
async function twoAtOneForm(context, page, base) {
  await page.goto(`${base}/units?front=park&status=due`);
  const unit = await page.locator("table.sheet tbody tr").first().getAttribute("data-id");
  const saved = async () => (await page.request.get(`${base}/api/v1/units/${unit}`)).json();
  const was = (await saved()).headcount;
  // The page that asks is answered with 409, which the console notes.
  const other = await watchedPage(context, { allow: [/409/] });
  for (const one of [page, other]) await one.goto(`${base}/units/${unit}/edit`);
  await page.fill("#f-headcount", String(was + 1));
  await page.fill("#f-address", "前进路 1 号");
  await page.click(".fields .btn-primary");
  await page.waitForSelector(".notice.ok");
  await other.fill("#f-headcount", String(was + 2));
  await other.fill("#f-note", "走访时补记");
  await other.click(".fields .btn-primary");
  await other.waitForSelector("table.torn");
  const said = await other.$$eval(".torn tbody td", (all) =>
    all.map((one) => one.innerText.trim()));
  assert.deepEqual(said.map(Number), [was, was + 1, was + 2], "what it was, theirs, mine");
  assert.equal(await other.inputValue("#f-address"), "前进路 1 号");
  assert.deepEqual(await axe(other), []);
  if (PICTURES) await other.screenshot({ path: join(PICTURES, "two-at-one-form-1366.png") });
  await other.check('input[name="keep_headcount"][value="mine"]');
  await other.click(".fields .btn-primary");
  await other.waitForSelector(".notice.ok");
  const now = await saved();
  assert.deepEqual([now.headcount, now.address, now.note], [was + 2, "前进路 1 号", "走访时补记"]);
  assertClean(other, "two at one form");
  await other.close();
}

/** A worker's leaving is asked first, and taken back by emptying its day. */
async function leaveAndBack(page, base) {
  await page.goto(`${base}/workers`);
  const before = await page.locator("table.list").first().locator("tbody tr").count();
  await page.click('a[href$="/dismissal"] >> nth=0');
  await page.click(".fields .btn-primary");
  await page.waitForSelector(".notice.ok");
  const rows = () => page.locator("table.list").first().locator("tbody tr").count();
  assert.equal(await rows(), before - 1);
  await page.click("main details summary");
  await page.click('main details a[href$="/edit"] >> nth=0');
  await page.fill("#f-to_on", "");
  await page.click(".fields .btn-primary");
  await page.waitForSelector(".notice.ok");
  assert.equal(await rows(), before);
}

/** The drill from the first screen to a unit, by keyboard alone. */
async function drill(page, base, shot) {
  await page.goto(`${base}/today`);
  const figure = page.locator(".cover tbody tr:nth-child(3) a.fig").first();
  await figure.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/units\?/);
  const first = page.locator("table.sheet tbody th a").first();
  await first.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("#drawer h2");
  await shot("drill-down");
}

const folder = mkdtempSync(join(tmpdir(), "tongpin-live-"));
const server = await demoCity(join(folder, "data"), UNITS);
const { context, close } = await launch();
let passed = 0;
const failed = [];
async function check(name, work) {
  try {
    await work();
    passed += 1;
  } catch (error) {
    failed.push(name);
    console.error(`✗ ${name}\n  ${error.message}`);
  }
}

try {
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
  for (const mode of MODES) {
    const page = await watchedPage(context, { size: mode.size });
    await context.clearCookies();
    await signIn(page, server.base, "admin-city", server.account("admin-city"));
    if (mode.elder) await page.goto(`${server.base}/settings/elder?on=1&back=/today`);
    const shot = (name) => PICTURES &&
      page.screenshot({ path: join(PICTURES, `${name}-${mode.name}.png`), fullPage: true });
    for (const [name, path] of Object.entries(PAGES)) {
      await check(`${name} at ${mode.name}`, async () => {
        const response = await page.goto(server.base + path);
        assert.equal(response.status(), 200);
        const wrong = await axe(page);
        const aside = await overflow(page);
        if (aside > 0) wrong.push(`the page scrolls sideways by ${aside} px`);
        if (name === "today") await shot(name);
        assertClean(page, path);
        assert.equal(wrong.length, 0, wrong.join("\n"));
      });
    }
    await check(`from Excel to a figure and back at ${mode.name}`, async () => {
      await importLedger(page, server.base, folder, shot);
      assertClean(page, "import");
    });
    await check(`the drill at ${mode.name}`, () => drill(page, server.base, shot));
    if (mode.name === "1366") {
      await check("a cell of the sheet", () => editCell(page, server.base));
      await check("two at one form", () => twoAtOneForm(context, page, server.base));
      await check("a worker leaves and is back", () => leaveAndBack(page, server.base));
      for (const path of ["/today", "/coverage?by=front", "/coverage?by=town", "/places"]) {
        await check(`every figure of ${path} opens`, () => walk(page, server.base, path, 150));
      }
    }
    await page.close();
  }
} finally {
  await close();
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length ? 1 : 0);
