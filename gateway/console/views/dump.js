/** Dropped dumps: read without writing anything, told what they are worth, then registered. */

import { html, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { readReport, register } from "../wire/acts.js";
import { look as lookAt } from "../wire/commands.js";
import { press } from "../wire/outbox.js";
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
const SIGNATURES = {
  packed: ["PK\x03\x04", "\x1f\x8b", "7z\xbc\xaf", "Rar!", "\xfd7zXZ"],
  picture: ["\x89PNG", "\xff\xd8\xff", "GIF8"],
  document: ["%PDF", "\xd0\xcf\x11\xe0"],
};
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
      <${SeatNeeded} seats=${["seller"]} why="dump.needs_seat" />
    <//>`;
}

function ImportForm({ party }) {
  const told = useReading(() => list("/v1/sites"), [party]);
  const unread = told instanceof Error ? problemWords(told) : "";
  const sites = !unread && told && told.filter((each) => each.operator === party);
  const [site, choose] = useState("");
  const [reports, look, tellOf] = useReports();
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
    ${reports.length > 1 && html`<${All} reports=${reports} tellOf=${tellOf} />`}
    ${reports.map(
      (report) =>
        html`<${Report} key=${report.id} report=${report} isOne=${reports.length === 1}
          onEnd=${(what) => tellOf(report.id, what)} />`,
    )}
  `;
}

const isToRegister = ({ preview, done }) => preview?.new_units > 0 && !done;

/** Of several files: how far their reading and registering is, and one button for all of them. */
function All({ reports, tellOf }) {
  const [isUnderWay, begin] = useState(false);
  const left = reports.filter(isToRegister);
  const go = async () => {
    begin(true);
    for (const { id, site, bytes } of left) {
      const ended = await register(site.site, bytes).then(press).then(
        (done) => ({ done, refused: null }),
        (refused) => ({ refused }),
      );
      tellOf(id, ended);
    }
    begin(false);
  };
  const units = left.reduce((sum, { preview }) => sum + preview.new_units, 0);
  const count = (isIt) => show.count(reports.filter(isIt).length);
  return html`<section class="report-all" aria-label=${t("dump.together")}>
    <p role="status">${t("dump.so_far", {
      n: reports.length,
      read: count(({ at }) => !at),
      refused: count(({ problem, refused }) => problem ?? refused),
      done: count(({ done }) => done),
    })}</p>
    ${
      (left.length > 0 || isUnderWay) &&
      html`<p class="go">
        <button type="button" class="primary" onClick=${() => isUnderWay || go()}
          aria-disabled=${isUnderWay} aria-busy=${isUnderWay}>
          ${isUnderWay
            ? t("act.busy")
            : t("dump.register_all", { n: left.length, units: show.count(units) })}
        </button>
        <span class="faint">${t("dump.register_note")}</span>
      </p>`
    }
    ${
      reports.some(({ done }) => done) &&
      html`<p class="faint">${t("dump.stays")} <a href="#/seat">${t("dump.stays_where")}</a></p>`
    }
  </section>`;
}

/** One file is named; of several it is said how many. */
const filesWords = (files) =>
  files.length === 1 ? files[0].name : files.length && t("dump.files", { n: files.length });

/**
 * What was dropped, file by file: {id, name, site, at, bytes, preview, problem, done, refused}, how
 * to look at others in their place, and how to say of one how its registering ended. They are read
 * one after the other, in the order they came.
 */
function useReports() {
  const [reports, set] = useState([]);
  const latest = useRef(0);
  const tellOf = (id, what) =>
    set((now) => now.map((each) => (each.id === id ? { ...each, ...what } : each)));
  const look = async (files, site) => {
    latest.current += 1;
    const drop = latest.current;
    const told = files.map((file, n) => {
      const { name } = file;
      return { id: `${drop} ${n}`, file, name, site, at: n ? "dump.waiting" : "dump.reading" };
    });
    const tell = (n, what) => tellOf(`${drop} ${n}`, what); // none, if others lie there by now
    set(told);
    for (const [n, file] of files.entries()) {
      if (latest.current !== drop) return;
      tell(n, { at: "dump.reading" });
      tell(n, { at: "", ...(await readOf(file, site).catch((problem) => ({ problem }))) });
    }
  };
  return [reports, look, tellOf];
}

/** A file that is no text, by its first bytes: packed, picture or document; "" for any other. */
function kindOf(bytes) {
  const starts = (signature) => [...signature].every((sign, n) => bytes[n] === sign.charCodeAt(0));
  const found = Object.entries(SIGNATURES).find(([, signatures]) => signatures.some(starts));
  return found ? found[0] : "";
}

/** A file's bytes and what the venue reads in them; asked again where it was only too busy. */
async function readOf(file, { site }) {
  if (file.size > BYTES_MOST) throw new Problem({ code: "file_too_large" });
  const bytes = new Uint8Array(await file.arrayBuffer());
  const kind = kindOf(bytes);
  if (kind) throw new Problem({ code: `file_${kind}` });
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
function Report({ report, isOne, onEnd }) {
  const { name, site, at, bytes, preview, done } = report;
  const problem = report.refused ?? report.problem;
  const isNew = preview?.new_units > 0;
  const words = isNew ? "dump.register" : "dump.inspect";
  return html`<section class="report" aria-label=${name}>
    ${!isOne && html`<h2>${name}</h2>`}
    ${at && html`<p class="nothing" role="status">${t(at)}</p>`}
    ${problem && html`<${Refusal} problem=${problem} />`}
    ${preview && html`<${Findings} preview=${preview} site=${site} />`}
    ${
      preview &&
      !done &&
      html`<p class="go">
      <${Press} class=${isNew ? "primary" : ""} intent=${() => register(site.site, bytes)}
        onReply=${(reply) => onEnd({ done: reply, refused: null })}
        onRefused=${(no) => onEnd({ refused: no })}>
        ${t(words, { n: isNew ? preview.new_units : preview.units, site: site.site })}
      <//>
      <span class="faint">${t(isNew ? "dump.register_note" : "dump.inspect_note")}</span>
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
