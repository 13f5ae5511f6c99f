// Upload: drop a file anywhere on the page, see how far it is, stop it, read why it failed.
import { announce, csrfToken, each, el, uuid, wordsOf } from "./page.js";
import { draw } from "./progress.js";

const SVG = "http://www.w3.org/2000/svg";
const megabytes = (bytes) => (bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0);

function svg(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function progressBar(name) {
  const bar = svg("svg", {
    class: "progress", role: "progressbar", "aria-label": `上传 ${name}`, "aria-valuemin": "0",
    "aria-valuemax": "100", "aria-valuenow": "0", viewBox: "0 0 100 6", preserveAspectRatio: "none",
  });
  bar.append(
    svg("rect", { class: "t", width: "100", height: "6" }),
    svg("rect", { class: "v", width: "0", height: "6" }),
  );
  const stop = el("button", { type: "button", class: "btn btn-sm" }, "停下，不传了");
  const text = el("span", { "data-text": "" }, `正在上传 ${name}`);
  return { box: el("div", { class: "prog" }, text, stop, bar), stop };
}

function say(form, title, detail, kind = "err") {
  const old = form.querySelector(".say");
  if (old) old.remove();
  const role = kind === "err" ? "alert" : "status";
  form.append(el("div", { class: `notice say ${kind}`, role }, el("b", {}, title), detail));
}

/** Content and size are the server's to judge; only the kind of file is plain from its name. */
function wrongKind(input, file) {
  const kinds = (input.accept || "").split(",").map((kind) => kind.trim().toLowerCase());
  const name = file.name.toLowerCase();
  return kinds[0] && !kinds.some((kind) => kind[0] === "." && name.endsWith(kind));
}

function arrived(form, request) {
  const posted = new URL(form.getAttribute("action"), location.href).href;
  const type = request.getResponseHeader("Content-Type") || "";
  if (request.status >= 200 && request.status < 300) {
    if (/json/.test(type)) return location.assign(JSON.parse(request.responseText).url);
    if (request.responseURL && request.responseURL !== posted) {
      return location.assign(request.responseURL);
    }
  }
  const detail = wordsOf(request.responseText, type, "文件没有问题的话，过一会儿再传一次。");
  if (request.status === 413) {
    return say(form, "文件太大，没有收下", "什么也没写入。拆成几份再传，或删掉用不着的工作表。");
  }
  if ([401, 403, 419].includes(request.status)) {
    return say(form, "登录过期了，没有上传", "什么也没写入。在新窗口登录后回来再传，文件还选着。");
  }
  return say(form, "没有收下这个文件", detail);
}

function send(form, file) {
  const body = new FormData(form);
  // A dropped file is not in the input, and another may be.
  const input = form.querySelector('input[type="file"]');
  body.delete(input.name);
  if (!body.get("idempotency_key")) body.set("idempotency_key", uuid());
  body.append(input.name, file, file.name);
  const request = new XMLHttpRequest();
  const { box, stop } = progressBar(file.name);
  const over = () => {
    box.remove();
    form.removeAttribute("aria-busy");
  };
  request.open("POST", form.getAttribute("action"));
  request.setRequestHeader("X-CSRF-Token", csrfToken());
  request.setRequestHeader("Accept", "application/json, text/html");
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    const sent = loaded < total
      ? `正在上传 ${file.name}，${megabytes(loaded)} / ${megabytes(total)} MB`
      : `传完了，正在读 ${file.name}`;
    draw(box, { done: loaded, total, text: sent });
  });
  request.addEventListener("load", () => {
    over();
    arrived(form, request);
  });
  request.addEventListener("error", () => {
    over();
    say(form, "没有传完，网络断了", "什么也没写入，文件还在你这里。连上网再传一次。");
  });
  request.addEventListener("abort", () => {
    over();
    say(form, "停下了", "什么也没写入。", "");
    announce("停下了，什么也没写入");
  });
  stop.addEventListener("click", () => request.abort());
  const old = form.querySelector(".say");
  if (old) old.remove();
  form.setAttribute("aria-busy", "true");
  form.append(box);
  announce(`正在上传 ${file.name}`);
  request.send(body);
}

function take(form, files) {
  const input = form.querySelector('input[type="file"]');
  if (form.getAttribute("aria-busy") === "true" || !files.length) return;
  const [file] = files;
  if (files.length > 1) {
    say(form, `一次只收一个文件，你放了 ${files.length} 个`, "什么也没上传。先放第一个。");
  } else if (wrongKind(input, file)) {
    say(form, `这里收不了 ${file.name}`, `什么也没上传。请另存为 ${input.accept} 再来。`);
  } else if (!file.size) {
    say(form, `${file.name} 是空的`, "什么也没上传。请打开它看看，存好再来。");
  } else send(form, file);
}

each("form[data-upload]", (form) => {
  const input = form.querySelector('input[type="file"]');
  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    take(form, input.files);
  });
  input.addEventListener("change", () => take(form, input.files));
  const carriesFiles = (event) =>
    event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    form.classList.remove("dropping");
    take(form, event.dataTransfer.files);
  });
});
