// Pasting a block from Excel: tab-separated text onto the cells from the cursor on.
import { announce } from "./page.js";
import { canEdit, cellsOf, choicesOf, rowsOf } from "./sheet-cells.js";
import { fold } from "./sheet-edit.js";
import { complain } from "./sheet-notes.js";

/** Excel's clipboard text as rows of cells; a cell with a line break or a quote comes in quotes. */
export function parseTsv(text) {
  const rows = [[]];
  let at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      at += 1;
      while (at < text.length && !(text[at] === '"' && text[at + 1] !== '"')) {
        if (text[at] === '"') at += 1;
        cell += text[at];
        at += 1;
      }
      at += 1;
    }
    while (at < text.length && !/[\t\r\n]/.test(text[at])) {
      cell += text[at];
      at += 1;
    }
    rows[rows.length - 1].push(cell);
    if (text[at] === "\t") {
      at += 1;
      // A tab at the very end still opens an empty cell.
      if (at === text.length) rows[rows.length - 1].push("");
      continue;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
    at += 1;
    // Excel ends its last row with a line break as well.
    if (at < text.length) rows.push([]);
  }
  return rows;
}

/** Finds a choice by its words or its value. */
function choose(cell, text) {
  const { options } = choicesOf(cell);
  return options.find(({ value, label }) => label === text || value === text);
}

/** One pasted text for one cell: a change, or null when the cell keeps what it has. */
function changeFor(cell, text, refused) {
  const value = fold(text, cell.dataset.kind);
  if (cell.dataset.kind !== "choice") {
    return value === cell.dataset.value ? null : { cell, value, display: value };
  }
  const choice = choose(cell, value);
  if (!choice) {
    refused.push(cell);
    const words = choicesOf(cell).options.map(({ label }) => label).join("、");
    complain(cell, `“${value}”不在可选项里：${words}。这一格没有动。`);
    return null;
  }
  if (choice.value === cell.dataset.value) return null;
  return { cell, value: choice.value, display: choice.label };
}

/** Lays the block from `start` on; says what was left out and why. */
export function pasteBlock(table, start, text, saver) {
  const block = parseTsv(text);
  const rows = rowsOf(table);
  const top = rows.indexOf(start.parentElement);
  const left = cellsOf(start.parentElement).indexOf(start);
  const changes = [];
  const refused = [];
  let locked = 0;
  let outside = 0;
  block.forEach((line, dy) => {
    const cells = rows[top + dy] ? cellsOf(rows[top + dy]) : [];
    line.forEach((value, dx) => {
      const cell = cells[left + dx];
      if (!cell) outside += 1;
      else if (!canEdit(cell)) locked += 1;
      else {
        const change = changeFor(cell, value, refused);
        if (change) changes.push(change);
      }
    });
  });
  if (changes.length) saver.commit(changes);
  const said = [`贴了 ${changes.length} 格`];
  if (locked) said.push(`${locked} 格不能改，没有动`);
  if (outside) said.push(`${outside} 格超出表格，没有贴`);
  if (refused.length) said.push(`${refused.length} 格不在可选项里`);
  announce(said.join("，"));
  return said.join("，");
}
