"""Holds a journal to the catalogue's word on which batches an event may stand in."""

import json
from collections.abc import Iterable, Mapping

from exchange.acts.market_grounds import GROUNDS
from tests.house.formats import Stored

ENGINE = "engine"
APPROVAL = "proposal.approve"


def strangers(rows: Iterable[Stored], ops: Mapping[int, str]) -> list[str]:
    """Events that stand in a batch of which the catalogue knows nothing; *ops* by first position.

    What was proposed is written in the batch of the approval that completes it.
    """
    known = GROUNDS.by_topic
    proposed: dict[str, str] = {}
    found: dict[str, None] = {}
    acts: set[str] = set()
    for row in rows:
        event = json.loads(row.state)
        if "cause" not in event:
            op = "venue.open" if row.topic == "venue_opened" else ops.get(row.position, ENGINE)
            acts = {op} | ({proposed[event["proposal"]]} if op == APPROVAL else set())
        if row.topic == "proposal_made":
            proposed[event["proposal"]] = event["op"]
        if not acts & set(known[row.topic]):
            found[f"{row.topic} in a batch of {', '.join(sorted(acts))}"] = None
        acts = acts | {row.topic}
    return list(found)
