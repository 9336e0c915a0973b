/** Another address begins at its top; one come back to, where it was left. */

import { paced } from "../core/cell.js";
import { pastAddress } from "../core/route.js";

const KEEP_MS = 300;
const STOPS = ["wheel", "touchmove", "keydown", "pointerdown"]; // the reader scrolls himself

let wanted = 0; // how far down the page still has to come, as its content comes
let here = location.href; // the address whose page is scrolled

/** Keeps with each entry of the browser's history how far its page was scrolled. */
export function keepScroll() {
  history.scrollRestoration = "manual"; // the browser's comes before the content does
  const keep = () => {
    if (!wanted && location.href === here) history.replaceState({ top: scrollY }, "");
  };
  const keepSoon = paced(KEEP_MS, keep);
  addEventListener("scroll", keepSoon, { passive: true });
  addEventListener("click", keep, true); // before a link is followed
  addEventListener("hashchange", ({ oldURL, newURL }) => {
    here = newURL;
    begin(isPast(oldURL) && isPast(newURL) ? scrollY : leftAt());
  });
  STOPS.forEach((name) => addEventListener(name, arrived, { passive: true, capture: true }));
  new ResizeObserver(goOn).observe(document.body);
  begin(leftAt());
}

/** The slider of past states and its filter go from address to address on one page. */
const isPast = (url) => new URL(url).hash.startsWith(pastAddress());

/** How far the page of this entry was scrolled when it was left; a new one: not at all. */
const leftAt = () => (history.state ? history.state.top : 0);

function begin(top) {
  wanted = top;
  scrollTo(0, top);
}

function goOn() {
  if (!wanted) return;
  scrollTo(0, wanted);
  if (scrollY >= wanted - 1) arrived();
}

function arrived() {
  wanted = 0;
}
