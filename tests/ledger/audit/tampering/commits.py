"""Commits, the fence, and the journal's tail."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from exchange.engine.replay import recover, save
from ledger.journal.checkpoint import Checkpoint, PostgresCheckpoints
from ledger.journal.memory import MemoryJournal
from tests.ledger.audit.tampering.hands import Hands


def a_chain_of_nothing(hands: Hands) -> int:
    hands.makes_anew = False
    number = hands.dice.randrange(len(hands.store.commits))
    commit = hands.store.commits[number]
    hands.store.commits[number] = commit._replace(chain=bytes(32))
    return commit.last_position


def a_commit_deleted(hands: Hands) -> int:
    hands.makes_anew = False
    number = hands.dice.randrange(len(hands.store.commits) - 1)
    return hands.store.commits.pop(number).first_position


def two_commits_made_one(hands: Hands) -> int:
    """The chain is made anew behind it: it is another history, as lawful as the first."""
    number = hands.dice.randrange(2, len(hands.store.commits) - 1)
    after = hands.store.commits.pop(number + 1)
    commit = hands.store.commits[number]
    hands.store.commits[number] = commit._replace(last_position=after.last_position)
    return after.last_position


def a_commit_beyond_the_head(hands: Hands) -> int:
    hands.makes_anew = False
    head = hands.history.head
    last = hands.store.commits[-1]
    beyond = head + hands.dice.randrange(1, 100)
    hands.store.commits.append(last._replace(first_position=beyond, last_position=beyond))
    return head


def a_writer_who_never_was(hands: Hands) -> int:
    """From some commit on the epoch is higher than the fence ever stood."""
    commits = hands.store.commits
    for number in range(hands.dice.randrange(1, len(commits)), len(commits)):
        commits[number] = commits[number]._replace(epoch=9)
    return hands.history.head


def a_fence_that_went_back(hands: Hands) -> int:
    hands.sql("UPDATE fence SET epoch = 0")
    return hands.history.head


def a_tail_cut_from_its_commands(hands: Hands) -> int:
    """The events and commits go, and the commands that were signed for them stay."""
    commands = hands.store.commands[-1]
    while hands.store.rows[-1].position >= commands.first_position:
        hands.cut(1)
    hands.cut(hands.dice.randrange(1, 40))
    return hands.store.rows[-1].position


def a_tail_cut_from_its_views(hands: Hands) -> int:
    hands.keeps_views = True
    return hands.cut_somewhere()


def a_tail_cut_from_its_saved_state(hands: Hands) -> int:
    """All else is covered, and a state is saved of what is no more."""
    last = hands.cut_somewhere()
    _saved(hands)
    return last


def a_tail_cut_with_all_its_traces(hands: Hands) -> int:
    return hands.cut_somewhere()


def a_tail_cut_that_no_pair_reaches(hands: Hands) -> int:
    """The last pair that the auditor kept is older than what is gone."""
    return a_tail_cut_with_all_its_traces(hands)


def tables_emptied(hands: Hands) -> str:
    hands.sql("DELETE FROM stored_events", "DELETE FROM commands", "DELETE FROM commits")
    return "nothing to verify"


def commands_emptied(hands: Hands) -> int:
    hands.store.commands.clear()
    return next(row.position for row in hands.store.rows if b'"command_sha256"' in row.state)


def _saved(hands: Hands, spoil: Callable[[Any], None] = lambda venue: None) -> int:
    """A state saved of what there was, its bytes spoilt where no state hash is over them."""
    whole = MemoryJournal()
    whole.store.rows, whole.store.commands = hands.history.rows, hands.history.commands
    whole.store.commits = hands.history.commits
    found = recover(whole)
    new = save(found.venue, found.versions, hands.history.commits[-1])
    spoil(found.venue)
    blob = save(found.venue, found.versions, hands.history.commits[-1]).blob
    hands.sql("DELETE FROM checkpoints")
    hands.done.append(sha256(blob).hexdigest())
    hands.keeps_saved = True
    PostgresCheckpoints(hands.dsn).store(Checkpoint(*new._replace(blob=blob)))
    return new.position


def a_saved_state_forged(hands: Hands) -> int:
    """A bank's reference that was recorded is not known any more: it may be recorded again."""

    def spoil(venue: Any) -> None:
        deposits = venue.register.deposits
        del deposits[hands.dice.choice(list(deposits))]

    return _saved(hands, spoil)


def a_saved_state_of_another_balance(hands: Hands) -> int:
    def spoil(venue: Any) -> None:
        accounts = venue.register.accounts
        account = hands.dice.choice([each for each in accounts if each.endswith("/available")])
        accounts[account] += 100

    return _saved(hands, spoil)
