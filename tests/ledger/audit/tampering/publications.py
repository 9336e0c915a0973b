"""The published log: its files spoilt, or another one given out in its place, by whoever has keys.

To begin a log again with the venue's own keys is all that a venue can do against its log; a witness
has seen the first one, and cosigns no other.
"""

import shutil
from pathlib import Path

from gateway.notary.signers import LAST_HEAD
from gpubourse.places import LOG, NOTARY
from ledger.log.entry import bundle_of, entries_of
from ledger.log.tiles import HEAD, TILE_WIDTH, bundle_at, tile_at
from tests.ledger.audit.tampering.hands import Hands
from tests.ledger.audit.tampering.riders import a_bid_that_rode_at_another_price
from tests.ledger.log.published import flipped


def an_entry_of_the_log_changed(hands: Hands) -> int:
    part = _part(hands)
    file = hands.data() / LOG / bundle_at(part, hands.history.head).path
    entries = entries_of(file.read_bytes(), TILE_WIDTH)
    at = hands.dice.randrange(TILE_WIDTH)
    entries[at] = flipped(entries[at], hands.dice.randrange(len(entries[at])))
    file.write_bytes(bundle_of(entries))
    return part * TILE_WIDTH + at + 1


def a_tile_of_the_log_changed(hands: Hands) -> str:
    path = tile_at(0, _part(hands), hands.history.head).path
    file = hands.data() / LOG / path
    raw = file.read_bytes()
    file.write_bytes(flipped(raw, hands.dice.randrange(len(raw))))
    return path


def a_head_that_nobody_signed(hands: Hands) -> str:
    """It says that the log is larger than it is."""
    path = hands.data() / LOG / HEAD
    raw = path.read_bytes()
    size = hands.history.head
    path.write_bytes(
        raw.replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1 + hands.dice.randrange(9)))
    )
    return "cannot be believed"


def a_part_of_the_log_withheld(hands: Hands) -> str:
    path = bundle_at(_part(hands), hands.history.head).path
    (hands.data() / LOG / path).unlink()
    return path


def another_log_of_another_history(hands: Hands) -> int:
    """What no signature is over is changed, behind the last pair; and the log is begun again."""
    hands.publishes_anew = True
    return a_bid_that_rode_at_another_price(hands)


def another_log_of_a_cut_tail(hands: Hands) -> int:
    hands.publishes_anew = True
    return hands.cut_somewhere()


def begun_again(data: Path) -> None:
    """Forget the log, and what its notary knows of it, but its keys."""
    shutil.rmtree(data / LOG)
    (data / NOTARY / LAST_HEAD).unlink()


def _part(hands: Hands) -> int:
    return hands.dice.randrange(hands.history.head // TILE_WIDTH)
