/** The cash that this seat's party asked to be paid out, newest first, and what became of it. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { newEnough } from "../wire/newest.js";
import { cash } from "../wire/orders.js";
import { list } from "../wire/rest.js";
import { seated } from "../wire/seat.js";
import { problemWords } from "./notice.js";
import { heads, Id, Moment, Rows } from "./parts.js";
import { useReading } from "./reading.js";

const SHOWN = 20;
const TITLES = ["payout.name", "word.time", "payout.to", "word.yuan#", "word.state"];

export function Payouts() {
  const { party, principal } = seated.get();
  const accounts = useCell(cash); // each step of a payout moves cash
  const leaving = accounts && [...accounts.keys()].filter((name) => name.includes("/withdrawing/"));
  const ask = () => list("/v1/withdrawals", { party, ...newEnough() }, SHOWN);
  const told = useReading(ask, [`payouts ${principal}`, leaving?.join(" ")]);
  if (told instanceof Error) return html`<p class="problem">${problemWords(told)}</p>`;
  if (!told?.length) return null; // who never asked for any has nothing to follow
  return html`<h3>${t("payout.title")}</h3>
    <div class="scroll-x">
      <${Rows} caption=${t("payout.title")} heads=${heads(...TITLES)}
        rows=${told.slice(0, SHOWN).map(payoutRow)} />
    </div>`;
}

function payoutRow(row) {
  const accounts = row.legs.map(([account]) => account).filter(Boolean);
  const figures = { reference: row.payer_reference, reason: row.reason };
  return {
    key: row.payment,
    cells: [
      html`<${Id} of=${row.payment} />`,
      html`<${Moment} of=${row.at_ns} />`,
      accounts.join(", "),
      show.money(row.amount_minor),
      tOr(`payment.${row.state}`, row.state, figures),
    ],
  };
}
