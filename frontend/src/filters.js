// Filters live in the URL: clean addresses, one to copy, and keys for those who use it all day.
import { announce, el, isTyping } from "./page.js";

// Empty fields would make an address nobody wants to read or send.
window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") === "post") return;
  const empty = [...form.elements].filter((field) => field.name && field.value === "");
  for (const field of empty) field.disabled = true;
  // Back in this page's own time, for the back button and for a submit that another script stops.
  setTimeout(() => empty.forEach((field) => (field.disabled = false)), 0);
});

/** Offices use plain http, where the clipboard API does not exist: then the old way. */
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = el("textarea", { class: "sr", readonly: "" }, text);
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy refused");
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-copy-url]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const words = link.dataset.words || link.textContent;
  link.dataset.words = words;
  try {
    await copy(link.href);
    link.textContent = "已复制";
    link.classList.add("copied");
    announce("网址已复制");
  } catch {
    link.textContent = "复制不了，请从地址栏复制";
  }
  link.focus();
  setTimeout(() => {
    link.textContent = words;
    link.classList.remove("copied");
  }, 3000);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.matches("[data-autosubmit]") || !field.form) return;
  // Safari learnt requestSubmit in 16.
  if (field.form.requestSubmit) field.form.requestSubmit();
  else field.form.submit();
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const { target, key } = event;
  if (key === "/" && !isTyping(target)) {
    const search = document.querySelector('[role="search"] input');
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
    return;
  }
  const panel = target instanceof Element && target.closest(".add-filter[open]");
  if (!panel) return;
  if (key === "Escape") {
    event.preventDefault();
    panel.open = false;
    panel.querySelector("summary").focus();
  }
  if (key === "Backspace" && target.matches("input") && target.value === "") {
    const chips = document.querySelectorAll(".filters .chip > a");
    if (chips.length) chips[chips.length - 1].click();
  }
});

// The account menu closes as people expect of a menu.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.me[open], details.add-filter[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !(event.target instanceof Element)) return;
  const menu = event.target.closest(".me[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
