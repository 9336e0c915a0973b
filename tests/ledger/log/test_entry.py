"""An entry is its stored row in one spelling, and no other bytes are one."""

import hashlib
import hmac
import json

import pytest

from ledger.journal.protocol import JournalRow
from ledger.log.entry import (
    ENTRY_BYTES_MOST,
    BadEntry,
    bundle_of,
    entries_of,
    entry_of,
    read_entry,
    salt_of,
)

SALT = bytes(range(16))
ROW = JournalRow(7, "unit:u-000017", 3, "title_transferred", b'{"unit":"u-000017","at_ns":1}')


def test_an_entry_is_one_line_of_json_around_the_stored_bytes() -> None:
    raw = entry_of(ROW, SALT)

    assert raw == (
        b'{"position":7,"salt":"AAECAwQFBgcICQoLDA0ODw","stream":"unit:u-000017","version":3,'
        b'"topic":"title_transferred","event":{"unit":"u-000017","at_ns":1}}'
    )
    assert json.loads(raw)["event"] == {"unit": "u-000017", "at_ns": 1}


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        ROW._replace(stream='a "quoted" \\ stream', topic="李雷"),
        ROW._replace(stream='x","version":9,"topic":"y', state=b'{"a":{"event":{}}}'),
        ROW._replace(position=2**63 - 1, version=2**63 - 1, state=b"{}"),
        ROW._replace(state='{"name":"李 雷","note":"}\\u0000{"}'.encode()),
    ],
)
def test_an_entry_says_its_row_back(row: JournalRow) -> None:
    assert read_entry(entry_of(row, SALT)) == (row, SALT)


def test_the_salt_is_made_from_key_and_position_alone() -> None:
    source = bytes(range(32))

    assert salt_of(source, 12) == hmac.new(source, b"entry|12", hashlib.sha256).digest()[:16]
    assert len({salt_of(source, position) for position in range(1, 1_000)}) == 999
    assert salt_of(bytes(32), 12) != salt_of(source, 12)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"position":7', b'"position":07'),
        (b'"position":7', b'"position": 7'),
        (b'"position":7', b'"position":0'),
        (b'"position":7', b'"position":-7'),
        (b'"salt":"AAEC', b'"salt":"AAE='),
        (b"DA0ODw", b"DA0ODx"),
        (b'"stream":"unit', b'"stream":"\\u0075nit'),
        (b'"version":3', b'"version":3,"more":1'),
        (b'"event":{"unit"', b'"event":{"unit'),
        (b'"at_ns":1}}', b'"at_ns":1}'),
        (b'"at_ns":1}}', b'"at_ns":1}}\n'),
        (b'"at_ns":1}}', b'"at_ns":\xff}}'),
        (b'{"position"', b'{"topic"'),
    ],
)
def test_any_other_spelling_is_no_entry(old: bytes, new: bytes) -> None:
    raw = entry_of(ROW, SALT)
    assert raw.count(old) == 1

    with pytest.raises(BadEntry):
        read_entry(raw.replace(old, new))


@pytest.mark.parametrize("raw", [b"", b"{}", b"null", b"\x00" * 90, b'{"event":' + b"[" * 9_000])
def test_foreign_bytes_are_no_entry(raw: bytes) -> None:
    with pytest.raises(BadEntry):
        read_entry(raw)


def test_an_event_as_large_as_the_journal_takes_fits_and_a_larger_one_is_refused() -> None:
    largest = ROW._replace(state=b'{"x":"' + b"a" * 59_992 + b'"}')

    assert len(largest.state) == 60_000
    assert len(entry_of(largest, SALT)) < ENTRY_BYTES_MOST
    with pytest.raises(BadEntry, match="position 7 is longer"):
        entry_of(largest._replace(stream="s" * 6_000), SALT)


def test_a_bundle_holds_its_entries_and_no_byte_more() -> None:
    entries = [b"one", b"", b"x" * 65_535, b"four"]
    raw = bundle_of(entries)

    assert raw[:5] == b"\x00\x03one"
    assert entries_of(raw, 4) == entries
    for wrong, width in [
        *((raw, 3), (raw, 5), (raw[:-1], 4), (raw + b"\x00", 4), (raw + b"\x00\x00", 4)),
        *((b"", 1), (b"\x00", 1), (b"\xff\xff", 1)),
    ]:
        with pytest.raises(BadEntry):
            entries_of(wrong, width)
