/** The seat's leases: of what, which month, for how much, with whom, and how each stands. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { newEnough } from "../wire/newest.js";
import { cash, fills } from "../wire/orders.js";
import { list } from "../wire/rest.js";
import { seated } from "../wire/seat.js";
import { problemWords } from "./notice.js";
import { Card, heads, Id, Rows, ThingLink } from "./parts.js";
import { useReading } from "./reading.js";

const OF_A_LEASE = ["rent_escrow", "deposit"];
const isOfLease = (account) => OF_A_LEASE.includes(account.split("/")[1]);
const TITLES = [
  "word.lease",
  "settlement.things",
  "word.month",
  "leases.with",
  "leases.rent#",
  "word.state",
];

export function Leases() {
  const accounts = useCell(cash); // a lease that begins or ends moves cash
  const moved = accounts && [...accounts.keys()].filter(isOfLease).join(" ");
  const traded = useCell(fills)?.[0]?.fill;
  const on = ["leases", seated.get().principal, moved, traded];
  const told = useReading(() => list("/v1/leases", newEnough()), on);
  if (told instanceof Error) {
    return html`<${Card} name="leases" title=${t("leases.title")}>
      <p class="problem">${problemWords(told)}</p>
    <//>`;
  }
  return html`<${Card} name="leases" title=${t("leases.title")}>
    <div class="scroll-x">
      <${Rows}
        caption=${t("leases.title")}
        heads=${heads(...TITLES)}
        rows=${told && told.map(leaseRow)}
        empty="leases.empty"
      />
    </div>
  <//>`;
}

function leaseRow(row) {
  const isLessor = row.lessor === seated.get()?.party;
  const party = isLessor ? row.lessee : row.lessor;
  const things = row.units.length ? row.units : [row.node];
  const price = show.money(row.price_minor_per_gpu_hour);
  return {
    key: row.lease,
    cells: [
      html`<${Id} of=${row.lease} />`,
      things.map((thing) => html`<${ThingLink} key=${thing} id=${thing} /> `),
      html`<span title=${`${show.instant(row.from_ns)} – ${show.instant(row.to_ns)}`}>
        ${show.day(row.from_ns).slice(0, 7)}</span>`,
      html`${t(isLessor ? "leases.let_to" : "leases.hired_from")} <${Id} of=${party} />`,
      html`${show.sum(row.rent_minor)} <small>${t("unit.hour", { n: price })}</small>`,
      tOr(`lease.${row.state}`, row.state),
    ],
  };
}
