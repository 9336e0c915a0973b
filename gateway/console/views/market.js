/** One market: what stands, what traded, what an order would cost, and one's own orders in it. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import { folded } from "../core/book.js";
import { useCell } from "../core/cell.js";
import { silence } from "../core/clock.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { may, seated } from "../wire/seat.js";
import { listen } from "../wire/socket.js";
import { follow } from "../wire/venue.js";
import { Candles } from "./candles.js";
import { Depth } from "./depth.js";
import { Ladder } from "./ladder.js";
import { moved } from "./markets.js";
import { OwnOrders } from "./own_orders.js";
import { Age, inThree, MarketTags, Sign } from "./parts.js";
import { Tape } from "./tape.js";
import { Ticket } from "./ticket.js";

const UNHEARD = { bids: [], asks: [], phase: null, isHeard: false };
const TAPE_KEPT = 200;

export function Market({ spec, ticker }) {
  const book = useBook(spec.market);
  const trades = useTape(spec.market, book.isHeard);
  const { isSilent, reason } = useCell(silence);
  const seat = useCell(seated);
  const [picked, pick] = useState(null); // {ticks, side} from the ladder, for the ticket
  return html`<article class="market">
    <${Head} spec=${spec} ticker=${ticker} book=${book} />
    ${isSilent && html`<p class="stale" role="status">${grey(reason)}</p>`}
    <${Candles} spec=${spec} isDue=${book.isHeard} />
    <${Depth} spec=${spec} book=${book} />
    <${Tape} spec=${spec} trades=${trades} />
    <${Ladder} spec=${spec} book=${book} ticker=${ticker} onPick=${pick} />
    <${Ticket} spec=${spec} book=${book} picked=${picked} />
    ${seat && may("trade", "seller") && html`<${OwnOrders} market=${spec.market} />`}
  </article>`;
}

const grey = (reason) => `${t("silence.grey")} ${t(`silence.${reason}`)}`;

function Head({ spec, ticker, book }) {
  const name = show.marketWords(spec);
  const orders = (levels) => levels.reduce((sum, level) => sum + level[2], 0);
  const phase = ticker?.phase ?? book.phase;
  const standing = (what, levels) => book.isHeard && countOf(what, orders(levels));
  return html`<header class="market-head">
    <a class="back" href="#/">${t("market.back")}</a>
    <div class="market-name">
      <h1>
        ${name.model}
        <${MarketTags} spec=${spec} month=${name.tail} />
        <span class="place">${name.place}</span>
      </h1>
      <p class="faint">
        <span class="symbol">${spec.market}</span>
        <span>${t(`unit.${spec.kind}`)}</span>
        <span>${t(lotKey(spec), { n: spec.gpus_per_lot, hours: show.count(spec.hours) })}</span>
        ${phase && html`<span class=${`phase phase-${phase}`}>${t(`phase.${phase}`)}</span>`}
      </p>
    </div>
    <dl class="headline">
      <${Quote} name="last" spec=${spec} ticks=${ticker?.last_ticks} up=${moved(ticker)}
        note=${ticker?.last_ticks && html`<${Age} of=${ticker.last_trade_ns} />`} />
      <${Quote} name="ask" spec=${spec} ticks=${ticker?.best_ask_ticks}
        note=${standing("asks", book.asks)} />
      <${Quote} name="bid" spec=${spec} ticks=${ticker?.best_bid_ticks}
        note=${standing("bids", book.bids)} />
      <${Today} spec=${spec} ticker=${ticker} />
    </dl>
  </header>`;
}

const lotKey = (spec) =>
  spec.kind === "title" && spec.gpus_per_lot === 1 ? "lot.title_unit" : `lot.${spec.kind}`;

const countOf = (what, n) => t(`count.${what}`, { n, shown: show.count(n) });

/** The day's lowest and highest price, and its lots. */
function Today({ spec, ticker }) {
  const whole = (ticks) => show.roundPrice(spec, ticks);
  const { low_ticks: low, high_ticks: high } = ticker ?? {};
  const range = () => (low === high ? show.price(spec, low) : `${whole(low)} – ${whole(high)}`);
  return html`<div class="quote">
    <dt>${t("word.today")}</dt>
    <dd>${inThree(ticker, ticker?.high_ticks, { none: "market.no_trade_today", some: range })}</dd>
    <dd class="faint">${ticker && countOf("lots", ticker.lots)}</dd>
  </div>`;
}

/** *ticks*: undefined until they were heard, null where there is no such price. */
function Quote({ name, spec, ticks, up, note }) {
  const isThere = ticks !== null && ticks !== undefined;
  const some = () => html`${show.price(spec, ticks)} <${Sign} up=${up} />`;
  const ways = { none: name === "last" ? "market.never" : `market.no_${name}s`, some };
  const perHour =
    isThere && spec.kind === "lease" && t("unit.hour", { n: show.perHour(spec, ticks) });
  return html`<div class=${`quote quote-${name}`}>
    <dt>${t(`word.${name}`)}</dt>
    <dd class=${isThere ? name : ""}>${inThree(ticks !== undefined, ticks, ways)}</dd>
    <dd class="faint">${perHour}${perHour && note ? " · " : ""}${note}</dd>
  </div>`;
}

/** The book of a market, 50 levels deep; a wrong checksum counts as a gap. */
function useBook(market) {
  const [book, set] = useState(UNHEARD);
  const held = useRef(UNHEARD);
  useEffect(
    () =>
      listen(`book.50.100/${market}`, (message) => {
        if (!message.body) return true;
        const next = folded(held.current, message);
        if (!next) return false;
        held.current = next;
        set({ ...next, isHeard: true });
        follow();
        return true;
      }),
    [market],
  );
  return book;
}

/** The last trades, the newest first; asked for once the book was heard. */
function useTape(market, isDue) {
  const [trades, set] = useState(null);
  useEffect(() => {
    if (!isDue) return undefined;
    return listen(`trades/${market}`, (message) => {
      if (!message.body) return;
      const fresh = [...message.body].reverse();
      set((known) =>
        message.kind === "snapshot" || !known ? fresh : [...fresh, ...known].slice(0, TAPE_KEPT),
      );
    });
  }, [market, isDue]);
  return trades;
}
