"""Every verb of the command line is said once to a real venue, and what it says is looked at."""

import json
from datetime import datetime
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result

from gateway.cli.venue_caller import VenueCaller
from tests.gateway.cli.json_schema import mismatches
from tests.gateway.cli.test_command_line import VERBS
from tests.gateway.cli.test_terminal import is_harmless
from tests.scenes.stage import SERVER, Stage

pytestmark = pytest.mark.postgres
LEASE = "L.H100SXM8.CN-BJ.2024-12"  # a rent of 75,000.00 yuan is 1,260.08 fen: no bid passes it
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
    Line("operator status", (), " (live, CNY, Asia/Shanghai) stands at position"),
    Line("status", (), "Say --me NAME to see who you are there"),
    Line("keys list", (), "clerk-2"),
    Line("inspect", (str(SERVER),), "165442300"),
    Line("operator parties", (), "Helan Computing", "clerk-1"),
    Line("operator models", (), "This release knows no other model.", "clerk-1"),
    Line("operator adopt", ("L20",), "nothing to adopt", "clerk-1", 1),
    Line("operator accept-loss", ("--reason", "fire"), "publishes no log", "clerk-1", 4),
    Line(
        "operator model",
        ("ASCEND910B", "--vendor", "huawei", "--memory", "64", "--name", "Ascend 910B"),
        "waits for another person's signature",
        "clerk-1",
    ),
    Line("operator approve", ("{waiting}",), "is approved and done", "clerk-2"),
    Line(
        "operator party",
        ("[/x] Third Hall", "--registration-no", "913"),
        "p-0004 is [/x] Third Hall.",
        "clerk-1",
    ),
    Line("operator role", ("p-0004", "owner"), "waits for another person's signature", "clerk-1"),
    Line("operator proposals", (), "gets the role owner", "clerk-2"),
    Line("operator reject", ("{waiting}",), "is rejected", "clerk-2"),
    Line("operator role", ("p-0004", "lessee"), "gpubourse operator approve", "clerk-1"),
    Line("operator withdraw", ("{waiting}",), "is withdrawn", "clerk-1"),
    Line("operator role", ("p-0004", "auditor"), "gpubourse operator approve", "clerk-1"),
    Line("operator approve", ("{waiting}",), "is approved and done", "clerk-2"),
    Line("operator proposals", (), "No proposal is waiting.", "clerk-2"),
    Line("operator tier", ("p-0004", "1"), "p-0004 has tier 1.", "clerk-1"),
    Line(
        "operator site",
        ("[b]East Hall", "--point", "CN-SH"),
        "is [b]East Hall, at CN-SH.",
        "seller",
    ),
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
        ("n-0001", "--kind", "invoice", "--names-serial", "--document", "{paper}"),
        "Filed for 8 units",
        "seller",
    ),
    Line(
        "operator provenance verify",
        ("n-0001", "--document", "{paper}"),
        "Missing for P1: customs",
        "clerk-1",
    ),
    Line("inventory", (), "asked for yet: gpubourse operator title n-0001 --me seller", "seller"),
    Line("operator node-site", ("n-0001", "--site", "S-1"), "n-0001 stands at s-0001", "seller"),
    Line("operator title", ("n-0001",), "waits for another person's signature", "seller"),
    Line("inventory", (), "n-0001: title waits as z-", "seller"),
    Line("operator approve", ("{waiting}",), "is approved and done", "clerk-1"),
    Line("operator instrument", (MARKET,), "operator approve", "clerk-1"),
    Line("operator approve", ("{waiting}",), "", "clerk-2"),
    Line("inventory", (), "H100SXM8.A2", "seller"),
    Line("sites", ("--state", "live"), "Beijing West Hall", "seller"),
    Line("sites", ("--all",), "Beijing West Hall", "buyer"),
    Line("holdings", ("--site", "S-1"), "H100SXM8.A2", "seller"),
    Line("operator deposit", ("p-0003", "2000000", "--reference", "B-1"), "p-0003", "clerk-1"),
    Line("operator deposit", ("p-0003", "5", "--reference", "B-2"), "p-0003", "clerk-1"),
    Line(
        "operator reverse-deposit",
        ("p-0003", "5", "--reference", "B-2", "--reason", "twice"),
        "waits for another person's signature",
        "clerk-1",
    ),
    Line("operator approve", ("{waiting}",), "is approved and done", "clerk-2"),
    Line("sell", ("n-0001", "--price", "103500"), "o-000001", "seller"),
    Line("book", ("T.H100SXM8.A2.CN-BJ",), "1 lot asked", ""),
    Line("watch", ("orders", "--count", "1"), "o-000001", "seller"),
    Line(
        "order",
        ("T.H100SXM8.A2.CN-BJ", "bid", "1", "--price", "90000"),
        "o-000002",
        "buyer",
    ),
    Line("amend", ("O-2", "--price", "91000"), "o-000002 is open", "buyer"),
    Line("orders", ("--state", "open", "--market", "t.h100sxm8.a2.cn-bj"), "o-000002", "buyer"),
    Line("status", (), "1 open order", "buyer"),
    Line("cancel", ("o-2",), "o-000002 is cancelled.", "buyer"),
    Line("buy", ("8", "H100", "A2", "CN-BJ", "--limit", "105000"), "o-000003", "buyer"),
    Line("markets", ("--model", "h100", "--point", "cn-bj"), "T.H100SXM8.A2.CN-BJ"),
    Line("markets", ("--model", "H100SXM8.A2"), "T.H100SXM8.A2.CN-BJ"),
    Line(
        "markets",
        ("--model", "h100sxm8.c0"),
        "No markets with --model h100sxm8.c0.",
    ),
    Line("fills", ("--order", "o-3", "--from", "2024-11-15"), "x-000001", "buyer"),
    Line("trades", ("T.H100SXM8.A2.CN-BJ",), "t-000001"),
    Line("order", (LEASE, "bid", "1", "--price", "70000"), "11.76 yuan a GPU-hour", "buyer"),
    Line("amend", ("o-4", "--price", "75000"), "(74,995.20 yuan a server-month)", "buyer"),
    Line("cancel", ("o-4",), "o-000004 is cancelled.", "buyer"),
    Line(
        "leases",
        (),
        "No leases: nothing was let or hired",
        "buyer",
    ),
    Line("cash", ("--kind", "available"), "available  -", "buyer"),
    Line("postings", ("--most", "2"), "there are more", "buyer"),
    Line("status", (), "gpubourse settle deliver x-000001 --me seller", "seller"),
    Line("settle list", (), "x-000001", "buyer"),
    Line("settle deliver", ("x-000001",), "the buyer inspects until", "seller"),
    Line("operator fail", ("x-000001", "--reason", "one differs"), "has failed", "clerk-1"),
    Line("settle instruct", ("x-000001",), "is to be delivered (in_place)", "seller"),
    Line("settle deliver", ("x-000001",), "the buyer inspects until", "seller"),
    Line("settle list", (), "x-000001: Without a word from you it is accepted then", "buyer"),
    Line("settle list", (), "x-000001: Without a word from the buyer", "seller"),
    Line("status", (), "tell a clerk of the venue before", "buyer"),
    Line("settle accept", ("x-000001", "--report", str(SERVER)), "x-000001 is settled", "buyer"),
    Line(
        "operator withdrawal ask",
        ("500", "--to", "ICBC 6"),
        "500.00 yuan is on its way to ICBC 6.",
        "seller",
    ),
    Line("status", (), "y-000001 of p-0002: 500.00 yuan is on its way to ICBC 6 since", "seller"),
    Line("status", (), "withdrawal confirm y-000001 --reference REF --me clerk-1", "clerk-1"),
    Line("withdrawals", (), "ICBC 6  on its way out", "seller"),
    Line(
        "operator withdrawal refuse", ("y-000001", "--reason", "no account"), "refused", "clerk-1"
    ),
    Line(
        "operator withdrawal ask",
        ("600", "--to", "ICBC 6"),
        "600.00 yuan is on its way",
        "seller",
    ),
    Line("operator withdrawal confirm", ("y-000002", "--reference", "B-2"), "is paid", "clerk-1"),
    Line("withdrawals", ("--state", "paid"), "y-000002", "seller"),
    Line("audit verify", (), "position"),
    Line("audit replay", (), "position"),
    Line("audit redecide", (), "events came again"),
    Line("audit history", ("n-0001",), "p-0003"),
    Line("audit as-of", ("{head}", "p-0003"), "n-0001"),
    Line("audit trial-balance", (), "p-0003/available"),
    Line("audit trial-balance", ("--by", "effective"), "by effective time"),
    Line("audit diff", ("1", "{head}", "p-9999"), "0 subjects changed"),
    Line("audit diff", ("1", "{head}", "n-0001"), "1 subject changed (node 1)"),
    Line("audit diff", ("{head}", "1"), "Name the earlier moment first.", code=2),
    Line("audit unsettled", (), "0 open settlements"),
    Line("audit orphans", (), "0 broken"),
    Line("audit corrections", (), "the bank did not pay: no account"),
    Line("audit period", ("2020-01",), "There was no venue in 2020-01", code=4),
    Line("audit period", ("{month}",), "OPEN: it closes at"),
    Line("audit period", ("2024-13",), "'2024-13' is no month", code=2),
    Line("audit market-day", ("2020-01-01",), "There was no venue on 2020-01-01", code=4),
    Line("audit market-day", ("{day}",), "1 trade"),
    Line("audit as-of", ("1", "p-0003"), "no party p-0003 was registered", code=4),
    Line("audit who", ("{head}",), "op: withdrawal.confirm"),
    Line(
        "audit export", ("--format", "csv", "--out", "{exported}"), "its hashes are in SHA256SUMS"
    ),
    Line("audit export", ("--format", "csv", "--out", "{exported}"), "is not empty", code=2),
    Line("audit as-of", ("{head}", "p-9999"), "no party p-9999 was registered", code=4),
    Line("audit as-of", ("2020-01-01T00:00:00Z", "p-0003"), "There was no venue then", code=4),
    Line("audit as-of", ("2099-01-01T00:00:00Z", "p-0003"), "which ends at position", code=2),
    Line("audit who", ("abc",), "'abc' is no position", code=2),
    Line("audit certificate", ("n-0001", "--out", "{certificate}", "--make-salt"), "has a row of"),
    Line("audit check-certificate", ("{certificate}", "--root", "{root}"), "It holds. n-0001"),
    Line("audit certificate", ("h-000001", "--out", "{certificate}"), "is no subject", code=2),
    Line(
        "audit certificate",
        ("account/p-3/Available", "--out", "{certificate}"),
        "Perhaps account/p-0003/available?",
        code=2,
    ),
    Line("audit psql", ("--json", "-c", "SELECT 1 AS one"), '"columns": ["one"], "rows": [["1"]]'),
    Line("audit psql", ("--json", "-c", "SELECT nothing"), "nothing", code=2),
    Line("audit psql", ("--command", "SELECT state FROM views.proposals"), PSQL),
    Line("log publish", ("--out", "{log}"), "of them new; signed by Ed25519 and ML-DSA-44."),
    Line(
        "audit prove",
        ("9", "--log", "{log}", "--key", "{log}/key", "--out", "{log}.proof"),
        "Proven: position 9 of gpubourse/",
    ),
    Line("audit check", ("{log}.proof", "--key", "{log}/key"), "Proven: position 9"),
    Line("audit verify-log", ("{log}", "--key", "{log}/key", "--journal"), "the journal's own"),
    Line(
        "audit watch",
        ("{log}", "--key", "{log}/key", "--kept", "{log}.head", "--once"),
        "entries, signed",
    ),
    Line("audit history", ("n-0001", "--log", "{log}", "--key", "{log}/key"), "not in the log"),
    Line("audit who", ("{head}", "--log", "{log}", "--key", "{log}/key"), "command_sha256: "),
    Line("audit trial-balance", ("--log", "{log}", "--key", "{log}/key"), "sum 0.00 yuan"),
    Line("audit replay", ("--log", "{log}", "--key", "{log}/key"), "(form 1)"),
    Line("audit replay", ("--key", "{log}/key"), "Name the log, too: --log.", code=2),
    Line("run", ("--holders", "A,B"), "the journal is held by another engine", code=5),
    Line("completion", ("bash", "--print"), "_GPUBOURSE_COMPLETE"),
    Line("demo", ("--headless", "--speed", "5"), "--speed means nothing with --headless", code=2),
)


def test_every_verb_is_said() -> None:
    assert {" ".join(words) for words in VERBS} == {line.verb for line in LINES}


def test_each_says_what_it_did(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    stage.admit()
    known = begun(stage)
    for line in LINES:
        if line.verb == "sell":
            stage.pass_time(10 * 60 * 1_000_000_000)  # the market opens at 00:05
        told = said(stage, line, known) + capfd.readouterr().out  # psql writes for itself
        assert line.words in told, f"{line.verb}: {told}"


def test_what_json_prints_is_as_published(stage: Stage) -> None:
    """Every verb once more, with --json: its document against what --schema prints."""
    stage.admit()
    known = begun(stage)
    judged = set()
    for line in LINES:
        if line.verb == "sell":
            stage.pass_time(10 * 60 * 1_000_000_000)
        ended = typed(stage, line, known, "--json")
        learn(f"{ended.stdout}\n{ended.stderr}", known)
        if line.code:
            continue
        schema = json.loads(stage.line(*line.verb.split(), "--schema").stdout)
        for document in ended.stdout.splitlines():
            wrong = mismatches(json.loads(document), schema)
            assert not wrong, f"{line.verb}: {wrong}"
            assert mismatches({}, schema), f"{line.verb}: its schema takes anything"
            judged.add(line.verb)
    # a new venue lists all that there is to adopt; and nothing is lost of its log
    elsewhere = {"run", "demo", "operator adopt", "operator accept-loss"}
    assert {" ".join(words) for words in VERBS} - judged == elsewhere


def begun(stage: Stage) -> dict[str, str]:
    """What lines name from the first: a paper, and where a log and a certificate go."""
    paper = stage.paper("invoice.txt", "invoice of eight H100\n")
    names = {"log": "published", "certificate": "certificate.json", "exported": "exported"}
    return {"paper": paper} | {word: str(Path(paper).with_name(n)) for word, n in names.items()}


def said(stage: Stage, line: Line, known: dict[str, str]) -> str:
    """Everything that a line says; `known` gains what later lines name."""
    ended = typed(stage, line, known)
    told = f"{ended.stdout}\n{ended.stderr}"
    learn(told, known)
    return told


def typed(stage: Stage, line: Line, known: dict[str, str], *more: str) -> Result:
    """A line as it is typed, with a yes where it asks for one."""
    if "{head}" in line.rest:
        known["head"] = str(stage.told("audit", "replay")["position"])
    if {"{day}", "{month}"} & {*line.rest}:
        known["day"] = day_text(int(stage.told("audit", "replay")["at_ns"]))
        known["month"] = known["day"][:7]
    words = [*line.verb.split(), *(word.format_map(known) for word in line.rest)]
    acts = "--yes" in stage.line(*line.verb.split(), "--help").stdout
    more = tuple(word for word in more if word not in words)
    return stage.line(*words, *more, *(("--yes",) if acts else ()), me=line.me, code=line.code)


def day_text(at_ns: int) -> str:
    """The day of an instant, as the venue's zone counts it."""
    zone = ZoneInfo("Asia/Shanghai")
    return datetime.fromtimestamp(at_ns // 1_000_000_000, zone).date().isoformat()


def learn(told: str, known: dict[str, str]) -> None:
    """What later lines name of what a line told."""
    if "waits for another person's signature" in told:
        known["waiting"] = told.partition(" waits for another")[0].split()[-1]
    if "keys enrol " in told:
        known["code"] = told.partition("keys enrol ")[2].split()[0]
    if "\nroot: " in told:
        known["root"] = told.partition("\nroot: ")[2].split()[0]
    if " acts for p-0004" in told and "third" not in known:
        known["third"] = told.partition(" acts for")[0].split()[-1]


# What others may have written: markup, an escape that renames a window, C1, a turned line.
HOSTILE = "[/x][bold]\x1b]0;x\x07\x9b2J\u202e"
TEXTS = {  # members of replies that somebody wrote freely
    "legal_name", "name", "label", "reason", "detail", "title", "why", "value", "text", "reference",
    "to_account", "from_name", "basis", "holder", "owner", "args", "op",
}  # fmt: skip


def hostile(reply: Any, met: set[str], member: str = "") -> Any:
    """A reply as it came, with hostile text behind each of its free texts."""
    if isinstance(reply, dict):
        is_args = member == "args"
        return {
            name: hostile(value, met, "args" if is_args else name) for name, value in reply.items()
        }
    if isinstance(reply, list):
        return [hostile(each, met, member) for each in reply]
    if isinstance(reply, str) and member in TEXTS:
        met.add(member)
        return reply + HOSTILE
    return reply


def test_nothing_that_others_wrote_is_obeyed(
    stage: Stage, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every verb, with hostile text in each text of each reply: it ends as it does without."""
    stage.admit()
    met: set[str] = set()
    calls = VenueCaller._do
    monkeypatch.setattr(VenueCaller, "_do", lambda caller, send: hostile(calls(caller, send), met))
    known = begun(stage)
    for line in LINES:
        if line.verb == "sell":
            stage.pass_time(10 * 60 * 1_000_000_000)
        told = said(stage, line, known) + capfd.readouterr().out
        harmful = {sign for sign in told if not is_harmless(sign)}
        assert not harmful, f"{line.verb}: {told!r}"
    assert {"legal_name", "args", "owner", "basis", "op"} <= met


@pytest.mark.parametrize("state", ["open", "banana"])
def test_a_word_that_is_no_state_is_refused_before_it_is_sent(state: str, stage: Stage) -> None:
    told = stage.line("operator", "proposals", "--state", state, me="clerk-1", code=2).stderr

    assert "waiting" in told
