// What a citizen does on a phone: signs in by a code, claims, finds the voucher in the wallet.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertClean, SIZES, watchedPage } from "./lib.mjs";

const BATCH = "金秋满80减20";
const FIRST = "19200000000";

/** What a reader knows: the things that a question at the door asks for. */
const KNOWN = {
  水果: "苹果 香蕉 西瓜 橘子 葡萄", 动物: "小猫 小狗 公鸡 老牛 兔子",
  衣服: "毛衣 裤子 裙子 外套 衬衫", 家具: "桌子 椅子 沙发 衣柜 书架",
  车: "汽车 公交车 自行车 卡车 三轮车", 餐具: "筷子 勺子 饭碗 盘子 杯子",
};
const answerTo = (text, choices) => {
  const kind = Object.keys(KNOWN).find((one) => text.includes(one));
  return choices.findIndex((word) => KNOWN[kind].split(" ").includes(word));
};

/** The newest code to this phone; a job writes it a moment after it is asked for. */
async function codeFor(sms, phone, before = 0) {
  for (let turn = 0; turn < 100; turn += 1) {
    const lines = codes(sms, phone);
    if (lines.length > before) return lines.at(-1).split("\t").at(-1);
    await new Promise((done) => { setTimeout(done, 50); });
  }
  throw new Error(`no code for ${phone}`);
}

function codes(sms, phone) {
  try {
    return readFileSync(sms, "utf8").trim().split("\n").filter((one) =>
      one.split("\t")[1] === phone);
  } catch {
    return [];
  }
}

/** A citizen's token through the API, as a mini-program gets it. */
export async function tokenOf({ base, sms }, phone) {
  const post = (path, body) => fetch(`${base}/api/v1${path}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  let answer = await post("/citizen-codes", { phone, consent: 1 });
  if (answer.status === 422) {
    // Many from one network are asked a question first.
    assert.equal((await answer.json()).type, "urn:tongpin:question-needed");
    const question = await (await fetch(`${base}/api/v1/citizen-questions`)).json();
    const choice = answerTo(question.text, question.choices);
    answer = await post("/citizen-codes", { phone, consent: 1, question: question.id, choice });
  }
  assert.equal(answer.status, 202, `${phone}: ${await answer.text()}`);
  const token = await post("/citizen-tokens", { phone, code: await codeFor(sms, phone) });
  return (await token.json()).token;
}

/** From the festival's own page to a sign-in; a code that is wrong is said so. */
export async function citizenComes({ base, ids, pages, sms }) {
  const page = pages.citizen;
  await page.goto(`${base}/festival/${ids.autumn.slug}`);
  await page.click("#vouchers a.weui-btn_primary");
  await page.waitForURL(/\/c\/vouchers$/);
  await page.click('a[href^="/c/login"] >> nth=0');
  await page.fill("#phone", FIRST);
  assert.equal(await page.isChecked("input[name=consent]"), false, "consent begins unticked");
  await page.check("input[name=consent]");
  await page.click('form[action="/c/codes"] .weui-btn_primary');
  await page.waitForURL(/\/c\/login\/code/);
  assert.match(await page.innerText("main"), /192\*\*\*\*0000/, "the number is masked");
  const code = await codeFor(sms, FIRST);
  await page.fill("#code", String((Number(code) + 1) % 1e6).padStart(6, "0"));
  await page.click('form[action="/c/login"] button');
  await page.waitForSelector("#wrong");
  await page.fill("#code", code);
  await page.click('form[action="/c/login"] button');
  await page.waitForURL(/\/c\/vouchers$/);
  assertClean(page, "sign-in by phone");
}

/** One press, one answer: the voucher is in the wallet, and one less is left. */
export async function claimByPage(scene) {
  const { base, api, ids, pages } = scene;
  const page = pages.citizen;
  const batch = ids.batches.find((one) => one.terms.name === BATCH);
  const before = await api(`/voucher-batches/${batch.id}`);
  await page.click(`form[action="/c/vouchers/${batch.id}/claims"] button`);
  await page.waitForURL(/\/c\/wallet\/vch_/);
  const after = await api(`/voucher-batches/${batch.id}`);
  assert.equal(after.issued, before.issued + 1);
  assert.equal(after.remaining, before.remaining - 1);
  ids.claimed = page.url().match(/vch_[0-9a-z]+/)[0];
  assert.match(await page.innerText("#voucher"), /未使用/);
  assert.match(await page.innerText(".digits"), /^\d{4} \d{4} \d{4}$/);
  assert.ok(await page.isVisible("svg.code-qr"), "there is a code to scan");
  scene.digits = await page.innerText(".digits");
  // Pressed again, nothing new is given: today's is theirs already.
  await page.goto(`${base}/c/vouchers`);
  await page.click(`form[action="/c/vouchers/${batch.id}/claims"] button`);
  await page.waitForLoadState();
  assert.equal((await api(`/voucher-batches/${batch.id}`)).issued, after.issued, "and no second");
  await page.goto(`${base}/c/wallet`);
  await page.click(`a[href="/c/wallet/${ids.claimed}"]`);
  await page.waitForSelector(".digits");
  assertClean(page, "claim");
}

async function tabTo(page, selector) {
  for (let turn = 0; turn < 80; turn += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((one) => document.activeElement.matches(one), selector)) return;
  }
  throw new Error(`${selector} is not reached by Tab on ${page.url()}`);
}

/** Somebody who has no mouse claims a voucher, and a cashier without one takes it. */
export async function keyboardOnly({ base, ids, pages, person, sms, api }) {
  const phone = "19200000001";
  const page = await watchedPage(await person(SIZES.phone), { size: SIZES.phone });
  await page.goto(`${base}/c/login?back=/c/vouchers`);
  await tabTo(page, "#phone");
  await page.keyboard.type(phone);
  await tabTo(page, "input[name=consent]");
  await page.keyboard.press("Space");
  await tabTo(page, ".weui-btn_primary");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/c\/login\/code/);
  await tabTo(page, "#code");
  await page.keyboard.type(await codeFor(sms, phone));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/c\/vouchers$/);
  const batch = ids.batches.find((one) => one.terms.name === "水乡美食满50减10");
  await tabTo(page, `form[action="/c/vouchers/${batch.id}/claims"] button`);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".digits");
  const till = pages.cashier;
  await till.goto(`${base}/till`);
  await tabTo(till, "#t-code");
  await till.keyboard.type((await page.innerText(".digits")).replaceAll(" ", ""));
  await tabTo(till, "#t-bill");
  await till.keyboard.type("66");
  await till.keyboard.press("Enter");
  await till.waitForURL(/\/redemptions\/vrd_/);
  assert.match(await till.innerText("main"), /收好了/);
  const voucher = page.url().match(/vch_[0-9a-z]+/)[0];
  const held = await api(`/voucher-batches/${batch.id}/vouchers?limit=500`);
  const one = held.items.find((item) => item.id === voucher);
  assert.equal(one.redeemed_fen, 1000, "ten yuan came off");
  assertClean(page, "keyboard");
  await page.context().close();
}
