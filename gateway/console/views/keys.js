/** Everything by keyboard: what each key does, the list of them, the one ear that hears them. */

import { html, useEffect, useRef } from "../vendor/htm-preact-standalone.module.js";
import { cell, useCell } from "../core/cell.js";
import { switchTheme } from "../core/look.js";
import { go } from "../core/route.js";
import { keepLanguage, language, t } from "../core/words.js";
import { cancelAll } from "../wire/acts.js";
import { press as send } from "../wire/outbox.js";
import { may } from "../wire/seat.js";
import { said } from "./notice.js";

const isListed = cell(false);

/** Key -> what it does; the words are `key.<name>`. Shift+X is the one chord that cancels all. */
const KEYS = [
  ["?", "list", () => isListed.set(!isListed.get())],
  ["Escape", "close", () => isListed.set(false)],
  ["/", "filter", () => focusOn("#filter")],
  ["g", "search", () => focusOn("#search")],
  ["j", "next", () => step(1)],
  ["k", "previous", () => step(-1)],
  ["b", "bid", () => press("[data-key=bid]")],
  ["a", "ask", () => press("[data-key=ask]")],
  ["p", "price", () => focusOn("#price")],
  ["X", "cancel_all", askCancelAll],
  ["m", "markets", () => go("#/")],
  ["i", "import", () => go("#/import")],
  ["s", "seat", () => go("#/seat")],
  ["l", "language", () => keepLanguage(language.get() === "en" ? "zh" : "en")],
  ["d", "theme", switchTheme],
];

/** Hears the whole page; typing in a field is left alone, but for Escape. */
export function listenToKeys() {
  addEventListener("keydown", (event) => {
    const isTyping = event.target.matches?.("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping && event.key !== "Escape") return;
    const found = KEYS.find(([key]) => key === event.key);
    if (!found) return;
    if (isListed.get() && !["list", "close"].includes(found[1])) return; // it is read, not acted on
    event.preventDefault();
    if (isTyping) event.target.blur();
    found[2]();
  });
}

function focusOn(selector) {
  document.querySelector(selector)?.focus();
}

function press(selector) {
  document.querySelector(selector)?.click();
}

/** To the next or previous market of the list. */
function step(by) {
  const links = [...document.querySelectorAll(".market-list a")];
  const at = links.findIndex((link) => link.getAttribute("aria-current") === "page");
  const next = links[Math.min(links.length - 1, Math.max(0, at + by))];
  next?.click();
  next?.focus();
}

/** All of them, in every market; how it ended is told by the outbox. */
function askCancelAll() {
  if (!may("trade", "seller")) return said("problem.no_session");
  return send(cancelAll()).catch(() => null);
}

export function showKeys() {
  isListed.set(true);
}

export function KeyList() {
  return useCell(isListed) && html`<${Listed} />`;
}

/** A dialog of the browser's own: it takes the focus, keeps it, and gives it back. */
function Listed() {
  const dialog = useRef(null);
  useEffect(() => {
    const { current } = dialog;
    current.showModal();
    return () => current.close();
  }, []);
  const close = () => isListed.set(false);
  const besides = (event) => event.target === dialog.current && close();
  return html`<dialog class="key-list" ref=${dialog} aria-labelledby="keys-title" onClose=${close}
    onClick=${besides}>
    <div>
      <header class="card-head">
        <h2 id="keys-title">${t("keys.title")}</h2>
        <button type="button" class="quiet" onClick=${close}>${t("keys.close")}</button>
      </header>
      <dl>
        ${KEYS.map(
          ([key, name]) =>
            html`<div key=${name}>
              <dt><kbd>${key === "X" ? "Shift X" : key}</kbd></dt>
              <dd>${t(`key.${name}`)}</dd>
            </div>`,
        )}
      </dl>
    </div>
  </dialog>`;
}
