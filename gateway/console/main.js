/** The page begins here: words, look, venue, seat, socket; then it is drawn and stays alive. */

import { html, render } from "./vendor/htm-preact-standalone.module.js";
import { keepLooking } from "./core/clock.js";
import * as look from "./core/look.js";
import { keepReading, takeInvitation } from "./core/route.js";
import * as words from "./core/words.js";
import { App } from "./views/app.js";
import { listenToKeys } from "./views/keys.js";
import { said } from "./views/notice.js";
import { forgetNames } from "./wire/names.js";
import * as orders from "./wire/orders.js";
import * as seat from "./wire/seat.js";
import * as socket from "./wire/socket.js";
import * as venue from "./wire/venue.js";

const RETRY_MS = 2_000;

async function begin() {
  look.begin();
  await words.begin();
  keepLooking();
  listenToKeys();
  render(html`<${App} />`, document.body);
  await meetVenue();
}

/** Waits for the venue as long as it takes: the page says meanwhile that it is not there. */
async function meetVenue() {
  let record;
  try {
    record = await venue.begin();
  } catch {
    setTimeout(meetVenue, RETRY_MS);
    return;
  }
  const code = takeInvitation();
  keepReading(enrol);
  await seat.resume(record.venue);
  if (code) await enrol(code);
  orders.follow();
  socket.open();
  socket.keepWatch();
  let principal = seat.seated.get()?.principal;
  seat.seated.watch(() => {
    const next = seat.seated.get()?.principal;
    if (next === principal) return; // the same seat, its session renewed
    principal = next;
    forgetNames();
    socket.open();
  });
}

async function enrol(code) {
  try {
    await seat.enrol(code);
    said("seat.enrolled");
  } catch (problem) {
    said(problem);
  }
}

begin();
