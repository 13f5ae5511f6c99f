// Forms: one submit at a time, an idempotency key, a warning before unsaved edits are lost, and
// typed text kept when sending fails.
import { each, el, uuid, whenReady } from "./page.js";

const KEPT = "kept:";

/** A form is busy from its submit until the answer replaces the page. */
function setBusy(form, button) {
  form.setAttribute("aria-busy", "true");
  if (button) button.setAttribute("aria-busy", "true");
  // A file as the answer leaves the page in place, so nothing would ever end the busy state.
  if (button && button.hasAttribute("data-download")) {
    form.removeAttribute("aria-busy");
    button.removeAttribute("aria-busy");
  }
}

function clearBusy() {
  for (const node of document.querySelectorAll("form[aria-busy], form [aria-busy]")) {
    node.removeAttribute("aria-busy");
  }
}

// In the bubble phase on window: a form whose own script took the submit over is left alone.
window.addEventListener("submit", (event) => {
  const form = event.target;
  // By attribute here and below: a field named "method" would hide the property.
  if (form.getAttribute("method") !== "post" || event.defaultPrevented) return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  for (const input of form.querySelectorAll('input[name="idempotency_key"]')) {
    if (!input.value) input.value = uuid();
  }
  delete form.dataset.dirty;
  keep(form);
  setBusy(form, event.submitter);
});
// Coming back by the back button shows the page as it was left: busy, with a used key.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  clearBusy();
  const keys = document.querySelectorAll('input[name="idempotency_key"]');
  for (const input of keys) input.value = "";
});

/* ---- unsaved edits ---- */
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && form.hasAttribute("data-guard")) form.dataset.dirty = "yes";
});
window.addEventListener("beforeunload", (event) => {
  if (!document.querySelector("form[data-dirty]")) return;
  event.preventDefault();
  event.returnValue = "";
});

/* ---- kept input ---- */
function keepable(form) {
  return [...form.elements].filter(
    (field) =>
      field.name && !field.matches('[type="password"], [type="hidden"], [type="file"], button'),
  );
}

function keep(form) {
  if (!form.dataset.keep) return;
  const kept = keepable(form).map((field) => [field.name, field.value, !!field.checked]);
  try {
    sessionStorage.setItem(KEPT + form.dataset.keep, JSON.stringify(kept));
  } catch {
    // Storage may be off or full; then nothing is kept, and the form still works.
  }
}

/** Puts kept text back, but never over what the server itself put back. */
function restore(form) {
  const name = KEPT + form.dataset.keep;
  const stored = readKept(name);
  if (!stored) return;
  sessionStorage.removeItem(name);
  // The server answered: either it put the text back itself, or it says that all went well.
  if (form.querySelector('[aria-invalid="true"]')) return;
  if (document.querySelector(".notice.ok")) return;
  // It asks whose change stands: what it shows is not only this person's.
  if (form.hasAttribute("data-answered")) return;
  let changed = false;
  for (const field of keepable(form)) {
    const tick = field.type === "radio" || field.type === "checkbox";
    const was = stored.find(([n, v]) => n === field.name && (!tick || v === field.value));
    if (!was) continue;
    if (tick && field.checked !== was[2]) {
      field.checked = was[2];
      changed = true;
    } else if (!tick && !field.value && was[1]) {
      field.value = was[1];
      changed = true;
    }
  }
  if (!changed) return;
  form.dataset.dirty = "yes";
  form.prepend(
    el("div", { class: "notice", role: "status" },
      el("b", {}, "上次没有存上"), "你填过的已经放回来了，没有丢。看一遍再存。"),
  );
}

function readKept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

each("form[data-keep]", restore);

// Any page that is neither an error nor the sign-in gate means that the last form got through.
whenReady(() => {
  if (document.querySelector("main[data-error], main[data-gate]")) return;
  try {
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith(KEPT)) sessionStorage.removeItem(name);
    }
  } catch {
    // No storage, nothing kept.
  }
});

// The first field with an error gets the focus, unless the page asked for another.
whenReady(() => {
  if (document.querySelector("[autofocus]")) return;
  const wrong = document.querySelector('form [aria-invalid="true"]');
  if (wrong) wrong.focus();
});
