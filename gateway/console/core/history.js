/**
 * What this page holds of the venue's history, and whether the venue still has the same (WIRE 5).
 *
 * [position, chain] of a heartbeat names one history. What came after it is kept, message by
 * message: a resume sends it once more, and one that differs or is missing tells of another.
 */

const MESSAGES_KEPT = 10_000; // of a feed, since the last pair; the newest

/** The venue's history is not the one that was held; `seen`: how far that one was heard. */
export class OtherHistory extends Error {
  constructor(seen) {
    super("other_history");
    this.seen = seen;
  }
}

export class HeldHistory {
  pair = null; // [position, chain]: all up to there was heard
  #newest = 0; // the last position that any message told of
  #feeds = new Map(); // name -> {floor, messages, resent}; before `floor` nothing is known

  /** A new connection: a venue that ends before what was seen has another history. */
  met(hello) {
    this.#feeds.forEach((feed) => {
      feed.resent = null;
    });
    this.#mustBeOurs(hello);
    if (hello.chain && hello.position < this.#newest) this.other();
  }

  /** Every feed will be heard anew; what the venue has told binds it all the same. */
  forget() {
    this.#feeds.clear();
  }

  /** Gives up: what was held is of another history. */
  other() {
    throw new OtherHistory(this.#newest);
  }

  #mustBeOurs({ position, chain }) {
    if (!this.pair || !chain) return;
    const [known, knownChain] = this.pair;
    if (position < known || (position === known && chain !== knownChain)) this.other();
  }

  /** A heartbeat: all up to its position has come; *isWhole*: on every feed, and is held. */
  heartbeat({ position, chain }, isWhole) {
    this.#feeds.forEach(({ resent }) => {
      if (resent && [...resent.keys()].some((seq) => seq <= position)) this.other();
    });
    if (!isWhole || (this.pair && position < this.pair[0])) return;
    this.#mustBeOurs({ position, chain });
    this.#newest = Math.max(this.#newest, position);
    if (chain) this.pair = [position, chain];
    this.#feeds.forEach((feed) => {
      feed.floor = Math.max(feed.floor, position);
      [...feed.messages.keys()]
        .filter((seq) => seq <= position)
        .forEach((seq) => feed.messages.delete(seq));
    });
  }

  /** A feed is held anew from here on: by a snapshot, or because it begins to live. */
  begun(name, seq) {
    this.#newest = Math.max(this.#newest, seq);
    this.#feeds.set(name, { floor: seq, messages: new Map(), resent: null });
  }

  /** The next message of a feed: all that was to be sent again must have come before it. */
  taken(name, message) {
    const feed = this.#feed(name, 0);
    if (feed.resent?.size) this.other();
    feed.resent = null;
    this.#newest = Math.max(this.#newest, message.seq);
    feed.messages.set(message.seq, said(message));
    if (feed.messages.size > MESSAGES_KEPT) {
      [feed.floor] = feed.messages.keys();
      feed.messages.delete(feed.floor);
    }
  }

  /** A feed is resumed: what is held of it after a position is sent again. */
  resumed(name, since) {
    const start = this.pair ? Math.min(since, this.pair[0]) : since;
    const feed = this.#feed(name, since);
    feed.resent = new Map([...feed.messages].filter(([seq]) => seq > start));
  }

  /** An old message: in a resume it must be one that was held, and say the same. */
  cameAgain(name, message) {
    const feed = this.#feeds.get(name);
    if (!feed?.resent || message.seq <= feed.floor) return;
    const before = feed.resent.get(message.seq);
    feed.resent.delete(message.seq);
    if (before !== said(message)) this.other();
  }

  /** A feed is no longer held. */
  left(name) {
    this.#feeds.delete(name);
  }

  #feed(name, floor) {
    const feed = this.#feeds.get(name) ?? { floor, messages: new Map(), resent: null };
    this.#feeds.set(name, feed);
    return feed;
  }
}

/** What a message says: `prev` may differ, for a feed that was born again begins anew. */
const said = (message) => JSON.stringify({ ...message, prev: null });
