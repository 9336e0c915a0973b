"""Questions of a published log alone: the answers are the journal's own, but for who asked."""

import shutil
from pathlib import Path

import pytest
from click.testing import Result

from tests.gateway.cli.auditor.test_log_verbs import Desk, desk
from tests.gateway.cli.lines import document, said

__all__ = ["desk"]
pytestmark = pytest.mark.postgres
QUESTIONS = (
    ("replay",),
    ("as-of", "{head}", "p-0002"),
    ("trial-balance",),
    ("trial-balance", "--by", "effective"),
    ("period", "2024-11"),
    ("diff", "1", "{head}"),
    ("unsettled",),
    ("market-day", "2024-11-15"),
    ("history", "n-0001"),
    ("corrections",),
)


def of_the_log(desk: Desk, *words: str) -> Result:
    """As somebody asks who has the published folder and its key, and nothing else."""
    nowhere = {"GPUBOURSE_DATA": str(desk.folder / "nowhere")}
    places = ("--log", str(desk.out), "--key", str(desk.key_file))
    return said("audit", *words, *places, env=nowhere)


def test_each_answer_is_the_journals_own(desk: Desk) -> None:
    head = str(document(desk.publish("--json"))["entries"])
    for question in QUESTIONS:
        words = [word.format(head=head) for word in question]

        ours = document(said("audit", *words, "--json", env=desk.env))
        theirs = document(of_the_log(desk, *words, "--json"))

        assert theirs == ours, question


def test_who_asked_is_not_in_a_log_and_is_not_told_as_nobody(desk: Desk) -> None:
    desk.publish()
    told = document(of_the_log(desk, "who", "9", "--json"))
    assert (told["op"], told["is_signed"], told["faults"]) == ("", None, [])
    assert of_the_log(desk, "who", "99999").exit_code == 4


def test_a_log_that_is_not_whole_answers_nothing(desk: Desk) -> None:
    desk.publish()
    tile = next(each for each in sorted(desk.out.rglob("*")) if "entries" in str(each.parent))
    tile.write_bytes(tile.read_bytes().replace(b"p-0002", b"p-0003", 1))

    ended = of_the_log(desk, "trial-balance")

    assert ended.exit_code == 6
    assert "This log is not whole" in ended.stderr
    assert f"gpubourse audit verify-log {desk.out}" in ended.stderr
    assert ended.stdout == ""


def test_a_head_that_is_not_believed_is_named_by_its_file(desk: Desk, tmp_path: Path) -> None:
    desk.publish()
    head = desk.out / "checkpoint"
    shutil.copy(desk.key_file, tmp_path / "key")
    head.write_text(head.read_text("utf-8").partition("\n\n")[0] + "\n\n— other AAAA\n", "utf-8")
    desk.key_file = tmp_path / "key"

    for ended in (
        desk.audit("verify-log", str(desk.out)),
        desk.audit("prove", "9", "--log", str(desk.out), "--out", str(tmp_path / "proof")),
        desk.audit("watch", str(desk.out), "--kept", str(tmp_path / "kept"), "--once"),
        of_the_log(desk, "trial-balance"),
    ):
        assert ended.exit_code == 6
        assert str(head) in ended.stderr


def test_what_the_log_does_not_reach_is_answered_with_what_to_do(
    desk: Desk, tmp_path: Path
) -> None:
    entries = document(desk.publish("--json"))["entries"]
    ended = desk.audit("prove", "99999", "--log", str(desk.out), "--out", str(tmp_path / "proof"))
    assert ended.exit_code == 4
    assert f"Name a position up to {entries:,}" in ended.stderr
    assert "else by `gpubourse log publish --out DIR`" in ended.stderr
    alone = said("audit", "prove", "9", env={"GPUBOURSE_DATA": str(tmp_path / "nothing")})
    assert "--log DIR --key DIR/key" in alone.stderr


def test_a_key_without_a_log_is_refused(desk: Desk) -> None:
    ended = desk.audit("trial-balance")
    assert (ended.exit_code, "Name the log, too: --log." in ended.stderr) == (2, True)
