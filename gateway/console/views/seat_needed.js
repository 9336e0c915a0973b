/** Where something stands that is not for everyone: who may see it, and in a demo a seat for it. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { invitationCode } from "../core/route.js";
import { t } from "../core/words.js";
import { sitAgain, takeOffered, takeSeat } from "../wire/acts.js";
import { isWaiting, press, waiting } from "../wire/outbox.js";
import { read } from "../wire/rest.js";
import { may, seated, seats } from "../wire/seat.js";
import { venue } from "../wire/venue.js";
import { Press } from "./press.js";

const NEEDS = { trader: "trade", seller: "seller", auditor: "audit" }; // a seat, and its scope

/**
 * *why*: a key of the catalogue that says who may see or do it; *seats*: the demo's seats for it,
 * each by its name, the likeliest first.
 */
export function SeatNeeded({ seats: named, why }) {
  const record = useCell(venue);
  const here = useCell(seated)?.principal;
  const kept = useCell(seats).filter(
    ({ principal, scopes }) =>
      principal !== here && named.some((name) => scopes.includes(NEEDS[name])),
  );
  const others = named.filter((name) => !may(NEEDS[name])); // the one that sits here did not do
  const first = others.find((name) => record.seats?.[name]);
  return html`<div class="seat-needed">
    <p>${t(why)}</p>
    ${kept.length > 0 && html`<${Kept} seats=${kept} />`}
    ${others.map(
      (name) =>
        html`<${Offer} key=${name} seat=${name} record=${record} isFirst=${name === first} />`,
    )}
    ${!named.some((name) => record.seats?.[name]) && html`<${Code} />`}
  </div>`;
}

/** The keys that this page keeps: one click, and one sits there again. */
export function Kept({ seats: kept }) {
  return html`<p class="kept">
    ${kept.map(
      (seat) =>
        html`<${Press} key=${seat.principal} intent=${sitAgain(seat)}>
          ${t("seat.sit_as", { name: seat.called })}
        <//>`,
    )}
  </p>`;
}

/** A demo's seat: at a click where the venue tells its invitation, else by the terminal's link. */
export function Offer({ seat, record, isFirst = true }) {
  if (record.kind !== "demo") return null;
  const named = { seat: t(`seat.${seat}`).toLowerCase() };
  if (!record.seats?.[seat]) return html`<p class="faint">${t("seat.by_terminal", named)}</p>`;
  // a code serves once: ask for the newest
  const code = async () => (await read("/v1/venue")).seats[seat];
  return html`<${Press} class=${isFirst ? "primary" : ""} intent=${takeOffered(code)}>
    ${t("seat.take", named)}
  <//>`;
}

/** An invitation's code, the link that holds it, or the whole line that was handed over. */
export function Code() {
  const [text, type] = useState("");
  useCell(waiting);
  const code = invitationCode(text);
  const intent = takeSeat(code);
  const isBusy = isWaiting(intent.name);
  const isWrong = text.trim() !== "" && !code;
  const send = (event) => {
    event.preventDefault();
    if (code && !isBusy) press(intent).catch(() => null); // how it ends is told elsewhere
  };
  return html`<form class="code" onSubmit=${send}>
    <label><span>${t("seat.code")}</span>
      <input
        value=${text}
        autocomplete="off"
        spellcheck=${false}
        onInput=${(event) => type(event.target.value)}
      />
    </label>
    <button type="submit" aria-disabled=${isBusy} aria-busy=${isBusy}>${t("seat.enrol")}</button>
    ${isWrong && html`<p class="problem" role="status">${t("seat.no_code")}</p>`}
  </form>`;
}
