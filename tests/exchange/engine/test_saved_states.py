"""A saved state is believed only if the journal names its very bytes (ARCHITECTURE 2).

Form 1 of the state covers neither tiers, roles, keys, rules, groups nor counters: bytes that were
forged there bear the attested hash all the same.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import msgspec
import pytest

from exchange.engine.checkpoint_codec import (
    CODEC_VERSION,
    _encode,
    _Saved,
    pack,
    unpack,
)
from exchange.engine.replay import naming_attestation, recover, replayed, save
from exchange.state_form import state_sha256
from ledger.base64url import text64
from ledger.events import StateAttested
from ledger.ids import PartyId
from ledger.journal.checkpoint import Checkpoint
from ledger.journal.memory import MemoryJournal
from ledger.records import Deposit
from ledger.register import Register
from tests.exchange.engine.test_engine import House, ask
from tests.exchange.ground import Floor

Forge = Callable[[Register], None]


def _tier(register: Register) -> None:
    next(reversed(register.parties.values())).kyc_tier += 1


def _role(register: Register) -> None:
    next(reversed(register.parties.values())).roles["clerk"] = None


def _key(register: Register) -> None:
    next(iter(register.principals.values())).public_key = "A" * 43


def _scope(register: Register) -> None:
    next(reversed(register.principals.values())).scopes = ("operate",)


def _rule(register: Register) -> None:
    for records in register.rules.records.values():
        records[0].value = 10**9 if isinstance(records[0].value, int) else records[0].value


def _group(register: Register) -> None:
    next(reversed(register.parties.values())).group = next(iter(register.parties.values())).group


def _counter(register: Register) -> None:
    register.counters = dict.fromkeys(register.counters, 1_000_000)


def _bank_reference(register: Register) -> None:
    register.deposits["bank-1"] = Deposit(1, PartyId("p-0002"), 1)


FORGED: list[Forge] = [_tier, _role, _key, _scope, _rule, _group, _counter, _bank_reference]


def forged(blob: bytes, forge: Forge) -> bytes:
    """The same saved state with something changed in it."""
    saved = msgspec.msgpack.decode(blob, type=_Saved)
    forge(saved.register)
    changed = _encode(saved)
    assert changed != blob, f"{forge.__name__} changes nothing"
    return changed


@pytest.mark.parametrize("forge", FORGED)
async def test_a_forged_saved_state_is_passed_over_and_attests_nothing(
    forge: Forge, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(Floor())
    await house.engine.start()
    await ask(house, house.bid())
    await house.engine.stop()
    saved = house.checkpoints.newest_valid(house.journal.head(), CODEC_VERSION)
    assert saved is not None
    blob = forged(saved.blob, forge)
    unpack(blob, text64(saved.state_sha256))  # the attested hash does not show it
    house.checkpoints.store(saved._replace(blob=blob))

    await house.restart()

    assert house.engine.venue == replayed(house.journal)
    assert "passed over: the journal does not name its bytes" in caplog.text
    await house.engine.stop()
    attested = house.heard[-1].events[-1]
    assert isinstance(attested, StateAttested)
    again = replayed(house.journal, attested.upto_position)
    assert attested.state_sha256 == state_sha256(again)


async def test_an_untouched_saved_state_is_believed(caplog: pytest.LogCaptureFixture) -> None:
    house = House(Floor())
    await house.engine.start()
    await ask(house, house.bid())
    await house.engine.stop()
    saved = house.checkpoints.newest_valid(house.journal.head(), CODEC_VERSION)
    attested = house.heard[-1].events[-1]
    assert saved is not None
    assert isinstance(attested, StateAttested)

    await house.restart()

    assert attested.upto_position == saved.position == house.journal.head() - 1
    assert attested.saved_codec == str(saved.codec_version)
    assert "passed over" not in caplog.text
    assert house.engine.venue == replayed(house.journal)
    await house.engine.stop()


def test_whatever_form_1_does_not_cover_cannot_be_forged() -> None:
    """Every member of what is saved, one after the other, is emptied or changed."""
    floor = Floor()
    journal, saved = _named(floor)
    unseen = []
    for name, blob in _each_changed(saved.blob):
        if _bears_the_hash(blob, saved):
            unseen.append(name)
        warned: list[str] = []
        found = recover(journal, saved._replace(blob=blob), warned.append)
        assert found.venue == replayed(journal), name
        assert len(warned) == 1, name
    believed: list[str] = []
    recover(journal, saved, believed.append)

    assert believed == []
    assert len(unseen) >= 20, unseen
    hidden = {"register.parties", "register.principals", "register.counters", "versions"}
    assert hidden <= set(unseen)


@pytest.mark.parametrize("other", ["position", "codec"])
def test_an_attestation_names_one_position_and_one_codec(other: str) -> None:
    floor = Floor()
    journal, saved = _named(floor, **{other: 1})
    warned: list[str] = []

    recover(journal, saved, warned.append)

    assert [text.split(": ")[-1] for text in warned] == ["the journal does not name its bytes"]


def test_a_saved_state_of_an_older_release_is_passed_over() -> None:
    """Its attestation, if it has one, names no bytes."""
    floor = Floor()
    last, _ = floor.journal().commits_around(floor.writer.position)
    assert last is not None
    saved = Checkpoint(*save(floor.venue, floor.writer.versions, last))
    warned: list[str] = []

    recover(floor.journal(), saved, warned.append)
    floor.keep(floor.writer.attest(floor.writer.at_ns + 1))
    recover(floor.journal(), saved, warned.append)

    assert len(warned) == 2
    assert pack(floor.venue, floor.writer.versions)


def _named(floor: Floor, position: int = 0, codec: int = 0) -> tuple[MemoryJournal, Checkpoint]:
    """A floor's journal whose last event names a saved state; or one beside it by as much."""
    last, _ = floor.journal().commits_around(floor.writer.position)
    assert last is not None
    saved = save(floor.venue, floor.writer.versions, last)
    told = saved._replace(
        position=saved.position - position, codec_version=saved.codec_version + codec
    )
    naming = naming_attestation(floor.venue.register.venue, told)
    floor.keep(floor.writer.note([naming], floor.writer.at_ns + 1))
    return floor.journal(), Checkpoint(*saved)


def _each_changed(blob: bytes) -> list[tuple[str, bytes]]:
    """A saved state with one member changed, for each that holds anything."""
    names = [f"register.{field.name}" for field in fields(Register)]
    names += [name for name in _Saved.__struct_fields__ if name not in ("register", "markets")]
    found = []
    for name in names:
        saved: Any = msgspec.msgpack.decode(blob, type=_Saved)
        home = saved.register if name.startswith("register.") else saved
        member = name.removeprefix("register.")
        setattr(home, member, _other(getattr(home, member)))
        changed = _encode(saved)
        if changed != blob:
            found.append((name, changed))
    return found


def _other(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return PartyId(value + "x")
    return type(value)()


def _bears_the_hash(blob: bytes, saved: Checkpoint) -> bool:
    try:
        unpack(blob, text64(saved.state_sha256))
    except Exception:
        return False
    return True
