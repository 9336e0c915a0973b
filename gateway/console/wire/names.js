/** Names of parties behind their ids, asked once each; what is not for us stays an id. */

import { cell } from "../core/cell.js";
import { read } from "./rest.js";

/** Map of party -> legal name. */
export const names = cell(new Map());
const asked = new Set();

/** The name, if it is known; asks for it if nobody did. */
export function nameOf(party) {
  if (party && !asked.has(party)) {
    asked.add(party);
    read(`/v1/parties/${party}`).then(
      (record) => {
        names.get().set(party, record.legal_name);
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
