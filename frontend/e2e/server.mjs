// A tiny server for the gallery: dist files, pages in a shell, and stubs for what scripts post to.
import { createServer } from "node:http";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../dist");
const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
const CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'none'";
const TYPES = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
const HTMX = '{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,' +
  '"allowScriptTags":false,"historyCacheSize":0,"refreshOnHistoryMiss":true}';
const NAV = ["今日", "台账", "攻坚", "走访", "联盟", "活动", "消费", "报表"];
/** Gallery pages that belong under a navigation item other than 台账. */
const PLACE = { dashboard: "今日", report: "报表" };

export const pages = readdirSync(join(here, "gallery"))
  .filter((name) => name.endsWith(".html") && !name.startsWith("part-"))
  .map((name) => name.replace(".html", ""));

const HATCH = `<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="4" height="4"
patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="4" fill="#fff"/>
<line x1="0" y1="0" x2="0" y2="4" stroke="#6B6258" stroke-width="1.6"/></pattern></defs></svg>`;

function top(name) {
  const current = PLACE[name] || "台账";
  const links = NAV.map((word) =>
    `<a href="/gallery/dashboard"${word === current ? ' aria-current="page"' : ""}>${word}</a>`);
  return `<a class="skip" href="#main">跳到正文</a>
<header class="top no-print"><a class="home" href="/gallery/dashboard">
<span class="seal" aria-hidden="true"><b>同</b><b>频</b></span><span class="name">同频</span></a>
<nav aria-label="主导航">${links.join("")}</nav><div class="end">
<form class="search" role="search" action="/gallery/ledger"><label class="sr" for="q">搜索</label>
<input id="q" name="q" type="search" placeholder="单位、地点，或拼音首字母 wxh"></form>
<span class="demo">演示数据</span>
<form class="switch" method="post" action="/stub/form"><button name="elder" value="on">大字版</button>
<button name="lang" value="en" lang="en">English</button></form>
<details class="me"><summary>市党群中心 陈**</summary><div class="menu"><a href="#">我的账户</a>
<form method="post" action="/stub/form"><button>退出</button></form></div></details>
</div></header>${HATCH}`;
}

const FOOT = `<footer class="site-foot no-print"><span>遇到问题，打电话：
<a href="tel:051255550100">0512-5555 0100</a></span><span>同频 0.1</span></footer>`;

function shell(name, elder) {
  const source = readFileSync(join(here, "gallery", `${name}.html`), "utf8");
  const [, title, kind] = source.match(/<!-- title: (.*?); sheet: (.*?) -->/);
  const [sheet, bare] = kind.split(" ");
  const framed = sheet === "desk" && !bare;
  const kit = name === "components" ? '<link rel="stylesheet" href="/gallery/kit.css">' : "";
  return `<!doctype html><html lang="zh-CN"${elder ? ' class="elder"' : ""}><head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · 同频</title><meta name="csrf-token" content="stub-token">
<meta name="htmx-config" content='${HTMX}'>
<link rel="icon" href="/assets/${manifest["favicon.svg"]}" type="image/svg+xml">
<link rel="stylesheet" href="/assets/${manifest[`${sheet}.css`]}">${kit}
<script src="/assets/${manifest["app.js"]}" defer></script></head>
<body>${framed ? top(name) : ""}${source}${framed ? FOOT : ""}</body></html>`;
}

/** Values that the stub answers in a fixed way, so that each state can be tried. */
function judge({ id, column, version, value }, seen) {
  const key = `${id}/${column}`;
  if (value === "777" && !seen.has(key)) {
    seen.add(key);
    return { id, column, ok: false, code: "conflict", version: version + 5, value: "70",
      display: "70", by: "李**", at: "10 秒前" };
  }
  if (column !== "uscc" && column !== "status" && !/^\d+$/.test(value)) {
    return { id, column, ok: false, code: "not_a_number", version, message: "要填整数。",
      suggestion: value.replace(/\D/g, "") || null };
  }
  const display = { unvisited: "未走访", willing: "有意向", applied: "请示中", approved: "待成立" };
  return { id, column, ok: true, version: version + 1, value, display: display[value] || value,
    tone: column === "status" ? { approved: "ok", unvisited: "warn" }[value] || "" : undefined };
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

async function stub(url, request, response, state) {
  const json = (status, value) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(value));
  };
  if (url.pathname === "/stub/state") return json(200, state.posts);
  if (url.pathname === "/units/cells") {
    const { edits } = JSON.parse(await body(request));
    state.posts.push({ edits, csrf: request.headers["x-csrf-token"],
      key: request.headers["idempotency-key"] });
    if (edits.some((edit) => edit.value === "500")) {
      return json(503, { detail: "服务器正在重启，一分钟后再存。" });
    }
    return json(200, { results: edits.map((edit) => judge(edit, state.seen)) });
  }
  if (url.pathname === "/stub/events") {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const event = (name, value) => `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
    response.write(event("progress",
      { done: 80, total: 99, phase: "写入", text: "正在写入 80 / 99 行", left: "" }));
    return state.streams.push(response);
  }
  if (url.pathname === "/stub/finish") {
    for (const stream of state.streams.splice(0)) {
      stream.end(`event: done\ndata: ${JSON.stringify({ url: "/gallery/unit" })}\n\n`);
    }
    return json(200, {});
  }
  if (url.pathname === "/stub/upload") {
    const text = await body(request);
    state.posts.push({ upload: text.length, csrf: request.headers["x-csrf-token"] });
    if (text.includes("encrypted")) {
      return json(422, { title: "打不开", detail: "这个文件有密码。去掉密码另存一份再传。" });
    }
    return json(201, { url: "/gallery/import" });
  }
  state.posts.push({ path: url.pathname, form: await body(request) });
  response.writeHead(303, { Location: "/gallery/dashboard" });
  return response.end();
}

function answer(request, response, state) {
  const url = new URL(request.url, "http://localhost");
  response.setHeader("Content-Security-Policy", CSP);
  const [, root, name, part] = url.pathname.split("/");
  if (root === "assets") {
    response.setHeader("Content-Type", TYPES[extname(name)]);
    return response.end(readFileSync(join(dist, name)));
  }
  if (request.method === "GET" && root === "gallery") {
    if (name === "kit.css") {
      response.setHeader("Content-Type", "text/css");
      return response.end(readFileSync(join(here, "gallery/kit.css")));
    }
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    if (name === "part") {
      return response.end(readFileSync(join(here, "gallery", `part-${part}.html`)));
    }
    return response.end(shell(name, url.searchParams.get("elder")));
  }
  return stub(url, request, response, state);
}

/** Starts on a free port; `close()` ends it. */
export function serve(port = 0) {
  const state = { posts: [], seen: new Set(), streams: [] };
  const server = createServer((request, response) => {
    Promise.resolve()
      .then(() => answer(request, response, state))
      .catch((error) => {
        response.writeHead(error.code === "ENOENT" ? 404 : 500);
        response.end(String(error));
      });
  });
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => {
      const base = `http://127.0.0.1:${server.address().port}`;
      resolve({ base, state, close: () => server.closeAllConnections() || server.close() });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { base } = await serve(Number(process.env.PORT) || 4173);
  console.log(pages.map((page) => `${base}/gallery/${page}`).join("\n"));
}
