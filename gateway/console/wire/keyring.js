/**
 * The page's own keys, kept in IndexedDB; their private halves can sign but not be read.
 *
 * Where the browser keeps none they are held here, and are gone with the page.
 */

const NAME = "gpubourse";
const STORE = "seats";

const held = new Map(); // name -> what the browser would not keep

function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "name" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function within(mode, act) {
  const base = await opened();
  try {
    return await new Promise((done, failed) => {
      const deal = base.transaction(STORE, mode);
      const asked = act(deal.objectStore(STORE));
      deal.oncomplete = () => done(asked.result);
      deal.onerror = () => failed(deal.error);
    });
  } finally {
    base.close();
  }
}

/** Every seat kept for a venue, the one used last first. */
export async function seatsOf(venue) {
  const seats = await within("readonly", (store) => store.getAll()).catch(() => []);
  return [...seats, ...held.values()]
    .filter((seat) => seat.venue === venue)
    .sort((one, other) => other.usedMs - one.usedMs);
}

/**
 * Keeps a seat: {venue, principal, party, called, scopes, keys}; of one whose key waits for a
 * second signature {venue, proposal, expires_ns, keys}.
 */
export function keep(seat) {
  return put({ ...seat, name: nameOf(seat), usedMs: Date.now() });
}

/** Forgets a seat, and its key for good. */
export const forget = (seat) => drop(nameOf(seat));

/**
 * The keys with which an invitation is answered: the same however often, so that an enrolment whose
 * reply was lost is asked for again by who it was for. *make* makes them; *code* is kept by hash.
 */
export async function keysFor(code, make) {
  const name = `invitation/${code}`;
  const known = await within("readonly", (store) => store.get(name)).catch(() => null);
  const keys = (known ?? held.get(name))?.keys ?? (await make());
  if (keys) await put({ name, keys });
  return keys;
}

/** An invitation was answered, or never will be. */
export const answered = (code) => drop(`invitation/${code}`);

const nameOf = ({ venue, principal, proposal }) => `${venue}/${principal ?? proposal}`;

async function put(row) {
  try {
    await within("readwrite", (store) => store.put(row));
    held.delete(row.name);
  } catch {
    held.set(row.name, row);
  }
}

async function drop(name) {
  if (!held.delete(name)) await within("readwrite", (store) => store.delete(name));
}
