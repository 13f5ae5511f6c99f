// Long work: a bar fed by server-sent events; where they do not come through, by fetching the page.
import { announce, each } from "./page.js";

const POLL_EVERY = 2000;
/** EventSource retries by itself; after so many failures a proxy is in the way. */
const GIVE_UP_AFTER = 3;

/** Writes the state into the bar: its width is an svg attribute, so the strict CSP holds. */
export function draw(box, { done, total, text, left }) {
  const percent = total > 0 ? Math.min(100, Math.round((done / total) * 100)) : 0;
  const bar = box.querySelector("[role=progressbar]");
  bar.setAttribute("aria-valuenow", String(percent));
  if (text) bar.setAttribute("aria-valuetext", text);
  box.querySelector(".v").setAttribute("width", String(percent));
  if (text) box.querySelector("[data-text]").textContent = text;
  const rest = box.querySelector("[data-left]");
  if (rest) rest.textContent = left || "";
}

function words(state) {
  if (state.text) return state.text;
  const n = (number) => Number(number).toLocaleString("zh-CN");
  return `正在${state.phase || "处理"} ${n(state.done)} / ${n(state.total)} 行`;
}

/** The same address reloads, another is opened. */
function go(url) {
  const to = new URL(url, location.href);
  if (to.href.split("#")[0] === location.href.split("#")[0]) location.reload();
  else location.assign(to.href);
}

async function poll(box) {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-progress]");
    if (answer.ok && !now) return location.reload();
    const bar = now && now.querySelector("[role=progressbar]");
    if (bar) {
      draw(box, {
        done: Number(bar.getAttribute("aria-valuenow")),
        total: 100,
        text: now.querySelector("[data-text]").textContent,
        left: (now.querySelector("[data-left]") || {}).textContent,
      });
    }
  } catch {
    box.querySelector("[data-text]").textContent = "连不上服务器，活还在做，连上后接着显示";
  }
  if (box.isConnected) setTimeout(() => poll(box), POLL_EVERY);
}

each("[data-progress]", (box) => {
  if (!window.EventSource) return poll(box);
  const source = new EventSource(box.dataset.progress);
  let failures = 0;
  let phase = null;
  source.addEventListener("progress", (event) => {
    failures = 0;
    const state = JSON.parse(event.data);
    draw(box, { ...state, text: words(state) });
    // Every step would drown a screen reader: a new phase is news, a row is not.
    if (state.phase !== phase) announce(words(state));
    phase = state.phase;
  });
  source.addEventListener("done", (event) => {
    source.close();
    go(JSON.parse(event.data).url || location.href);
  });
  source.addEventListener("failed", (event) => {
    source.close();
    box.classList.add("stopped");
    const { text } = JSON.parse(event.data);
    box.querySelector("[data-text]").textContent = text;
    announce(text);
  });
  source.addEventListener("error", () => {
    failures += 1;
    if (source.readyState !== EventSource.CLOSED && failures < GIVE_UP_AFTER) return;
    source.close();
    poll(box);
  });
  window.addEventListener("pagehide", () => source.close());
  return undefined;
});
