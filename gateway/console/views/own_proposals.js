/** What this seat's party asked for and another person has to sign first; it can be taken back. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { takeBack } from "../wire/acts.js";
import { newEnough } from "../wire/newest.js";
import { waiting } from "../wire/outbox.js";
import { list } from "../wire/rest.js";
import { seated } from "../wire/seat.js";
import { AskedFirst } from "./last_look.js";
import { problemWords } from "./notice.js";
import { actWords } from "./outcome.js";
import { Card, heads, Id, Rows } from "./parts.js";
import { useReading } from "./reading.js";

const LOOK_AGAIN_MS = 5_000; // others answer it, or its time runs out: no feed tells of either

export function OwnProposals() {
  const { party, principal } = seated.get();
  const unanswered = [...useCell(waiting).keys()].join(" ");
  const [looks, lookAgain] = useState(0);
  const ask = () => list("/v1/proposals", { state: "waiting", party, ...newEnough() });
  const told = useReading(ask, [`proposals ${principal}`, unanswered, looks]);
  const own = Array.isArray(told) && told.filter((row) => row.party === party);
  const isAny = own && own.length > 0;
  useEffect(() => {
    if (!isAny) return undefined;
    const timer = setInterval(() => lookAgain((n) => n + 1), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isAny]);
  const title = t("proposal.title");
  if (told instanceof Error) {
    return html`<${Card} name="own-proposals" title=${title}>
      <p class="problem">${problemWords(told)}</p>
    <//>`;
  }
  if (!isAny) return null; // nearly always: then there is nothing to do
  const titles = ["proposal.name", "proposal.asks", "proposal.waits", "settlement.until", ""];
  return html`<${Card} name="own-proposals" title=${title}>
    <div class="scroll-x">
      <${Rows} caption=${title} heads=${heads(...titles)} rows=${own.map(proposalRow)} />
    </div>
  <//>`;
}

function proposalRow({ proposal, op, args, needs, expires_ns: until }) {
  return {
    key: proposal,
    cells: [
      html`<${Id} of=${proposal} />`,
      actWords({ op, args }),
      needs.map(signer).join(", "),
      show.instant(until),
      html`<${TakeBack} proposal=${proposal} />`,
    ],
  };
}

function TakeBack({ proposal }) {
  return html`<${AskedFirst} class="quiet" intent=${takeBack(proposal)}
    ask=${t("proposal.take_back")} words=${t("proposal.take_back_look", { proposal })}
    sign=${t("proposal.take_back_sign")} />`;
}

/** Whose signature is due: `party:p-0002` a person of that party, `scope:operate` an office. */
function signer(need) {
  const [kind, who] = need.split(":");
  if (kind === "scope") return t("proposal.by_venue", { scope: tOr(`scope.${who}`, who) });
  return who === seated.get()?.party ? t("proposal.by_own") : t("proposal.by_party", { who });
}
