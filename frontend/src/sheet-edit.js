// Editing one cell: a text field in place, or a list of choices below it.
import { el } from "./page.js";
import { choicesOf, columnName, rowName } from "./sheet-cells.js";

/** Full-width digits and spaces come from input methods; the ledger holds plain ones. */
export function fold(text, kind) {
  const trimmed = text.replace(/[\s\u3000]+/g, " ").trim();
  if (kind !== "int") return trimmed;
  const half = (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0);
  const plain = trimmed.replace(/[\uff10-\uff19]/g, half);
  return plain.replace(/[,，\s]/g, "");
}

const labelOf = (cell) => `${columnName(cell)}，${rowName(cell)}`;

/**
 * Opens a text field in `cell`. `typed` replaces the value; otherwise the whole value is selected,
 * or with `caretAtEnd` the caret stands behind it. `finish(value | null, key)` hears the outcome.
 */
export function editText(cell, { typed, caretAtEnd }, finish) {
  const input = el("input", { class: "cell-edit", type: "text", "aria-label": labelOf(cell) });
  if (cell.dataset.kind === "int") input.inputMode = "numeric";
  input.autocomplete = "off";
  input.value = typed === undefined ? cell.dataset.value : typed;
  const kept = [...cell.childNodes];
  cell.classList.add("editing");
  cell.replaceChildren(input);
  input.focus();
  const end = input.value.length;
  if (typed !== undefined || caretAtEnd) input.setSelectionRange(end, end);
  else input.select();
  let over = false;
  const close = (value, key) => {
    if (over) return;
    over = true;
    cell.classList.remove("editing");
    cell.replaceChildren(...kept);
    finish(value, key);
  };
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    // While an input method composes, Enter chooses a word and Esc drops it.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.preventDefault();
      close(null, event);
    } else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      close(fold(input.value, cell.dataset.kind), event);
    }
  });
  input.addEventListener("blur", () => close(fold(input.value, cell.dataset.kind), null));
  return { input, cancel: () => close(null, null) };
}

/** Opens the choices of `cell` as a listbox below it. `finish({value, label} | null, key)`. */
export function editChoice(cell, { typed }, finish) {
  const { options, note } = choicesOf(cell);
  const wrap = cell.closest(".sheet-wrap");
  const name = labelOf(cell);
  const menu = el("div", { class: "menu", role: "listbox", tabindex: "-1", "aria-label": name });
  const items = options.map(({ value, label }, i) => {
    const chosen = String(value === cell.dataset.value);
    const id = `${cell.dataset.options}-${i}`;
    return el("div", { role: "option", id, "aria-selected": chosen }, label);
  });
  // A note is no option, so it stands outside the list's roles.
  menu.append(...items);
  if (note) menu.append(el("small", { role: "presentation" }, note));
  let at = Math.max(0, options.findIndex(({ value }) => value === cell.dataset.value));
  const point = (i) => {
    items.forEach((item) => item.classList.remove("on"));
    at = (i + items.length) % items.length;
    items[at].classList.add("on");
    menu.setAttribute("aria-activedescendant", items[at].id);
    items[at].scrollIntoView({ block: "nearest" });
  };
  let over = false;
  const close = (choice, key) => {
    if (over) return;
    over = true;
    menu.remove();
    wrap.classList.remove("picking");
    finish(choice, key);
  };
  let sought = "";
  const seek = (letter) => {
    sought += letter;
    const found = options.findIndex(({ label }) => label.startsWith(sought));
    if (found >= 0) point(found);
    else sought = letter;
  };
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const { key } = event;
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
    if (key in moves) point(moves[key]);
    else if (key === "Enter" || key === " " || key === "Tab") close(options[at], event);
    else if (key === "Escape") close(null, event);
    else if (key.length === 1 && !event.ctrlKey && !event.metaKey) return seek(key);
    else return;
    event.preventDefault();
  });
  menu.addEventListener("mousedown", (event) => event.preventDefault());
  menu.addEventListener("click", (event) => {
    event.stopPropagation();
    const i = items.indexOf(event.target.closest('[role="option"]'));
    if (i >= 0) close(options[i], null);
  });
  menu.addEventListener("blur", () => close(null, null));
  wrap.classList.add("picking");
  cell.append(menu);
  menu.focus({ preventScroll: true });
  menu.scrollIntoView({ block: "nearest" });
  if (items.length) point(at);
  if (typed) seek(typed);
}
