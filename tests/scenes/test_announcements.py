"""What a line announces it then does: a refusal comes first, and each sum is the venue's."""

import ast
import json
from typing import Any

import pytest

from gateway.cli.venue_caller import VenueCaller
from gpubourse.rest import Reply
from tests.house.sources import sources
from tests.scenes.stage import SERVER, Stage
from tests.scenes.test_offering import another_server

pytestmark = pytest.mark.postgres
TITLE = "T.H100SXM8.A2.CN-BJ"
TEN_MINUTES_NS = 10 * 60 * 1_000_000_000
ANNOUNCED = ("To be done", "By the venue's preview", "Would send", "Asks again")
REFUSED = {  # the function of each verb that announces -> by whom, and a line that is refused
    "buy": ("buyer", "buy 8 H100 A2 CN-BJ --limit 1500000"),
    "order": ("buyer", f"order {TITLE} bid 1 --price 1500000"),
    "amend": ("buyer", "amend o-000004 --price 1500000"),
    "cancel": ("buyer", "cancel --market T.H100SXM8.A1.CN-QQ"),
    "sell": ("seller", "sell n-0001 --price 103500"),
    "title": ("seller", "operator title n-0001"),
    "file_": (
        "seller",
        f"operator provenance file n-0999 --kind invoice --document {__file__}",
    ),
    "deposit": ("clerk-1", "operator deposit p-0999 100 --reference B-1"),
    "reverse_deposit": (
        "clerk-1",
        "operator reverse-deposit p-0003 100 --reference B-2 --reason twice",
    ),
    "site": ("clerk-1", "operator site North --operator p-0999 --point CN-QQ"),
    "accept_loss": ("clerk-1", "operator accept-loss --reason fire"),
    "request_withdrawal": ("seller", "operator withdrawal ask 1000000000 --to ICBC"),
    "confirm": ("clerk-1", "operator withdrawal confirm y-000009 --reference B-3"),
    "node_site": ("seller", "operator node-site n-0001 --not-here"),
    "accept": ("buyer", "settle accept x-000001"),
    "fail": ("clerk-1", "operator fail x-000009 --reason late"),
}


def announcing() -> set[str]:
    """The verbs of `gateway/cli` that call `act` with something to announce, or what calls it."""
    found = {"sell"}  # which sends several orders, and so has a way of its own
    for source in sources():
        if not source.path.startswith("gateway/cli/"):
            continue
        functions = [each for each in source.tree.body if isinstance(each, ast.FunctionDef)]
        announcers = {each.name for each in functions if any(map(announces, calls_in(each)))}
        helpers = {name for name in announcers if name.startswith("_")}
        callers = {
            each.name
            for each in functions
            if any(getattr(call.func, "id", "") in helpers for call in calls_in(each))
        }
        assert not {name for name in callers if name.startswith("_")}, "a helper of a helper"
        found |= (announcers - helpers) | callers
    return found


def calls_in(function: ast.FunctionDef) -> list[ast.Call]:
    return [each for each in ast.walk(function) if isinstance(each, ast.Call)]


def announces(call: ast.Call) -> bool:
    is_act = getattr(call.func, "id", "") == "act"
    return is_act and any(keyword.arg == "before" for keyword in call.keywords)


def test_every_verb_that_announces_has_a_line_here() -> None:
    assert announcing() == set(REFUSED)


def test_no_verb_reckons_a_fee() -> None:
    reckoned = ("fee_bp", "import fee_minor", "ask_fee_bp")
    assert [
        source.path
        for source in sources()
        if source.path.startswith("gateway/cli/") and any(word in source.text for word in reckoned)
    ] == []


def test_what_a_line_announces_is_what_it_then_does(stage: Stage) -> None:
    furnish(stage)
    a_paper_that_is_filed_otherwise_says_what_it_replaces(stage)
    each_sum_is_the_venues_own(stage)
    of_several_asks_the_refused_are_told_and_the_others_done(stage)
    what_takes_two_is_not_announced_as_done(stage)
    what_is_refused_was_never_announced(stage)
    a_line_with_a_key_says_that_it_asks_again(stage)
    a_price_of_the_wrong_unit_is_told_before_it_is_asked(stage)
    what_an_acceptance_brings_the_seller_is_less_its_fee(stage)


def furnish(stage: Stage) -> None:
    """The seller has title to n-0001, of class A2, and to n-0002, of A0; the buyer has cash."""
    stage.admit()
    paper = ("--document", stage.paper("invoice.txt", "eight H100\n"))
    for path in (str(SERVER), another_server(stage)):
        words = ("import", path, "--site", "s-0001", "--no-claim", "--yes")
        first = stage.line(*words, me="seller").stderr
        again = stage.line(*words, me="seller").stderr
        assert "Importing registers these at s-0001, without title." in first
        assert "Importing registers" not in again
        assert "All of these are registered already" in again
    filed = ("operator", "provenance", "file", "n-0001", "--kind", "invoice", "--names-serial")
    stage.line(*filed, *paper, me="seller")
    stage.line("operator", "provenance", "verify", "n-0001", *paper, me="clerk-1")
    asked = stage.told("operator", "title", "n-0001", "n-0002", "--yes", me="seller")["result"]
    for clerk in ("clerk-1", "clerk-2"):
        stage.line("operator", "approve", asked["proposal"], me=clerk)
    stage.pass_time(TEN_MINUTES_NS)
    bank = ("--reference", "BANK-1", "--yes")
    stage.line("operator", "deposit", "p-0003", "3000000", *bank, me="clerk-1")


def a_paper_that_is_filed_otherwise_says_what_it_replaces(stage: Stage) -> None:
    """A new one, and the same once more, are filed unasked."""
    paper = ("--document", stage.paper("scan.pdf", "a scan\n"))
    for kind, words in (
        ("customs", ""),
        ("customs", ""),
        ("origin", "8 units already, as customs"),
    ):
        line = ("operator", "provenance", "file", "n-0002", "--kind", kind, *paper)
        dry = stage.line(*line, "--dry-run", me="seller").stderr
        assert ("on record" in dry) == bool(words)
        assert words in stage.line(*line, *(["--yes"] if words else []), me="seller").stderr


def what_takes_two_is_not_announced_as_done(stage: Stage) -> None:
    ask = ("operator", "withdrawal", "ask")
    alone = stage.line(*ask, "1000000", "--to", "ICBC", "--dry-run", me="buyer").stderr
    large = stage.line(*ask, "1000000.01", "--to", "ICBC", "--dry-run", me="buyer").stderr

    assert "To be done: p-0003 withdraws 1,000,000.00 yuan" in alone
    assert "To be done" not in large
    assert (
        "It waits as a proposal until another person has signed, too (party:p-0003). Then this is "
        "done: p-0003 withdraws 1,000,000.01 yuan"
    ) in large


def each_sum_is_the_venues_own(stage: Stage) -> None:
    """`sell`, `order` and `buy` show the venue's figures, whatever this side would make of them."""
    command = VenueCaller.command

    def other_sums(caller: VenueCaller, *words: Any, **more: Any) -> Reply:
        reply = command(caller, *words, **more)
        if worst := reply["result"].get("at_worst"):
            worst |= {"notional_minor": 100, "fee_minor": 7, "total_minor": 93}
        return reply

    brings = "1.00 yuan in all, at least 0.93 yuan after a fee of at most 0.07 yuan."
    fleet = "1.00 yuan in all, at least 0.93 yuan after fees of at most 0.07 yuan."
    named = f"offers n-0001 (8 GPUs) on {TITLE} at 103,500.00 yuan a GPU: {brings}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(VenueCaller, "command", other_sums)
        for name, line, sums in (
            ("seller", "sell n-0001 --price 103500", named),
            ("seller", "sell n-0001 --month 2025-01 --price 75000", "lets n-0001 (8 GPUs) on L."),
            ("seller", "sell --site s-0001 --class H100SXM8.A2 --price 103500", f"1 ask: {fleet}"),
            (
                "seller",
                f"order {TITLE} ask 1 --node n-0001 --price 103500",
                "offers 1 lot (8 GPUs)",
            ),
            (
                "buyer",
                "buy 8 H100 A2 CN-BJ --limit 75000",
                "1.00 yuan, a fee of at most 0.07 yuan;",
            ),
        ):
            told = stage.line(*line.split(), "--dry-run", me=name).stderr
            assert "By the venue's preview: " in told, line
            assert sums in told, told


def of_several_asks_the_refused_are_told_and_the_others_done(stage: Stage) -> None:
    stage.line("sell", "n-0001", "--price", "103500", "--yes", me="seller")
    both = ("sell", "n-0001", "n-0002", "--price", "103500")

    looked = stage.line(*both, "--dry-run", me="seller", code=1).stderr
    done = stage.line(*both, "--yes", me="seller", code=7)

    assert not any(words in looked for words in ANNOUNCED), looked
    told = done.stderr.splitlines()
    assert told[0].startswith("By the venue's preview: offers n-0002 (8 GPUs) on T.H100SXM8.A0.")
    assert told[1].startswith("n-0001: on_hold: n-0001 is already on offer in order o-000001")
    assert "o-000002 is open" in done.stdout
    none = stage.line(*both, "--yes", "--json", me="seller", code=1)
    assert not any(words in none.stderr for words in ANNOUNCED), none.stderr
    assert [item["ok"] for item in json.loads(none.stdout)["items"]] == [False, False]
    assert "nobody was there" not in stage.line(*both, me="seller", code=1).stderr


def what_is_refused_was_never_announced(stage: Stage) -> None:
    bid = ("order", TITLE, "bid", "1", "--yes", "--price")
    assert "x-000001" in stage.line(*bid, "103500", me="buyer").stdout  # n-0001 is sold
    assert "o-000004 is open" in stage.line(*bid, "100000", me="buyer").stdout

    for verb, (name, line) in REFUSED.items():
        for flags in (("--yes",), ("--dry-run",), ()):
            ended = stage.ended(*line.split(), *flags, me=name)
            assert ended.exit_code in (1, 3, 4), f"{verb}: {ended.output}"
            assert not any(words in ended.stderr for words in ANNOUNCED), ended.stderr


def a_line_with_a_key_says_that_it_asks_again(stage: Stage) -> None:
    words = ("sell", "n-0002", "--price", "103500", "--key", "mine-1", "--yes")
    ended = stage.ended(*words, me="seller")
    assert ended.stderr.startswith("Asks again under the key mine-1.\n"), ended.output
    assert "By the venue's preview" not in ended.stderr


def a_price_of_the_wrong_unit_is_told_before_it_is_asked(stage: Stage) -> None:
    """A whole server's price for one GPU's: by every verb of a seller that takes a price."""
    stage.line("cancel", "o-000002", me="seller")
    market = TITLE.replace("A2", "A0")
    stage.line("order", market, "bid", "1", "--price", "103500", "--yes", me="buyer")
    far = (
        "Mind the price: 828,000.00 yuan a GPU is about 8 times the best bid, 103,500.00 yuan a "
        "GPU. Is this the price of the whole server of 8 GPUs? A price here is for one GPU."
    )
    price = ("--price", "828000")
    lines: dict[str, tuple[str, ...]] = {
        "sell": ("sell", "n-0002", *price),
        "a model": ("sell", "--class", "h100", *price),
        "a class of it": ("sell", "--class", "H100.a0", *price),
        "a fleet": ("sell", "--site", "s-0001", "--class", "H100SXM8.A0", *price),
        "order": ("order", market, "ask", "1", *price),
    }
    for name, words in lines.items():
        assert far in stage.line(*words, "--dry-run", me="seller").stderr, name
    fair = stage.line("sell", "n-0002", "--price", "310500", "--dry-run", me="seller").stderr
    assert "Mind the price" not in fair, "three times is near"
    mine = stage.told("order", market, "ask", "1", "--price", "104000", "--yes", me="seller")
    order = mine["result"]["order"]
    amended = stage.line("amend", order, *price, "--dry-run", me="seller").stderr
    assert far in amended
    stage.line("cancel", order, me="seller")


def what_an_acceptance_brings_the_seller_is_less_its_fee(stage: Stage) -> None:
    stage.line("sell", "n-0002", "--price", "103500", "--yes", me="seller")  # which takes
    stage.line("settle", "deliver", "x-000002", me="seller")
    told = stage.line("settle", "accept", "x-000002", "--dry-run", me="buyer").stderr
    assert "828,000.00 yuan from escrow to p-0002, less a fee of 828.00 yuan." in told
