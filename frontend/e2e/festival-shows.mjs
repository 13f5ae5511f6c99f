// The live show whose total is evidence, its wall screen, the contests' standings, and the
// check-in challenge.
import assert from "node:assert/strict";
import { assertClean, SIZES, watchedPage } from "./lib.mjs";

const fen = (text) => Math.round(Number(text.replace(/[^\d.−-]/g, "").replace("−", "-")) * 100);

/** Every record that an address lists, page after page: what it adds up to, returns taken off. */
async function listed(page, address) {
  let [sum, count] = [0, 0];
  for (let next = address; next;) {
    await page.goto(next);
    const rows = await page.$$eval("main table:last-of-type tbody tr", (all) =>
      all.filter((row) => row.querySelector('[data-label="来源"]')).map((row) => ({
        amount: row.querySelector('[data-label="金额（元）"]').textContent,
        back: Boolean(row.querySelector("th .tag.warn")),
      })));
    count += rows.length;
    sum = rows.reduce((all, one) => all + (one.back ? -1 : 1) * Math.abs(fen(one.amount)), sum);
    const link = await page.$('nav.pages a[rel="next"]');
    next = link && await link.evaluate((one) => one.href);
  }
  return { sum, count };
}

/** More than 100,000.00 yuan, to the fen what its records come to; the wall says the same. */
export async function showOpens(scene) {
  const { base, ids, pages, api, person } = scene;
  const page = pages.organiser;
  const { total } = await api(`/shows/${ids.show.id}`);
  await page.goto(`${base}/shows/${ids.show.id}`);
  const text = await page.innerText(".sum-row .huge");
  assert.ok(fen(text) > 10_000_000, `${text} is over 100,000.00`);
  assert.equal(fen(text), total.net_fen);
  const address = await page.$eval(".sum-row .huge a", (one) => one.href);
  const records = await listed(page, address);
  assert.deepEqual(records, { sum: total.net_fen, count: total.count }, "its own records");
  const known = (await api(`/sales?show=${ids.show.id}&limit=1000`)).items;
  const sign = { sale: 1, return: -1 };
  const counted = known.filter((one) => one.state !== "rejected")
    .reduce((sum, one) => sum + sign[one.side] * one.amount_fen, 0);
  assert.equal(counted, total.net_fen, "and the API's");
  await page.goto(`${base}/shows/${ids.show.id}`);
  await Promise.all([page.waitForNavigation(), page.click('button[name=to][value="open"]')]);
  ids.wall = await page.getAttribute('a[href^="/wall/"]', "href");
  const wall = await watchedPage(await person(SIZES.wall), { size: SIZES.wall });
  await wall.goto(base + ids.wall);
  assert.ok((await wall.innerText("main")).includes(text), "the wall says the same total");
  const end = await wall.evaluate(() =>
    Math.max(...[...document.querySelectorAll("main > *")].map((one) =>
      one.getBoundingClientRect().bottom)));
  assert.ok(end <= SIZES.wall.height, `the wall ends at ${end}`);
  assertClean(page, "show");
  assertClean(wall, "wall");
  await wall.context().close();
}

/** Standings of a contest that goes on are provisional, of one that is over final. */
export async function standings({ base, ids, pages, api }) {
  const page = pages.organiser;
  for (const [address, label] of [[ids.contest, "最终名次"], [ids.running, "暂定名次"]]) {
    await page.goto(base + address);
    assert.match(await page.innerText(".page-h"), new RegExp(label));
    const rows = await page.locator("main table tbody tr").count();
    const said = await api(`${address}/standings`);
    const places = said.places || said.standings || said.items;
    assert.equal(rows, places.length, `${label}: as many as the API says`);
    assert.ok(rows > 0);
  }
  await pages.visitor.goto(`${base}/festival/${ids.june.slug}`);
  assert.match(await pages.visitor.innerText("#contests"), /最终名次/);
  assertClean(page, "contests");
}

/** A citizen walks: a code that is no station's is refused, one that is shown counts. */
export async function challengeOpens({ base, ids, pages }) {
  const page = pages.citizen;
  await page.goto(`${base}/festival/${ids.autumn.slug}`);
  await page.click("#challenges a.weui-btn");
  await page.waitForURL(/\/c\/challenges\//);
  assert.ok(await page.locator(".walk-stops li").count() >= 5);
  await page.fill("#code", "12345678");
  await Promise.all([page.waitForNavigation(), page.click(".walk-code button")]);
  assert.match(await page.innerText("[role=alert]"), /./, "a wrong code is told so");
  await pages.organiser.goto(`${base}/challenges/${ids.challenge.id}`);
  const figures = await pages.organiser.$$eval("dl.facts.wide dd a", (all) =>
    all.map((one) => [Number(one.textContent), one.href]));
  assert.ok(figures.length > 0, "the desk counts walkers and visits");
  for (const [count, href] of figures) {
    await pages.organiser.goto(href);
    assert.equal(await pages.organiser.locator("main table tbody tr").count(), count, href);
  }
  assertClean(page, "challenge");
  assertClean(pages.organiser, "challenge");
}
