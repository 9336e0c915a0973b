"""Whoever does an act that ends orders is told which, and so is their owner."""

import pytest

from tests.scenes.stage import SERVER, Stage

pytestmark = pytest.mark.postgres


def test_a_change_of_class_says_which_offer_it_ended(stage: Stage) -> None:
    stage.admit()
    stage.line("import", str(SERVER), "--site", "s-0001", "--no-claim", "--yes", me="seller")
    asked = stage.told("operator", "title", "n-0001", "--yes", me="seller")["result"]
    for clerk in ("clerk-1", "clerk-2"):  # without papers it takes two
        stage.line("operator", "approve", asked["proposal"], me=clerk)
    stage.pass_time(10 * 60 * 1_000_000_000)  # the market opens at 00:05
    stage.line("sell", "n-0001", "--price", "103500", "--yes", me="seller")
    paper = ("--document", stage.paper("invoice.txt", "invoice of eight H100\n"))
    filed = ("n-0001", "--kind", "invoice", "--names-serial", *paper)
    stage.line("operator", "provenance", "file", *filed, me="seller")

    dry = stage.line(
        "operator", "provenance", "verify", "n-0001", *paper, "--dry-run", me="clerk-1"
    )
    done = stage.line("operator", "provenance", "verify", "n-0001", *paper, me="clerk-1")

    assert "The venue would take this; nothing was done." in dry.stderr
    assert "It ended o-000001 of p-0002 on T.H100SXM8.A0.CN-BJ: what it offers is of" in done.stdout
    assert "another class now" in stage.line("inventory", me="seller").stdout
    assert "o-000001 on T.H100SXM8.A0.CN-BJ ended" in stage.line("inventory", me="seller").stdout
    for verb in (("amend", "o-2", "--lots", "1"), ("cancel", "o-2")):
        missed = stage.line(*verb, me="seller", code=4).stderr
        assert "o-000001" not in missed, "an order that has ended is changed by nobody"
    missed = stage.line("sell", "n-2", "--price", "1", me="seller", code=4).stderr
    assert "Did you mean n-0001?" in missed


def test_a_dry_run_is_refused_as_the_act_would_be(stage: Stage) -> None:
    """A closed month, a node that is on offer, a lease without papers: said before it is sent."""
    stage.admit()
    stage.line("import", str(SERVER), "--site", "s-0001", "--no-claim", "--yes", me="seller")
    asked = stage.told("operator", "title", "n-0001", "--yes", me="seller")["result"]
    for clerk in ("clerk-1", "clerk-2"):
        stage.line("operator", "approve", asked["proposal"], me=clerk)
    stage.pass_time(10 * 60 * 1_000_000_000)
    lines = {
        "closed month": ("sell", "n-0001", "--month", "2024-11", "--price", "75000"),
        "no papers": ("sell", "n-0001", "--month", "2024-12", "--price", "75000"),
        "on offer": ("sell", "n-0001", "--price", "103500"),
    }
    stage.line("sell", "n-0001", "--price", "103500", "--yes", me="seller")
    missed = stage.line("amend", "o-2", "--lots", "1", me="seller", code=4).stderr
    assert "Did you mean o-000001?" in missed
    missed = stage.line("sell", "n-2", "--price", "103500", me="seller", code=4).stderr
    assert "n-0001" not in missed, "it is on offer already"
    told = {}
    for name, words in lines.items():
        dry = stage.ended(*words, "--dry-run", me="seller")
        done = stage.ended(*words, "--yes", me="seller")
        assert dry.exit_code == done.exit_code != 0, (name, dry.output)
        told[name] = dry.stderr.splitlines()[-1]
        assert told[name] == done.stderr.splitlines()[-1], name
    assert len(set(told.values())) == len(told), told
