// A box that scrolls inside itself must be reachable by keyboard, but only while it really scrolls.
import { each } from "./page.js";

const SCROLLS = ".scroll, .plot, .sheet-wrap, .counts, .today .sec, .top nav, .nav-tabs";

function mark(box) {
  const over = box.scrollWidth > box.clientWidth + 1;
  // A box with links inside is reached through them.
  const reachable = box.querySelector("a[href], button, input, [tabindex='0']");
  if (over && !reachable) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}

each(SCROLLS, (box) => {
  mark(box);
  if (window.ResizeObserver) new ResizeObserver(() => mark(box)).observe(box);
});

// On a narrow screen the current place in the navigation may be out of sight.
each('.top nav [aria-current], .nav-tabs [aria-current]', (link) => {
  const box = link.parentElement;
  const right = link.offsetLeft + link.offsetWidth;
  if (right <= box.offsetLeft + box.clientWidth) return;
  box.scrollLeft = link.offsetLeft - box.offsetLeft - 16;
});
