/** The button of an act: it shows that it is busy, from the press until the venue's answer. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { t } from "../core/words.js";
import { isWaiting, press, waiting } from "../wire/outbox.js";

/**
 * *intent*: of wire/acts.js, or what makes one (where it takes work to say what is wanted).
 *
 * How the act ends is told by the outbox; *onReply* hears the reply where the view needs it.
 * *isHeld*: not yet to be pressed.
 */
export function Press({ intent, onReply, onRefused, isHeld = false, children, ...rest }) {
  useCell(waiting);
  const [isMaking, make] = useState(false);
  const isBusy = isMaking || (typeof intent !== "function" && isWaiting(intent.name));
  const go = async () => {
    if (isBusy || isHeld) return;
    make(true);
    try {
      const reply = await press(typeof intent === "function" ? await intent() : intent);
      onReply?.(reply);
    } catch (problem) {
      onRefused?.(problem);
    } finally {
      make(false);
    }
  };
  return html`<button type="button" ...${rest} aria-disabled=${isBusy || isHeld}
    aria-busy=${isBusy} onClick=${go} onKeyDown=${oncePressed}>
    ${children}${isBusy && html` · <span class="busy">${t("act.busy")}</span>`}
  </button>`;
}

/** A key that is held down presses once. */
export function oncePressed(event) {
  if (event.key === "Enter" && event.repeat) event.preventDefault();
}
