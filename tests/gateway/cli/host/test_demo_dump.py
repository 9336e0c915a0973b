"""`demo --dump` reads a visitor's file before anything else, and says what is left to do."""

from pathlib import Path

import pytest

from gateway.cli.confirmed_act import write_approvals
from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.venue_caller import VenueCaller
from tests.gateway.cli.lines import said
from tests.ledger.things.dumps import CSV_HEADER

BAD = {
    "a letter": (b"Dear Sir,\n", "not_recognised"),
    "empty": (b"", "empty_file: "),
    "no card of it stands": (
        f"{CSV_HEADER}\nnvidia,L40S,1.32362E+12,,,,\n".encode(),
        "holds no unit that could be registered",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_ends_with_its_reason_and_nothing_is_made(name: str, tmp_path: Path) -> None:
    raw, reason = BAD[name]
    (tmp_path / "dump.txt").write_bytes(raw)

    ended = said("demo", "--dump", str(tmp_path / "dump.txt"), "--data", str(tmp_path / "demo"))

    assert ended.exit_code == 2
    assert reason in ended.stderr
    assert "The demo was not begun." in ended.stderr
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize(
    ("kind", "needs", "told", "hidden"),
    [
        ("demo", ["scope:operate"] * 2, "The demo's offices answer it", "clerk-1"),
        ("demo", ["party:p-0002"], "--me KEY-OF-p-0002", "offices"),
        ("live", ["scope:operate"] * 2, "--me clerk-2", "offices"),
    ],
)
def test_only_what_the_user_has_to_do_is_told(
    kind: str, needs: list[str], told: str, hidden: str, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = VenueCaller(VerbContext(output=Output(is_json=False)))
    caller._venue = {"kind": kind}

    write_approvals(caller, ["z-000001"], needs)

    words = capsys.readouterr().out
    assert told in words
    assert hidden not in words
