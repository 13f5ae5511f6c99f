// The sheet as a grid of cells: which there are, what each holds, where the cursor stands.

/** Rows that hold a record; a row of words below a faulty cell is no place to stand. */
export function rowsOf(table) {
  return [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.dataset.id);
}

/** Cells of a row where the cursor can stand: all that are shown, but the row's number. */
export function cellsOf(row) {
  return [...row.cells].filter((cell) => !cell.classList.contains("no") && cell.offsetParent);
}

export const canEdit = (cell) => cell.dataset.column !== undefined;

/** What the focus goes to: the link or tick box of a cell that has one, else the cell itself. */
export function focusable(cell) {
  if (canEdit(cell)) return cell;
  return cell.querySelector("a[href], input, button") || cell;
}

/** The part of a cell that shows its value; a status keeps its tag and its arrow around it. */
const shown = (cell) => cell.querySelector("[data-show]") || cell;
export const textOf = (cell) => shown(cell).textContent.trim();

/** Shows a value. `tone` colours a tag; undefined leaves it as it is. */
export function put(cell, value, display, tone) {
  const place = shown(cell);
  cell.dataset.value = value;
  place.textContent = display;
  if (tone !== undefined && place.classList.contains("tag")) {
    place.classList.remove("due", "ok", "warn", "honour");
    if (tone) place.classList.add(tone);
  }
}

export function cellAt(table, id, column) {
  const row = rowsOf(table).find((one) => one.dataset.id === id);
  return row && [...row.cells].find((cell) => cell.dataset.column === column);
}

/** The column's name as its head says it. */
export function columnName(cell) {
  const table = cell.closest("table");
  const head = table.tHead && table.tHead.rows[0].cells[cell.cellIndex];
  return head ? head.textContent.replace(/[↑↓]/g, "").trim() : cell.dataset.column;
}

export function rowName(cell) {
  const name = cell.parentElement.querySelector('th[scope="row"]');
  return name ? name.textContent.trim() : "";
}

/** The choices of a cell: value and words, from a template or a datalist. */
export function choicesOf(cell) {
  const list = document.getElementById(cell.dataset.options);
  if (!list) return { options: [], note: "" };
  const root = list.content || list;
  const options = [...root.querySelectorAll("option")].map((option) => ({
    value: option.value,
    label: (option.label || option.textContent || option.value).trim(),
  }));
  const note = root.querySelector("small");
  return { options, note: note ? note.textContent : "" };
}

/** The cursor of one table: exactly one place in it is a tab stop. */
export class Cursor {
  constructor(table) {
    this.table = table;
    this.cell = null;
    for (const row of rowsOf(table)) {
      for (const cell of cellsOf(row)) focusable(cell).tabIndex = -1;
    }
    const [first] = rowsOf(table);
    if (first) this.place(cellsOf(first)[0], { focus: false, mark: false });
  }

  place(cell, { focus = true, mark = true } = {}) {
    if (!cell) return;
    if (this.cell) {
      this.cell.classList.remove("cur");
      focusable(this.cell).tabIndex = -1;
    }
    this.cell = cell;
    focusable(cell).tabIndex = 0;
    if (mark) cell.classList.add("cur");
    if (!focus) return;
    focusable(cell).focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Moves by rows and cells, stopping at the edges. Returns false if it stood there already. */
  move(down, right) {
    const rows = rowsOf(this.table);
    const y = clamp(rows.indexOf(this.cell.parentElement) + down, rows.length);
    const cells = cellsOf(rows[y]);
    const x = clamp(cellsOf(this.cell.parentElement).indexOf(this.cell) + right, cells.length);
    const next = cells[x];
    const moved = next !== this.cell;
    this.place(next);
    return moved;
  }

  toEdge({ end, whole }) {
    const rows = rowsOf(this.table);
    const row = whole ? rows[end ? rows.length - 1 : 0] : this.cell.parentElement;
    const cells = cellsOf(row);
    this.place(cells[end ? cells.length - 1 : 0]);
  }
}

const clamp = (n, length) => Math.max(0, Math.min(length - 1, n));
