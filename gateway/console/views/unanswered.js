/** The acts of this seat that have no answer yet: they stand here until the venue has told. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { t } from "../core/words.js";
import { waiting } from "../wire/outbox.js";
import { actWords } from "./outcome.js";

export function Unanswered() {
  const acts = [...useCell(waiting).values()].filter(({ state }) => state === "asking");
  if (!acts.length) return null;
  return html`<section class="unanswered" role="status">
    <p>${t("act.unanswered", { n: acts.length })}</p>
    <ul>${acts.map((each) => html`<li key=${each.key}>${actWords(each)}</li>`)}</ul>
  </section>`;
}
