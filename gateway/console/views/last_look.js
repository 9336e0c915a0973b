/** The last look before an act: it is said what is done, and a double press is no yes. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { silence } from "../core/clock.js";
import { t } from "../core/words.js";
import { isWaiting, waiting } from "../wire/outbox.js";
import { Press } from "./press.js";

const LOOK_MS = 700; // so long it is on the screen before it can be agreed to

/**
 * Whether it is being looked at, what begins and ends that, and whether it can be agreed to.
 *
 * It ends when the venue falls silent: what was looked at may have changed when it is back.
 */
export function useLastLook() {
  const [isAsking, ask] = useState(false);
  const [isArmed, arm] = useState(false);
  useEffect(() => {
    if (!isAsking) return undefined;
    const timer = setTimeout(() => arm(true), LOOK_MS);
    const stop = silence.watch(() => silence.get().isSilent && ask(false));
    return () => {
      clearTimeout(timer);
      stop();
      arm(false);
    };
  }, [isAsking]);
  return [isAsking, ask, isArmed];
}

/** A button that asks first: *ask* is on it; *words* say what is done, and *sign* does it. */
export function AskedFirst({ intent, ask, words, sign, onDone, class: kind = "" }) {
  const [isAsking, look, isArmed] = useLastLook();
  const first = useRef(null);
  useCell(waiting);
  const done = () => {
    look(false);
    onDone?.();
  };
  useEffect(() => {
    if (isAsking) first.current?.querySelector("button")?.focus();
  }, [isAsking]);
  if (!isAsking && !isWaiting(intent.name)) {
    return html`<button type="button" class=${kind} onClick=${() => look(true)}>${ask}</button>`;
  }
  return html`<span class="asking" ref=${first}>
    ${words}
    <${Press} class="primary" intent=${intent} isHeld=${isAsking && !isArmed}
      onReply=${done} onRefused=${() => look(false)}>
      ${sign}
    <//>
    <button type="button" class="quiet" onClick=${() => look(false)}>${t("ticket.not_yet")}</button>
  </span>`;
}
