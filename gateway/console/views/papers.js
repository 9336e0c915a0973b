/** How papers reach the register: what files them, and that their text stays at home. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { t } from "../core/words.js";

/** *thing*: a node (each of its cards), or a card. */
export const HowToFile = ({ thing }) => html`<p class="faint">
    ${t("papers.how")}${" "}
    <code>gpubourse operator provenance file ${thing} --kind invoice --document FILE
      --names-serial</code>${" "}
    ${t("papers.then")}
  </p>`;
