/** What a report shows before anything is written: units, identity, grades, reasons, and worth. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { Card, heads, Id, reasonWords, Rows, Tag } from "./parts.js";
import { Worth } from "./worth.js";

const EVERY_IMPORTS = "self_reported"; // said once, below the rows
const COLUMNS = [
  "word.slot#",
  "word.model",
  "thing.serial",
  "thing.identity",
  "word.grade",
  "findings.why",
];

export function Findings({ preview, site }) {
  const title = t("findings.title");
  const { things } = preview;
  return html`<${Card} name="findings" title=${title}>
    <${Counts} preview=${preview} />
    <div class="scroll" tabindex="0" role="group" aria-label=${title}>
      <${Rows}
        caption=${title}
        rows=${bySlot(preview.seen).map(unitRow)}
        heads=${heads(...COLUMNS)}
      />
    </div>
    <p class="faint">${t("findings.self")}</p>
    <${Rejected} rejected=${preview.rejected} />
    <${Remarks} warnings=${preview.warnings} />
    ${things.map(
      (thing) => html`<${Worth} key=${thing.asset_class} thing=${thing} site=${site} />`,
    )}
  <//>`;
}

function Counts({ preview }) {
  const fresh = t("findings.new", { n: preview.new_units });
  return html`<dl class="headline">
    <div class="quote"><dt>${t("findings.nodes")}</dt><dd>${show.count(preview.nodes)}</dd></div>
    <div class="quote">
      <dt>${t("findings.units")}</dt>
      <dd>${show.count(preview.units)}</dd>
      <dd class="faint">${fresh}</dd>
    </div>
    <div class="quote">
      <dt>${t("thing.identity")}</dt>
      <dd class="small">${counted(preview.identity, (value) => t(`identity.${value}`))}</dd>
    </div>
    <div class="quote">
      <dt>${t("word.grade")}</dt>
      <dd class="small">
        ${counted(preview.grades, (value) => html`<${Tag} kind="grade" value=${value} />`)}
      </dd>
    </div>
  </dl>`;
}

/** "7 × A", "3 × B": only what there is. */
const counted = (counts, words) =>
  Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([value, n]) => html`<span key=${value}>${n} × ${words(value)}</span>`);

const bySlot = (seen) => [...seen].sort((one, other) => (one.slot ?? 0) - (other.slot ?? 0));

function unitRow(unit, n) {
  const codes = [...unit.reasons, ...unit.flags.filter((flag) => flag !== EVERY_IMPORTS)];
  return {
    key: n,
    cells: [
      unit.slot ?? "–",
      unit.model || t("reason.model_unlisted"),
      html`<${Id} of=${unit.serial || "–"} />`,
      t(`identity.${unit.identity}`),
      html`<${Tag} kind="grade" value=${unit.grade} />`,
      reasonWords(codes),
    ],
  };
}

/** The servers and cards that are left out, and why. */
function Rejected({ rejected }) {
  if (!rejected.length) return null;
  return html`<ul class="remarks problem">
    ${rejected.map(
      ({ where, why }) => html`<li key=${where}>${t("findings.rejected", { where })} ${why}</li>`,
    )}
  </ul>`;
}

/** What the reader remarked, by line. */
function Remarks({ warnings }) {
  if (!warnings.length) return null;
  const words = ({ line, code, value }) =>
    [line && t("findings.line", { n: line }), tOr(`reason.${code}`, code), value]
      .filter((part) => part !== null)
      .join(" ");
  return html`<details class="as-table">
    <summary>${t("findings.warnings", { n: warnings.length })}</summary>
    <ul class="remarks">
      ${warnings.map((warning, n) => html`<li key=${n}>${words(warning)}</li>`)}
    </ul>
  </details>`;
}
