// The desks: a settlement from the draw to the bank's file and the payment, a batch from its draft
// to its end with two people at one form, and the rush as the public page shows it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertClean, axe, watchedPage } from "./lib.mjs";

const SHOP = "衍舍烘焙店";
const submit = (page, press) => Promise.all([page.waitForNavigation(), page.click(press)]);
const fen = (text) => Math.round(Number(text.replaceAll(",", "")) * 100);

async function draw({ base, ids, pages, api }) {
  const page = pages.organiser;
  await page.goto(`${base}/settlements`);
  await page.click('a[href^="/settlements/draw"]');
  await page.selectOption("#d-campaign", ids.autumn.id);
  await submit(page, ".sales-filter button");
  const row = page.locator("section table tbody tr", { hasText: SHOP })
    .filter({ hasText: "市级促消费资金" });
  assert.match(await row.innerText(), /3\.00/, "five less two");
  await submit(page, "form.commit .btn-primary");
  const all = (await api("/settlements?limit=500")).items;
  const funder = ids.batches[0].funder;
  const drawn = all.find((one) =>
    one.campaign === ids.autumn.id && one.merchant_name === SHOP && one.funder === funder);
  assert.deepEqual([drawn.state, drawn.due_fen, drawn.redemption_count, drawn.refund_count],
    ["drawn", 300, 1, 1]);
  return drawn.id;
}

/** The bank's file: its lines, by the columns that it names. */
function bankFile(path) {
  const text = readFileSync(path, "utf8");
  assert.equal(text.codePointAt(0), 0xfeff, "with the mark that spreadsheets want");
  const [head, ...lines] = text.slice(1).trim().split("\r\n").map((line) => line.split(","));
  return lines.map((line) => Object.fromEntries(head.map((name, turn) => [name, line[turn]])));
}

/** Drawn, confirmed on the merchant's phone, approved, in the bank's file, paid, seen as paid. */
export async function settle(scene) {
  const { base, pages, api } = scene;
  const id = await draw(scene);
  scene.ids.settled = id;
  const address = `${base}/settlements/${id}`;
  const state = async () => (await api(`/settlements/${id}`)).settlement.state;
  const step = (name) => `form:has(input[name=step][value=${name}]) button`;
  await pages.merchant.goto(address);
  const due = await pages.merchant.innerText(".sum-row .huge");
  assert.equal(fen(due), 300);
  await submit(pages.merchant, step("confirm"));
  assert.equal(await state(), "confirmed");
  await pages.funder.goto(address);
  await submit(pages.funder, step("approve"));
  assert.equal(await state(), "approved");
  await pages.funder.goto(`${base}/settlements/payments`);
  const ticks = pages.funder.locator('#rows input[type="checkbox"]');
  for (const tick of await ticks.all()) {
    if (await tick.getAttribute("value") !== id) await tick.uncheck();
  }
  await submit(pages.funder, "#part button");
  assert.equal(await pages.funder.locator("#rows tbody tr").count(), 1);
  const [file] = await Promise.all([
    pages.funder.waitForEvent("download"), pages.funder.click("[data-download]"),
  ]);
  const lines = bankFile(await file.path());
  assert.equal(lines.length, 1);
  const paid = lines.reduce((sum, line) => sum + fen(line["金额（元）"]), 0);
  assert.equal(paid, fen(await pages.funder.innerText(".sum-row .huge")), "the sum of the page");
  assert.equal(lines[0]["业务参考号"], id);
  assert.match(lines[0]["收款账号"], /^\d{10,}$/, "a whole account");
  assert.ok(lines[0]["收款户名"].includes(SHOP.slice(0, 2)), lines[0]["收款户名"]);
  await pages.funder.fill("#p-reference", "E2E-20211020-1");
  await submit(pages.funder, 'form[action="/settlements/payments"] .btn:has-text("已付款")');
  assert.equal(await state(), "paid");
  await pages.organiser.goto(address);
  assert.match(await pages.organiser.innerText(".page-h"), /已付款/);
  assert.match(await pages.organiser.innerText("main"), /E2E-20211020-1/);
  assert.equal(await pages.organiser.locator("#lines tbody tr").count(), 2, "each line is there");
  for (const who of ["merchant", "funder", "organiser"]) assertClean(pages[who], "settlement");
}

/** Two at one draft: who was second is shown the other's, and what they then save stands. */
async function twoAtOneBatch({ base, pages, api }, id) {
  const [first, second] = [pages.organiser, pages["organiser-2"]];
  for (const one of [first, second]) await one.goto(`${base}/voucher-batches/${id}/change`);
  await first.fill("#f-quantity", "300");
  await submit(first, ".fields .btn-primary");
  assert.match(first.url(), new RegExp(`${id}$`));
  await second.fill("#f-name", "两人同改的券");
  await submit(second, ".fields .btn-primary");
  assert.match(await second.innerText("[role=alert]"), /别人先改了/);
  const theirs = await second.locator(".theirs").allInnerTexts();
  assert.ok(theirs.some((one) => one.includes("300")), `the other's is beside it: ${theirs}`);
  assert.equal(await second.inputValue("#f-name"), "两人同改的券", "what was typed is kept");
  assert.deepEqual(await axe(second), []);
  await second.fill("#f-quantity", "300");
  await submit(second, ".fields .btn-primary");
  const { terms } = await api(`/voucher-batches/${id}`);
  assert.deepEqual([terms.quantity, terms.name], [300, "两人同改的券"]);
}

/** A batch is drafted, approved by who pays for it, opened, and closed before its time. */
export async function batchLife(scene) {
  const { base, ids, pages, api } = scene;
  const page = pages.organiser;
  await page.goto(`${base}/campaigns/${ids.autumn.id}/vouchers`);
  await page.click(".page-h .btn-primary");
  await page.fill("#f-face", "很多");
  await submit(page, ".fields .btn-primary");
  assert.match(await page.innerText("#f-face-err"), /./, "a wrong amount is told beside it");
  await page.selectOption("#f-funder", ids.batches[0].funder);
  const fields = { name: "测试满60减6", face: "6", threshold: "60", quantity: "200", budget: "1800",
    claim_from: "2021-10-20T07:00", use_from: "2021-10-20T07:00" };
  for (const [name, value] of Object.entries(fields)) await page.fill(`#f-${name}`, value);
  await submit(page, ".fields .btn-primary");
  const id = page.url().match(/vbt_[0-9a-z]+/)[0];
  const state = async () => (await api(`/voucher-batches/${id}`)).state;
  assert.equal(await state(), "draft");
  await twoAtOneBatch(scene, id);
  const address = `${base}/voucher-batches/${id}`;
  await page.goto(address);
  assert.equal(await page.$('form[action$="/approvals"]'), null, "nobody approves their own");
  await pages.funder.goto(address);
  await submit(pages.funder, 'form[action$="/approvals"] button');
  assert.equal(await state(), "approved");
  await page.goto(address);
  await submit(page, 'form[action$="/openings"] button');
  assert.equal(await state(), "open");
  await pages.visitor.goto(`${base}/c/vouchers`);
  assert.match(await pages.visitor.innerText("main"), /两人同改的券/);
  await page.click(".campaign-next details summary");
  await submit(page, 'form[action$="/closures"] button');
  assert.equal(await state(), "closed");
  // The page that shows it is told so, and reads itself again.
  await pages.visitor.waitForFunction(() =>
    !document.querySelector("main").textContent.includes("两人同改的券"));
  for (const who of ["organiser", "organiser-2", "funder", "visitor"]) {
    assertClean(pages[who], "batch");
  }
}

/** The public page counts down by itself while others claim. */
export async function claimRush(scene, tokenOf) {
  const { base, ids, pages, api, person } = scene;
  const batch = ids.batches[0].id;
  const tokens = [];
  for (const last of [2, 3, 4]) tokens.push(await tokenOf(scene, `1920000000${last}`));
  await pages.visitor.goto(`${base}/festival/${ids.autumn.slug}`);
  const desk = await watchedPage(await person(undefined, {
    storageState: await pages.organiser.context().storageState(),
  }));
  await desk.goto(`${base}/voucher-batches/${batch}`);
  const before = await api(`/voucher-batches/${batch}`);
  const box = `[data-progress="/c/vouchers/${batch}/events"] [data-text]`;
  const left = async (page, at) =>
    Number((await page.innerText(at)).replaceAll(",", "").match(/还剩 (\d+)/)[1]);
  assert.equal(await left(pages.visitor, box), before.remaining);
  await pages.visitor.evaluate(() => { window.stayed = true; });
  const claims = tokens.map((token, turn) => api(`/voucher-batches/${batch}/claims`,
    { token, body: {}, key: `rush-${turn}`, status: 201 }));
  await Promise.all(claims);
  const falls = (page, at) => page.waitForFunction(([where, want]) => {
    const text = document.querySelector(where).textContent.replaceAll(",", "");
    return Number(text.match(/还剩 (\d+)/)[1]) === want;
  }, [at, before.remaining - tokens.length]);
  await falls(pages.visitor, box);
  await falls(desk, ".batch-live [data-text]");
  assert.equal(await pages.visitor.evaluate(() => window.stayed), true, "without a reload");
  // The same request again has the same answer, and takes nothing.
  await api(`/voucher-batches/${batch}/claims`,
    { token: tokens[0], body: {}, key: "rush-0", status: 200 });
  assert.equal((await api(`/voucher-batches/${batch}`)).issued, before.issued + tokens.length);
  assertClean(pages.visitor, "rush");
  assertClean(desk, "rush");
  await desk.context().close();
}
