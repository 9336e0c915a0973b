/** The newest position that this page has heard of: what it reads next is at least as new. */

let newest = 0;

/** A venue that greets says where it stands; after a restore that may be earlier. */
export const beginAt = (position) => {
  newest = position;
};

/** A message or a reply that is true at a position. */
export const heardOf = (position) => {
  newest = Math.max(newest, position ?? 0);
};

/** The query of a read that is to show what the page was told already. */
export const newEnough = () => ({ min_position: newest });
