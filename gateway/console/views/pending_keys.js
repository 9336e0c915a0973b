/** Keys that wait for a second signature: whose turn it is, and how one sits down afterwards. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { discardKey, sitApproved } from "../wire/acts.js";
import { isWaiting, press, waiting } from "../wire/outbox.js";
import { pendingKeys } from "../wire/seat.js";
import { AskedFirst } from "./last_look.js";

export function PendingKeys() {
  const rows = useCell(pendingKeys);
  if (!rows.length) return null;
  return html`<div class="invited pending">
    <h2>${t("pending.title")}</h2>
    ${rows.map((row) => html`<${PendingKey} key=${row.name} row=${row} />`)}
  </div>`;
}

function PendingKey({ row }) {
  const { proposal, expires_ns: expires } = row;
  const [text, type] = useState("");
  useCell(waiting);
  const intent = sitApproved(row, text.normalize("NFKC").trim().toLowerCase());
  const isBusy = isWaiting(intent.name);
  const send = (event) => {
    event.preventDefault();
    if (text.trim() && !isBusy) press(intent).catch(() => null); // how it ends is told elsewhere
  };
  return html`<p>
      ${t("pending.waits", { proposal: proposal ?? "…" })}${" "}
      <code>gpubourse operator approve ${proposal ?? "…"}</code>${" "}
      ${expires && t("proposal.until", { when: show.instant(expires) })}
    </p>
    <p class="faint">${t("pending.kept")}</p>
    <form class="code" onSubmit=${send}>
      <label><span>${t("pending.number")}</span>
        <input value=${text} autocomplete="off" spellcheck=${false} placeholder="k-0107"
          onInput=${(event) => type(event.target.value)} />
      </label>
      <button type="submit" aria-disabled=${isBusy} aria-busy=${isBusy}>${t("pending.sit")}</button>
    </form>
    <p class="kept">
      <${AskedFirst} class="quiet" intent=${discardKey(row)} ask=${t("pending.delete")}
        words=${t("pending.delete_look")} sign=${t("pending.delete_sign")} />
    </p>`;
}
