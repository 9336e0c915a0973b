"""Every verb of the command line is said once to a real venue, and what it says is looked at."""

from shutil import which
from typing import NamedTuple

import pytest

from tests.gateway.cli.test_command_line import VERBS
from tests.scenes.stage import SERVER, Stage

pytestmark = pytest.mark.postgres
MARKET = "T.H100SXM8.A1.CN-BJ"


PSQL = "approved" if which("psql") else "role%3Dauditor"  # without it, how another tool connects


class Line(NamedTuple):
    """One line as a person types it, and words that must come back."""

    verb: str
    rest: tuple[str, ...]
    words: str
    me: str = ""
    code: int = 0


# A venue's first days, each verb in its turn. {…} is what an earlier line brought.
LINES = (
    Line("operator status", (), "cn-1 (live, CNY, Asia/Shanghai) stands at position"),
    Line("keys list", (), "clerk-2"),
    Line("inspect", (str(SERVER),), "165442300"),
    Line("operator parties", (), "Helan Computing", "clerk-1"),
    Line(
        "operator party",
        ("Third Hall", "--registration-no", "913"),
        "p-0004 is Third Hall.",
        "clerk-1",
    ),
    Line("operator role", ("p-0004", "owner"), "waits for another person's signature", "clerk-1"),
    Line("operator proposals", (), "party.grant_role", "clerk-2"),
    Line("operator reject", ("{waiting}",), "is rejected", "clerk-2"),
    Line("operator role", ("p-0004", "lessee"), "gpubourse operator approve", "clerk-1"),
    Line("operator withdraw", ("{waiting}",), "is withdrawn", "clerk-1"),
    Line("operator role", ("p-0004", "auditor"), "gpubourse operator approve", "clerk-1"),
    Line("operator approve", ("{waiting}",), "is approved and done", "clerk-2"),
    Line("operator proposals", (), "No proposal is waiting.", "clerk-2"),
    Line("operator tier", ("p-0004", "1"), "p-0004 has tier 1.", "clerk-1"),
    Line("operator site", ("East Hall", "--point", "CN-SH"), "is East Hall, at CN-SH.", "seller"),
    Line(
        "keys invite",
        ("p-0004", "--holder", "Sun Yi"),
        "Hand this to Sun Yi: gpubourse keys enrol",
        "clerk-1",
    ),
    Line("keys enrol", ("{code}", "--name", "third"), "acts for p-0004 (read, trade)"),
    Line(
        "keys new",
        ("fourth", "--party", "p-0004", "--holder", "Qian Er"),
        "acts for p-0004",
        "clerk-1",
    ),
    Line("keys revoke", ("{third}",), "may do nothing any more", "clerk-1"),
    Line("import", (str(SERVER), "--site", "s-0001", "--no-claim"), "n-0001", "seller"),
    Line(
        "operator provenance file",
        ("n-0001", "--kind", "invoice", "--document", "{paper}"),
        "Filed for 8 units",
        "seller",
    ),
    Line(
        "operator provenance verify",
        ("n-0001", "--document", "{paper}"),
        "Missing for P1: customs",
        "clerk-1",
    ),
    Line("operator title", ("n-0001",), "waits for another person's signature", "seller"),
    Line("operator approve", ("{waiting}",), "is approved and done", "clerk-1"),
    Line("operator instrument", (MARKET,), "operator approve", "clerk-1"),
    Line("operator approve", ("{waiting}",), "", "clerk-2"),
    Line("inventory", (), "H100SXM8.A2", "seller"),
    Line("operator deposit", ("p-0003", "2000000", "--reference", "B-1"), "p-0003", "clerk-1"),
    Line("sell", ("n-0001", "--price", "103500"), "o-000001", "seller"),
    Line("book", ("T.H100SXM8.A2.CN-BJ",), "1 lot asked", ""),
    Line("watch", ("orders", "--count", "1"), "o-000001", "seller"),
    Line(
        "order",
        ("T.H100SXM8.A2.CN-BJ", "bid", "1", "--price", "90000"),
        "o-000002",
        "buyer",
    ),
    Line("cancel", ("o-000002",), "o-000002 is cancelled.", "buyer"),
    Line("buy", ("8", "H100", "A2", "CN-BJ", "--limit", "105000"), "o-000003", "buyer"),
    Line("settle list", (), "x-000001", "buyer"),
    Line("settle deliver", ("x-000001",), "the buyer inspects until", "seller"),
    Line("operator fail", ("x-000001", "--reason", "one differs"), "has failed", "clerk-1"),
    Line("settle instruct", ("x-000001",), "is to be delivered (in_place)", "seller"),
    Line("settle deliver", ("x-000001",), "the buyer inspects until", "seller"),
    Line("settle accept", ("x-000001", "--report", str(SERVER)), "x-000001 is settled", "buyer"),
    Line("operator withdrawal ask", ("500",), "y-000001: 500.00 yuan waits", "seller"),
    Line(
        "operator withdrawal refuse", ("y-000001", "--reason", "no account"), "refused", "clerk-1"
    ),
    Line("operator withdrawal ask", ("600",), "y-000002: 600.00 yuan waits", "seller"),
    Line("operator withdrawal confirm", ("y-000002", "--reference", "B-2"), "is paid", "clerk-1"),
    Line("audit verify", (), "position"),
    Line("audit replay", (), "position"),
    Line("audit history", ("n-0001",), "p-0003"),
    Line("audit as-of", ("{head}", "p-0003"), "n-0001"),
    Line("audit trial-balance", (), "p-0003/available"),
    Line("audit who", ("{head}",), "op: withdrawal.confirm"),
    Line("audit psql", ("--command", "SELECT state FROM views.proposals"), PSQL),
    Line("run", ("--holders", "A,B"), "the journal is held by another engine", code=5),
    Line("demo", ("--headless", "--speed", "5"), "--speed has an effect without", code=2),
)


def test_every_verb_is_said() -> None:
    assert {" ".join(words) for words in VERBS} == {line.verb for line in LINES}


def test_each_says_what_it_did(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    stage.admit()
    known = {"paper": stage.paper("invoice.txt", "invoice of eight H100\n")}
    for line in LINES:
        if line.verb == "sell":
            stage.pass_time(10 * 60 * 1_000_000_000)  # the market opens at 00:05
        told = said(stage, line, known) + capfd.readouterr().out  # psql writes for itself
        assert line.words in told, f"{line.verb}: {told}"


def said(stage: Stage, line: Line, known: dict[str, str]) -> str:
    """Everything that a line says; `known` gains what later lines name."""
    if "{head}" in line.rest:
        known["head"] = str(stage.told("audit", "replay")["position"])
    words = [*line.verb.split(), *(word.format_map(known) for word in line.rest)]
    acts = "--yes" in stage.line(*line.verb.split(), "--help").stdout
    ended = stage.line(*words, *(("--yes",) if acts else ()), me=line.me, code=line.code)
    told = f"{ended.stdout}\n{ended.stderr}"
    if "waits for another person's signature" in told:
        known["waiting"] = told.partition(" waits for another")[0].split()[-1]
    if "keys enrol " in told:
        known["code"] = told.partition("keys enrol ")[2].split()[0]
    if " acts for p-0004" in told and "third" not in known:
        known["third"] = told.partition(" acts for")[0].split()[-1]
    return told


@pytest.mark.parametrize("state", ["open", "banana"])
def test_a_word_that_is_no_state_is_refused_before_it_is_sent(state: str, stage: Stage) -> None:
    told = stage.line("operator", "proposals", "--state", state, me="clerk-1", code=2).stderr

    assert "waiting" in told
