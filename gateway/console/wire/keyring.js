/** The page's own keys, kept in IndexedDB; their private halves can sign but not be read. */

const NAME = "gpubourse";
const STORE = "seats";

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
  const seats = await within("readonly", (store) => store.getAll());
  return seats
    .filter((seat) => seat.venue === venue)
    .sort((one, other) => other.usedMs - one.usedMs);
}

/** Keeps a seat: {venue, principal, party, called, scopes, keys}. */
export function keep(seat) {
  const name = `${seat.venue}/${seat.principal}`;
  return within("readwrite", (store) => store.put({ ...seat, name, usedMs: Date.now() }));
}

/** Forgets a seat, and its key for good. */
export function forget(seat) {
  return within("readwrite", (store) => store.delete(`${seat.venue}/${seat.principal}`));
}
