/** One's own open orders and last fills, of one market or of all. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { cancel, cancelAll, fills, orders } from "../wire/orders.js";
import { markets } from "../wire/venue.js";
import { said } from "./notice.js";
import { Card, heads, Id, MarketLink, Rows, Sign } from "./parts.js";

const FILLS_SHOWN = 20;

export function OwnOrders({ market = "" }) {
  const open = [...useCell(orders).values()].filter((order) => !market || order.market === market);
  const done = useCell(fills).filter((fill) => !market || fill.market === market);
  const endAll = () => tryTo(cancelAll, "orders.all_cancelled", open.length);
  const aside =
    open.length > 0 &&
    html`<button type="button" class="quiet" onClick=${endAll}>
      ${t("orders.cancel_all")} <kbd>Shift X</kbd>
    </button>`;
  return html`<${Card} name="own-orders" title=${t("orders.title")} aside=${aside}>
    <div class="scroll-x">
      <${Rows}
        caption=${t("orders.title")}
        heads=${orderHeads()}
        rows=${open.map(orderRow)}
        empty="orders.empty"
      />
    </div>
    ${
      done.length > 0 &&
      html`<h3>${t("fills.title")}</h3>
      <div class="scroll-x">
        <${Rows}
          caption=${t("fills.title")}
          heads=${fillHeads()}
          rows=${done.slice(0, FILLS_SHOWN).map(fillRow)}
        />
      </div>`
    }
  <//>`;
}

async function tryTo(act, words, n) {
  try {
    await act();
    said(words, { n });
  } catch (problem) {
    said(problem);
  }
}

const orderHeads = () =>
  heads(
    "word.order",
    "markets.market",
    "word.side",
    "word.price#",
    "word.open#",
    "word.filled#",
    "ticket.force",
    "",
  );

function orderRow(order) {
  return {
    key: order.order,
    cells: [
      html`<${Id} of=${order.order} />`,
      html`<${MarketLink} market=${order.market} />`,
      sideWords(order.side),
      priceIn(order.market, order.price_ticks),
      show.count(order.open_lots),
      show.count(order.filled_lots),
      tOr(`force.${order.time_in_force}`, order.time_in_force),
      html`<${Cancel} order=${order.order} />`,
    ],
  };
}

function Cancel({ order }) {
  const end = () => tryTo(() => cancel(order), "orders.cancelled", 1);
  const words = t("orders.cancel_one", { order });
  return html`<button type="button" class="quiet" onClick=${end} aria-label=${words}>
    ${t("orders.cancel")}
  </button>`;
}

const fillHeads = () =>
  heads(
    "word.time",
    "markets.market",
    "word.side",
    "word.price#",
    "word.lots#",
    "word.fee#",
    "word.settlement",
  );

function fillRow(fill) {
  return {
    key: fill.fill,
    cells: [
      html`<time title=${show.instant(fill.at_ns)}>${show.clock(fill.at_ns)}</time>`,
      html`<${MarketLink} market=${fill.market} />`,
      sideWords(fill.side),
      priceIn(fill.market, fill.price_ticks),
      show.count(fill.lots),
      show.money(fill.fee_minor),
      html`<${Id} of=${fill.settlement || "–"} />`,
    ],
  };
}

const sideWords = (side) =>
  html`<span class=${side}><${Sign} up=${side === "bid"} /> ${t(`word.${side}`)}</span>`;

function priceIn(market, ticks) {
  const row = markets.get().get(market);
  return row ? show.price(row.spec, ticks) : show.count(ticks);
}
