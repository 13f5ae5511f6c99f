// The row of words below a faulty row: what happened, what is safe, what to do.
import { el } from "./page.js";

let last = 0;

/** The notes row below `row`, made when missing. */
function notesRow(row) {
  const next = row.nextElementSibling;
  if (next && next.classList.contains("note")) return next;
  const cell = el("td", { colspan: String(row.cells.length) });
  const made = el("tr", { class: "note" }, cell);
  row.after(made);
  return made;
}

/** Marks a cell as wrong and says why below; `actions` are [words, what to do] pairs. */
export function complain(cell, words, actions = []) {
  forgive(cell);
  last += 1;
  const id = `note-${last}`;
  const note = el("p", { id, class: "js-note" }, words);
  for (const [label, act] of actions) {
    const button = el("button", { type: "button" }, label);
    button.addEventListener("click", act);
    note.append(" ", button);
  }
  const box = notesRow(cell.parentElement).cells;
  box[box.length - 1].append(note);
  cell.classList.remove("wait", "saved");
  cell.classList.add("bad");
  cell.setAttribute("aria-invalid", "true");
  cell.setAttribute("aria-describedby", id);
}

/** Takes a cell's complaint back, and the row of words with its last one. */
export function forgive(cell) {
  cell.classList.remove("bad");
  cell.removeAttribute("aria-invalid");
  const note = document.getElementById(cell.getAttribute("aria-describedby"));
  cell.removeAttribute("aria-describedby");
  if (!note) return;
  const row = note.closest("tr.note");
  note.remove();
  if (row && !row.querySelector("p, a")) row.remove();
}
