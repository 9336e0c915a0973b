/** A cell: one value that views watch. The whole page's state lies in a few of them. */

import { useEffect, useState } from "../vendor/htm-preact-standalone.module.js";

/** A new cell; `set` tells the watchers, `touch` tells them that the value changed inside. */
export function cell(value) {
  const watchers = new Set();
  const tell = () => watchers.forEach((watcher) => watcher());
  return {
    get: () => value,
    set(next) {
      if (next === value) return;
      value = next;
      tell();
    },
    touch: tell,
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** The cell's value; the view is drawn again when it changes. */
export function useCell(watched) {
  const [, draw] = useState(0);
  useEffect(() => {
    draw((n) => n + 1); // it may have changed between the first drawing and this watch
    return watched.watch(() => draw((n) => n + 1));
  }, [watched]);
  return watched.get();
}

/** Calls *act* at most once in *ms*: the first call waits, the others ride along. */
export function paced(ms, act) {
  let timer = 0;
  return () => {
    if (timer) return;
    timer = setTimeout(() => {
      timer = 0;
      act();
    }, ms);
  };
}
