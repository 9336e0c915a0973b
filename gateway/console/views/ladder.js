/** The ladder: asks above, bids below, each level with its lots; own marked; click to price. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { orders, ownLevels } from "../wire/orders.js";
import { Age, AsTable, Card, heads, inThree, Sign, Unheard } from "./parts.js";

const LEVELS = 10;

export function Ladder({ spec, book, ticker, onPick }) {
  useCell(orders);
  const own = ownLevels(spec.market);
  const asks = book.asks.slice(0, LEVELS);
  const bids = book.bids.slice(0, LEVELS);
  const most = Math.max(1, ...asks.map((level) => level[1]), ...bids.map((level) => level[1]));
  const row = (side) => (level) =>
    html`<${Level} key=${level[0]} side=${side} level=${level} most=${most} spec=${spec}
      mine=${own[side].get(level[0])} onPick=${onPick} />`;
  const asking = html`<li class="empty-side"><${Unheard} /></li>`;
  const half = (side, shown) =>
    inThree(book.isHeard, shown, {
      none: html`<${Empty} side=${side} none=${`ladder.empty_${side}`} />`,
      some: () => shown.map(row(side)),
      asking,
    });
  const levels = [...tableRows(spec, book.asks, "ask"), ...tableRows(spec, book.bids, "bid")];
  return html`<${Card} name="ladder" title=${t("ladder.title")}
    aside=${html`<span class="faint">${t(`unit.${spec.kind}`)}</span>`}>
    <ul class=${`ladder-rows of-${spec.kind}`}>
      <li class="ladder-head" aria-hidden="true">
        <span>${t("ladder.own")}</span><span class="n">${t("word.price")}</span>
        ${spec.kind === "lease" && html`<span class="n">${t("unit.hour_short")}</span>`}
        <span class="n">${t("word.lots")}</span><span class="n">${t("word.orders")}</span>
      </li>
      ${half("ask", [...asks].reverse())}
      <${Middle} spec=${spec} book=${book} ticker=${ticker} />
      ${half("bid", bids)}
    </ul>
    <${AsTable} caption=${t("ladder.title")}
      heads=${heads("word.side", "word.price#", "word.lots#", "word.orders#")}
      rows=${book.isHeard ? levels : null} />
  <//>`;
}

function Level({ side, level, most, spec, mine, onPick }) {
  const [ticks, lots, count] = level;
  const words = t(`ladder.${side}`, {
    price: show.price(spec, ticks),
    n: lots,
    mine: mine ? t("ladder.mine", { n: mine }) : "",
  });
  return html`<li><button type="button" class=${`level level-${side}`} aria-label=${words}
    onClick=${() => onPick({ ticks, at: performance.now() })}>
    <span class="bar-of" style=${{ width: `${(100 * lots) / most}%` }}></span>
    <span class="own">${mine ? `● ${show.count(mine)}` : ""}</span>
    <span class=${`n ${side}`}>${show.price(spec, ticks)}</span>
    ${spec.kind === "lease" && html`<span class="n faint">${show.perHour(spec, ticks)}</span>`}
    <span class="n">${show.count(lots)}</span>
    <span class="n faint">${show.count(count)}</span>
  </button></li>`;
}

/** Between the sides: what last traded. With one side empty there is no spread to speak of. */
function Middle({ spec, book, ticker }) {
  const traded = (last) => html`<span>${t("word.last")} <b>${show.price(spec, last)}</b>
      ${" "}<${Sign} up=${lastSign(ticker)} /></span>
    <span class="faint"><${Age} of=${ticker.last_trade_ns} /></span>`;
  const ways = { none: "market.never_traded", some: traded };
  const both = book.asks.length > 0 && book.bids.length > 0;
  return html`<li class="ladder-middle">
    ${inThree(ticker, ticker?.last_ticks, ways)}
    ${
      both &&
      html`<span class="faint">
      ${t("ladder.spread", { n: show.price(spec, book.asks[0][0] - book.bids[0][0]) })}</span>`
    }
  </li>`;
}

function lastSign(ticker) {
  if (ticker.open_ticks === null || ticker.open_ticks === ticker.last_ticks) return null;
  return ticker.last_ticks > ticker.open_ticks;
}

function Empty({ side, none }) {
  const bid = () => document.querySelector(`[data-key=${side}]`)?.click();
  return html`<li class=${`empty-side empty-${side}`}>
    <p>${t(none)}</p>
    <button type="button" class="quiet" onClick=${bid}>${t(`ladder.first_${side}`)}</button>
  </li>`;
}

const tableRows = (spec, levels, side) =>
  levels.map(([ticks, lots, count]) => ({
    key: `${side}${ticks}`,
    cells: [t(`word.${side}`), show.price(spec, ticks), show.count(lots), show.count(count)],
  }));
