/** What things are worth here: what someone bids, was paid, or rent; never an invented figure. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { present } from "../core/clock.js";
import { marketAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { worthOf } from "../wire/worth.js";
import { problemWords } from "./notice.js";
import { Unheard } from "./parts.js";
import { useReading } from "./reading.js";

/** *thing*: {model, grade, provenance, asset_class, lots}, as a dry run tells it. */
export function Worth({ thing, site }) {
  const point = site.delivery_point;
  const subject = `${thing.asset_class} ${thing.lots} ${point}`;
  const worth = useReading(() => worthOf(thing, point), [subject]);
  const place = tOr(`place.${point}`, point);
  return html`<section class="worth">
    <h3>${t("worth.title", { n: thing.lots, what: thing.asset_class, place })}</h3>
    ${
      !worth
        ? html`<p class="nothing"><${Unheard} /></p>`
        : worth instanceof Error
          ? html`<p class="faint">${problemWords(worth)}</p>`
          : html`<${Figures} worth=${worth} />`
    }
  </section>`;
}

/** The venue's reply: today's figures, what would change them, and the next month's rent. */
function Figures({ worth }) {
  useCell(present); // the ages among the words grow
  const { now, rent, market } = worth;
  const low = now?.best_bid_minor && now.proceeds_minor === null;
  return html`<dl class="headline">
      <${Figure} name="today" market=${now && market} minor=${now?.proceeds_minor}
        note=${t("worth.today_note", { n: now?.proceeds_lots })}
        none=${low ? "worth.low_bid" : "worth.no_bid"} />
      <${Figure} name="bid" market=${now && market} minor=${now?.best_bid_minor}
        note=${t("worth.bid_note")} />
      <${Figure} name="ask" market=${now && market} minor=${now?.best_ask_minor}
        note=${t("worth.ask_note")} />
      <${Figure} name="last" market=${now && market} minor=${now?.last_minor}
        note=${show.age(now?.last_at_ns)} />
      ${rentFigure(rent)}
    </dl>
    ${
      now?.least_ask_minor &&
      html`<p>${t("worth.least", { n: show.shortMoney(now.least_ask_minor) })}</p>`
    }
    ${rent && !rent.takes_class && html`<p>${t("worth.rent_papers")}</p>`}
    ${worth.changes.map((each) => html`<p key=${each.by}>${changeWords(each)}</p>`)}`;
}

/** What somebody would pay for the month, else what was paid last. */
function rentFigure(rent) {
  const isBid = Boolean(rent?.best_bid_minor);
  const note = isBid ? t("worth.bid_note") : show.age(rent?.last_at_ns);
  return html`<${Figure} name="rent" market=${rent?.market}
    minor=${isBid ? rent.best_bid_minor : rent?.last_minor}
    note=${rent && `${rent.month} · ${note}`}
    none=${rent ? "worth.no_rent" : "worth.no_month"} />`;
}

function Figure({ name, market, minor, note, none = `worth.no_${name}` }) {
  const isNone = market || none === "worth.no_month";
  return html`<div class="quote">
    <dt>${t(`worth.${name}`)}</dt>
    <dd>
      ${
        minor
          ? html`<a href=${marketAddress(market)}>${show.shortMoney(minor)}</a>`
          : html`<span class="none">${t(isNone ? none : "worth.no_market")}</span>`
      }
    </dd>
    <dd class="faint">${minor ? note : ""}</dd>
  </div>`;
}

/** What papers or a report would change, by figures of like age; else what is known of both. */
function changeWords({ by, now, basis, basis_at_ns: at, ...change }) {
  const what = t(by === "papers" ? "worth.papers" : "worth.graded");
  if (change.change_minor !== null) {
    const isLess = change.change_minor < 0;
    const words = t(isLess ? "worth.less" : "worth.more", {
      n: show.shortMoney(Math.abs(change.change_minor)),
      own: show.shortMoney(change.own_minor),
      other: show.shortMoney(change.other_minor),
    });
    const age = show.age(at);
    return `${what} ${words} ${t(basis === "bids" ? "worth.by_bids" : "worth.by_sales", { age })}`;
  }
  return `${what} ${t("worth.not_alike")} ${classWords(now)}`;
}

/** The same of a class in one sentence. */
function classWords(now) {
  if (now?.best_bid_minor) {
    return t("worth.known_bid", { n: show.shortMoney(now.best_bid_minor) });
  }
  if (!now?.last_minor) return t("worth.unknown");
  const age = show.age(now.last_at_ns);
  return t("worth.known_last", { n: show.shortMoney(now.last_minor), age });
}
