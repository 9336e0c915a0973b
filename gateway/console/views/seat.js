/** The seat's page: who sits here and with which key; cash, holdings, orders, settlements. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { cash } from "../wire/orders.js";
import { list } from "../wire/rest.js";
import { may, party, rise, seated, seats } from "../wire/seat.js";
import { venue } from "../wire/venue.js";
import { OwnOrders } from "./own_orders.js";
import { Card, ClassTags, Facts, heads, Id, Rows, ThingLink } from "./parts.js";
import { Code, Kept, Offer } from "./seat_needed.js";
import { Settlements } from "./settlements.js";

const DEMO_SEATS = ["trader", "seller", "auditor"];

export function SeatPage() {
  const seat = useCell(seated);
  return seat ? html`<${Seated} seat=${seat} key=${seat.principal} />` : html`<${Standing} />`;
}

function Standing() {
  const record = useCell(venue);
  const kept = useCell(seats);
  return html`<div class="record">
    <h1>${t("seat.title")}</h1>
    <p class="lead">${t("seat.lead")}</p>
    ${kept.length > 0 && html`<${Kept} seats=${kept} />`}
    ${
      record.kind === "demo" &&
      html`<div class="seat-offers">
      ${DEMO_SEATS.map(
        (name) =>
          html`<${Card} key=${name} name="offer" title=${t(`seat.${name}`)}>
            <div class="seat-needed">
              <p>${t(`seat.${name}_may`)}</p>
              <${Offer} seat=${name} record=${record} />
            </div>
          <//>`,
      )}
    </div>`
    }
    <div class="invited"><h2>${t("seat.invited")}</h2><${Code} /></div>
  </div>`;
}

function Seated({ seat }) {
  const record = useOnce(party);
  const others = useCell(seats).filter((each) => each.principal !== seat.principal);
  return html`<div class="record">
    <h1>${seat.called}</h1>
    <${Facts} pairs=${[
      [t("seat.party"), html`<${Id} of=${seat.party} />`],
      [t("seat.principal"), html`<${Id} of=${seat.principal} />`],
      [t("seat.scopes"), seat.scopes.map((scope) => tOr(`scope.${scope}`, scope)).join(" · ")],
      [t("seat.roles"), record?.roles?.map((role) => tOr(`role.${role}`, role)).join(" · ")],
      [t("seat.tier"), record?.kyc_tier],
      [t("seat.until"), show.instant(seat.expiresNs)],
    ]} />
    <p class="faint">${t("seat.key_note")}</p>
    <p class="kept">
      <button type="button" onClick=${() => rise()}>${t("seat.rise")}</button>
      <button type="button" class="quiet" onClick=${() => rise(true)}>${t("seat.forget")}</button>
    </p>
    ${others.length > 0 && html`<h2>${t("seat.others")}</h2><${Kept} seats=${others} />`}
    <div class="seat-cards">
      <${Cash} />
      <${Holdings} />
      ${may("trade", "seller") && html`<${OwnOrders} />`}
      <${Settlements} />
    </div>
    <details class="another"><summary>${t("seat.another")}</summary><${Code} /></details>
  </div>`;
}

/** What a read gives, once; null meanwhile and where it is not for this seat. */
function useOnce(ask) {
  const [answer, set] = useState(null);
  useEffect(() => {
    ask().then(set, () => set(null));
  }, []);
  return answer;
}

function Cash() {
  const rows = [...useCell(cash).values()].map((row) => {
    const [, kind, ...reference] = row.account.split("/");
    return {
      key: row.account,
      cells: [
        tOr(`account.${kind}`, kind),
        html`<${Id} of=${reference.join("/")} />`,
        show.money(row.balance_minor),
      ],
    };
  });
  return html`<${Card} name="cash" title=${t("cash.title")}>
    <div class="scroll-x">
      <${Rows}
        caption=${t("cash.title")}
        heads=${heads("word.account", "word.reference", "word.yuan#")}
        rows=${rows}
        empty="cash.empty"
      />
    </div>
  <//>`;
}

function Holdings() {
  const things = useOnce(() => list("/v1/nodes", {}, 200)) ?? [];
  const rows = things.slice(0, 200).map((node) => ({
    key: node.node,
    cells: [
      html`<${ThingLink} id=${node.node} />`,
      node.model || t("thing.single_cards"),
      html`<${ClassTags} of=${node} />`,
      node.owner ? t("thing.titled") : t("thing.untitled"),
      html`<${Id} of=${node.site} />`,
    ],
  }));
  return html`<${Card} name="holdings" title=${t("holdings.title")}>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("holdings.title")}>
      <${Rows}
        caption=${t("holdings.title")}
        heads=${heads("word.node", "word.model", "word.class", "word.title", "word.site")}
        rows=${rows}
        empty="holdings.empty"
      />
    </div>
  <//>`;
}
