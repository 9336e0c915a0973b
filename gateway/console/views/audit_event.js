/** One event, opened: what is stored, who asked for it and signed, and what this page checked. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { judge } from "../core/judgement.js";
import { auditAddress, link } from "../core/route.js";
import * as show from "../core/show.js";
import { stored } from "../core/stored.js";
import { t, tOr } from "../core/words.js";
import { evidenceOf, keepKey, keptKey } from "../wire/evidence.js";
import { markets } from "../wire/venue.js";
import { Checks } from "./checks.js";
import { problemWords } from "./notice.js";
import { Card, Facts, Id, subjectOf } from "./parts.js";
import { useReading } from "./reading.js";
import { Members } from "./stored_value.js";

export function AuditEvent({ position, viewer }) {
  const [key, changed] = useState(keptKey());
  useCell(markets); // prices are told by their market
  const ask = async () => {
    const evidence = await evidenceOf(position);
    return { evidence, checks: await judge(evidence) };
  };
  const told = useReading(ask, [`${position} ${viewer}`, key]);
  if (told instanceof Error) return html`<p class="problem" role="alert">${problemWords(told)}</p>`;
  if (!told) return html`<p class="nothing" role="status">${t("check.asking")}</p>`;
  const { row, command } = told.evidence;
  return html`
    <${Card} name="checked" title=${t("check.title")}>
      <${Checks} checks=${told.checks} />
      <${LogKey} onChange=${changed} />
    <//>
    <${Stored} row=${row} />
    <${Asked} command=${command} />
  `;
}

function Stored({ row }) {
  const what = tOr(`topic.${row.topic}`, row.topic);
  return html`<${Card} name="stored" title=${t("stored.title", { what })}>
    <${Facts} pairs=${[
      [t("word.stream"), html`<${Id} of=${subjectOf(row.stream)} />`],
      [t("stored.version"), show.count(row.version)],
      [t("word.time"), show.instant(row.event.at_ns)],
      [t("stored.batch"), row.event.cause && html`<${At} position=${row.event.cause} />`],
    ]} />
    <h3>${t("stored.data")}</h3>
    <${Members} of=${row.event} />
    <${Bytes} title="stored.bytes" text=${row.entry} />
  <//>`;
}

/** Who asked, in what was signed; of the engine's own act that nobody did. */
function Asked({ command }) {
  const title = t("asked.title");
  if (command instanceof Error) {
    return html`<${Card} name="asked" title=${title}>
      <p class="problem">${problemWords(command)}</p>
    <//>`;
  }
  if (command.by === "engine") {
    return html`<${Card} name="asked" title=${title}><p>${t("asked.engine")}</p><//>`;
  }
  const document = stored(command.signed.slice(command.signed.indexOf("\n") + 1));
  return html`<${Card} name="asked" title=${title}>
    <${Facts} pairs=${[
      [t("seat.party"), html`<${Id} of=${command.party} />`],
      [t("seat.principal"), html`<${Id} of=${command.principal} />`],
      [t("asked.key"), html`<${Id} of=${command.public_key} />`],
      [t("asked.signature"), signatureOf(command)],
      [t("asked.received"), show.instant(command.received_ns)],
      [t("stored.batch"), html`<${At} position=${command.first_position} />`],
    ]} />
    <h3>${t("asked.document")}</h3>
    ${document && html`<${Members} of=${document} />`}
    <${Bytes} title="asked.bytes" text=${command.signed} />
  <//>`;
}

function signatureOf({ signature, logon }) {
  if (!logon) return html`<${Id} of=${signature} />`;
  return html`${t("asked.logon")} <${Id} of=${logon.signature} />`;
}

const At = ({ position }) =>
  html`<a href=${link(auditAddress(position))}>${show.position(position)}</a>`;

/** The very bytes, for who makes hash and signature anew. */
const Bytes = ({ title, text }) => html`<details class="as-table">
  <summary>${t(title)}</summary>
  <pre class="bytes" tabindex="0">${text}</pre>
</details>`;

/** The log's key as the reader keeps it: with it a head of another log is not believed. */
function LogKey({ onChange }) {
  const own = keptKey();
  const [text, type] = useState(own);
  const [isBad, tell] = useState(false);
  const keep = async (line) => {
    const isKept = await keepKey(line);
    tell(!isKept);
    if (isKept) onChange(line);
  };
  const send = (event) => {
    event.preventDefault();
    keep(text.trim());
  };
  return html`<details class="as-table log-key">
    <summary>${t(own ? "log_key.kept" : "log_key.served")}</summary>
    <form onSubmit=${send}>
      <label><span>${t("log_key.label")}</span>
        <input
          value=${text}
          autocomplete="off"
          spellcheck=${false}
          onInput=${(event) => type(event.target.value)}
        />
      </label>
      <button type="submit">${t("log_key.keep")}</button>
      ${isBad && html`<p class="problem" role="alert">${t("log_key.bad")}</p>`}
    </form>
  </details>`;
}
