/** A unit's or node's events in order, each with its proofs checked in this page. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { judge, LOG_CHECKS, worst } from "../core/judgement.js";
import { auditAddress, link } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { evidenceOf, logKey } from "../wire/evidence.js";
import { listed } from "../wire/rest.js";
import { Chain } from "./chain.js";
import { Checks, Verdict } from "./checks.js";
import { problemWords } from "./notice.js";
import { Card, heads, Id, Rows, subjectOf } from "./parts.js";
import { useReading } from "./reading.js";

const EVENTS_MOST = 2_000;
const SEE_THINGS = ["seller", "auditor"]; // one's own, with the right to sell them; and all
const CHECKED_AT_ONCE = 100; // then the reader says whether to go on
const SIDE_BY_SIDE = 2;

export function AuditThing({ id, viewer }) {
  const path = `/v1/${id.startsWith("n-") ? "nodes" : "units"}/${id}/history`;
  const life = useReading(() => listed(path, {}, EVENTS_MOST), [`${id} ${viewer}`]);
  if (life instanceof Error) {
    return html`<p class="problem" role="alert">${problemWords(life)}</p>`;
  }
  if (!life) return html`<p class="nothing" role="status">${t("check.asking")}</p>`;
  return html`<${Events} key=${`${id} ${viewer}`} id=${id} ...${life} />`;
}

function Events({ id, rows: events, isWhole: isAll }) {
  const [upto, goOn] = useState(CHECKED_AT_ONCE);
  const proven = useProven(events, upto);
  const left = events.length - Math.min(upto, events.length);
  const isPaused = left > 0 && proven.size >= upto; // until the reader says to go on
  const isWhole = proven.size === events.length;
  const seen = events.map((event) => proven.get(event.position)?.row ?? event);
  const mark = ({ position }) => html`<${Verdict} of=${sum(proven.get(position)?.checks)} />`;
  const title = t(isAll ? "thing.life" : "thing.life_begins", { n: events.length });
  return html`
    <${Card} name="checked" title=${t("check.title")}>
      ${!isPaused && html`<${Checks} checks=${isWhole ? ofAll(id, seen, proven) : null} />`}
      <p class="faint">${t("check.so_far", { n: proven.size, of: events.length })}</p>
      ${
        isPaused &&
        html`<p><button type="button" onClick=${() => goOn(upto + CHECKED_AT_ONCE)}>
          ${t("check.go_on", { n: Math.min(left, CHECKED_AT_ONCE) })}
        </button></p>`
      }
    <//>
    <${Chain} events=${seen} isWhole=${isAll} mark=${mark} />
    <${Card} name="life" title=${title}>
      <div class="scroll" tabindex="0" role="group" aria-label=${title}>
        <${Rows}
          caption=${title}
          rows=${seen.map((event) => eventRow(event, proven.get(event.position)))}
          heads=${heads(
            "word.position#", "word.time", "word.stream", "word.event", "check.log", "check.asked",
          )}
        />
      </div>
    <//>
  `;
}

/** position -> {row, checks}, growing: the first *upto* events, a few side by side. */
function useProven(events, upto) {
  const [proven, tell] = useState(new Map());
  useEffect(() => {
    let isWanted = true;
    const waiting = events.slice(0, upto).filter(({ position }) => !proven.has(position));
    const key = logKey();
    const work = async () => {
      for (let event = waiting.shift(); event && isWanted; event = waiting.shift()) {
        const { position } = event;
        const one = await provenOne(event, key);
        if (isWanted) tell((known) => new Map(known).set(position, one));
      }
    };
    for (let n = 0; n < SIDE_BY_SIDE; n += 1) work();
    return () => {
      isWanted = false;
    };
  }, [upto]);
  return proven;
}

/** The row as the journal has it, and what was checked of it; as told where it was not given. */
async function provenOne(event, key) {
  try {
    const evidence = await evidenceOf(event.position, key);
    const { row } = evidence;
    return { row: { ...row, at_ns: row.event.at_ns }, checks: await judge(evidence) };
  } catch (problem) {
    const unheard = { name: "stored", verdict: "unknown", why: "unheard", figures: { problem } };
    return { row: event, checks: [unheard] };
  }
}

const sum = (checks) => checks && worst(checks);
const ofLog = (checks) => checks.filter(({ name }) => LOG_CHECKS.includes(name));
const ofCommand = (checks) => checks.filter(({ name }) => !LOG_CHECKS.includes(name));

/** What all events come to, and what only all of them can say. */
function ofAll(id, events, proven) {
  const every = [...proven.values()].map(({ checks }) => checks);
  const verdict = (part) => worst(every.flatMap(part));
  return [
    { name: "log", verdict: verdict(ofLog), why: "", figures: {} },
    { name: "asked", verdict: verdict(ofCommand), why: "", figures: {} },
    { name: "versions", ...isWithoutGap(id, events) },
    { name: "holders", ...isOneChain(events) },
  ];
}

/** Its own events are numbered from 1: one that was left out in the middle leaves a gap. */
function isWithoutGap(id, events) {
  const own = events.filter(({ stream }) => subjectOf(stream) === id);
  const isWhole = own.length > 0 && own.every(({ version }, n) => version === n + 1);
  return { verdict: isWhole ? "right" : "wrong", why: isWhole ? "end_open" : "gap", figures: {} };
}

/** Whoever passes title on is who held it; a unit of a board goes with its board. */
function isOneChain(events) {
  const holders = new Map(); // of the board, and of the unit
  let isOne = true;
  for (const { stream, topic, event } of events) {
    if (topic === "title_issued") holders.set(stream, event.holder);
    if (topic !== "title_transferred") continue;
    isOne &&= holders.get(stream) === event.from_party;
    holders.set(stream, event.to_party);
  }
  return { verdict: isOne ? "right" : "wrong", why: isOne ? "" : "not_holder", figures: {} };
}

function eventRow(event, one) {
  return {
    key: event.position,
    cells: [
      html`<a href=${link(auditAddress(event.position))}>${show.position(event.position)}</a>`,
      html`<time>${show.instant(event.at_ns)}</time>`,
      html`<${Id} of=${subjectOf(event.stream)} />`,
      tOr(`topic.${event.topic}`, event.topic),
      html`<${Verdict} of=${one && worst(ofLog(one.checks))} />`,
      html`<${Verdict} of=${one && worst(ofCommand(one.checks))} />`,
    ],
  };
}
