/** What things are worth here: what someone bids, was paid, or rent; never an invented figure. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { marketAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { markets } from "../wire/venue.js";
import { leaseMarket, titleMarket } from "../wire/worth.js";

/** *thing*: {model, grade, provenance, asset_class, lots}, as a dry run tells it. */
export function Worth({ thing, site }) {
  useCell(markets);
  const point = site.delivery_point;
  const place = tOr(`place.${point}`, point);
  const title = titleMarket(thing.model, thing.grade, thing.provenance, point);
  const lease = leaseMarket(thing.model, point);
  return html`<section class="worth">
    <h3>${t("worth.title", { n: thing.lots, what: thing.asset_class, place })}</h3>
    <dl class="headline">
      <${Figure} name="bid" row=${title} ticks=${title?.ticker?.best_bid_ticks}
        note=${t("worth.bid_note")} />
      ${title && html`<${Sales} row=${title} />`}
      <${Figure} name="rent" row=${lease} ticks=${lease?.ticker?.last_ticks}
        note=${rentNote(lease)} />
    </dl>
    ${whatIfs(thing).map(
      ([words, grade, provenance]) =>
        html`<p key=${words}>
          ${t(words)} ${figureWords(titleMarket(thing.model, grade, provenance, point))}
        </p>`,
    )}
  </section>`;
}

/** What was paid last, and what others ask. */
function Sales({ row }) {
  const { ticker } = row;
  return html`<${Figure} name="last" row=${row} ticks=${ticker?.last_ticks}
      note=${show.age(ticker?.last_trade_ns)} />
    <${Figure} name="ask" row=${row} ticks=${ticker?.best_ask_ticks}
      note=${t("worth.ask_note")} />`;
}

function rentNote(lease) {
  if (!lease) return "";
  return `${show.marketWords(lease.spec).tail} · ${show.age(lease.ticker?.last_trade_ns)}`;
}

/** What would make it worth more: [words, grade, provenance] of the class it would then be. */
function whatIfs(thing) {
  const papers = thing.grade === "U" ? "A" : thing.grade;
  return [
    thing.grade === "U" && ["worth.graded", "A", thing.provenance],
    thing.provenance !== "P1" && ["worth.papers", papers, "P1"],
  ].filter(Boolean);
}

function Figure({ name, row, ticks, note }) {
  const none = t(row ? `worth.no_${name}` : "worth.no_market");
  return html`<div class="quote">
    <dt>${t(`worth.${name}`)}</dt>
    <dd>
      ${
        ticks
          ? html`<a href=${marketAddress(row.spec.market)}>${show.price(row.spec, ticks)}</a>`
          : html`<span class="none">${none}</span>`
      }
    </dd>
    <dd class="faint">${ticks ? note : ""}</dd>
  </div>`;
}

/** The same of a market in one sentence. */
function figureWords(row) {
  const { best_bid_ticks: bid, last_ticks: last } = row?.ticker ?? {};
  if (bid) return t("worth.known_bid", { n: show.price(row.spec, bid) });
  if (!last) return t("worth.unknown");
  const age = show.age(row.ticker.last_trade_ns);
  return t("worth.known_last", { n: show.price(row.spec, last), age });
}
