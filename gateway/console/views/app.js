/** The page as a whole: bar, list of markets, and beside it what the address asks for. */

import { html, useEffect } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { silence } from "../core/clock.js";
import { link, pastOf, route } from "../core/route.js";
import { language, t } from "../core/words.js";
import { markets, venue } from "../wire/venue.js";
import { AuditPage } from "./audit_page.js";
import { Bar } from "./bar.js";
import { Dump } from "./dump.js";
import { Market } from "./market.js";
import { busiest, MarketList } from "./markets.js";
import { Notice } from "./notice.js";
import { inThree } from "./parts.js";
import { Replaced } from "./replaced.js";
import { SeatPage } from "./seat.js";
import { Thing } from "./thing.js";
import { titleOf } from "./titles.js";
import { Unanswered } from "./unanswered.js";

export function App() {
  useCell(language); // every word is looked up again when it changes
  const { page, id } = useCell(route);
  const known = useCell(markets);
  const { isSilent } = useCell(silence);
  const record = useCell(venue);
  const isMarkets = page === "overview" || page === "market";
  const symbol = page === "market" ? id : busiest(known);
  useEffect(() => {
    document.title = titleOf(page, id, known.get(id)?.spec);
  });
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("page.skip")}</a>
    <${Bar} />
    <${Replaced} />
    <${Unanswered} />
    <main id="main" tabindex="-1" class=${`page-${page}${isSilent ? " is-silent" : ""}`}>
      ${page === "unknown" && html`<${Unknown} address=${id} />`}
      ${!record && page !== "unknown" && html`<p class="nothing waiting">${t("venue.waiting")}</p>`}
      ${page === "overview" && html`<h1 class="unseen">${t("page.overview")}</h1>`}
      ${record && isMarkets && html`<${MarketList} chosen=${symbol} />`}
      ${record && isMarkets && html`<${Chosen} symbol=${symbol} />`}
      ${record && page === "thing" && html`<${Thing} id=${id} key=${id} />`}
      ${record && page === "import" && html`<${Dump} />`}
      ${record && page === "audit" && html`<${AuditPage} id=${id} key=${pastOf(id) ? "at" : id} />`}
      ${record && page === "seat" && html`<${SeatPage} />`}
    </main>
    <${Foot} />
    <${Notice} />
  `;
}

/** An address that is none of ours: said, with the way home. */
function Unknown({ address }) {
  return html`<article class="record">
    <h1>${t("unknown.title")}</h1>
    <p class="lead">${t("unknown.words")} <code>${address}</code></p>
    <p><a href=${link("#/")}>${t("unknown.home")}</a></p>
  </article>`;
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
  if (!row && symbol && known.size) return html`<${NoMarket} id=${symbol} />`;
  if (!row) {
    const some = () => t("market.hearing");
    const words = inThree(true, known, { none: "market.none", some });
    return html`<p class="nothing waiting">${words}</p>`;
  }
  return html`<${Market} key=${symbol} spec=${row.spec} ticker=${row.ticker} />`;
}

/** A market that is not listed: a month that is over, or a slip of the pen. */
function NoMarket({ id }) {
  return html`<article class="record">
    <h1>${t("market.unknown", { id })}</h1>
    <p class="lead">${t("market.unknown_why")}</p>
    <p><a href=${link("#/")}>${t("unknown.home")}</a></p>
  </article>`;
}

function Foot() {
  const record = useCell(venue);
  return html`<footer class="foot">
    <span>${record ? t(`venue.${record.kind}`, { venue: record.venue }) : ""}</span>
    <span>${t("foot.wire")} <a href="/openapi.json">/openapi.json</a></span>
  </footer>`;
}
