/**
 * What a browser keeps for the page, over a reload or for good.
 *
 * A browser that keeps nothing (its owner forbids it, or its room is full) loses it with the page:
 * until then it is held here, so that all goes on.
 */

/** One of the browser's storages by its name, with what it would not take. */
function storage(name) {
  const held = new Map();
  const tried = (act, otherwise) => {
    try {
      return act(window[name]);
    } catch {
      return otherwise();
    }
  };
  return {
    get: (key) => held.get(key) ?? tried((kept) => kept.getItem(key), () => null),
    set: (key, text) => {
      held.delete(key);
      tried((kept) => kept.setItem(key, text), () => held.set(key, text));
    },
    remove: (key) => {
      held.delete(key);
      tried((kept) => kept.removeItem(key), () => null);
    },
    keys: () => [...new Set([...tried((kept) => Object.keys(kept), () => []), ...held.keys()])],
  };
}

/** Of all tabs, for good. */
export const kept = storage("localStorage");

/** Of this tab, over a reload. */
export const keptHere = storage("sessionStorage");
