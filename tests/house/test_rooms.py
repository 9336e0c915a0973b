"""The house as its page tells it: every room, its floor, and whom it imports (ARCHITECTURE 5)."""

import pytest

from setup.house import MAY_IMPORT, ROOT, edges, files, floors, page, picture
from tests.house.advice import advise

ROOM_MOST = 16  # files; a fuller room is two rooms
GROUND_MOST = 18  # a building's own words, which every room of it uses
FOUND = files()


def test_every_room_stands_in_the_law_and_no_other() -> None:
    there = {file.room for file in FOUND if file.lines}

    assert set(MAY_IMPORT) == there, "give each room its line in MAY_IMPORT of setup/house.py"


def test_a_room_imports_only_what_the_law_allows() -> None:
    wrong = [
        proof
        for room, below in edges(FOUND).items()
        for other, proof in below.items()
        if other not in MAY_IMPORT.get(room, ())
    ]
    assert not wrong, advise(
        wrong,
        "move what both need into a room below them, or hand it in; if the direction is right, "
        "write it into MAY_IMPORT of setup/house.py",
    )


def test_the_law_allows_nothing_that_nobody_uses() -> None:
    used = edges(FOUND)
    wrong = [
        f"{room} may import {other}, and does not"
        for room, below in MAY_IMPORT.items()
        for other in below
        if other not in used.get(room, {})
    ]
    assert not wrong, advise(wrong, "strike it from MAY_IMPORT of setup/house.py")


def test_no_circle_is_made() -> None:
    assert floors(MAY_IMPORT), "every room stands above those that it imports"

    with pytest.raises(ValueError, match="a -> b -> a"):
        floors({"a": ("b",), "b": ("a",)})


def test_no_room_is_too_full() -> None:
    counts: dict[str, int] = {}
    for file in FOUND:
        if not file.path.endswith("__init__.py"):
            counts[file.room] = counts.get(file.room, 0) + 1
    wrong = [
        f"{room} has {count} files"
        for room, count in counts.items()
        if count > (ROOM_MOST if "/" in room else GROUND_MOST)
    ]

    assert not wrong, advise(wrong, f"a room has at most {ROOM_MOST} files: find the two in it")


def test_every_room_says_what_it_is_for() -> None:
    says = {file.path: file.purpose for file in FOUND}
    wrong = [
        room for room in MAY_IMPORT if not (says.get(room) or says.get(f"{room}/__init__.py", ""))
    ]
    assert not wrong, advise(wrong, "open the room's __init__.py with one sentence")


def test_the_page_and_the_picture_are_current() -> None:
    told = (ROOT / "docs" / "HOUSE.md").read_text("utf-8")
    drawn = (ROOT / "docs" / "house.svg").read_text("utf-8")

    assert told == page(FOUND), "make catalogue"
    assert drawn == picture(FOUND), "make catalogue"
