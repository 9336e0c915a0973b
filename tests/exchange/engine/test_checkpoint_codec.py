"""A saved state of other records is another version: nobody has to remember to count it up."""

from dataclasses import dataclass, make_dataclass
from hashlib import sha256
from typing import Any

import pytest

from exchange.engine.checkpoint_codec import shape_of, version_of


@dataclass
class Drawer:
    """What a chest holds."""

    socks: int


@dataclass
class Chest:
    """A saved state in small."""

    drawers: dict[str, Drawer]


@pytest.mark.parametrize(
    "fields",
    [
        [("socks", int), ("shirts", int, 0)],  # one more, and it has a default
        [("socks", str)],  # another type
        [("stockings", int)],  # another name
    ],
)
def test_a_record_that_changed_is_another_version_however_deep_it_lies(fields: list[Any]) -> None:
    drawer = make_dataclass("Drawer", fields)
    chest = make_dataclass("Chest", [("drawers", dict[str, drawer])])

    assert version_of(chest, 1) != version_of(Chest, 1)


def test_the_same_records_are_the_same_version_until_they_mean_something_else() -> None:
    assert version_of(Chest, 1) == version_of(Chest, 1)
    assert version_of(Chest, 1) != version_of(Chest, 2)


def test_a_version_is_the_first_56_bits_of_a_digest_so_that_any_database_can_hold_it() -> None:
    shape = "1\n" + "\n".join(shape_of(Chest))

    whole = sha256(shape.encode()).hexdigest()
    assert version_of(Chest, 1) == int(whole[:14], 16)


def test_every_record_is_looked_at_once() -> None:
    names = [line.split(":")[0] for line in shape_of(Chest)]

    assert names == ["Chest", "Drawer"]
