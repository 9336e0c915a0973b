/** Where the visitor is: the part of the address behind `#`. */

import { cell } from "./cell.js";

const HOME = ["/", "/index.html"];
const INVITATION = /^#enrol=([\w.~-]+)$/;
const CODE = /(?<![\w-])[\w-]{43}(?![\w-])/; // 32 bytes in base64url, as a word of its own

/** What stands behind a page's name in its address: nothing, or which one. */
const PAGES = {
  overview: /^$/,
  market: /^[\w.-]+$/,
  thing: /^[\w.-]+$/,
  import: /^$/,
  audit: /^(\d{1,15}|[nu]-\d+|at(\/\d{1,15}(\.\.\d{1,15})?(\/[a-z_]+)?)?)?$/,
  seat: /^$/,
};

const DIGITS = { n: 4, u: 6, o: 6, x: 6 }; // of an id, at least
const KINDS = { n: "thing", u: "thing", o: "order", x: "settlement" };

/** A thing's id as the venue writes it, of one typed in any case and without its noughts. */
export function thingId(text) {
  const { kind, id } = foundBy(text);
  return kind === "thing" ? id : "";
}

/** {kind, id} of what is typed to be found: thing, order, settlement or market; {} of all else. */
export function foundBy(text) {
  const typed = text.normalize("NFKC").trim();
  const [, letter, digits] = /^([nuox])-0*(\d+)$/.exec(typed.toLowerCase()) ?? [];
  const id = letter && `${letter}-${digits.padStart(DIGITS[letter], "0")}`;
  if (id) return { kind: KINDS[letter], id };
  return /^[TL]\.[\w.-]+$/i.test(typed) ? { kind: "market", id: typed.toUpperCase() } : {};
}

/** {page, id}: overview, market, thing, import, audit, seat; unknown for any other address. */
export const route = cell(read());

export const marketAddress = (symbol) => `#/market/${symbol}`;
export const thingAddress = (id) => `#/thing/${id}`;
/** *id*: a position, or the thing whose events are checked; none: all events. */
export const auditAddress = (id = "") => (id ? `#/audit/${id}` : "#/audit");

const PAST = /^at(?:\/(?:(\d+)\.\.)?(\d+)(?:\/([a-z_]+))?)?$/;

/** Of an auditor's address which past state it is: {at, since, kind}; null: it is of none. */
export function pastOf(id) {
  const found = PAST.exec(id);
  if (!found) return null;
  const [, since, at, kind] = found;
  return { at: Number(at ?? 0), since: Number(since ?? 0), kind: kind ?? "" };
}

/** The state at a position, the head's if none; with *since* what changed from there on. */
export function pastAddress({ at = 0, since = 0, kind = "" } = {}) {
  if (!at) return "#/audit/at";
  return `#/audit/at/${since ? `${since}..` : ""}${at}${kind && `/${kind}`}`;
}

/** An address of the console as a link to follow, also from a page that is none of ours. */
export const link = (address) => (isHome() ? address : `/${address}`);

export function go(address) {
  if (isHome()) location.hash = address;
  else location.assign(link(address));
}

/** The invitation's code in the address, once: it is taken out of it and of the history. */
export function takeInvitation() {
  const match = INVITATION.exec(location.hash);
  if (!match) return "";
  history.replaceState(null, "", `${location.pathname}#/`);
  route.set(read());
  return match[1];
}

/** The code in what was handed over: itself, a link, or a line with it; "" if there is none. */
export const invitationCode = (text) => CODE.exec(text.normalize("NFKC"))?.[0] ?? "";

export function keepReading(invited) {
  addEventListener("hashchange", () => {
    const code = takeInvitation();
    if (code) invited(code);
    else route.set(read());
  });
}

function isHome() {
  return HOME.includes(location.pathname);
}

function read() {
  const address = location.pathname + location.hash;
  const hash = INVITATION.test(location.hash) ? "" : location.hash;
  const [, name = "", id = ""] = /^#(?:\/?|\/(\w+)(?:\/(.*))?)$/.exec(hash || "#") ?? [
    "",
    "unknown",
  ];
  const page = name || "overview";
  const isThere = isHome() && Object.hasOwn(PAGES, page) && PAGES[page].test(id);
  return isThere ? { page, id: written(page, id) } : { page: "unknown", id: address };
}

/** An id in an address as the venue writes it. */
function written(page, id) {
  if (page === "market") return id.toUpperCase();
  return page === "thing" || page === "audit" ? thingId(id) || id : id;
}
