"""docs/design/WIRE.md tells what is built: routes, codes, feeds, limits, pages, verbs, one by one.

A row of its tables that begins with the tag `[planned]` speaks of what is not built; every other
row is held to the code, in both directions.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import click
from msgspec.structs import fields

from exchange.ops import OPS
from gateway.cli.command_line import gpubourse
from gateway.feeds.channel import ALL, AUDIT, OWN
from gateway.market_picture.market_views import MarketViews
from gateway.problems import TROUBLES
from gateway.routes.openapi import plain_path
from gateway.routes.query import NEW_ENOUGH, SPAN
from gateway.routes.query import PAGE as OF_A_PAGE
from gateway.routes.request import Route
from gateway.routes.system import ROUTES
from gateway.server.assembly import _channels
from gateway.settings import Limits
from gateway.socket import messages
from ledger.commands import Command
from ledger.refusals import Reason
from tests.house.advice import advise
from tests.house.sources import ROOT, sources

PAGE = ROOT / "docs" / "design" / "WIRE.md"
PLANNED = "[planned]"
CODE = re.compile(r"`([^`]+)`")
ROUTE = re.compile(r"`((?:GET|POST|PATCH|PUT|DELETE) /[^`]*)`")
SECTIONS = (
    "Principles", "Authentication", "REST", "Errors", "WebSocket",
    "What a client does (and ours does)", "Limits", "Console", "Command line",
)  # fmt: skip
NOT_A_ROUTE = "/{name:.+}"  # the console's files
BY_THE_LIBRARY = {1000, 1002}  # a client's own close, and what the reader of frames breaks off
IN_EVERY_VERB = {"--json", "--schema", "--no-color", "--debug"}
GROUPS = {
    "venue": {"--venue", "--lang"},
    "lang": {"--lang"},
    "me": {"--me"},
    "data": {"--data"},
    "acts": {"--yes", "--dry-run", "--key"},
}


class Row(NamedTuple):
    """One row of a table, its cells without blanks around them."""

    cells: tuple[str, ...]

    @property
    def is_planned(self) -> bool:
        return self.cells[0].startswith(PLANNED)

    @property
    def names(self) -> list[str]:
        """What stands in backticks in its first cell."""
        return CODE.findall(self.cells[0])


def section(number: int) -> str:
    """The text of one section."""
    parts = re.split(r"^## (\d+)\. .*$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[str(number)]


def rows(number: int) -> Iterator[Row]:
    """Every row of a section's tables, but for the heads."""
    lines = section(number).splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("| ") and not following.startswith("|---"):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            yield Row(tuple(cell.strip() for cell in cells))


def built(number: int) -> list[Row]:
    return [row for row in rows(number) if not row.is_planned]


def wanted(text: str) -> set[str]:
    """The words of a cell that is a list: `read`, or `trade, seller`."""
    return {word for word in re.split(r"[,;\s]+", text) if word}


def test_the_sections_keep_their_numbers() -> None:
    found = re.findall(r"^## (\d+)\. (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert found == [(str(number), title) for number, title in enumerate(SECTIONS, 1)]


def test_what_is_planned_is_marked_where_a_reader_sees_it() -> None:
    wrong = []
    before = ""
    for number, line in enumerate(PAGE.read_text("utf-8").splitlines(), 1):
        bare = line.replace(f"`{PLANNED}`", "")
        if PLANNED in bare:
            is_bullet = bare.startswith((f"- {PLANNED} ", f"| {PLANNED} "))
            is_heading = bare.startswith("#") and bare.endswith(f" {PLANNED}")
            is_paragraph = bare.startswith(f"{PLANNED} ") and not before
            if bare.count(PLANNED) > 1 or not (is_bullet or is_heading or is_paragraph):
                wrong.append(f"{PAGE.name}:{number} {line[:60]}")
        before = line
    assert not wrong, advise(
        wrong,
        "put [planned] first in a bullet, a paragraph or a table's row, or last in a heading, "
        "and keep what is built out of that sentence",
    )


# --- 3 REST


def told_routes() -> dict[str, Row]:
    """The route of each row that is built, such as "GET /v1/venue"."""
    return {route: row for row in built(3) for route in ROUTE.findall(row.cells[0])}


def live_routes() -> dict[str, Route]:
    return {
        f"{route.method} {plain_path(route.path)}": route
        for route in ROUTES
        if route.path != NOT_A_ROUTE
    }


def test_every_route_is_told_and_every_route_told_is_live() -> None:
    assert set(told_routes()) == set(live_routes())


def test_no_planned_route_is_live() -> None:
    planned = {route for row in rows(3) if row.is_planned for route in ROUTE.findall(row.cells[0])}

    assert planned
    assert not planned & set(live_routes())


def test_every_routes_scope_is_told() -> None:
    for name, row in told_routes().items():
        route = live_routes()[name]
        told = row.cells[2 if route.op and route.op in OPS else 1]
        if name == "GET /v1/audit/streams/{stream}":
            assert told == "audit; own `party:` stream: any"
        elif route.scopes:
            assert wanted(told) == set(route.scopes), name
        else:
            assert told == ("any" if route.needs_session else "–"), name


def test_every_commands_members_are_told() -> None:
    for name, row in told_routes().items():
        route = live_routes()[name]
        if route.op not in OPS:
            continue
        _, op, _, mark, args = row.cells
        assert op == f"`{route.op}`", name
        always = OPS[route.op].second.is_always_due
        assert (mark == "4") is always, f"{name}: whether it takes four eyes"
        if route.op == "order.new":
            args = section(3).partition("**Order args**")[2].partition("\n\n")[0]
        in_path = set(re.findall(r"\{(\w+)\}", name))
        members = {each.name for each in fields(OPS[route.op].command)} - in_path
        members -= set(Command.__struct_fields__)  # told once, for every command
        is_raw = "raw report" in args  # its digest is signed, whatever else rides along
        missing = members - set(CODE.findall(args)) - ({"report_sha256"} if is_raw else set())
        assert not missing, f"{name} does not tell {missing}"
    for member in Command.__struct_fields__:
        assert f"**Every command takes `{member}`**" in section(3)


OF_EVERY_READ = (*OF_A_PAGE, *SPAN, *NEW_ENOUGH)  # told in section 1


def test_every_filter_is_told() -> None:
    for name, row in told_routes().items():
        route = live_routes()[name]
        if route.op:
            continue
        own = {member.name for member in route.query if member not in OF_EVERY_READ}
        assert own <= set(CODE.findall(row.cells[2])), name


# --- 4 errors


def test_every_code_is_told_in_the_order_of_looking() -> None:
    told = [(row.names[0], int(row.cells[1]), row.cells[2] == "yes") for row in built(4)]
    reasons = [(reason.name, reason.status, reason.is_retryable) for reason in Reason]
    troubles = [(trouble.code, trouble.status, True) for trouble in TROUBLES.values()]

    assert told == reasons + troubles


def test_no_planned_code_is_in_use() -> None:
    planned = section(4).partition(f"- {PLANNED} Codes")[2].partition("\n- ")[0]

    assert not set(CODE.findall(planned)) & {*Reason.__members__, *TROUBLES}


# --- 5 WebSocket


def test_every_op_of_a_socket_is_told() -> None:
    heads = built(5)
    told = {name for row in heads if len(row.cells) == 2 for name in row.names}

    assert {name for name in told if not name.isdigit()} == set(messages.MEMBERS)


def test_every_feed_is_told_by_its_kind() -> None:
    told = {
        row.names[0].split("/")[0].split(".")[0]: row for row in built(5) if len(row.cells) == 6
    }
    channels = {channel.name: channel for channel in _channels(MarketViews())}
    words = {ALL: "all", OWN: "own", AUDIT: "audit"}

    assert set(told) == set(channels)
    for name, channel in channels.items():
        _, who, snapshot, _, slow, since = told[name].cells
        assert who.startswith(words[channel.who]), name
        assert snapshot.startswith("none") is not channel.has_snapshot, name
        assert slow == ("lossless" if channel.is_lossless else "conflate"), name
        assert since == ("ring, journal" if channel.is_replayable else "ring"), name


def test_every_close_code_is_told() -> None:
    told = {int(row.cells[0]) for row in built(5) if row.cells[0].isdigit()}
    calls = re.compile(r"(?:\.close|Close|FrameBroken)\((\d{4}),")
    used = {int(code) for source in sources("gateway") for code in calls.findall(source.text)}

    assert told == used | BY_THE_LIBRARY


# --- 7 limits


def test_every_limit_is_told_with_its_value() -> None:
    told = {
        CODE.findall(row.cells[1])[0]: int(row.cells[2].replace(",", ""))
        for row in built(7)
        if len(row.cells) == 4
    }

    assert told == Limits().published()


# --- 8 console, 9 command line


def test_every_page_of_the_console_is_told() -> None:
    told = [re.findall(r"`#/(\w*)", row.cells[1])[0] or "overview" for row in built(8)]
    app = (ROOT / "gateway/console/views/app.js").read_text("utf-8")

    assert set(told) == set(re.findall(r'page === "(\w+)"', app))


def verbs(
    group: click.Group, context: click.Context, path: str = ""
) -> Iterator[tuple[str, click.Command]]:
    """Every verb that does something, with its whole name."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        whole = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            yield from verbs(command, click.Context(command, parent=context), whole)
        else:
            yield whole, command


def test_every_verb_is_told_with_its_options() -> None:
    told = {row.names[0]: row for row in built(9) if len(row.cells) == 5}
    live = dict(verbs(gpubourse, click.Context(gpubourse)))

    assert set(told) == set(live)
    for name, command in live.items():
        _, _, own, groups, _ = told[name].cells
        options = {
            flag
            for param in command.params
            if isinstance(param, click.Option)
            for flag in (*param.opts, *param.secondary_opts)
        } - IN_EVERY_VERB
        named = {flag.split()[0] for flag in CODE.findall(own)}
        shared = {flag for group in wanted(groups) for flag in GROUPS[group]}
        assert named | shared == options, name
