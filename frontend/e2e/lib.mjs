// What browser checks share: a Chromium that stays off the network, signing in, pictures, axe, and
// a page that fails its check on any console error or CSP violation.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** WCAG 2.2 AA, and what axe counts as best practice is left to people. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
export const OUT = process.env.E2E_OUT || join(dirname(fileURLToPath(import.meta.url)), "out");
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const BINARY = process.env.TONGPIN || join(ROOT, "target", "debug", "tongpin");
export const SIZES = {
  desk: { width: 1366, height: 768 },
  phone: { width: 375, height: 812 },
  wall: { width: 1920, height: 1080 },
};

/** Chromium with an empty profile; `close()` removes it. CHROMIUM names another binary. */
export async function launch() {
  const profile = mkdtempSync(join(tmpdir(), "tongpin-e2e-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    viewport: SIZES.desk,
  });
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/**
 * Chromium for several people at once: `person(size)` opens a window with cookies of its own.
 * `close()` ends them all.
 */
export async function launchForMany() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: FLAGS,
  });
  const person = (size = SIZES.desk, more = {}) => browser.newContext({
    locale: "zh-CN", timezoneId: "Asia/Shanghai", viewport: size, ...more,
  });
  return { person, close: () => browser.close() };
}

/**
 * The demo city with so many units, served from this folder on a free port; the promise is kept
 * once it listens. `account(name)` is a password that it printed.
 */
export function demoCity(folder, units) {
  const args = ["demo", "--data", folder, "--units", units, "--addr", "127.0.0.1:0"];
  const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const stop = () => {
    child.removeAllListeners("exit");
    child.kill("SIGTERM");
  };
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
    child.stderr.on("data", (bytes) => { said = (said + bytes).slice(-4000); });
    child.stdout.on("data", (bytes) => {
      said += bytes;
      const base = /listening on (http:\S+)/.exec(said);
      const account = (name) => new RegExp(`^${name}\\s+(\\S+)`, "m").exec(said)[1];
      if (base) resolve({ base: base[1], stop, account, folder });
    });
  });
}

/**
 * A page that remembers what went wrong in it: script errors, console errors, refused styles and
 * scripts. `page.faults` lists them; `allow` holds patterns of the expected ones.
 */
export async function watchedPage(context, { size = SIZES.desk, allow = [] } = {}) {
  const page = await context.newPage();
  await page.setViewportSize(size);
  // A page that hangs should say so soon, not after Playwright's half minute.
  page.setDefaultTimeout(10_000);
  page.faults = [];
  const note = (text) => {
    if (!allow.some((pattern) => pattern.test(text))) page.faults.push(text);
  };
  page.on("pageerror", (error) => note(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") note(`console: ${message.text()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return page;
}

/** Throws with all that went wrong in the page so far. */
export function assertClean(page, where) {
  if (page.faults.length) throw new Error(`${where}: ${page.faults.splice(0).join("\n  ")}`);
}

/** Signs in through the form, as a person does; fails if the gate is still there. */
export async function signIn(page, base, name, password) {
  await page.goto(`${base}/login`);
  await page.fill('input[name="name"]', name);
  await page.fill('input[name="password"]', password);
  await Promise.all([
    page.waitForNavigation(),
    page.click('main form button:not([type="button"])'),
  ]);
  if (await page.$("[data-gate]")) {
    throw new Error(`sign-in as ${name} refused: ${await page.innerText("main")}`);
  }
}

/** A picture in OUT; `whole` takes the page to its end. */
export async function picture(page, name, { whole = true } = {}) {
  mkdirSync(OUT, { recursive: true });
  const path = join(OUT, `${name}.png`);
  await page.screenshot({ path, fullPage: whole });
  return path;
}

/** Violations of WCAG 2.2 AA as lines of words; an empty list is a pass. */
export async function axe(page) {
  // Evaluated through the debugger, so the page's CSP neither stops it nor has to be loosened.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    // What passes need not be told node by node, and no style sheet is fetched again.
    (values) => window.axe.run(document, {
      runOnly: { type: "tag", values }, resultTypes: ["violations"], preload: false,
    }),
    RULES,
  );
  return violations.map(({ id, help, nodes }) => {
    const places = nodes.slice(0, 3).map((node) => `${node.target.join(" ")} {${node.html}}`);
    return `${id}: ${help} (${nodes.length})\n    ${places.join("\n    ")}`;
  });
}

/** How far the page itself scrolls sideways; 0 means that it reflows. */
export function overflow(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    return Math.max(root.scrollWidth, document.body.scrollWidth) - root.clientWidth;
  });
}

/** Controls smaller than `least` px in height or width; links inside sentences are excepted. */
export function smallTargets(page, least) {
  return page.evaluate((min) => {
    const all = "button, select, summary, input:not([type=hidden]), nav a, .btn, .more, .act-link";
    const small = [];
    for (const node of document.querySelectorAll(all)) {
      if (node.closest("[hidden], .sr, .skip") || !node.checkVisibility()) continue;
      const target = node.closest("label") || node;
      const box = target.getBoundingClientRect();
      if (!box.width || !box.height) continue;
      if (box.height < min - 0.5 || box.width < min - 0.5) {
        small.push(`${node.tagName}.${node.className} “${node.textContent.trim().slice(0, 12)}” ` +
          `${Math.round(box.width)}×${Math.round(box.height)}`);
      }
    }
    return small;
  }, least);
}

/** Visible text set smaller than `least` px, as examples. */
export function smallText(page, least) {
  return page.evaluate((min) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = new Map();
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement;
      const words = walker.currentNode.textContent.trim();
      if (!words || node.closest("script, .sr, [hidden], template, .seal, svg, .skip")) continue;
      if (!node.checkVisibility()) continue;
      const size = parseFloat(getComputedStyle(node).fontSize);
      if (size < min) found.set(`${node.tagName}.${node.className} ${size}px`, words.slice(0, 16));
    }
    return [...found].map(([where, words]) => `${where} “${words}”`);
  }, least);
}
