/** Dropped dumps: read without writing anything, told what they are worth, then registered. */

import { html, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
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
const BUSY_MS = 1_000;
const TRIES = 10; // of a file, while the venue says that it is too many at once

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
  const [files, dropped] = useState([]);
  return html`<${Drop} onFiles=${(given) => dropped([...given])} name=${filesWords(files)} />
    <${Card} name="seat-first" title=${t("dump.needs_title")}>
      <${SeatNeeded} seat="seller" why="dump.needs_seat" />
    <//>`;
}

function ImportForm({ party }) {
  const told = useReading(() => list("/v1/sites"), [party]);
  const unread = told instanceof Error ? problemWords(told) : "";
  const sites = !unread && told && told.filter((each) => each.operator === party);
  const [site, choose] = useState("");
  const [reports, look] = useReports();
  const chosen = sites?.find((each) => each.site === site) ?? sites?.[0];
  const move = (name) => {
    choose(name);
    const files = reports.map(({ file }) => file);
    look(files, sites.find((each) => each.site === name)); // another register to judge against
  };

  if (unread) return html`<p class="problem" role="alert">${unread}</p>`;
  if (!sites) return html`<p class="nothing">${t("dump.asking_sites")}</p>`;
  if (!chosen) return html`<p class="problem">${t("dump.no_site")}</p>`;
  return html`
    <${Sites} sites=${sites} chosen=${chosen} onChoose=${move} />
    <${Drop} onFiles=${(files) => look(files, chosen)} name=${filesWords(reports)} />
    ${reports.map(
      (report) =>
        html`<${Report} key=${report.id} report=${report} isOne=${reports.length === 1} />`,
    )}
  `;
}

/** One file is named; of several it is said how many. */
const filesWords = (files) =>
  files.length === 1 ? files[0].name : files.length && t("dump.files", { n: files.length });

/**
 * What was dropped, file by file: {id, name, site, at, bytes, preview, problem}, and how to look
 * at others in their place. They are read one after the other, in the order they came.
 */
function useReports() {
  const [reports, set] = useState([]);
  const latest = useRef(0);
  const look = async (files, site) => {
    latest.current += 1;
    const drop = latest.current;
    const told = files.map((file, n) => {
      const { name } = file;
      return { id: `${drop} ${n}`, file, name, site, at: n ? "dump.waiting" : "dump.reading" };
    });
    const tell = (n, what) => {
      told[n] = { ...told[n], ...what };
      if (latest.current === drop) set([...told]); // else others lie there by now
    };
    set([...told]);
    for (const [n, file] of files.entries()) {
      if (latest.current !== drop) return;
      tell(n, { at: "dump.reading" });
      tell(n, { at: "", ...(await readOf(file, site).catch((problem) => ({ problem }))) });
    }
  };
  return [reports, look];
}

/** A file's bytes and what the venue reads in them; asked again where it was only too busy. */
async function readOf(file, { site }) {
  if (file.size > BYTES_MOST) throw new Problem({ code: "file_too_large" });
  const bytes = new Uint8Array(await file.arrayBuffer());
  const intent = await readReport(site, bytes);
  for (let tries = 1; ; tries += 1) {
    try {
      return { bytes, preview: await lookAt(intent) };
    } catch (problem) {
      if (problem.status !== 429 || tries === TRIES) throw problem;
      await new Promise((go) => setTimeout(go, problem.waitMs || BUSY_MS));
    }
  }
}

/** One file: what was read in it, and the button that registers it. */
function Report({ report, isOne }) {
  const { name, site, at, bytes, preview } = report;
  const [done, setDone] = useState(null);
  const [refused, refuse] = useState(null);
  const problem = refused ?? report.problem;
  return html`<section class="report" aria-label=${name}>
    ${!isOne && html`<h2>${name}</h2>`}
    ${at && html`<p class="nothing" role="status">${t(at)}</p>`}
    ${problem && html`<${Refusal} problem=${problem} />`}
    ${preview && html`<${Findings} preview=${preview} site=${site} />`}
    ${
      preview &&
      !done &&
      html`<p class="go">
      <${Press} class="primary" intent=${() => register(site.site, bytes)}
        onReply=${setDone} onRefused=${refuse}>
        ${t("dump.register", { n: preview.units, site: site.site })}
      <//>
      <span class="faint">${t("dump.register_note")}</span>
    </p>`
    }
    ${done && html`<${Registered} result=${done.result} position=${done.position} />`}
  </section>`;
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

function Drop({ onFiles, name }) {
  const [isOver, over] = useState(false);
  const take = (files) => files.length && onFiles([...files]);
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
    <input id="dump" type="file" multiple onChange=${(event) => take(event.target.files)} />
    <b>${t("dump.drop")}</b>
    <span>${name || t("dump.formats")}</span>
  </label>`;
}
