// Ticked rows: ranges by shift, a bar that names the count, Esc lets go. The form posts by itself.
import { announce, each, isTyping } from "./page.js";

// By attribute: the boxes are named "id", so `form.id` would be a list of boxes.
const boxesOf = (form) => [
  ...document.querySelectorAll(`input[data-tick][form="${form.getAttribute("id")}"]`),
];

function show(form) {
  const boxes = boxesOf(form);
  const count = boxes.filter((box) => box.checked).length;
  form.hidden = count === 0;
  for (const place of form.querySelectorAll("[data-count]")) place.textContent = String(count);
  for (const box of boxes) {
    const row = box.closest("tr");
    if (row) row.classList.toggle("sel", box.checked);
  }
  const all = allBox(boxes);
  if (all) {
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
  return count;
}

function change(form) {
  const count = show(form);
  announce(count ? `已选 ${count} 行` : "一行也没选");
}

function allBox(boxes) {
  const table = boxes[0] && boxes[0].closest("table");
  return table && table.querySelector("input[data-tick-all]");
}

function tickRange(boxes, from, to, checked) {
  const [a, b] = [boxes.indexOf(from), boxes.indexOf(to)].sort((x, y) => x - y);
  if (a < 0) return;
  for (const box of boxes.slice(a, b + 1)) box.checked = checked;
}

function untick(form) {
  const boxes = boxesOf(form);
  const focusInside = form.contains(document.activeElement);
  for (const box of boxes) box.checked = false;
  change(form);
  // The bar goes away under the focus: hand it back to the sheet.
  if (focusInside && boxes[0]) boxes[0].focus();
}

each("form[data-bulk]", (form) => {
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement)) return;
    const boxes = boxesOf(form);
    if (box.matches("[data-tick-all]") && box === allBox(boxes)) {
      for (const one of boxes) one.checked = box.checked;
      change(form);
    } else if (boxes.includes(box)) {
      if (event.shiftKey && last && last !== box) tickRange(boxes, last, box, box.checked);
      last = box;
      change(form);
    }
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-untick]")) untick(form);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || form.hidden) return;
    const box = event.target instanceof Element && event.target.matches("[data-tick]");
    if (!box && isTyping(event.target)) return;
    event.preventDefault();
    untick(form);
  });
  window.addEventListener("pageshow", () => show(form));
  show(form);
});
