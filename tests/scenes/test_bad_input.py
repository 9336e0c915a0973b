"""What goes wrong at a venue's counter: a clear reason, what to do, and nothing changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.things.dumps import CSV_HEADER, block, dump, several
from tests.scenes.mistakes import MISTAKES
from tests.scenes.stage import SERVER, Stage, staged

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.xdist_group("bad-input"),
]  # one shop serves all of them
NOVEMBER = "Thu Nov 14 07:00:14 2024"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, module_dsn: str) -> Iterator[Stage]:
    """One house for all of these: whoever is refused leaves nothing behind."""
    with staged(tmp_path_factory.mktemp("shop"), module_dsn) as opened:
        opened.admit()
        opened.deliver()
        yield opened


@pytest.fixture
def unchanged(shop: Stage) -> Iterator[Stage]:
    """The journal's commands before and after are the same: a refusal leaves no trace."""
    before = _commands(shop)
    yield shop
    assert _commands(shop) == before


def _commands(stage: Stage) -> str:
    """How many commands were ever accepted, as the audit says it."""
    (told,) = [
        check["detail"]
        for check in stage.told("audit", "verify")["checks"]
        if check["name"] == "I16 commands"
    ]
    return str(told)


def _import(stage: Stage, raw: bytes, code: int) -> str:
    path = stage.folder / "bad.txt"
    path.write_bytes(raw)
    words = ("import", str(path), "--site", "s-0001", "--yes")
    return stage.line(*words, me="seller", code=code).stderr


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty_file"),
        (b"\x00\x01\x02" * 500, "not_recognised"),
        (dump(*several(8), stamp=NOVEMBER)[:5_000], "truncated"),
    ],
    ids=["empty", "binary", "cut off"],
)
def test_a_file_that_cannot_be_read_is_not_even_sent(
    unchanged: Stage, raw: bytes, reason: str
) -> None:
    told = _import(unchanged, raw, 2)

    assert f"{reason}: " in told
    assert "bad.txt" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (dump(*several(2), stamp="Thu Nov 14 07:00:14 2030"), "report_from_future"),
        (dump(block(), block(bus=0x30), stamp=NOVEMBER), "duplicate_in_file"),
        (f"{CSV_HEADER}\nnvidia,H100SXM,1.65442E+12,,,n1,1\n".encode(), "serial_damaged"),
    ],
    ids=["future", "twice in one file", "spreadsheet"],
)
def test_a_report_that_may_not_stand_is_refused_by_the_venue(
    unchanged: Stage, raw: bytes, reason: str
) -> None:
    told = _import(unchanged, raw, 1)

    assert told.startswith(f"{reason}: ")
    assert "Traceback" not in told


def test_a_report_of_200_mb_is_not_even_sent(unchanged: Stage) -> None:
    path = unchanged.folder / "huge.txt"
    with path.open("wb") as file:
        file.truncate(200 << 20)

    told = unchanged.line(
        "import", str(path), "--site", "s-0001", "--yes", me="seller", code=2
    ).stderr

    assert "too_large" in told


def test_the_same_report_again_changes_nothing(unchanged: Stage) -> None:
    words = ("import", str(SERVER), "--site", "s-0001", "--dry-run")

    assert unchanged.told(*words, me="seller")["result"]["new_units"] == 0


def test_one_serial_in_a_second_server_is_refused_with_its_unit_named(unchanged: Stage) -> None:
    told = _import(unchanged, dump(*several(8), stamp=NOVEMBER), 1)

    assert "already_registered" in told
    assert "u-0000" in told


def test_a_site_that_is_not_there_ends_4(unchanged: Stage) -> None:
    words = ("import", str(SERVER), "--site", "s-0099", "--yes")

    assert "unknown_site" in unchanged.line(*words, me="seller", code=4).stderr


def test_a_buyer_may_not_import(unchanged: Stage) -> None:
    words = ("import", str(SERVER), "--site", "s-0001", "--yes")

    assert "scope_missing" in unchanged.line(*words, me="buyer", code=3).stderr


def test_what_is_sold_is_not_sold_again(unchanged: Stage) -> None:
    words = ("sell", "n-0001", "--price", "103500", "--yes")

    assert unchanged.line(*words, me="seller", code=1).stderr


def test_who_is_no_owner_does_not_sell(unchanged: Stage) -> None:
    words = ("order", "T.H100SXM8.A1.CN-BJ", "ask", "1", "--price", "103500", "--yes")

    assert "role_missing" in unchanged.line(*words, me="buyer", code=3).stderr


def test_what_is_not_paid_for_is_not_bought(unchanged: Stage) -> None:
    words = ("buy", "16", "H100", "A1", "CN-BJ", "--limit", "105000", "--yes")

    assert "insufficient_cash" in unchanged.line(*words, me="buyer", code=1).stderr


def test_a_bank_reference_counts_once(unchanged: Stage) -> None:
    words = ("operator", "deposit", "p-0003", "1000000", "--reference", "BANK-7781", "--yes")

    assert "bank_reference_used" in unchanged.line(*words, me="clerk-1", code=1).stderr


def test_a_seller_is_no_clerk(unchanged: Stage) -> None:
    words = ("operator", "deposit", "p-0002", "1", "--reference", "MINE", "--yes")

    assert "scope_missing" in unchanged.line(*words, me="seller", code=3).stderr


def test_nobody_accepts_for_the_buyer(unchanged: Stage) -> None:
    assert unchanged.line("settle", "accept", "x-000001", "--yes", me="seller", code=3)


def test_a_second_engine_hears_who_holds_the_journal(unchanged: Stage, tmp_path: Path) -> None:
    words = ("run", "--data", str(tmp_path / "second"), "--holders", "A,B")

    told = unchanged.line(*words, code=5).stderr

    assert "the journal is held by another engine" in told
    assert "Stop that one first" in told


def test_one_person_does_not_sign_twice(shop: Stage) -> None:
    asked = shop.told("operator", "role", "p-0003", "lessee", me="clerk-1")["result"]

    told = shop.line("operator", "approve", asked["proposal"], me="clerk-1", code=3).stderr

    assert "same_holder" in told
    shop.line("operator", "reject", asked["proposal"], me="clerk-2")


def test_windows_line_ends_and_another_locale_are_no_hindrance(shop: Stage) -> None:
    raw = SERVER.read_bytes().replace(b"\n", b"\r\n")
    path = shop.folder / "windows.txt"
    path.write_bytes(raw)

    found = shop.told("inspect", str(path))

    assert [unit["grade"] for unit in found["units"]] == ["A"] * 8


def test_each_typical_mistake_is_told_what_to_do(shop: Stage) -> None:
    """One line each, as people mistype them: the exit code, the words, and no traceback."""
    wrong = []
    for line, me, code, words in MISTAKES:
        ended = shop.ended(*line.split(), me=me)
        told = ended.stderr
        lacking = [word for word in words if word not in told]
        if ended.exit_code != code or lacking or "Traceback" in told or "/v1/" in told:
            wrong.append(f"{line}\n  ends {ended.exit_code}, lacks {lacking}: {ended.output}")
    assert not wrong, "\n".join(wrong)
    assert len(MISTAKES) >= 40
