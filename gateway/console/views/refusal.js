/** A refusal that stays on the page, in the page's language also after that was switched. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { language, t } from "../core/words.js";
import { problemKind } from "../wire/rest.js";
import { problemWords } from "./notice.js";
import { useReading } from "./reading.js";

/**
 * The venue's own sentence while it is in the page's language; after a switch its code, as the
 * venue tells it in the new one. Where that cannot be had, the sentence as it came.
 */
export function Refusal({ problem }) {
  const spoken = useCell(language);
  const isForeign = Boolean(problem.detail) && problem.spoken !== spoken;
  const kind = useReading(() => (isForeign ? problemKind(problem.code) : Promise.resolve(null)), [
    problem.code,
    isForeign,
  ]);
  const isTold = isForeign && kind !== null && !(kind instanceof Error);
  const again = () => t("refusal.again", { title: kind.title, advice: kind.detail });
  return html`<p class="problem" role="alert">${isTold ? again() : problemWords(problem)}</p>`;
}
