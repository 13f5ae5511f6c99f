// What every script asks of the page: its token, a uuid, a line for screen readers, new content.

/** The token that the server put in the head. */
export function csrfToken() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  return meta ? meta.content : "";
}

/** A random uuid. `randomUUID` needs Chrome 92 and https; offices may have neither. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** An element with attributes and children; text goes in as text, never as markup. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

let live;
/** Says a line to screen readers without moving the focus. */
export function announce(text) {
  if (!live) {
    live = el("div", { class: "sr", role: "status", "aria-live": "polite" });
    document.body.append(live);
  }
  live.textContent = text;
}

/** Runs `start` once for each element matching `selector`, now and in content that htmx brings. */
export function each(selector, start) {
  const seen = new WeakSet();
  const scan = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches && root.matches(selector)) found.unshift(root);
    for (const node of found) {
      if (seen.has(node)) continue;
      seen.add(node);
      start(node);
    }
  };
  whenReady(() => scan(document));
  document.addEventListener("htmx:load", (event) => scan(event.target));
}

/** The script is deferred, so the document is usually parsed already. */
export function whenReady(start) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}

/** The plain words of a refusal, whether it came as problem+json or as a page. */
export function wordsOf(text, type, fallback) {
  try {
    if (/json/.test(type)) {
      const problem = JSON.parse(text);
      return problem.detail || problem.title || fallback;
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    const notice = page.querySelector(".notice.err, .oops");
    return notice ? notice.textContent.trim().replace(/\s+/g, " ") : fallback;
  } catch {
    return fallback;
  }
}

/** True while the person is typing somewhere, so that single-key shortcuts stay out of the way. */
export function isTyping(target) {
  return target instanceof Element && !!target.closest("input, select, textarea");
}
