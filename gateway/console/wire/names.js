/** Names of parties behind their ids, asked once each; what is not for us stays an id. */

import { cell } from "../core/cell.js";
import { list } from "./rest.js";
import { may, seated } from "./seat.js";

const OVERSIGHT = ["audit", "comply", "operate"]; // who may read any party's record (WIRE 2)

/** Map of party -> legal name. */
export const names = cell(new Map());
const asked = new Set();

/** The name, if it is known; asks for it if nobody did and this seat may know it. */
export function nameOf(party) {
  const seat = seated.get();
  if (party === seat?.party) return seat.called;
  if (party && may(...OVERSIGHT) && !asked.has(party)) {
    asked.add(party);
    list("/v1/parties", { party }).then(
      (rows) => {
        rows.forEach((row) => names.get().set(row.party, row.legal_name));
        names.touch();
      },
      () => null,
    );
  }
  return names.get().get(party) ?? "";
}

/** Forgets what another seat was allowed to know. */
export function forgetNames() {
  asked.clear();
  names.set(new Map());
}
