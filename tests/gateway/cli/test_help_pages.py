"""Help: examples of today, verbs in groups, the nearest of what is not there, every schema."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.cli import command_line
from gateway.cli.help_pages import dated
from gateway.cli.json_schemas import NANOS, schema_of
from gateway.cli.names import KINDS, SHAPES, as_named, shape_of
from gateway.cli.nearest import LISTS, USABLE, did_you_mean
from gateway.cli.seller.price_list import LINES_MOST
from gateway.cli.seller.report_files import FILES_MOST
from gateway.cli.seller.titles import THINGS_MOST
from gateway.routes.view_reads import ROUTES
from ledger.commands import IssueTitle
from ledger.ids import ThingId
from ledger.inspection.site_words import SERVERS_OF_ONE_MOST
from ledger.inventory import COLLECTED_BYTES_MOST, GPUS_MOST, REPORT_BYTES_MOST
from ledger.oversight.approvals import ARGS_BYTES_MOST
from ledger.refusals import Reason
from ledger.settlement.delivery_versus_payment import TRANSITIONS
from tests.gateway.cli.json_schema import mismatches
from tests.gateway.cli.lines import said, takes, verb_of
from tests.gateway.cli.test_command_line import VERBS


@pytest.mark.parametrize(
    ("now", "month", "day"),
    [
        ("2026-11-29T20:00:00", "2027-01", "2026-11-29"),
        ("2026-12-31T15:59:59", "2027-02", "2026-12-30"),
        ("2026-12-31T16:00:00", "2027-03", "2026-12-31"),
    ],
)
def test_an_example_has_the_dates_of_its_day_in_beijing(now: str, month: str, day: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert dated("{month} {day} {instant}", at) == f"{month} {day} {day}T00:00:00+08:00"


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_no_example_has_a_date_that_was_written_down(words: tuple[str, ...]) -> None:
    shown = said(*words, "--help").stdout.partition("Example")[2]
    yesterday = datetime.now(UTC) - timedelta(days=1)  # a run may have begun before midnight
    days = {dated("{day}"), dated("{day}", yesterday)}
    known = {dated("{month}"), dated("{month}", yesterday), *days, *(day[:7] for day in days)}

    assert set(re.findall(r"\b20[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?", shown)) <= known
    assert "{" not in shown


def test_each_verb_stands_in_one_group() -> None:
    shown = said("--help").stdout

    for heading, verbs in command_line.SECTIONS.items():
        section = shown.partition(f"\n{heading}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines()] == list(verbs)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("insepct", "inspect"), ("withdrawl", "withdrawals"), ("approve", "operator approve")],
)
def test_a_verb_that_is_not_there_gets_the_nearest(word: str, meant: str) -> None:
    ended = said(word)

    assert ended.exit_code == 2
    assert f"  gpubourse {meant}\n" in ended.stderr
    assert ended.stderr.count("  gpubourse ") <= 3


def test_a_near_miss_gets_three_at_most_in_any_case() -> None:
    assert did_you_mean("o-000921", ["o-000912", "o-000921x"]) == (
        "Did you mean o-000921x or o-000912?"
    )
    assert did_you_mean("T.h100", ["T.H100"]) == "Did you mean T.H100?"
    assert did_you_mean("banana", ["T.H100"]) == ""
    assert did_you_mean("n-1", [f"n-{n}" for n in range(9)]).count("n-") == 3


def test_every_name_that_may_be_unknown_has_a_list_to_look_in() -> None:
    unknown = {reason.name for reason in Reason if reason.name.startswith("unknown_")}
    without = {"unknown_route", "unknown_key", "unknown_model", "unknown_document"}
    without |= {"unknown_deposit"}  # it is named by the bank's statement

    assert unknown - without <= set(LISTS), "name the list, or say here that there is none"
    served = {route.path for route in ROUTES} | {"/v1/instruments"}
    assert {each.path for each in LISTS.values()} <= served
    said_by = {" ".join(words) for words in VERBS}
    named = {each.verb.removeprefix("gpubourse ").partition(" --")[0] for each in LISTS.values()}
    assert named <= said_by
    for each in LISTS.values():
        shown = said(*each.verb.removeprefix("gpubourse ").split(), "--help").stdout
        assert ("--me NAME" in shown) == each.takes_me, each.verb


# what a verb that acts is done to, and may be in any state; the rest stands in USABLE
ANY_STATE = {
    ("import", "SITE"): "a server may be registered at any site",
    ("operator node-site", "SITE"): "the same",
    ("sell", "SITE"): "whose servers are offered",
    ("settle instruct", "SITE"): "where a carrier takes it",
    ("keys invite", "PARTY"): "a party has no state that forbids it",
    ("operator deposit", "PARTY"): "the same",
    ("operator reverse-deposit", "PARTY"): "the same",
    ("operator role", "PARTY"): "the same",
    ("operator site", "PARTY"): "the same",
    ("operator tier", "PARTY"): "the same",
    ("operator title", "PARTY"): "the same",
    ("operator provenance file", "NODE"): "papers are filed of whatever is registered",
    ("operator provenance verify", "NODE"): "the same",
    ("cancel", "MARKET"): "orders rest in any market",
    ("order", "MARKET"): "a phase passes",
    ("operator instrument", "MARKET"): "it is not listed yet",
}
CODES = {
    "ORDER": "unknown_order",
    "NODE": "unknown_node",
    "SETTLEMENT": "unknown_settlement",
    "PROPOSAL": "unknown_proposal",
    "PAYMENT": "unknown_payment",
    "PRINCIPAL": "unknown_principal",
}


def test_a_verb_that_acts_is_told_names_that_it_can_be_done_to() -> None:
    """Each id that such a verb takes has a narrowed list, or stands above with the reason."""
    wanted = {
        (" ".join(words), shape_of(param))
        for words in VERBS
        if takes(words, "is_yes")
        for param in verb_of(words).params
        if shape_of(param) in SHAPES
    }
    narrowed = {(verb, shape) for verb, shape in wanted if (verb, CODES.get(shape, "")) in USABLE}
    assert narrowed | set(ANY_STATE) == wanted
    assert not narrowed & set(ANY_STATE)
    assert {verb for verb, _ in USABLE} == {verb for verb, _ in narrowed}
    for (verb, code), known in USABLE.items():
        plain = LISTS[code]
        assert known != plain, (verb, code)
        told = said(*known.verb.removeprefix("gpubourse ").split(), "--help").stdout
        assert ("--me NAME" in told) == known.takes_me


def test_a_settlement_is_meant_where_its_next_step_is_this_one() -> None:
    steps = {"instruct": ("instruct", "cure"), "deliver": ("deliver",), "accept": ("accept",)}
    for verb, ways in steps.items():
        known = USABLE[f"settle {verb}", "unknown_settlement"]
        assert set(known.states) == {state for state, way in TRANSITIONS if way in ways}
    known = USABLE["operator fail", "unknown_settlement"]
    assert set(known.states) == {state for state, way in TRANSITIONS if way == "fail"}


@pytest.mark.parametrize(
    ("typed", "named"),
    [("N-3", "n-0003"), ("n-0003", "n-0003"), ("u-7", "u-000007"), (" n-12345 ", "n-12345")],
)
def test_an_id_is_read_in_any_case_and_with_or_without_zeros(typed: str, named: str) -> None:
    sell = command_line.gpubourse.get_command(None, "sell")  # type: ignore[arg-type]
    assert sell is not None
    (nodes,) = [param for param in sell.params if shape_of(param) == "NODE"]

    assert as_named(nodes, typed) == named
    assert as_named(nodes, (typed, typed)) == (named, named)


def test_every_parameter_that_is_called_like_an_id_or_a_market_is_read_as_one() -> None:
    """Walks each verb: what help calls ORDER, PARTY … takes `O-1`, and refuses what is none."""
    met = set()
    for words in VERBS:
        command = command_line.gpubourse
        for word in words:
            command = command.get_command(None, word)  # type: ignore[arg-type, assignment]
        for param in command.params:
            if (shape := shape_of(param)) in KINDS:
                met.add(shape)
                with pytest.raises(Exception, match=f"is no {shape.lower()}"):
                    as_named(param, "banana")
    assert met == set(KINDS) - {"LEASE"}, "no verb takes a lease yet"


def test_no_example_gives_a_clerks_name_to_another_keys_holder() -> None:
    """Whoever follows README and help would never get a second signature: one person has one."""
    pages = [said(*words, "--help").stdout for words in VERBS]
    readme = Path(__file__).parents[3].joinpath("README.md").read_text("utf-8")
    clerks = set(re.findall(r'--holders "([^"]+)"', "\n".join([readme, *pages]))[0].split(","))
    holders = set(re.findall(r'--holder "([^"]+)"', "\n".join(pages)))

    assert len(clerks) == 2
    assert holders
    assert not clerks & holders


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_publishes_what_its_json_holds(words: tuple[str, ...]) -> None:
    verb = " ".join(words)
    shown = json.loads(said(*words, "--schema").stdout)

    assert shown == schema_of(verb)
    assert shown["title"] == f"gpubourse {verb} --json"
    assert mismatches({"banana": 1}, shown), "a schema that takes anything tells nothing"


def test_every_instant_of_every_document_is_decimal_text() -> None:
    """Nanoseconds since 1970 pass 2^53: a program that reads numbers as floats would spoil them."""
    found = {
        (" ".join(words), name): json.dumps(schema)
        for words in VERBS
        for name, schema in _members(schema_of(" ".join(words)))
        if name.endswith("_ns")
    }

    assert len({verb for verb, _ in found}) > 20
    assert {each for each, schema in found.items() if json.dumps(NANOS) not in schema} == set()


def _members(schema: Any) -> Iterator[tuple[str, Any]]:
    """Each named member in a schema, at any depth."""
    if isinstance(schema, list):
        for each in schema:
            yield from _members(each)
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        if isinstance(properties, dict):
            yield from properties.items()
        for each in schema.values():
            yield from _members(each)


@pytest.mark.parametrize(
    ("verb", "bounds"),
    [
        ("import", (FILES_MOST, GPUS_MOST, SERVERS_OF_ONE_MOST)),
        ("import", (COLLECTED_BYTES_MOST >> 20, REPORT_BYTES_MOST >> 20)),
        ("sell", (LINES_MOST,)),
    ],
)
def test_a_bound_that_people_meet_is_told_by_help_as_it_is_enforced(
    verb: str, bounds: tuple[int, ...]
) -> None:
    shown = " ".join(said(verb, "--help").stdout.split())
    assert [f"{bound:,}" for bound in bounds if f"{bound:,} " not in shown] == []


def test_a_part_of_a_fleet_fits_into_one_proposal_of_title() -> None:
    """`import` asks for title to so many things at once: with the longest ids of a large venue."""
    things = [ThingId(f"u-{10_000_000 + number}") for number in range(THINGS_MOST)]
    command = IssueTitle(things=things, basis="opening")
    assert len(msgspec.json.encode(command)) <= ARGS_BYTES_MOST


@pytest.mark.parametrize(
    "verb",
    ["orders", "fills", "cash", "postings", "withdrawals", "leases", "holdings", "sites"],
)
def test_a_list_has_the_filters_that_its_route_has(verb: str) -> None:
    paths = {"postings": "/v1/cash/postings"}
    (route,) = [each for each in ROUTES if each.path == paths.get(verb, f"/v1/{verb}")]
    command = command_line.gpubourse.get_command(None, verb)  # type: ignore[arg-type]
    assert command is not None
    options = {option.lstrip("-") for param in command.params for option in param.opts}
    filters = {member.name for member in route.query} - {"limit", "cursor"}

    assert filters - options == {"min_position", "wait_ms"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_by_one_verb_and_once(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ZDOTDIR", raising=False)

    first, second = said("completion", shell), said("completion", shell)

    assert first.exit_code == second.exit_code == 0, first.output
    text = said("completion", shell, "--print").stdout
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.read_text("utf-8") == text.removesuffix("\n") for path in files)
    for start in (path for path in files if path.name.startswith(".")):
        assert start.read_text("utf-8").count("completion.") == 2  # one line, which names it twice


def test_completion_offers_verbs_and_options() -> None:
    env = {"_GPUBOURSE_COMPLETE": "bash_complete"}

    verbs = said(env=env | {"COMP_WORDS": "gpubourse ord", "COMP_CWORD": "1"}).stdout
    options = said(env=env | {"COMP_WORDS": "gpubourse buy --li", "COMP_CWORD": "2"}).stdout

    assert verbs.split() == ["plain,order", "plain,orders"]
    assert options.split() == ["plain,--limit"]
