/** Where something stands that is not for everyone: who may see it, and in a demo a seat for it. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { t } from "../core/words.js";
import { read } from "../wire/rest.js";
import { enrol, seats, sit } from "../wire/seat.js";
import { venue } from "../wire/venue.js";
import { said } from "./notice.js";

/** *why*: a key of the catalogue that says who may see or do it; *seat*: the demo's seat for it. */
export function SeatNeeded({ seat, why }) {
  const record = useCell(venue);
  const kept = useCell(seats);
  return html`<div class="seat-needed">
    <p>${t(why)}</p>
    ${kept.length > 0 && html`<${Kept} seats=${kept} />`}
    <${Offer} seat=${seat} record=${record} />
    ${!record.seats?.[seat] && html`<${Code} />`}
  </div>`;
}

/** The keys that this page keeps: one click, and one sits there again. */
export function Kept({ seats: kept }) {
  return html`<p class="kept">
    ${kept.map(
      (seat) =>
        html`<button type="button" key=${seat.principal} onClick=${() => tryTo(() => sit(seat))}>
          ${t("seat.sit_as", { name: seat.called })}
        </button>`,
    )}
  </p>`;
}

/** A demo's seat: at a click where the venue tells its invitation, else by the terminal's link. */
export function Offer({ seat, record }) {
  if (record.kind !== "demo") return null;
  const named = { seat: t(`seat.${seat}`).toLowerCase() };
  if (!record.seats?.[seat]) return html`<p class="faint">${t("seat.by_terminal", named)}</p>`;
  const take = async () => {
    const { seats: codes } = await read("/v1/venue"); // a code serves once: ask for the newest
    await enrol(codes[seat]);
  };
  return html`<button type="button" class="primary" onClick=${() => tryTo(take)}>
    ${t("seat.take", named)}
  </button>`;
}

/** An invitation's code, or the whole link that holds it. */
export function Code() {
  const [text, type] = useState("");
  const send = (event) => {
    event.preventDefault();
    const code = text.trim().replace(/^.*#enrol=/, "");
    if (code) tryTo(() => enrol(code));
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
    <button type="submit">${t("seat.enrol")}</button>
  </form>`;
}

async function tryTo(act) {
  try {
    await act();
    said("seat.enrolled");
  } catch (problem) {
    said(problem);
  }
}
