/** Where the visitor is: the part of the address behind `#`. */

import { cell } from "./cell.js";

/** {page, id}: overview, market, thing, import, seat. */
export const route = cell(read());

export const marketAddress = (symbol) => `#/market/${symbol}`;
export const thingAddress = (id) => `#/thing/${id}`;

export function go(address) {
  location.hash = address;
}

/** The invitation's code in the address, once: it is taken out of it and of the history. */
export function takeInvitation() {
  const match = /^#enrol=([\w.~-]+)$/.exec(location.hash);
  if (!match) return "";
  history.replaceState(null, "", `${location.pathname}#/`);
  route.set(read());
  return match[1];
}

export function keepReading(invited) {
  addEventListener("hashchange", () => {
    const code = takeInvitation();
    if (code) invited(code);
    else route.set(read());
  });
}

function read() {
  const [, page = "", id = ""] = /^#\/(\w*)\/?([\w.-]*)$/.exec(location.hash) ?? [];
  return { page: page || "overview", id };
}
