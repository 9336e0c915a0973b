/** The tape: each trade as it comes, with who took. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { Card, Rows, Sign } from "./parts.js";

const SHOWN = 50;

export function Tape({ spec, trades }) {
  const heads = [[t("word.time")], [t("word.taker")], [t("word.price"), true], [t("word.lots"), true]];
  const rows = (trades ?? []).slice(0, SHOWN).map((trade) => ({
    key: trade.trade,
    cells: [
      html`<time title=${`${show.instant(trade.at_ns)} · ${trade.trade}`}>${time(trade.at_ns)}</time>`,
      html`<span class=${trade.taker}><${Sign} up=${trade.taker === "bid"} /> ${t(`taker.${trade.taker}`)}</span>`,
      html`<span class=${trade.taker}>${show.price(spec, trade.price_ticks)}</span>`,
      show.count(trade.lots),
    ],
  }));
  return html`<${Card} name="tape" title=${t("tape.title")}>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("tape.title")}>
      <${Rows} caption=${t("tape.title")} heads=${heads} rows=${rows} empty="tape.empty" />
    </div>
  <//>`;
}

/** The clock for today's, the day for older ones. */
function time(ns) {
  return html`<span class="faint">${show.day(ns).slice(5)}</span> ${show.clock(ns)}`;
}
