/** What was traded and is not settled yet; the buyer may take what was delivered. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { accept } from "../wire/acts.js";
import { settlements } from "../wire/orders.js";
import { seated } from "../wire/seat.js";
import { AskedFirst } from "./last_look.js";
import { Card, heads, Id, MarketLink, Rows, ThingLink } from "./parts.js";

export function Settlements() {
  const heard = useCell(settlements);
  const rows = heard && [...heard.values()].map(settlementRow);
  const titles = heads(
    "word.settlement",
    "markets.market",
    "settlement.things",
    "word.state",
    "word.notional#",
    "settlement.until",
    "",
  );
  return html`<${Card} name="settlements" title=${t("settlement.title")}>
    <div class="scroll-x">
      <${Rows}
        caption=${t("settlement.title")}
        heads=${titles}
        rows=${rows}
        empty="settlement.empty"
      />
    </div>
  <//>`;
}

/** Until when somebody must act on a settlement, by its state. */
const UNTIL = {
  open: "due_ns",
  delivering: "due_ns",
  inspecting: "inspect_until_ns",
  failed: "cure_until_ns",
};

function settlementRow(row) {
  const isInspecting = row.state === "inspecting";
  const isBuyers = row.buyer === seated.get()?.party;
  const until = row[UNTIL[row.state]];
  const then = `settlement.then_${row.state}${isInspecting && isBuyers ? "_you" : ""}`;
  return {
    key: row.settlement,
    cells: [
      html`<${Id} of=${row.settlement} />`,
      html`<${MarketLink} market=${row.market} />`,
      row.things.map((thing) => html`<${ThingLink} key=${thing} id=${thing} /> `),
      tOr(`settlement.${row.state}`, row.state),
      show.money(row.notional_minor),
      until && html`${show.instant(until)}<small class="then">${t(then)}</small>`,
      isInspecting && isBuyers && html`<${Accept} settlement=${row} />`,
    ],
  };
}

/** Title and cash change hands at acceptance: it is said, and asked, before it is signed. */
function Accept({ settlement }) {
  const amount = BigInt(settlement.notional_minor) + BigInt(settlement.buyer_fee_minor);
  return html`<${AskedFirst} intent=${accept(settlement.settlement)} ask=${t("settlement.accept")}
    words=${t("settlement.last_look", { n: show.money(amount) })} sign=${t("settlement.sign")} />`;
}
