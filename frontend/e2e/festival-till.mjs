// A voucher at the till: a part is taken, both see it, the used code is refused, a part comes
// back; and the batch's figures open to lists that are as long as they say.
import assert from "node:assert/strict";
import { assertClean } from "./lib.mjs";

const yuan = (text) => Math.round(Number(text.replace(/[^\d.−-]/g, "").replace("−", "-")) * 100);

/** What the API says of the citizen's voucher. */
async function known({ api, ids }) {
  const batch = ids.batches[0].id;
  const all = await api(`/voucher-batches/${batch}/vouchers?limit=1000`);
  return all.items.find((one) => one.id === ids.claimed);
}

async function type(page, base, digits, { bill, amount = "", no }) {
  await page.goto(`${base}/till`);
  await page.fill("#t-code", digits);
  await page.fill("#t-bill", bill);
  await page.fill("#t-amount", amount);
  await page.fill("#t-no", no);
  await Promise.all([page.waitForNavigation(), page.click(".till-form button")]);
}

/** Five of twenty yuan: the cashier sees what is still to be paid, the citizen what is left. */
export async function spendInPart(scene) {
  const { base, ids, pages } = scene;
  const { citizen, cashier } = pages;
  scene.digits = await citizen.innerText(".digits");
  await type(cashier, base, scene.digits, { bill: "79.99", no: "E2E-0" });
  assert.match(await cashier.innerText("[role=alert]"), /80/, "too small a bill is told why");
  assert.equal(await cashier.inputValue("#t-bill"), "79.99", "what was typed is kept");
  assert.equal((await known(scene)).redeemed_fen, 0);
  scene.digits = await citizen.innerText(".digits");
  await type(cashier, base, scene.digits, { bill: "88", amount: "5", no: "E2E-1" });
  assert.match(cashier.url(), /\/redemptions\/vrd_.*new=1/);
  ids.redemption = new URL(cashier.url()).pathname;
  const said = await cashier.innerText("main");
  assert.match(said, /收好了/);
  assert.match(said, /还要收 83\.00 元/);
  // The citizen's page says so by itself.
  await citizen.waitForSelector("text=−5.00 元");
  assert.match(await citizen.innerText("#voucher"), /衍舍烘焙店/);
  const now = await known(scene);
  assert.deepEqual([now.state, now.redeemed_fen], ["held", 500]);
  await cashier.goto(`${base}/till`);
  assert.equal(await cashier.getAttribute(".lines a >> nth=0", "href"), ids.redemption);
  assertClean(cashier, "till");
  assertClean(citizen, "voucher");
}

/** The digits that bought something buy nothing more, though the voucher has something left. */
export async function oldCodeRefused(scene) {
  const { base, pages } = scene;
  await type(pages.cashier, base, scene.digits, { bill: "90", no: "E2E-2" });
  const said = await pages.cashier.innerText("[role=alert]");
  assert.match(said, /这个码|用过|新码|新的码/);
  assert.equal((await known(scene)).redeemed_fen, 500, "nothing was taken");
  assertClean(pages.cashier, "till");
}

/** The merchant gives two of the five back; the citizen has seventeen again. */
export async function refundInPart(scene) {
  const { base, ids, pages } = scene;
  const page = pages.merchant;
  await page.goto(base + ids.redemption);
  await page.fill("#r-amount", "6");
  await page.fill("#r-why", "少了一件");
  const press = `form[action="${ids.redemption}/refunds"] button`;
  await Promise.all([page.waitForNavigation(), page.click(press)]);
  await page.waitForSelector("[role=alert]");
  assert.equal(await page.inputValue("#r-why"), "少了一件", "what was typed is kept");
  await page.fill("#r-amount", "2");
  await Promise.all([page.waitForNavigation(), page.click(press)]);
  assert.match(await page.innerText(".lines"), /2\.00 元 少了一件/);
  await pages.citizen.waitForSelector("text=已退 2.00 元");
  const now = await known(scene);
  assert.deepEqual([now.redeemed_fen, now.refunded_fen], [500, 200]);
  await pages.citizen.goto(`${base}/c/wallet`);
  await pages.citizen.waitForSelector(`a.voucher[href="/c/wallet/${ids.claimed}"]`);
  await pages.citizen.goto(`${base}/c/wallet/${ids.claimed}`);
  assertClean(page, "refund");
  assertClean(pages.citizen, "wallet");
}

/** Half a minute later the citizen's page shows another code, of itself. */
export async function codeChanges({ base, ids, pages, digits }) {
  const now = await pages.citizen.innerText(".digits");
  if (now === digits) {
    await pages.citizen.waitForFunction(
      (old) => document.querySelector(".digits").textContent !== old, digits, { timeout: 35_000 });
  }
  assert.ok(pages.citizen.url().endsWith(`/c/wallet/${ids.claimed}`), base);
  assertClean(pages.citizen, "voucher");
}

/** All rows that a figure's list has, page after page, and the sum of one of its columns. */
async function rowsAt(page, address, column) {
  const found = { rows: 0, sum: 0 };
  for (let next = address; next;) {
    await page.goto(next);
    const cells = await page.$$eval("main table tbody tr", (rows, label) =>
      rows.map((row) => {
        const cell = row.querySelector(`[data-label="${label}"]`);
        return cell ? cell.textContent : "0";
      }), column);
    found.rows += cells.length;
    found.sum += cells.reduce((all, text) => all + yuan(text), 0);
    const link = await page.$('nav.pages a[rel="next"]');
    next = link && await link.evaluate((one) => one.href);
  }
  return found;
}

/** What the batch's own page counts is what the lists behind it hold. */
export async function batchOpens({ base, ids, pages, api }) {
  const page = pages.organiser;
  const batch = ids.batches[0].id;
  await page.goto(`${base}/voucher-batches/${batch}`);
  const figures = await page.$$eval("#stock dl dd a", (all) =>
    all.map((one) => [one.textContent.trim(), one.href]));
  const names = await page.$$eval("#stock dl dt", (all) => all.map((one) => one.textContent));
  assert.equal(figures.length, names.length, "every figure opens");
  for (const [turn, [text, href]] of figures.entries()) {
    const name = names[turn];
    if (name === "还剩") continue;
    const money = text.includes(".");
    const list = await rowsAt(page, href, name === "退回" ? "退回（元）" : "用掉（元）");
    if (money) assert.equal(list.sum, yuan(text), `${name} ${text}: ${href}`);
    else assert.equal(list.rows, Number(text.replaceAll(",", "")), `${name} ${text}: ${href}`);
  }
  const counted = await api(`/voucher-batches/${batch}/vouchers?limit=1000`);
  const issued = Number(figures[names.indexOf("已发出")][0]);
  assert.equal(counted.items.length, issued, "the API lists as many");
  await page.goto(`${base}/voucher-batches/${batch}/redemptions`);
  assert.ok(await page.$(`main table a[href^="${ids.redemption}"]`), "today's is among them");
  assertClean(page, "batch");
}
