"""A lawful journal of 2,000 to 3,000 events, made by commands that everybody signs: a small demo.

A commit for each batch, so that a pair may be kept of every one. The seed makes another history.
"""

from dataclasses import replace

from exchange.engine.replay import recover
from gateway.demo.headless import START_NS
from gateway.demo.past import PastWriter
from gateway.server.day_attester import DayAttester
from ledger.journal.protocol import Journal
from tests.ledger.audit.rooted import SECRET, attestation

BOARD = "H100SXM8"
SERVERS = 10  # of the cast's, all of which join within days
DAYS = 8


def write_history(
    journal: Journal,
    seed: int = 7,
    days: int = DAYS,
    servers: int = SERVERS,
    *,
    is_rooted: bool = False,
) -> int:
    """Write it into a journal whose fence is taken; return its last position.

    Rooted: each close bears its root a day later, under `SECRET`.
    """
    past = PastWriter.of(journal, recover(journal), seed, START_NS)
    past.publish = lambda batch: past._store()
    boards = [each for each in past.world.machines if each.make.model == BOARD][:servers]
    machines = tuple(replace(each, join_day=min(each.join_day, 2)) for each in boards)
    past.world = past.world._replace(machines=machines)
    for day in range(days):
        past.day(day)
        if is_rooted and day:
            attester = DayAttester(journal, SECRET)
            attester.follow()
            for close, root in attester.roots.items():
                past._add(past.writer.write(attestation(close, root), past.writer.at_ns + 1))
            past._store()
    return journal.head()
