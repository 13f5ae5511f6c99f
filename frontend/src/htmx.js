// htmx, locked down: no eval, no own styles, same origin only, the CSRF token on every request.
import htmx from "htmx.org";
import { csrfToken } from "./page.js";

// The page's meta tag says the same; set here too, so that a page which forgets it is safe.
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  // Pages hold names and numbers of people: none of them is left behind in the browser's storage.
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
});

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = csrfToken();
});

export default htmx;
