/** Said until it was read: the venue's history is not the one that this page has shown. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { cell, useCell } from "../core/cell.js";
import { keptHere } from "../core/kept.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";

const KEPT = "gpubourse.replaced"; // over the loading anew that follows

const replaced = cell(Number(keptHere.get(KEPT) ?? 0)); // how far the other was heard

/** Forgets all that is held, and loads the page anew: nothing of the other history stays on it. */
export function beginAnew(seen) {
  keptHere.set(KEPT, String(seen));
  location.reload();
}

export function Replaced() {
  const seen = useCell(replaced);
  if (!seen) return null;
  const read = () => {
    keptHere.remove(KEPT);
    replaced.set(0);
  };
  return html`<section class="replaced" role="alert">
    <p><b>${t("replaced.title")}</b> ${t("replaced.words", { position: show.position(seen) })}</p>
    <button type="button" onClick=${read}>${t("replaced.read")}</button>
  </section>`;
}
