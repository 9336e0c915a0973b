/** Drop a dump: read it here without writing anything, see what it is worth, then register it. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { t, tOr } from "../core/words.js";
import { readReport, register } from "../wire/acts.js";
import { look as lookAt } from "../wire/commands.js";
import { list, Problem } from "../wire/rest.js";
import { may, seated } from "../wire/seat.js";
import { problemWords } from "./notice.js";
import { Card } from "./parts.js";
import { Findings } from "./findings.js";
import { Press } from "./press.js";
import { useReading } from "./reading.js";
import { Refusal } from "./refusal.js";
import { Registered } from "./registered.js";
import { SeatNeeded } from "./seat_needed.js";

const BYTES_MOST = 16 * 1024 * 1024;

export function Dump() {
  const seat = useCell(seated);
  const isSeller = seat && may("seller");
  return html`<div class="record dump">
    <h1>${t("dump.title")}</h1>
    <p class="lead">${t("dump.lead")}</p>
    ${isSeller
      ? html`<${ImportForm} key=${seat.principal} party=${seat.party} />`
      : html`<${SeatFirst} />`}
    <p class="faint">${t("dump.how")} <code>nvidia-smi -q > dump.txt</code></p>
  </div>`;
}

/** A file may be dropped by anyone; to look at it a seller's seat is needed, and it is said so. */
function SeatFirst() {
  const [name, dropped] = useState("");
  return html`<${Drop} onFile=${(file) => dropped(file.name)} name=${name} />
    <${Card} name="seat-first" title=${t("dump.needs_title")}>
      <${SeatNeeded} seat="seller" why="dump.needs_seat" />
    <//>`;
}

function ImportForm({ party }) {
  const told = useReading(() => list("/v1/sites"), [party]);
  const unread = told instanceof Error ? problemWords(told) : "";
  const sites = !unread && told && told.filter((each) => each.operator === party);
  const [site, choose] = useState("");
  const [file, setFile] = useState(null); // {name, bytes}
  const [preview, setPreview] = useState(null);
  const [done, setDone] = useState(null);
  const [state, say] = useState({ at: "", problem: null });
  const chosen = sites?.find((each) => each.site === site) ?? sites?.[0];

  const tryTo = async (at, act) => {
    say({ at, problem: null });
    try {
      await act();
      say({ at: "", problem: null });
    } catch (problem) {
      say({ at: "", problem });
    }
  };
  const look = (given) =>
    tryTo("dump.reading", async () => {
      setPreview(null);
      setDone(null);
      if (given.size > BYTES_MOST) throw new Problem({ code: "file_too_large" });
      const bytes = new Uint8Array(await given.arrayBuffer());
      setFile({ name: given.name, bytes });
      setPreview(await lookAt(await readReport(chosen.site, bytes)));
    });

  if (unread) return html`<p class="problem" role="alert">${unread}</p>`;
  if (!sites) return html`<p class="nothing">${t("dump.asking_sites")}</p>`;
  if (!chosen) return html`<p class="problem">${t("dump.no_site")}</p>`;
  return html`
    <${Sites} sites=${sites} chosen=${chosen} onChoose=${choose} />
    <${Drop} onFile=${look} name=${file?.name ?? ""} />
    ${state.at && html`<p class="nothing" role="status">${t(state.at)}</p>`}
    ${state.problem && html`<${Refusal} problem=${state.problem} />`}
    ${preview && html`<${Findings} preview=${preview} site=${chosen} />`}
    ${
      preview &&
      !done &&
      html`<p class="go">
      <${Press} class="primary" intent=${() => register(chosen.site, file.bytes)}
        onReply=${setDone} onRefused=${(no) => say({ at: "", problem: no })}>
        ${t("dump.register", { n: preview.units, site: chosen.site })}
      <//>
      <span class="faint">${t("dump.register_note")}</span>
    </p>`
    }
    ${done && html`<${Registered} result=${done.result} position=${done.position} />`}
  `;
}

function Sites({ sites, chosen, onChoose }) {
  const words = ({ site, name, delivery_point: point }) =>
    [site, name, tOr(`place.${point}`, point)].join(" · ");
  return html`<div class="dump-site">
    <label>
      <span>${t("word.site")}</span>
      <select value=${chosen.site} onChange=${(event) => onChoose(event.target.value)}>
        ${sites.map(
          (each) => html`<option key=${each.site} value=${each.site}>${words(each)}</option>`,
        )}
      </select>
    </label>
  </div>`;
}

function Drop({ onFile, name }) {
  const [isOver, over] = useState(false);
  const take = (files) => files.length && onFile(files[0]);
  const onDrop = (event) => {
    event.preventDefault();
    over(false);
    take(event.dataTransfer.files);
  };
  const onDragOver = (event) => {
    event.preventDefault();
    over(true);
  };
  return html`<label
    class=${isOver ? "drop is-over" : "drop"}
    onDrop=${onDrop}
    onDragOver=${onDragOver}
    onDragLeave=${() => over(false)}
  >
    <input id="dump" type="file" onChange=${(event) => take(event.target.files)} />
    <b>${t("dump.drop")}</b>
    <span>${name || t("dump.formats")}</span>
  </label>`;
}
