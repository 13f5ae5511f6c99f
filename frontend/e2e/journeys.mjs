// What a clerk does with keys and pointer, one function a habit; each fails without its script.
import assert from "node:assert/strict";
import { SIZES } from "./lib.mjs";

const open = (page, server, name) =>
  page.goto(`${server.base}/gallery/${name}${page.mode.query}`);
const cell = (row, column) => `tr[data-id="unt_${row}"] [data-column="${column}"]`;
const focused = (page) =>
  page.evaluate(() => {
    const at = document.activeElement.closest("td, th");
    const row = at && at.parentElement.dataset.id;
    const kind = at && (at.matches(".ck") ? "ck" : at.tagName);
    return at ? `${row} ${at.dataset.column || kind}` : null;
  });
const text = (page, where) => page.innerText(where);
const edits = (server) => server.state.posts.flatMap((post) => post.edits || []);

/** Puts the cursor on a cell as a click does. */
async function stand(page, row, column) {
  await page.click(cell(row, column));
  assert.equal(await focused(page), `unt_${row} ${column}`);
}

/** Words as an input method brings them: not key by key, but into the open field. */
async function write(page, words) {
  await page.keyboard.press("Enter");
  await page.fill(".cell-edit", words);
  await page.keyboard.press("Enter");
}

async function paste(page, words) {
  await page.evaluate((value) => {
    const clipboard = new DataTransfer();
    clipboard.setData("text/plain", value);
    const event = new ClipboardEvent("paste",
      { clipboardData: clipboard, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(event);
  }, words);
}

const settled = (page) =>
  page.waitForFunction(() => !document.querySelector(".sheet .wait, .sheet [aria-busy=true]"));

async function arrows(page, server) {
  await open(page, server, "sheet");
  assert.equal(await page.getAttribute("table[data-sheet]", "role"), "grid");
  const stops = await page.$$eval(".sheet tbody [tabindex='0']", (nodes) => nodes.length);
  assert.equal(stops, 1, "one tab stop in the grid");
  await stand(page, "03", "headcount");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), "unt_04 headcount");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(page), "unt_04 members");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(page), "unt_01 members", "the row of words is stepped over");
  await page.keyboard.press("Home");
  assert.equal(await focused(page), "unt_01 ck");
  await page.keyboard.press("Control+End");
  assert.equal((await focused(page)).slice(0, 6), "unt_11");
  await page.keyboard.press("Control+Home");
  assert.equal(await focused(page), "unt_00 ck");
  assert.equal(await page.$$eval(".sheet .cur", (nodes) => nodes.length), 1);
}

async function enterAndType(page, server) {
  await open(page, server, "sheet");
  await stand(page, "03", "headcount");
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue(".cell-edit"), "118", "Enter edits what is there");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "unt_03 headcount");
  assert.equal(await text(page, cell("03", "headcount")), "118");
  assert.equal(edits(server).length, 0, "Esc sends nothing");
  await write(page, "１２０");
  assert.equal(await focused(page), "unt_04 headcount", "Enter moves down");
  await settled(page);
  assert.equal(await text(page, cell("03", "headcount")), "120", "full-width digits are folded");
  assert.ok(await page.$(`${cell("03", "headcount")}.saved`));
  const [post] = server.state.posts;
  assert.deepEqual(post.edits, [{ id: "unt_03", version: 7, column: "headcount", value: "120" }]);
  assert.equal(post.csrf, "stub-token");
  assert.match(post.key, /^[0-9a-f-]{36}$/);
  assert.equal(await page.getAttribute('tr[data-id="unt_03"]', "data-version"), "8");
  await page.keyboard.press("F2");
  await page.keyboard.press("0");
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "unt_04 members", "Tab commits and goes right");
  await settled(page);
  assert.equal(edits(server)[1].value, "710", "F2 puts the caret behind the value");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => !!document.activeElement.closest(".sheet tbody")), false,
    "Tab outside of editing leaves the grid");
}

async function choice(page, server) {
  await open(page, server, "sheet");
  await stand(page, "03", "status");
  await page.keyboard.press("Enter");
  assert.equal(await page.$$eval('.menu [role="option"]', (all) => all.length), 4);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.equal(await text(page, `${cell("03", "status")} .tag`), "请示中");
  assert.equal(edits(server)[0].value, "applied");
  assert.equal(await focused(page), "unt_04 status");
  await page.click(`${cell("04", "status")} .caret`);
  await page.click('.menu [role="option"]:has-text("待成立")');
  await settled(page);
  assert.ok(await page.$(`${cell("04", "status")} .tag.ok`), "the tone follows the answer");
  assert.equal(await page.$(".menu[role=listbox]"), null);
}

async function pasteFromExcel(page, server) {
  await open(page, server, "sheet");
  await stand(page, "03", "headcount");
  await paste(page, "201\t11\t待成立\r\n202\t12\t未走访\r\n203\t13\t瞎写\r\n");
  await settled(page);
  const sent = edits(server).map((edit) => `${edit.id} ${edit.column} ${edit.value}`);
  assert.deepEqual(sent, [
    "unt_03 headcount 201", "unt_03 members 11",
    "unt_04 headcount 202", "unt_04 members 12",
    "unt_05 headcount 203", "unt_05 members 13",
  ], "unchanged and impossible choices are not sent");
  assert.equal(server.state.posts.length, 1, "one request for the block");
  assert.ok(await page.$(`${cell("05", "status")}.bad`));
  assert.match(await text(page, ".note .js-note"), /不在可选项里/);
  assert.match(await text(page, ".sheet-say"), /贴了 6 格/);
  await page.keyboard.press("Control+z");
  await settled(page);
  assert.equal(await text(page, cell("03", "headcount")), "118", "undo takes the block back");
  assert.equal(await text(page, cell("05", "members")), "3");
  assert.equal(edits(server).length, 12, "as new edits");
}

async function bad(page, server) {
  await open(page, server, "sheet");
  await stand(page, "03", "headcount");
  await write(page, "约4");
  await page.waitForSelector(`${cell("03", "headcount")}.bad`);
  const id = await page.getAttribute(cell("03", "headcount"), "aria-describedby");
  assert.match(await text(page, `#${id}`), /要填整数。你填的还在这里/);
  assert.equal(await text(page, cell("03", "headcount")), "约4", "the text stays");
  await page.click(`#${id} button:has-text("改为 4")`);
  await settled(page);
  assert.equal(await text(page, cell("03", "headcount")), "4");
  assert.equal(await page.$(`#${id}`), null, "the note goes with its reason");
}

async function conflict(page, server) {
  await open(page, server, "sheet");
  for (const [row, press, ends] of [["03", "用对方的", "70"], ["04", "用我的", "777"]]) {
    await stand(page, row, "headcount");
    await page.keyboard.type("777");
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${cell(row, "headcount")}.bad`);
    assert.match(await text(page, ".js-note"), /李\*\* 10 秒前.*“70”.*“777”/);
    await page.click(`.js-note button:has-text("${press}")`);
    await settled(page);
    assert.equal(await text(page, cell(row, "headcount")), ends);
    assert.equal(await page.$(".js-note"), null);
  }
  assert.equal(edits(server)[2].version, 12, "mine is sent again over their version");
}

async function lostNetwork(page, server) {
  await open(page, server, "sheet");
  await page.route("**/units/cells", (route) => route.abort());
  await stand(page, "03", "headcount");
  await page.keyboard.type("121");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`${cell("03", "headcount")}.bad`);
  assert.equal(await text(page, cell("03", "headcount")), "121");
  assert.match(await text(page, ".js-note"), /连不上服务器。你填的还在这里，没有丢/);
  await page.unroute("**/units/cells");
  await page.click('.js-note button:has-text("再存一次")');
  await settled(page);
  assert.ok(await page.$(`${cell("03", "headcount")}.saved`));
  await stand(page, "04", "headcount");
  await page.keyboard.type("500");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`${cell("04", "headcount")}.bad`);
  assert.match(await text(page, ".js-note"), /服务器正在重启/);
}
lostNetwork.allow = [/Failed to load resource/];

async function bulk(page, server) {
  await open(page, server, "sheet");
  assert.equal(await page.isVisible("#bulk"), false);
  await page.check('input[value="unt_02"]');
  assert.equal(await text(page, "#bulk b[data-count]"), "1");
  await page.click('input[value="unt_05"]', { modifiers: ["Shift"] });
  assert.equal(await text(page, "#bulk b[data-count]"), "4", "shift ticks the range");
  assert.equal(await page.$$eval("tr.sel", (rows) => rows.length), 4);
  await page.keyboard.press("Escape");
  assert.equal(await page.isVisible("#bulk"), false);
  await page.check("input[data-tick-all]");
  assert.equal(await text(page, "#bulk b[data-count]"), "12");
  await page.click("[data-untick]");
  await page.focus('input[value="unt_01"]');
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await Promise.all([page.waitForNavigation(), page.click('#bulk button[value="status"]')]);
  const sent = new URLSearchParams(server.state.posts.find((post) => post.form).form);
  assert.deepEqual(sent.getAll("id"), ["unt_01", "unt_02"]);
  assert.equal(sent.get("verb"), "status");
  assert.match(sent.get("idempotency_key"), /^[0-9a-f-]{36}$/);
}

async function drawer(page, server) {
  await open(page, server, "sheet");
  assert.equal(await page.isVisible("#drawer"), false);
  await page.focus('tr[data-id="unt_03"] a[data-drawer]');
  await page.keyboard.press("Enter");
  await page.waitForSelector("#drawer h2:focus");
  assert.match(page.url(), /open=unt_03/);
  assert.ok(await page.$('tr[data-id="unt_03"].open'));
  await page.keyboard.press("Escape");
  assert.equal(await page.isVisible("#drawer"), false);
  assert.equal(await focused(page), "unt_03 TH", "the focus goes back to its row");
  assert.match(page.url(), /gallery\/ledger$/);
  await page.route("**/part/drawer", (route) => route.fulfill({ status: 500, body: "" }));
  await page.keyboard.press("Enter");
  await page.waitForSelector("#drawer .notice.err");
  await page.click("#drawer [data-close]");
  assert.equal(await page.isVisible("#drawer"), false);
}
/** On a phone the drawer is a page over the list: nothing below it is seen, scrolled or focused. */
async function coveringDrawer(page, server) {
  await page.setViewportSize(SIZES.phone);
  await open(page, server, "sheet");
  const row = 'tr[data-id="unt_03"] a[data-drawer]';
  await page.click(row);
  await page.waitForSelector("#drawer h2:focus");
  const { x, y, width, height } = await page.locator("#drawer").boundingBox();
  assert.deepEqual([x, y, width, height], [0, 0, SIZES.phone.width, SIZES.phone.height]);
  assert.equal(await page.isVisible(row), false);
  assert.equal(await page.isVisible("header.top nav"), false);
  for (let turn = 0; turn < 12; turn += 1) {
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() =>
      document.activeElement === document.body || !!document.activeElement.closest("#drawer")));
  }
  await page.click("#drawer [data-close]:has-text('返回')");
  assert.equal(await page.isVisible("#drawer"), false);
  assert.equal(await focused(page), "unt_03 TH", "the focus goes back to its row");
}
drawer.allow = [/500/, /Response Status Error/];

/** The page is rendered with the drawer open, which covers it where it is narrow. */
const uncover = (page) => page.click("#drawer [data-close]");

async function filters(page, server) {
  await open(page, server, "ledger");
  await uncover(page);
  await page.click(".add-filter summary");
  await page.focus("#a-q");
  await page.keyboard.press("Escape");
  assert.equal(await page.isVisible(".add-filter .panel"), false);
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  await page.click("[data-copy-url]");
  await page.waitForSelector('[data-copy-url]:has-text("已复制")');
  await page.click(".add-filter summary");
  await page.fill("#a-q", "云栈");
  await Promise.all([page.waitForNavigation(), page.click(".panel button")]);
  const asked = new URL(page.url()).searchParams;
  assert.equal(asked.get("name"), "云栈");
  assert.equal(asked.has("town"), false, "empty conditions stay out of the address");
  await uncover(page);
  await page.click(".add-filter summary");
  await page.focus("#a-q");
  // The stub sends every other address to the dashboard; the way out must be the last chip's.
  const asks = page.waitForRequest((request) => new URL(request.url()).pathname === "/units");
  await page.keyboard.press("Backspace");
  assert.match((await asks).url(), /front=building&status=due$/);
  await page.waitForURL("**/gallery/dashboard");
}
filters.allow = [/Failed to load resource/];

async function forms(page, server) {
  await open(page, server, "form");
  assert.equal(await page.evaluate(() => document.activeElement.id), "f-uscc");
  await page.fill("#f-note", "先记一笔");
  await page.evaluate(() => {
    const button = document.querySelector(".fields .btn-primary");
    button.click();
    button.click();
  });
  await page.waitForURL("**/gallery/dashboard");
  assert.equal(server.state.posts.filter((post) => post.form).length, 1, "sent once");
  await open(page, server, "form");
  await page.evaluate(() => {
    for (const field of document.querySelectorAll("[aria-invalid]")) {
      field.removeAttribute("aria-invalid");
    }
  });
  assert.equal(await page.inputValue("#f-note"), "", "a success keeps nothing");
  await page.evaluate(() => {
    sessionStorage.setItem("kept:unit-new", JSON.stringify([["note", "没存上的", false]]));
  });
  await page.route("**/gallery/form*", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replace('aria-invalid="true"', "");
    await route.fulfill({ response: answer, body });
  });
  await open(page, server, "form");
  assert.equal(await page.inputValue("#f-note"), "没存上的", "a failure gives the text back");
  await page.evaluate(() => delete document.querySelector(".fields").dataset.dirty);
}

async function upload(page, server) {
  await open(page, server, "upload");
  const file = (name, content) => ({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
  await page.setInputFiles("#file", file("图.png", "x"));
  assert.match(await text(page, ".say"), /收不了 图.png/);
  await page.setInputFiles("#file", file("a.csv", ""));
  assert.match(await text(page, ".say"), /是空的/);
  await page.setInputFiles("#file", file("b.csv", "encrypted"));
  await page.waitForSelector('.say:has-text("有密码")');
  const drop = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["name"], "单位.csv", { type: "text/csv" }));
    return transfer;
  });
  await page.dispatchEvent("body", "dragover", { dataTransfer: drop });
  assert.ok(await page.$(".dropping"));
  await page.dispatchEvent("body", "drop", { dataTransfer: drop });
  await page.waitForURL("**/gallery/import");
  assert.equal(server.state.posts.at(-1).csrf, "stub-token");
}
upload.allow = [/422/];

async function progress(page, server) {
  await open(page, server, "importing");
  await page.waitForSelector('[role=progressbar][aria-valuenow="81"]');
  assert.equal(await page.getAttribute(".prog .v", "width"), "81");
  assert.equal(await text(page, "[data-text]"), "正在写入 80 / 99 行");
  await page.evaluate(() => fetch("/stub/finish"));
  await page.waitForURL("**/gallery/unit");
}

async function withoutScript(page, server) {
  await page.route("**/*.js", (route) => route.abort());
  await open(page, server, "sheet");
  assert.ok(await page.isVisible("#bulk"), "the bar is there for plain posting");
  await page.check('input[value="unt_02"]');
  await Promise.all([page.waitForNavigation(), page.click('#bulk button[value="status"]')]);
  const sent = new URLSearchParams(server.state.posts.find((post) => post.form).form);
  assert.equal(sent.get("id"), "unt_02");
  await open(page, server, "sheet");
  await page.click('tr[data-id="unt_03"] a[data-drawer]');
  assert.match(page.url(), /gallery\/unit/);
}
withoutScript.allow = [/ERR_FAILED/];

/** Puts voices of these languages where the browser's are, and notes what they say. */
const withVoices = (page, langs) =>
  page.addInitScript((all) => {
    const voices = all.map((lang) => ({ lang, localService: true }));
    const spoken = [];
    const synthesis = Object.assign(new EventTarget(), {
      getVoices: () => voices,
      cancel: () => spoken.splice(0),
      speak: (one) => spoken.push(one),
    });
    Object.defineProperty(window, "speechSynthesis", { value: synthesis });
    window.SpeechSynthesisUtterance = class {
      constructor(words) {
        this.words = words;
      }
    };
    window.spoken = spoken;
    window.voicesOf = voices;
  }, langs);

async function aloud(page, server) {
  await withVoices(page, ["en-US", "zh-CN"]);
  await open(page, server, "phone-question");
  await page.click("text=读给我听");
  await page.click("text=读给我听");
  const said = await page.evaluate(() => window.spoken.map((one) => [one.words, one.lang]));
  const words = "下面哪一个是水果？ 1, 桌子。2, 苹果。3, 毛衣。4, 小猫";
  assert.deepEqual(said, [[words, "zh-CN"]], "pressed twice, heard once");
}

async function aloudWithoutVoice(page, server) {
  await withVoices(page, ["en-US"]);
  await open(page, server, "phone-question");
  assert.equal(await page.isVisible("[data-aloud]"), false, "nobody presses in vain");
  assert.equal(await page.isVisible("text=苹果"), true, "the text is there for everybody");
  // A voice that comes later, as Chromium's do.
  await page.evaluate(() => {
    window.voicesOf.push({ lang: "zh_TW", localService: false });
    window.speechSynthesis.dispatchEvent(new Event("voiceschanged"));
  });
  assert.equal(await page.isVisible("[data-aloud]"), true);
}

export const journeys = {
  "sheet: arrows": arrows,
  "sheet: Enter, typing, Tab": enterAndType,
  "sheet: choice": choice,
  "sheet: paste and undo": pasteFromExcel,
  "sheet: bad": bad,
  "sheet: conflict": conflict,
  "sheet: lost network": lostNetwork,
  "bulk bar": bulk,
  drawer,
  coveringDrawer,
  filters,
  forms,
  upload,
  progress,
  aloud,
  "aloud: no voice": aloudWithoutVoice,
  "without a script": withoutScript,
};
