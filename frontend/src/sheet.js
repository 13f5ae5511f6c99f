// A table that works like a sheet: arrows, Enter, typing, paste from Excel, undo.
// `<table class="table sheet" data-sheet data-cells-url="…">`; without the script a plain table.
import { announce, each } from "./page.js";
import { Cursor, canEdit, cellsOf, choicesOf, rowsOf, textOf } from "./sheet-cells.js";
import { editChoice, editText } from "./sheet-edit.js";
import { pasteBlock } from "./sheet-paste.js";
import { Saver } from "./sheet-save.js";

/** Rows and cells that a key moves by. */
const MOVES = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
};

class Sheet {
  constructor(table) {
    this.table = table;
    this.cursor = new Cursor(table);
    this.saver = new Saver(table);
    this.editor = null;
    // Only now is it a grid: without the script the roles would promise keys that do nothing.
    table.setAttribute("role", "grid");
    for (const row of rowsOf(table)) {
      for (const cell of cellsOf(row)) {
        if (!canEdit(cell)) cell.setAttribute("aria-readonly", "true");
        if (cell.dataset.kind === "choice") cell.setAttribute("aria-haspopup", "listbox");
      }
    }
    table.addEventListener("keydown", (event) => this.key(event));
    table.addEventListener("mousedown", (event) => this.point(event));
    table.addEventListener("dblclick", (event) => this.edit(this.cellOf(event.target)));
    table.addEventListener("focusin", (event) => this.follow(event));
    table.addEventListener("focusout", (event) => this.leave(event));
    table.addEventListener("paste", (event) => this.paste(event));
    document.addEventListener("copy", (event) => this.copy(event));
  }

  cellOf(target) {
    const cell = target instanceof Element && target.closest("td, th");
    return cell && cell.parentElement.dataset.id && !cell.classList.contains("no") ? cell : null;
  }

  /** The focus may come by a click on a link or by a screen reader: the cursor goes along. */
  follow(event) {
    const cell = this.cellOf(event.target);
    if (cell && !this.editor) this.cursor.place(cell, { focus: false });
  }

  leave(event) {
    if (this.editor || this.table.contains(event.relatedTarget)) return;
    if (this.cursor.cell) this.cursor.cell.classList.remove("cur");
  }

  /** A click stands on a cell; a click on the cell where one stands already edits it. */
  point(event) {
    const cell = this.cellOf(event.target);
    if (!cell || !canEdit(cell) || event.button !== 0) return;
    if (this.editor) {
      if (cell.contains(document.activeElement)) return;
      document.activeElement.blur();
    }
    event.preventDefault();
    const again = cell === this.cursor.cell && document.activeElement === cell;
    this.cursor.place(cell);
    if (again || event.target.closest(".caret")) this.edit(cell);
  }

  key(event) {
    const cell = this.cursor.cell;
    if (!cell || this.editor || !this.cellOf(event.target)) return;
    if (event.ctrlKey || event.metaKey) return this.withControl(event);
    if (event.altKey) return undefined;
    const { key } = event;
    if (MOVES[key]) this.cursor.move(...MOVES[key]);
    else if (key === "Home" || key === "End") this.cursor.toEdge({ end: key === "End" });
    else if (!canEdit(cell) || !this.begin(cell, event)) return undefined;
    event.preventDefault();
    return undefined;
  }

  /** Keys that start an edit; true when one did and the key is used up. */
  begin(cell, { key, keyCode }) {
    if (key === "Enter") this.edit(cell);
    else if (key === "F2") this.edit(cell, { caretAtEnd: true });
    else if (key === "Delete" || key === "Backspace") this.clear(cell);
    else if (key === " " && cell.dataset.kind === "choice") this.edit(cell);
    // Key 229 is an input method at work: it needs the field open before its first letter lands.
    else if (keyCode === 229) {
      this.edit(cell, { typed: "" });
      return false;
    } else if (key.length === 1) this.edit(cell, { typed: key });
    else return false;
    return true;
  }

  withControl(event) {
    if (event.key === "z" || event.key === "Z") this.saver.undo();
    else if (event.key === "Home" || event.key === "End") {
      this.cursor.toEdge({ end: event.key === "End", whole: true });
    } else return;
    event.preventDefault();
  }

  clear(cell) {
    if (cell.dataset.kind === "choice" || cell.dataset.value === "") return;
    this.saver.commit([{ cell, value: "", display: "" }]);
  }

  edit(cell, how = {}) {
    if (!cell || !canEdit(cell) || this.editor) return;
    this.cursor.place(cell);
    const finish = (outcome, key) => this.finish(cell, outcome, key);
    this.editor = cell;
    if (cell.dataset.kind === "choice") editChoice(cell, how, finish);
    else editText(cell, how, finish);
  }

  /** `key` is null when the editor lost the focus: then the focus stays where it went. */
  finish(cell, outcome, key) {
    this.editor = null;
    const choice = cell.dataset.kind === "choice";
    if (outcome !== null) {
      this.keep(cell, choice ? outcome : { value: outcome, label: outcome });
    }
    const chosenByPointer = key === null && outcome !== null && choice;
    if (key === null && !chosenByPointer) {
      if (!this.table.contains(document.activeElement)) cell.classList.remove("cur");
      return;
    }
    this.cursor.place(cell);
    if (!key || outcome === null) return;
    if (key.key === "Enter") this.cursor.move(key.shiftKey ? -1 : 1, 0);
    if (key.key === "Tab") this.cursor.move(0, key.shiftKey ? -1 : 1);
  }

  /** Sends what changed; a cell that is wrong is tried again even with the same text. */
  keep(cell, { value, label }) {
    if (value === cell.dataset.value && !cell.classList.contains("bad")) return;
    this.saver.commit([{ cell, value, display: label }]);
  }

  paste(event) {
    const text = event.clipboardData.getData("text/plain");
    const cell = this.cursor.cell;
    if (!cell || !text) return;
    // Into an open field a single value goes as usual; a block means the sheet.
    if (this.editor) {
      if (!/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
      event.preventDefault();
      event.target.value = cell.dataset.value;
      event.target.blur();
      this.cursor.place(cell);
    }
    event.preventDefault();
    const said = pasteBlock(this.table, cell, text, this.saver);
    this.say(said);
  }

  /** A line below the sheet for what a paste left out; nothing covers the cells. */
  say(words) {
    const box = this.table.closest(".sheet-wrap").parentElement.querySelector(".sheet-say");
    if (box) box.textContent = words;
  }

  copy(event) {
    const cell = this.cursor.cell;
    const here = cell && cell.contains(document.activeElement);
    if (!here || this.editor || String(document.getSelection())) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", textOf(cell));
    announce(`已复制 ${textOf(cell)}`);
  }
}

each("table[data-sheet]", (table) => {
  // Options missing on the page would make a choice that cannot be made: read-only is honest.
  for (const cell of table.querySelectorAll('[data-kind="choice"]')) {
    if (!choicesOf(cell).options.length) delete cell.dataset.column;
  }
  return new Sheet(table);
});
