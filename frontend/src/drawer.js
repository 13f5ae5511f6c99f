// The drawer: a unit beside its list. Pushes the list aside, has its own address, Esc closes it.
import { el, isTyping, whenReady } from "./page.js";

/** Only a slow answer shows a skeleton; a quick one would only flicker. */
const SKELETON_AFTER = 400;
let timer = 0;
let opener = null;

const drawer = () => document.getElementById("drawer");
const isDrawerRequest = (event) => event.detail.target && event.detail.target === drawer();

function markRow(link) {
  for (const row of document.querySelectorAll(".sheet tr.open")) row.classList.remove("open");
  if (link && link.closest("tr")) link.closest("tr").classList.add("open");
}

function open(box) {
  box.hidden = false;
  box.closest(".split").classList.add("with-drawer");
  // Where the drawer covers the page, what is below neither scrolls nor takes the focus.
  document.body.classList.add("covered");
}

function skeleton(box) {
  const lines = ["", "s", "", "", "s"].map((size) => el("span", { class: `skeleton ${size}` }));
  box.replaceChildren(el("p", { class: "sr", role: "status" }, "正在打开"), ...lines);
}

/** Closes in place when the list is already below; returns false when the link must be followed. */
function close() {
  const box = drawer();
  if (!box || box.hidden) return;
  const link = box.querySelector("[data-close]");
  const row = document.querySelector(".sheet tr.open");
  const back = opener || (row && row.querySelector("[data-drawer]"));
  box.hidden = true;
  box.replaceChildren();
  box.closest(".split").classList.remove("with-drawer");
  document.body.classList.remove("covered");
  markRow(null);
  // htmx keeps its mark in the state; without it the back button would leave a stale page.
  if (link) history.replaceState({ htmx: true }, "", link.href);
  if (back && back.isConnected) back.focus();
  opener = null;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isDrawerRequest(event)) return;
  const box = drawer();
  opener = event.detail.elt;
  clearTimeout(timer);
  timer = setTimeout(() => {
    open(box);
    skeleton(box);
  }, SKELETON_AFTER);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (!isDrawerRequest(event)) return;
  const box = drawer();
  clearTimeout(timer);
  open(box);
  markRow(opener);
  const heading = box.querySelector("h2");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
});

function fail(event) {
  if (!isDrawerRequest(event)) return;
  const box = drawer();
  clearTimeout(timer);
  open(box);
  const again = el("a", { href: opener ? opener.getAttribute("href") : "" }, "打开它自己的页");
  box.replaceChildren(
    el("a", { class: "close", href: location.href, "data-close": "" },
      el("span", { class: "x", "aria-hidden": "true" }, "×"),
      el("span", { class: "back" }, "返回列表")),
    el("div", { class: "notice err", role: "alert" },
      el("b", {}, "这一家没有打开"), "列表没受影响，改过的都在。", el("br"), again),
  );
}
document.addEventListener("htmx:responseError", fail);
document.addEventListener("htmx:sendError", fail);

document.addEventListener("click", (event) => {
  const link = event.target.closest("#drawer [data-close]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const box = drawer();
  if (!box || box.hidden) return;
  const ticking = event.target instanceof Element && event.target.matches("[data-tick]");
  if (isTyping(event.target) && !ticking) return;
  event.preventDefault();
  close();
});

// Rendered with the drawer open: a reload, or an address that somebody sent.
whenReady(() => {
  const box = drawer();
  if (!box || box.hidden) return;
  document.body.classList.add("covered");
  const heading = box.querySelector("h2");
  if (heading && getComputedStyle(box).position === "fixed") heading.focus();
});

// A new tab is asked for: htmx must not take the click, the browser should.
document.addEventListener("click", (event) => {
  if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
  if (event.target.closest("a[data-drawer]")) event.stopPropagation();
}, true);
