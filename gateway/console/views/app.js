/** The page as a whole: bar, list of markets, and beside it what the address asks for. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { silence } from "../core/clock.js";
import { route } from "../core/route.js";
import { language, t } from "../core/words.js";
import { markets, venue } from "../wire/venue.js";
import { Bar } from "./bar.js";
import { Dump } from "./dump.js";
import { KeyList } from "./keys.js";
import { Market } from "./market.js";
import { busiest, MarketList } from "./markets.js";
import { Notice } from "./notice.js";
import { SeatPage } from "./seat.js";
import { Thing } from "./thing.js";

export function App() {
  useCell(language); // every word is looked up again when it changes
  const { page, id } = useCell(route);
  const known = useCell(markets);
  const { isSilent } = useCell(silence);
  const record = useCell(venue);
  const isMarkets = page === "overview" || page === "market";
  const symbol = page === "market" ? id : busiest(known);
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("page.skip")}</a>
    <${Bar} />
    <main id="main" tabindex="-1" class=${`page-${page}${isSilent ? " is-silent" : ""}`}>
      ${!record && html`<p class="nothing waiting">${t("venue.waiting")}</p>`}
      ${record && isMarkets && html`<${MarketList} chosen=${symbol} />`}
      ${record && isMarkets && html`<${Chosen} symbol=${symbol} />`}
      ${record && page === "thing" && html`<${Thing} id=${id} key=${id} />`}
      ${record && page === "import" && html`<${Dump} />`}
      ${record && page === "seat" && html`<${SeatPage} />`}
    </main>
    <${Foot} />
    <${Notice} />
    <${KeyList} />
  `;
}

/** To the content, and not to an address: the part behind `#` says which page this is. */
function skip(event) {
  event.preventDefault();
  document.querySelector("#main").focus();
}

/** The market of the address, or the one to open with. */
function Chosen({ symbol }) {
  const known = useCell(markets);
  const row = known.get(symbol);
  if (!row) {
    const words = symbol ? "market.unknown" : known.size ? "market.hearing" : "market.none";
    return html`<p class="nothing waiting">${t(words, { id: symbol })}</p>`;
  }
  return html`<${Market} key=${symbol} spec=${row.spec} ticker=${row.ticker} />`;
}

function Foot() {
  const record = useCell(venue);
  return html`<footer class="foot">
    <span>${record ? t(`venue.${record.kind}`, { venue: record.venue }) : ""}</span>
    <span>${t("foot.wire")} <a href="/openapi.json">/openapi.json</a></span>
    <span>
      ${t("foot.charts")}${" "}
      <a href="https://www.tradingview.com/" rel="noopener noreferrer">TradingView</a>
    </span>
  </footer>`;
}
