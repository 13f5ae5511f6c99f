// Saving: edits go out one batch at a time, so that each carries its row's newest version.
import { announce, csrfToken, uuid, wordsOf } from "./page.js";
import { cellAt, columnName, put, rowName, textOf } from "./sheet-cells.js";
import { complain, forgive } from "./sheet-notes.js";

const SAVED_SHOWS = 3000;
/** The most edits of one request; a larger paste goes out in several. */
const BATCH = 200;
const SAFE = "你填的还在这里，没有丢。";

/** A refusal of the whole batch, in words. */
class Refused extends Error {
  constructor(words, sameKey) {
    super(words);
    this.sameKey = sameKey;
  }
}

export class Saver {
  constructor(table) {
    this.table = table;
    this.queue = [];
    this.busy = false;
    /** Groups of own edits that got through, newest last: what Ctrl+Z takes back. */
    this.done = [];
    window.addEventListener("beforeunload", (event) => {
      if (!this.busy && !this.queue.length && !table.querySelector("[data-unsaved]")) return;
      event.preventDefault();
      event.returnValue = "";
    });
  }

  /** Shows the new values at once and queues them; `undo` keeps the group out of the undo list. */
  commit(changes, { undo = false } = {}) {
    const group = { undo, edits: [] };
    for (const { cell, value, display } of changes) {
      // A cell that is still unsaved goes back to what the server has, not to the failed text.
      const before = cell.dataset.unsaved
        ? JSON.parse(cell.dataset.unsaved)
        : { value: cell.dataset.value, display: textOf(cell) };
      forgive(cell);
      cell.dataset.unsaved = JSON.stringify(before);
      put(cell, value, display);
      cell.classList.remove("saved");
      cell.classList.add("wait");
      cell.setAttribute("aria-busy", "true");
      const id = cell.parentElement.dataset.id;
      this.queue = this.queue.filter((e) => e.id !== id || e.column !== cell.dataset.column);
      const edit = { id, column: cell.dataset.column, value, before, group };
      group.edits.push(edit);
      this.queue.push(edit);
    }
    this.run();
  }

  async run() {
    if (this.busy) return;
    this.busy = true;
    while (this.queue.length) await this.send(this.queue.splice(0, BATCH), uuid());
    this.busy = false;
  }

  cell(edit) {
    return cellAt(this.table, edit.id, edit.column);
  }

  async send(batch, key) {
    const edits = batch.map((edit) => {
      const version = this.cell(edit).parentElement.dataset.version;
      return { id: edit.id, version: Number(version), column: edit.column, value: edit.value };
    });
    await this.post(batch, JSON.stringify({ edits }), key);
  }

  async post(batch, body, key) {
    try {
      const results = await request(this.table.dataset.cellsUrl, body, key);
      for (const edit of batch) {
        const result = results.find((r) => r.id === edit.id && r.column === edit.column);
        this.settle(edit, result || { ok: false, message: "服务器没有说这一格存没存。" });
      }
    } catch (error) {
      this.fail(batch, body, key, error);
    }
  }

  /** One edit's answer. A cell edited again meanwhile is left to its newer edit. */
  settle(edit, result) {
    const cell = this.cell(edit);
    if (!cell) return;
    const row = cell.parentElement;
    if (result.ok) row.dataset.version = String(result.version);
    if (this.queue.some((later) => later.id === edit.id && later.column === edit.column)) return;
    cell.classList.remove("wait");
    cell.removeAttribute("aria-busy");
    if (result.ok) this.saved(edit, cell, result);
    else if (result.code === "conflict") this.conflict(edit, cell, result);
    else this.refused(edit, cell, result);
  }

  saved(edit, cell, result) {
    const value = result.value === undefined || result.value === null ? edit.value : result.value;
    const display = result.display === undefined ? textOf(cell) : result.display;
    put(cell, String(value), display, result.tone);
    delete cell.dataset.unsaved;
    cell.classList.add("saved");
    setTimeout(() => cell.classList.remove("saved"), SAVED_SHOWS);
    announce(`已存，${columnName(cell)} ${textOf(cell)}`);
    if (edit.group.undo) return;
    edit.saved = String(value);
    if (!this.done.includes(edit.group)) this.done.push(edit.group);
  }

  refused(edit, cell, result) {
    const words = result.message || "这一格没有存上。";
    const actions = [];
    if (result.suggestion !== undefined && result.suggestion !== null) {
      const value = String(result.suggestion);
      actions.push([`改为 ${value}`, () => this.again(cell, value, value)]);
    }
    actions.push([`改回 ${edit.before.display || "空"}`, () => this.takeBack(cell)]);
    complain(cell, `${words}${SAFE}`, actions);
    announce(`没有存上，${columnName(cell)}：${words}`);
  }

  conflict(edit, cell, result) {
    const row = cell.parentElement;
    const mine = textOf(cell);
    const who = [result.by, result.at].filter(Boolean).join(" ") || "别人刚才";
    const words = `没有存上：${who}把${columnName(cell)}改成了“${result.display}”，你填的是“${mine}”。`;
    const settleVersion = () => (row.dataset.version = String(result.version));
    complain(cell, words, [
      [`用对方的 ${result.display}`, () => {
        settleVersion();
        forgive(cell);
        put(cell, String(result.value), result.display, result.tone);
        delete cell.dataset.unsaved;
        cell.focus();
      }],
      [`用我的 ${mine}`, () => {
        settleVersion();
        const theirs = { value: String(result.value), display: result.display };
        cell.dataset.unsaved = JSON.stringify(theirs);
        this.again(cell, edit.value, mine);
      }],
    ]);
    announce(words);
  }

  again(cell, value, display) {
    this.commit([{ cell, value, display }]);
    cell.focus();
  }

  takeBack(cell) {
    const { value, display } = JSON.parse(cell.dataset.unsaved);
    forgive(cell);
    put(cell, value, display);
    delete cell.dataset.unsaved;
    cell.focus();
  }

  /** Nothing is known to be saved: every text stays, and the same batch can be sent again. */
  fail(batch, body, key, error) {
    const words = error instanceof Refused ? error.message : "没有存上：连不上服务器。";
    const sameKey = !(error instanceof Refused) || error.sameKey;
    const left = batch.filter((edit) => this.cell(edit));
    const retry = () => {
      const still = left.filter((edit) => {
        const cell = this.cell(edit);
        return cell.dataset.unsaved && cell.dataset.value === edit.value;
      });
      for (const edit of still) {
        const cell = this.cell(edit);
        forgive(cell);
        cell.classList.add("wait");
      }
      this.cell(left[0]).focus();
      // The same batch with the same key is answered once, even if the first did get through.
      if (sameKey && still.length === batch.length) return this.post(batch, body, key);
      return this.send(still, uuid());
    };
    for (const edit of left) {
      const cell = this.cell(edit);
      cell.removeAttribute("aria-busy");
      const actions = edit === left[0] ? [[left.length > 1 ? "全部再存一次" : "再存一次", retry]] : [];
      complain(cell, `${words}${SAFE}`, actions);
    }
    announce(`${words}${SAFE}`);
  }

  /** Ctrl+Z: own last edits go back as new edits, so that the journal keeps both. */
  undo() {
    const group = this.done.pop();
    if (!group) return announce("没有可以撤回的");
    const changes = [];
    for (const edit of group.edits) {
      const cell = this.cell(edit);
      if (!cell || edit.saved === undefined || cell.dataset.value !== edit.saved) continue;
      changes.push({ cell, value: edit.before.value, display: edit.before.display });
    }
    if (!changes.length) return announce("这几格后来又改过，没有撤回");
    this.commit(changes, { undo: true });
    return announce(`撤回 ${changes.length} 格，${rowName(changes[0].cell)}`);
  }
}

async function request(url, body, key) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    // A redirect would be the sign-in page, not an answer.
    redirect: "manual",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRF-Token": csrfToken(),
      "Idempotency-Key": key,
    },
    body,
  });
  if (answer.type === "opaqueredirect" || [401, 403, 419].includes(answer.status)) {
    throw new Refused("没有存上：登录过期了。请在新窗口登录，再回来存。", true);
  }
  const text = await answer.text();
  if (!answer.ok) {
    const type = answer.headers.get("Content-Type") || "";
    const words = wordsOf(text, type, "服务器这会儿做不了。");
    throw new Refused(`没有存上：${words}`, answer.status >= 500);
  }
  return JSON.parse(text).results;
}
