/** What the page has to say right now: a few lines at the foot, polite, each for some seconds. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { cell, useCell } from "../core/cell.js";
import { t, tOr } from "../core/words.js";

const SHOWN_MS = 8_000;
const LINES_MOST = 4; // the newest

const notices = cell([]);

/**
 * Says a key of the catalogue (with its figures), a Problem, or what a function gives: [key,
 * figures], in the language of the page as it is then.
 *
 * *after*: words of what it is about, where the reader did not ask for it just now.
 */
export function said(what, figures = {}, about = figures) {
  const isProblem = what instanceof Error;
  const isMade = typeof what === "function";
  const words = () => {
    const how = isProblem ? problemWords(what) : t(...(isMade ? what() : [what, figures]));
    return about.after ? t("act.about", { what: about.after(), how }) : how;
  };
  const line = { words, isProblem };
  const others = notices.get().filter((each) => each.words() !== words()); // said again: once
  notices.set([...others, line].slice(-LINES_MOST));
  setTimeout(() => notices.set(notices.get().filter((each) => each !== line)), SHOWN_MS);
}

/** A problem in words: the venue's own, which come in the page's language, or the page's. */
export function problemWords(problem) {
  return problem.detail || tOr(`problem.${problem.code}`, problem.message, problem.context);
}

export function Notice() {
  return html`<div class="notice" role="status" aria-live="polite">
    ${useCell(notices).map(({ words, isProblem }, n) => {
      return html`<p key=${n} class=${isProblem ? "is-problem" : ""}>${words()}</p>`;
    })}
  </div>`;
}
