/** What the page has to say right now: one line at the foot, polite, at most one a second. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { cell, paced, useCell } from "../core/cell.js";
import { t, tOr } from "../core/words.js";

const SHOWN_MS = 8_000;

const notice = cell(null);
let waiting = null;
let timer = 0;

const show = paced(300, () => {
  notice.set(waiting);
  clearTimeout(timer);
  timer = setTimeout(() => notice.set(null), SHOWN_MS);
});

/** Says a key of the catalogue (with its figures), or a Problem. */
export function said(what, figures = {}) {
  const isProblem = what instanceof Error;
  waiting = { text: isProblem ? problemWords(what) : t(what, figures), isProblem };
  show();
}

/** A problem in the page's language; the venue's own words where the page has none. */
export function problemWords(problem) {
  return problem.detail || tOr(`problem.${problem.code}`, problem.message || problem.code);
}

export function Notice() {
  const now = useCell(notice);
  return html`<div class="notice" role="status" aria-live="polite">
    ${now && html`<p class=${now.isProblem ? "is-problem" : ""}>${now.text}</p>`}
  </div>`;
}
