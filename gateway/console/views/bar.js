/** The bar at the top: where one is, the venue's time and line, and who sits here. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { nowNs, silence, speedNow } from "../core/clock.js";
import { colours, switchColours, switchTheme, theme } from "../core/look.js";
import { link, route } from "../core/route.js";
import * as show from "../core/show.js";
import { keepLanguage, language, t } from "../core/words.js";
import { seated } from "../wire/seat.js";
import { line } from "../wire/socket.js";
import { venue } from "../wire/venue.js";
import { showKeys } from "./keys.js";
import { Unheard } from "./parts.js";
import { Search } from "./search.js";

const MARK = new URL("../mark.svg", import.meta.url).href;
const PAGES = [
  ["overview", "#/"],
  ["import", "#/import"],
  ["audit", "#/audit"],
  ["seat", "#/seat"],
];

export function Bar() {
  const { page } = useCell(route);
  const shown = page === "market" ? "overview" : page;
  return html`<header class="bar">
    <a class="brand" href=${link("#/")} aria-label="gpubourse">
      <img src=${MARK} alt="" width="26" height="26" /><span>gpubourse</span>
    </a>
    <nav aria-label=${t("bar.pages")}>
      ${PAGES.map(
        ([name, address]) =>
          html`<a key=${name} href=${link(address)} aria-current=${shown === name ? "page" : null}>
            ${t(`page.${name}`)}
          </a>`,
      )}
    </nav>
    <${Search} />
    <${Clock} />
    <${Light} />
    <${Seat} />
    <${Switches} />
  </header>`;
}

function Clock() {
  const [, tick] = useState(0);
  const record = useCell(venue);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 250);
    return () => clearInterval(timer);
  }, []);
  const now = nowNs();
  if (!now || !record) return html`<div class="clock"></div>`;
  const speed = speedNow();
  return html`<div class="clock" title=${t("clock.title", { zone: record.zone })}>
    <time>
      <span class="clock-day">${show.day(now)}</span>${" "}${show.clock(now)}${" "}
      <span class="clock-zone">${show.offset(now)}</span>
    </time>
    ${record.kind === "demo" && html`<span class="speed">${t("clock.demo", { n: speed })}</span>`}
  </div>`;
}

/** The line's state in a dot and, when it is not well, in words. */
function Light() {
  const { isSilent, reason } = useCell(silence);
  const { position, gaps, cuts, missed } = useCell(line);
  const heard = position ? show.count(position) : "…";
  const title = t("line.title", { position: heard, gaps, cuts, missed });
  return html`<div class=${isSilent ? "light is-silent" : "light"} title=${title}>
    <span class="dot" aria-hidden="true"></span>
    <span role="status">${isSilent ? t(`silence.${reason}`) : t("line.live")}</span>
    <span class="position">${position ? show.position(position) : html`<${Unheard} />`}</span>
  </div>`;
}

function Seat() {
  const seat = useCell(seated);
  return html`<a class=${seat ? "seat-chip is-seated" : "seat-chip"} href=${link("#/seat")}>
    ${seat ? html`<b>${seat.called}</b>${" "}<span>${seat.party}</span>` : t("seat.none")}
  </a>`;
}

function Switches() {
  const now = useCell(language);
  const worn = useCell(theme);
  const painted = useCell(colours);
  return html`<div class="switches">
    <button type="button" class="quiet" lang=${now === "en" ? "zh" : "en"}
      onClick=${() => keepLanguage(now === "en" ? "zh" : "en")}>
      ${now === "en" ? "中文" : "EN"}
    </button>
    <button
      type="button"
      class="quiet"
      onClick=${switchColours}
      aria-label=${t(`colours.${painted}`)}
      title=${t(`colours.${painted}`)}
    >
      <span class="sign up" aria-hidden="true">▲</span>
      <span class="sign down" aria-hidden="true">▼</span>
    </button>
    <button type="button" class="quiet" onClick=${switchTheme} aria-label=${t("theme.switch")}
      title=${t("theme.switch")}>
      ${worn === "dark" ? "☀" : "☾"}
    </button>
    <button type="button" class="quiet" onClick=${showKeys} aria-label=${t("keys.title")}
      title=${t("keys.title")}>
      ?
    </button>
  </div>`;
}
