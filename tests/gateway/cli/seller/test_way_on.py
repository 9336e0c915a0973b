"""Between import and ask nobody is sent in a circle: each advice names a step that there is."""

import re

import click
import pytest

from exchange.orders.deliverables import obstacle_text
from gateway.cli.command_line import LazyVerbs
from ledger.inspection.imports import BARRED
from ledger.inspection.inspection_text import MEANING, unclaimed_reason
from ledger.refusals import Reason
from tests.exchange.test_refusals import lease_ask

QUOTED = re.compile(r"`gpubourse ([a-z-]+(?: [a-z-]+)*?)(?: --| [A-Z]|`)")
# What keeps a registered card or server from a title: the flags that say so, and a claim's own.
BARS = (
    *("model_unlisted", "weak_identity", "part_not_identifying", "board_incomplete"),
    *("board_unlisted", "gpu_count_mismatch", "mixed_models", "name_missing"),
)
CLAIMS = (BARRED, "identity_medium", "identity_weak", "model_unlisted", "board_incomplete")
# Importing the same report once more is no step: something has to be other than it was.
CHANGES = (
    *("take ", "list it", "lists it", "put those", "bring the others", "fresh report"),
    "look at every",
)
OBSTACLES = (
    Reason.not_in_class,
    Reason.not_the_owner,
    Reason.evidence_too_weak,
    Reason.provenance_too_low,
    Reason.on_hold,
    Reason.not_ready,
    Reason.leased_beyond,
    Reason.lease_overlap,
)
STEPS = ("offer it", "only its holder", "asks for it", "take ", "file its papers", "look at every",
         "fresh report", "once the lease", "another month")  # fmt: skip


def verbs() -> set[str]:
    """Every line that the command line takes: `import`, `operator title`, …"""
    root = LazyVerbs(name="gpubourse")
    context = click.Context(root)
    found = set()
    for name in root.list_commands(context):
        verb = root.get_command(context, name)
        found.add(name)
        if isinstance(verb, click.Group):
            found |= {f"{name} {each}" for each in verb.commands}
            groups = {n: v for n, v in verb.commands.items() if isinstance(v, click.Group)}
            found |= {f"{name} {n} {each}" for n, v in groups.items() for each in v.commands}
    return found


@pytest.mark.parametrize("code", sorted({*BARS, *CLAIMS}))
def test_what_bars_a_title_names_a_step_that_changes_something(code: str) -> None:
    said = {MEANING.get(code, ""), unclaimed_reason(code) if code in CLAIMS else ""} - {""}
    assert said
    for text in said:
        assert any(words in text for words in CHANGES) or "gpubourse inventory" in text, text
        for line in QUOTED.findall(text):
            assert line.strip() in verbs(), text


@pytest.mark.parametrize("reason", OBSTACLES, ids=lambda reason: reason.name)
def test_each_obstacle_of_an_ask_names_a_step(reason: Reason) -> None:
    case = lease_ask()
    register = case.floor.venue.register
    thing = next(iter(register.things.values()))
    thing.holds["h-000001"] = "identity"
    market = next(iter(case.floor.venue.markets.values()))

    said = obstacle_text(register, reason, market, thing)

    assert said.endswith(".")
    assert thing.thing in said
    assert any(step in said for step in STEPS), said
    for line in QUOTED.findall(said):
        assert any(line.strip().startswith(verb) for verb in verbs()), said
