/** The list of markets: best ask, best bid or "no bids", last with its age; filtered by words. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { notional } from "../core/exact.js";
import { marketAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { markets, totals } from "../wire/venue.js";
import { isOver } from "../wire/worth.js";
import { Age, Choice, inThree, MarketTags, Sign, Unheard } from "./parts.js";

const KINDS = ["all", "title", "lease"];
const PAPERS = ["P1", "P2", "P0"]; // best first

let opened = ""; // the market first shown: the page does not jump to another by itself

/** The market to open with: of those that have traded the one with most money on its book. */
export function busiest(known) {
  if (opened && known.has(opened)) return opened;
  const rows = [...known.values()];
  if (!rows.length || rows.some(({ ticker }) => !ticker)) return "";
  const traded = rows.filter(({ ticker }) => ticker.last_ticks !== null);
  const heaviest = (traded.length ? traded : rows).reduce((best, row) =>
    weight(row) > weight(best) ? row : best,
  );
  opened = heaviest.spec.market;
  return opened;
}

/** What stands on a book, in minor units at its best prices. */
function weight({ spec, ticker }) {
  const side = (ticks, lots) => (ticks === null ? 0n : notional(spec, ticks, lots));
  return (
    side(ticker.best_ask_ticks, ticker.ask_lots) + side(ticker.best_bid_ticks, ticker.bid_lots)
  );
}

export function MarketList({ chosen }) {
  const known = useCell(markets);
  const [kind, choose] = useState("all");
  const [filter, type] = useState("");
  const wanted = words(filter);
  const isWanted = ({ spec }) =>
    (kind === "all" || spec.kind === kind) &&
    wanted.every((word) => fits(spec, word)) &&
    (!isOver(spec) || spec.market === chosen);
  const rows = [...known.values()].filter(isWanted).sort(inOrder);
  return html`<section class="markets" aria-label=${t("markets.title")}>
    <${Totals} />
    <div class="market-tools">
      <label class="unseen" for="filter">${t("markets.filter")}</label>
      <input id="filter" type="search" placeholder=${t("markets.filter")} value=${filter}
        autocomplete="off" spellcheck=${false} onInput=${(event) => type(event.target.value)} />
      <${Choice} label=${t("markets.kind")} value=${kind} onChoose=${choose}
        choices=${KINDS.map((each) => [each, t(`kind.${each}`)])} />
    </div>
    <div class="market-list">
      <table>
        <caption class="unseen">${t("markets.title")}</caption>
        <thead>
          <tr>
            <th scope="col">${t("markets.market")}</th>
            <th scope="col" class="n">${t("word.ask")}</th>
            <th scope="col" class="n">${t("word.bid")}</th>
            <th scope="col" class="n">${t("word.last")}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ spec, ticker }) => html`<${Row} key=${spec.market} spec=${spec}
            ticker=${ticker} isChosen=${spec.market === chosen} />`,
          )}
        </tbody>
      </table>
      ${!rows.length && html`<p class="nothing">${t("markets.no_match")}</p>`}
    </div>
  </section>`;
}

/** One side may be empty: it is said in words, never as a nought among prices. */
function Totals() {
  const { size } = useCell(markets);
  const standing = totals();
  const side = (name, n) => t(`totals.${name}`, { n, shown: show.count(n) });
  return html`<div class="totals">
    <p class="totals-line">
      ${
        standing
          ? html`<b class="ask">${side("asks", standing.asks)}</b>${", "}
            <b class="bid">${side("bids", standing.bids)}</b>`
          : html`<${Unheard} />`
      }
    </p>
    <p class="faint">${t("totals.markets", { n: size })}</p>
  </div>`;
}

function Row({ spec, ticker, isChosen }) {
  const name = show.marketWords(spec);
  return html`<tr class=${isChosen ? "is-chosen" : ""}>
    <th scope="row">
      <a href=${marketAddress(spec.market)} aria-current=${isChosen ? "page" : null}>
        <span class="model">${name.model}</span>
        <${MarketTags} spec=${spec} month=${name.tail} />
        <span class="place">${name.place}</span>
        <small>${t(`per.${spec.kind}_unit`)}</small>
      </a>
    </th>
    <td class="n">${side(spec, ticker, "ask")}</td>
    <td class="n">${side(spec, ticker, "bid")}</td>
    <td class="n">${lastTrade(spec, ticker)}</td>
  </tr>`;
}

function lastTrade(spec, ticker) {
  const some = (last) => html`<span
      >${show.listPrice(spec, last)} <${Sign} up=${moved(ticker)} /></span>
    <small><${Age} of=${ticker.last_trade_ns} /></small>`;
  return inThree(ticker, ticker?.last_ticks, { none: "market.never", some });
}

function side(spec, ticker, name) {
  const some = (ticks) => html`<span class=${name}>${show.listPrice(spec, ticks)}</span>
    <small>×${show.count(ticker[`best_${name}_lots`])}</small>`;
  return inThree(ticker, ticker?.[`best_${name}_ticks`], { none: `market.no_${name}s`, some });
}

/** Up or down since the day's open; null without a trade today. */
export function moved(ticker) {
  if (!ticker || ticker.open_ticks === null || ticker.last_ticks === ticker.open_ticks) return null;
  return ticker.last_ticks > ticker.open_ticks;
}

const words = (text) => text.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);

function fits(spec, word) {
  const { place } = show.marketWords(spec);
  return `${spec.market} ${place}`.toLowerCase().includes(word);
}

/** Where orders stand first; titles before leases; by model, class or month, and place. */
function inOrder(one, other) {
  const [first, second] = [rank(one), rank(other)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

function rank({ spec, ticker }) {
  const isTitle = spec.kind === "title";
  const life = ticker?.ask_lots || ticker?.bid_lots ? 0 : ticker?.last_ticks ? 1 : 2;
  const class_ = isTitle ? `${spec.grade}${PAPERS.indexOf(spec.provenance)}` : spec.starts_ns;
  return [life, isTitle ? 0 : 1, spec.model, class_, spec.delivery_point].join("|");
}
