/** The auditor's page: all events, one of them opened, or those of one thing, each checked here. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { auditAddress, link, pastAddress, pastOf, thingAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { may, seated } from "../wire/seat.js";
import { AuditEvent } from "./audit_event.js";
import { AuditList } from "./audit_list.js";
import { AuditPast } from "./audit_past.js";
import { AuditThing } from "./audit_thing.js";
import { Card, Id } from "./parts.js";
import { SeatNeeded } from "./seat_needed.js";

/** *id*: "", a position, a unit's or node's id, or `at/…`: the state at a position. */
export function Audit({ id }) {
  const seat = useCell(seated);
  const position = /^\d+$/.test(id) ? Number(id) : 0;
  const viewer = seat?.principal ?? "";
  return html`<div class="record audit">
    <h1>${title(id, position)}</h1>
    ${!id && html`<p class="lead">${t("audit.lead")}</p>`}
    ${pastOf(id) && html`<p class="lead">${t("past.lead")}</p>`}
    <${Ways} id=${id} position=${position} />
    ${!(seat && may("audit")) && html`<${SeatFirst} />`}
    ${seat && may("audit") && shown(id, position, viewer)}
  </div>`;
}

const title = (id, position) => {
  if (!id) return t("page.audit");
  if (pastOf(id)) return t("past.page");
  return html`<${Id} of=${position ? show.position(position) : id} />`;
};

function shown(id, position, viewer) {
  if (!id) return html`<${AuditList} viewer=${viewer} />`;
  const past = pastOf(id);
  if (past) return html`<${AuditPast} past=${past} viewer=${viewer} />`;
  if (!position) return html`<${AuditThing} id=${id} viewer=${viewer} />`;
  return html`<${AuditEvent} position=${position} viewer=${viewer} />`;
}

/** To all events, and to what stands beside this. */
function Ways({ id, position }) {
  const to = (address, words) => html`<a href=${link(address)}>${words}</a>`;
  const isThing = id && !position && !pastOf(id);
  return html`<p class="ways">
    ${id && to(auditAddress(), t("audit.back"))}
    ${!id && to(pastAddress(), t("past.page"))}
    ${position > 1 && to(auditAddress(position - 1), t("audit.before"))}
    ${position > 0 && to(auditAddress(position + 1), t("audit.after"))}
    ${position > 0 && to(pastAddress({ at: position }), t("past.then"))}
    ${isThing && to(thingAddress(id), t("audit.record"))}
  </p>`;
}

function SeatFirst() {
  return html`<${Card} name="seat-first" title=${t("thing.seat_needed")}>
    <${SeatNeeded} seats=${["auditor"]} why="audit.who_may_see" />
  <//>`;
}
