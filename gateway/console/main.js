/** The page begins here: words, look, venue, seat, socket; then it is drawn and stays alive. */

import { html, render } from "./vendor/htm-preact-standalone.module.js";
import { keepLooking } from "./core/clock.js";
import * as look from "./core/look.js";
import { go, keepReading, route, takeInvitation } from "./core/route.js";
import * as words from "./core/words.js";
import { App } from "./views/app.js";
import { keepFocus } from "./views/focus.js";
import { KeyList, listenToKeys } from "./views/keys.js";
import { said } from "./views/notice.js";
import { tell } from "./views/outcome.js";
import { beginAnew } from "./views/replaced.js";
import { keepScroll } from "./views/scroll.js";
import { takeSeat } from "./wire/acts.js";
import { forgetNames } from "./wire/names.js";
import * as orders from "./wire/orders.js";
import * as outbox from "./wire/outbox.js";
import * as seat from "./wire/seat.js";
import * as socket from "./wire/socket.js";
import * as venue from "./wire/venue.js";

const RETRY_MS = 2_000;

async function begin() {
  look.begin();
  const spoken = words.begin();
  const seatTaken = meetVenue(spoken); // asked at once: on a slow line each question waits long
  socket.whenReplaced(beginAnew);
  socket.open(seatTaken);
  await spoken;
  keepLooking();
  listenToKeys();
  keepFocus();
  keepScroll();
  render(html`<${App} />`, document.body);
  // Of its own: what is redrawn beneath may move its siblings, and who is moved loses the focus.
  const over = document.body.appendChild(document.createElement("div"));
  render(html`<${KeyList} />`, over);
  await seatTaken;
  socket.keepWatch();
  followSeat();
}

/** Waits for the venue as long as it takes, then for who sits here; the page says so meanwhile. */
async function meetVenue(spoken) {
  const record = await heardOf();
  await spoken;
  const code = takeInvitation();
  keepReading(enrol);
  outbox.whenEnded(tell);
  await seat.resume(record.venue, said);
  if (code) await enrol(code);
  orders.follow();
  outbox.follow();
}

async function heardOf() {
  for (;;) {
    try {
      return await venue.begin();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Another seat is another view of the venue: its names and its feeds are asked for anew. */
function followSeat() {
  let principal = seat.seated.get()?.principal;
  seat.seated.watch(() => {
    const next = seat.seated.get()?.principal;
    if (next === principal) return; // the same seat, its session renewed
    principal = next;
    forgetNames();
    socket.open();
  });
}

/** How it ends is told by the outbox, like every act; who has things of his own sees them next. */
const enrol = (code) =>
  outbox.press(takeSeat(code)).then(
    ({ proposal, scopes }) => {
      if (route.get().page !== "overview") return; // he went on meanwhile
      if (proposal || scopes.includes("seller")) go("#/seat");
    },
    () => null,
  );

begin();
