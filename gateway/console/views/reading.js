/** What a view reads by REST: asked for until the venue answered, and again in another language. */

import { useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { language } from "../core/words.js";

const RETRY_MS = 2_000;

/**
 * What *ask* gives: null until then, a Problem where the venue says no, or cannot be reached now.
 *
 * Asked again when one of *on* changes; what was read stays until the new is there, unless *on*
 * begins with another subject.
 */
export function useReading(ask, on) {
  const [told, tell] = useState({ answer: null });
  const spoken = useCell(language); // a refusal comes in the page's words
  const [subject] = on;
  useEffect(() => {
    let isWanted = true;
    let timer = 0;
    const go = () =>
      ask().then(
        (answer) => isWanted && tell({ subject, spoken, answer }),
        (problem) => {
          if (!isWanted) return;
          tell({ subject, spoken, answer: problem });
          if (problem.isRetryable) timer = setTimeout(go, problem.waitMs || RETRY_MS);
        },
      );
    go();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [...on, spoken]);
  const isOld = told.answer instanceof Error && told.spoken !== spoken;
  return told.subject === subject && !isOld ? told.answer : null;
}
