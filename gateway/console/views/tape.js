/** The tape: each trade as it comes, with who took. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { Card, heads, Moment, Rows, Sign } from "./parts.js";

const SHOWN = 50;

export function Tape({ spec, trades }) {
  const titles = heads("word.time", "word.taker", "word.price#", "word.lots#");
  const rows = trades && trades.slice(0, SHOWN).map((trade) => ({
    key: trade.trade,
    cells: [
      html`<${Moment} of=${trade.at_ns} note=${trade.trade} />`,
      html`<${Taker} side=${trade.taker} />`,
      html`<span class=${trade.taker}>${show.price(spec, trade.price_ticks)}</span>`,
      show.count(trade.lots),
    ],
  }));
  return html`<${Card} name="tape" title=${t("tape.title")}
    aside=${html`<span class="faint">${t(`unit.${spec.kind}`)}</span>`}>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("tape.title")}>
      <${Rows} caption=${t("tape.title")} heads=${titles} rows=${rows ?? null} isNarrow
        empty="tape.empty" />
    </div>
  <//>`;
}

const Taker = ({ side }) =>
  html`<span class=${side}><${Sign} up=${side === "bid"} /> ${t(`taker.${side}`)}</span>`;
