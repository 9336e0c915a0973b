"""What a gateway has of the log that its venue publishes: leaves for replies, and its extent."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from gateway.access.leaves import NO_LEAVES, Leaves
from gateway.notary.log_extent import LogExtent
from gateway.notary.opened_notary import salt_source_of
from gateway.notary.signers import SALT_FILE, SignersUnusable
from gateway.server.notary_process import NotaryProcess
from gateway.settings import Settings
from gpubourse.places import LOG, NOTARY
from ledger.journal.postgres import PostgresJournal
from ledger.log.witness_policy import read_policy


class PublishedLog(NamedTuple):
    """One venue's log, as the parts of its gateway use it."""

    leaves: Leaves = NO_LEAVES
    extent: LogExtent | None = None  # None: this venue publishes none


NO_LOG: Final = PublishedLog()


async def begin_log(
    notary: NotaryProcess,
    journal: PostgresJournal,
    settings: Settings,
    log: Callable[[str], None],
) -> PublishedLog:
    """Start the notary, once its keys are there or it is said that they cannot be used."""
    folder = settings.data_folder
    leaves = await asyncio.to_thread(_leaves, journal, folder, log)
    await notary.start()
    policy = read_policy(settings.witness_policy) if settings.witness_policy else None
    extent = LogExtent(folder / LOG, lambda: notary.has_refused, policy, lambda: notary.lost)
    return PublishedLog(leaves, extent)


def _leaves(journal: PostgresJournal, folder: Path, log: Callable[[str], None]) -> Leaves:
    """What replies bear of the log; nothing where its keys cannot be used: the notary says why."""
    own = folder / NOTARY
    is_new = not (own / SALT_FILE).exists()
    try:
        leaves = Leaves(salt_source_of(journal, own, folder / LOG))
    except SignersUnusable:
        return NO_LEAVES
    if is_new:
        log(f"log: a new log begins here; its keys lie in {own}: copy them apart from the database")
    return leaves
