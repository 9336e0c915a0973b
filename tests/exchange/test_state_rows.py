"""Form 2 tells all that a venue knows: whatever is changed in its state changes a row."""

import json
from collections import Counter

import pytest

from exchange import state_rows
from exchange.books.state import Venue
from exchange.engine.replay import replayed
from exchange.state_rows import subject_rows
from ledger.base64url import text64
from ledger.state_map import register_rows
from ledger.state_map.map_tree import root_of
from ledger.state_map.salted_map import map_of
from ledger.state_map.subjects import FORMS, NAMED, VENUE, WITH_ID, kind_of, nearest_subject
from tests.exchange.made_state import changed, made, parts, replaced
from tests.exchange.test_state_form import small
from tests.ledger.audit.scene import a_week

LEFT_OUT = {**register_rows.LEFT_OUT, **state_rows.LEFT_OUT}
KINDS = {VENUE, *NAMED, *WITH_ID}
PINNED_SUBJECTS = 192
PINNED_ROOT = "8p4rTrzB_cFBc1tn5DERI_P40aea6M_Nc-hpmxo1HJo"
MADE_NAMES = {"model/word": "model", "report/word": "report"}  # of a state that is made up
SECRET = bytes(range(32))


def whole() -> Venue:
    venue = made(Venue, set(LEFT_OUT))
    assert isinstance(venue, Venue)
    return venue


def test_whatever_changes_in_a_state_changes_a_row() -> None:
    venue = whole()
    before = dict(subject_rows(venue))
    told, silent = Counter[str](), []
    for path, value in parts(venue, set(LEFT_OUT)):
        new = changed(value)
        if new is None:
            continue
        told[type(value).__name__] += 1
        if dict(subject_rows(replaced(venue, path, new))) == before:
            silent.append(".".join(map(str, path)))
    assert not silent, "no row tells it: add it to SHOWN, to LATER once roots stand, or LEFT_OUT"
    assert told["dict"] > 20
    assert told["list"] > 10
    assert min(told["str"], told["int"]) > 50


def test_a_field_that_no_row_shows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    venue = whole()
    where = ("register", "settlements", "x-000001", "due_ns")
    monkeypatch.setattr(register_rows, "_record", _without("due_ns"))

    later = replaced(venue, where, 8)
    assert dict(subject_rows(later)) == dict(subject_rows(venue))


def _without(name: str):  # type: ignore[no-untyped-def]
    shown = register_rows._record
    return lambda record: {key: each for key, each in shown(record).items() if key != name}


def test_what_is_left_out_is_there_and_says_why() -> None:
    there = {
        f"{kind.__name__}.{name}" for kind in (Venue, *_kinds()) for name in kind.__annotations__
    }
    assert set(LEFT_OUT) <= there
    assert all(len(why) > 10 for why in LEFT_OUT.values())


def _kinds() -> list[type]:
    return list(
        {type(value): 0 for _, value in parts(whole(), set()) if hasattr(value, "__slots__")}
    )


def test_every_kind_of_subject_has_a_row_and_every_row_a_name_of_its_kind() -> None:
    met = Counter[str]()
    for venue in (whole(), small().venue, a_week().venue):
        names = [subject for subject, _ in subject_rows(venue)]
        assert len(names) == len(set(names)), "one row a subject"
        for subject, raw in subject_rows(venue):
            row = json.loads(raw)
            assert row["subject"] == subject
            assert (kind_of(subject) or MADE_NAMES[subject]) == row["subject_kind"]
            met[row["subject_kind"]] += 1
            again = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert again.encode() == raw, "canonical JSON"
    assert set(met) == KINDS


def test_a_lot_tells_its_rights_and_says_that_there_are_none() -> None:
    rows = {subject: json.loads(row) for subject, row in subject_rows(small().venue)}

    leased, sold, offered = (rows[f"n-000{number}"]["lot"] for number in (1, 2, 3))
    assert (leased["owner"], leased["leases"]) == ("p-0002", ["l-0001"])
    assert (leased["liens"], leased["settlements"], leased["holds"]) == ([], [], {})
    assert (sold["settlements"], sold["leases"]) == (["x-000001"], [])
    assert [window["order"] for window in offered["windows"]] == ["o-000006"]
    assert rows["u-000001"]["lot"] is None, "it is sold with its board alone"
    assert rows["p-0002"]["titles"] == ["n-0001", "n-0002", "n-0003"]
    assert rows["p-0003"]["leases"] == ["l-0001"]
    assert rows["account/p-0003/escrow/x-000001"]["balance_minor"] == 82_882_800


def test_a_state_that_is_folded_again_has_the_same_rows() -> None:
    for floor in (small(), a_week()):
        again = replayed(floor.journal())
        assert dict(subject_rows(again)) == dict(subject_rows(floor.venue))


def test_the_root_of_a_small_state_is_the_same_on_every_python() -> None:
    rows = list(subject_rows(small().venue))

    assert len(rows) == PINNED_SUBJECTS
    assert text64(root_of(map_of(rows, SECRET, 300))) == PINNED_ROOT


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("n-0003", "node"),
        ("u-000001", "unit"),
        ("p-12345", "party"),
        ("venue", "venue"),
        ("account/p-0002/available", "account"),
        ("rule/market:T.*", "rule"),
        ("n-3", ""),
        ("n-00003", ""),
        ("n-0000", ""),
        ("n-000٣", ""),
        ("h-000001", ""),
        ("t-000001", ""),
        ("p-0002/available", ""),
        ("account/", ""),
        ("account/cn-1/fees", "account"),
        ("account/p-0003/escrow/x-000001", "account"),
        ("account/p-0010/Available", ""),
        ("account/p-0010/escrow", ""),
        ("account/p-10/available", ""),
        ("account/p-0010/escrow/l-0001", ""),
        ("market/T.H100SXM8.A1.CN-BJ", "market"),
        ("market/L.H100SXM8.CN-BJ.2024-12", "market"),
        ("market/L.H100SXM8.CN-BJ.2024-13", ""),
        ("market/H100", ""),
        ("model/h100", ""),
        ("rule/grade_valid", "rule"),
        ("report/short", ""),
        ("bank_reference/工行 17", "bank_reference"),
        ("N-0003", ""),
        ("n-0003 ", ""),
        ("", ""),
    ],
)
def test_a_subject_has_one_spelling(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("account/p-0010/Available", "account/p-0010/available"),
        ("accounts/P-10/availible", "account/p-0010/available"),
        ("p-0002/available", "account/p-0002/available"),
        ("account/p-3/escrow/x-1", "account/p-0003/escrow/x-000001"),
        ("t.h100sxm8.a1.cn-bj", "market/T.H100SXM8.A1.CN-BJ"),
        ("market/l.h100sxm8.cn-bj.2024-12", "market/L.H100SXM8.CN-BJ.2024-12"),
        ("H100", "model/H100"),
        ("N-3", "n-0003"),
        ("market/H100", ""),
        ("h-000001", ""),
        ("account/p-0010/escrow", ""),
        ("", ""),
        ("/", ""),
    ],
)
def test_a_subject_out_of_form_is_answered_with_the_nearest_right_one(text: str, near: str) -> None:
    assert nearest_subject(text) == near


def test_each_kind_without_an_id_has_a_form_and_an_example_of_it() -> None:
    assert set(FORMS) == set(NAMED)
    for kind, (form, example) in FORMS.items():
        assert form.fullmatch(example)
        assert kind_of(f"{kind}/{example}") == kind
