// Every page of the festival's rooms, for who opens it: at desk, phone and elder size by axe and
// reflow, and the public ones in English too.
import assert from "node:assert/strict";
import { assertClean, axe, overflow, SIZES, watchedPage } from "./lib.mjs";

/** The shop that the demo's merchant and cashier belong to. */
const SHOP = "衍舍烘焙店";

/** What the rooms are called by, found from the lists: the newest campaign and the finished one. */
export async function findIds(api, page, base) {
  const campaigns = (await api("/campaigns")).items;
  const [autumn, june] = ["autumn-2021", "55-2021"].map((slug) =>
    campaigns.find((one) => one.slug === slug));
  const batches = (await api(`/campaigns/${autumn.id}/voucher-batches`)).items;
  const spent = (await api(`/campaigns/${june.id}/voucher-batches`)).items;
  const shows = (await api("/shows")).items;
  const show = shows.find((one) => one.campaign === june.id);
  const planned = shows.find((one) => one.state === "planned");
  const challenge = (await api(`/campaigns/${autumn.id}/challenges`)).items[0];
  const settlements = (await api("/settlements?limit=500")).items;
  const first = async (path, kind) => {
    await page.goto(base + path);
    const all = await page.$$eval("main a[href]", (links) =>
      links.map((one) => one.getAttribute("href")));
    const found = all.map((href) => new RegExp(`^${kind}/[a-z]{3}_[0-9a-z]+`).exec(href));
    return (found.find(Boolean) || [null])[0];
  };
  return {
    autumn, june, batches, spent, show, planned, challenge, settlements,
    sale: await first("/sales", "/sales"),
    contest: await first(`/contests?campaign=${june.id}`, "/contests"),
    running: await first(`/contests?campaign=${autumn.id}`, "/contests"),
    station: await first(`/challenges/${challenge.id}`, "/challenge-stations"),
    event: await first(`/campaigns/${autumn.id}`, "/sub-events"),
    merchant: await first("/merchants", "/merchants"),
    own: `/merchants/${(await api("/merchants?limit=500")).items.find((one) =>
      one.name === SHOP).id}`,
    product: await first("/products", "/products"),
    founder: await first("/founders", "/founders"),
    file: await first(`/sale-batches?campaign=${june.id}`, "/sale-batches"),
    funder: `/funders/${june.pledges[0].funder}`,
    voucher: await first(`/voucher-batches/${spent[0].id}/claims`, "/vouchers"),
  };
}

/** Pages that anybody opens; each is looked at in English, too. */
const open = (ids) => ({
  festival: `/festival/${ids.autumn.slug}`, "festival-over": `/festival/${ids.june.slug}`,
  "festival-members": `/festival/${ids.autumn.slug}/members`, products: "/products",
  product: ids.product, "phone-sign-in": "/c/login", consent: "/c/consent",
  offers: "/c/vouchers", walk: `/c/challenges/${ids.challenge.id}`, wall: ids.wall,
});

const citizen = (ids) => ({
  "own-offers": "/c/vouchers", wallet: "/c/wallet", voucher: `/c/wallet/${ids.claimed}`,
  "own-number": "/c/me", "own-walk": `/c/challenges/${ids.challenge.id}`,
});

function organiser(ids) {
  const campaign = `/campaigns/${ids.autumn.id}`;
  const batch = `/voucher-batches/${ids.batches[0].id}`;
  const [show, planned] = [`/shows/${ids.show.id}`, `/shows/${ids.planned.id}`];
  const challenge = `/challenges/${ids.challenge.id}`;
  return {
    campaigns: "/campaigns", "campaign-new": "/campaigns/new", campaign,
    "campaign-june": `/campaigns/${ids.june.id}`, "campaign-change": `${campaign}/change`,
    members: `${campaign}/members`, invite: `${campaign}/invite`, poster: `${campaign}/poster`,
    "programme-new": `${campaign}/programme/new`, "sub-event-new": `${campaign}/sub-events/new`,
    "sub-event": `${ids.event}/change`, batches: `${campaign}/vouchers`,
    "batches-june": `/campaigns/${ids.june.id}/vouchers`, "batch-new": `${campaign}/vouchers/new`,
    batch, "batch-change": `${batch}/change`, acceptance: `${batch}/acceptance`,
    claims: `${batch}/claims`, redemptions: `${batch}/redemptions`, "one-voucher": ids.voucher,
    flags: "/voucher-flags", settlements: "/settlements",
    settlement: `/settlements/${ids.settlements[0].id}`,
    draw: `/settlements/draw?campaign=${ids.autumn.id}`, merchants: "/merchants",
    "merchant-new": "/merchants/new", merchant: ids.merchant,
    "merchant-change": `${ids.merchant}/change`, "product-edit": `${ids.product}/edit`,
    "product-change": `${ids.product}/change`, "product-new": `${ids.merchant}/products/new`,
    founders: "/founders", founder: ids.founder, shows: "/shows", show, planned,
    "show-change": `${planned}/change`, "show-new": `/shows/new?campaign=${ids.autumn.id}`,
    sales: "/sales", "sales-june": `/sales?show=${ids.show.id}`, sale: ids.sale,
    files: `/sale-batches?campaign=${ids.june.id}`, file: ids.file, contests: "/contests",
    contest: ids.contest, running: ids.running,
    "contest-new": `/contests/new?campaign=${ids.autumn.id}`, challenge,
    "challenge-change": `${challenge}/change`, stations: `${challenge}/stations/new`,
    visits: `${challenge}/visits`, walkers: `${challenge}/walkers`,
    station: `${ids.station}/change`, "station-code": `${ids.station}/code`,
  };
}

const pagesOf = (ids) => ({
  nobody: open(ids), citizen: citizen(ids), organiser: organiser(ids),
  funder: { "funder-settlements": "/settlements", payments: "/settlements/payments",
    "funder-batch": `/voucher-batches/${ids.batches[0].id}` },
  cashier: { till: "/till", redemption: ids.redemption },
  merchant: { "merchant-till": "/till", "merchant-redemption": ids.redemption,
    invitations: "/invitations", "sale-new": `/sales/new?campaign=${ids.autumn.id}`,
    "merchant-settlements": "/settlements", enquiries: "/enquiries",
    payee: `${ids.own}/payee`, "own-merchant": ids.own },
  "admin-city": { funders: "/funders", "funder-new": "/funders/new",
    "funder-change": `${ids.funder}/change`, "merchant-phone": `${ids.merchant}/phone` },
});

export const MODES = [
  { name: "1366", size: SIZES.desk }, { name: "375", size: SIZES.phone },
  { name: "elder", size: SIZES.phone, elder: true },
  { name: "English", size: SIZES.phone, lang: "en", only: ["nobody", "citizen", "cashier"] },
];

/** Opens a page as its reader does and says what is wrong with it. */
async function look(page, base, path, lang) {
  const response = await page.goto(base + path);
  assert.equal(response.status(), 200);
  assert.equal(new URL(page.url()).pathname, path.split("?")[0], "it leads elsewhere");
  // The words of another language change no role and no colour.
  const wrong = lang ? await strayChinese(page) : await axe(page);
  const aside = await overflow(page);
  if (aside > 0) wrong.push(`the page scrolls sideways by ${aside} px`);
  assertClean(page, path);
  assert.equal(wrong.length, 0, wrong.join("\n"));
}

/** Chinese that an English page shows of its own, not as somebody's words marked as Chinese. */
const strayChinese = (page) => page.evaluate(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const stray = [];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const words = walker.currentNode.textContent.trim();
    if (!/[\u4e00-\u9fff]/.test(words)) continue;
    if (node.closest("[lang^=zh], .seal, script, [aria-hidden=true]")) continue;
    stray.push(`“${words.slice(0, 40)}” in ${node.tagName.toLowerCase()}.${node.className}`);
  }
  return stray;
});

/** One mode of every page. `states` holds the cookies of each reader; `shot` may keep pictures. */
export async function sweep(mode, { person, base, ids, states, check, shot }) {
  for (const [who, pages] of Object.entries(pagesOf(ids))) {
    if (mode.only && !mode.only.includes(who)) continue;
    const window = await person(mode.size, { storageState: states[who] });
    const page = await watchedPage(window, { size: mode.size });
    if (mode.elder) await page.goto(`${base}/settings/elder?on=1&back=/c/consent`);
    if (mode.lang) await page.goto(`${base}/settings/lang?on=${mode.lang}&back=/c/consent`);
    for (const [name, path] of Object.entries(pages)) {
      await check(`${name} at ${mode.name}`, async () => {
        assert.ok(path && !/undefined|null/.test(path), `no address: ${path}`);
        if (shot) {
          await page.goto(base + path);
          await shot(page, name, mode);
        }
        await look(page, base, path, mode.lang);
      });
      page.faults.splice(0);
    }
    await window.close();
  }
}
