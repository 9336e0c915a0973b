"""Every member of every route's query: it has an effect; any other, or a bad value, is refused.

The walks go over the routing table itself: a route or a member that is added is walked, too.
"""

import inspect
import re
from typing import Any, get_args
from urllib.parse import quote

import pytest

from gateway.routes.openapi import plain_path
from gateway.routes.query import CURSOR, NEW_ENOUGH, PARTY, SPAN, QueryMember
from gateway.routes.request import Route
from gateway.routes.system import DESCRIBED, ROUTES
from gateway.server.views_process import view_rules
from gateway.settings import Limits
from ledger.cash import accounts
from ledger.durations import SECOND_NS
from ledger.words import AccountKind, EntryKind, PostingKind
from tests.exchange.ground import LEASE
from tests.gateway.town import Town

LIMITS = Limits()
READS = [route for route in ROUTES if route.method == "GET" and route.query]
PARTS = {  # what the walks put into a path, from the rows of the fixture
    "party": "p-0007",
    "site": "s-0001",
    "unit": "u-000001",
    "node": "n-0001",
    "order": "o-000001",
    "lease": "l-0001",
    "settlement": "x-000001",
    "proposal": "z-000001",
    "report": "r" * 43,
    "stream": "party:p-0002",
    "market": LEASE,
    "position": "1",
    "key": "town-1",
    "code": "bad_field",
    "name": "main.js",
}
ROW_MEMBER = {("/v1/sites", "state"): "status"}  # what a filter compares, if its name is another


def address(route: Route, **query: Any) -> str:
    path = re.sub(r"\{(\w+)\}", lambda part: PARTS.get(part[1], "x-000001"), plain_path(route.path))
    told = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    return f"{path}?{told}" if told else path


def bad_values(member: QueryMember) -> list[str]:
    """Values that no row could have, by what the member says that it takes."""
    schema = member.kind_under(LIMITS).schema()
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if schema["type"] == "integer":
        beyond = [str(schema["maximum"] + 1), "9" * 30]
        return ["", "-1", "1.0", "x", "+1", "٣", *beyond, *(["0"] if schema["minimum"] else [])]
    if schema["type"] == "boolean":
        return ["", "maybe", "True"]
    if "enum" in schema:
        return ["", "banana", schema["enum"][0].upper(), schema["enum"][0] + " "]
    if "pattern" in schema:
        return ["", "\n", "x" * 2_000]
    if member in SPAN:
        return ["", "yesterday", "-5", "2026-11-30T16:00:00", "1969-12-31T00:00:00Z", "9" * 20]
    return []  # text that a command judges by itself


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_member_is_declared_twice_and_each_says_what_it_takes(route: Route) -> None:
    names = [member.name for member in route.query]

    assert len(names) == len(set(names))
    assert all(member.meaning for member in route.query)
    assert route.op or all(bad_values(member) for member in route.query)


async def test_the_description_lists_exactly_these(town: Town) -> None:
    _, document, _ = await town.ask("GET", "/openapi.json")

    for route in DESCRIBED:
        operation = document["paths"][plain_path(route.path)][route.method.lower()]
        told = {
            each["name"]: each["schema"]
            for each in operation["parameters"]
            if each["in"] == "query"
        }
        declared = {member.name: member.kind_under(LIMITS).schema() for member in route.query}
        assert told == declared, route.path


async def test_what_is_not_declared_is_refused_and_the_known_are_named(town: Town) -> None:
    names = {member.name for route in ROUTES for member in route.query} | {"colour", "as_of", ""}
    for route in ROUTES:
        known = {member.name for member in route.query}
        for name in sorted(names - known):
            status, told, _ = await town.ask(route.method, address(route, **{name: "1"}))
            assert (status, told["code"], told["field"]) == (400, "bad_field", f"/{name}"), route
            if name != "as_of":
                assert all(each in told["detail"] for each in known), told["detail"]


async def test_a_value_that_no_row_could_have_is_refused(town: Town) -> None:
    for route in ROUTES:
        for member in route.query:
            for value in bad_values(member):
                path = address(route, **{member.name: value})
                status, told, _ = await town.ask(route.method, path)
                refused = (status, told["code"], told["field"])
                assert refused == (400, "bad_field", f"/{member.name}"), path


async def test_a_member_given_twice_is_refused(town: Town) -> None:
    for route in ROUTES:
        for member in route.query:
            path = f"{address(route)}?{member.name}=1&{member.name}=1"
            status, told, _ = await town.ask(route.method, path)
            assert status == 400, path


async def test_a_body_where_none_is_taken_is_refused(town: Town) -> None:
    token = await town.log_on("clerk", ttl_s=3_600)
    for route in ROUTES:
        if route.op or route.body or route.path in {"/v1/ws"}:
            continue
        town.clock.skip(SECOND_NS)
        status, told, _ = await town.ask(
            route.method, address(route), token=token, body={"colour": "red"}
        )
        refused = (status, told["code"], told["field"])
        assert refused == (400, "bad_shape", "/colour"), route.path


class Walk:
    """Asks a town as its auditor, who may read everything."""

    def __init__(self, town: Town, token: str) -> None:
        self.town = town
        self.token = token

    async def told(self, route: Route, **query: Any) -> tuple[int, Any]:
        self.town.clock.skip(SECOND_NS)  # every bucket is full again
        status, told, _ = await self.town.ask("GET", address(route, **query), token=self.token)
        return status, told

    async def rows(self, route: Route, **query: Any) -> list[Any]:
        status, told = await self.told(route, **query)
        assert status == 200, (address(route, **query), told)
        if "rows" in told:
            return list(told["rows"])
        result = told["result"]
        return list(result.get("candles", (*result.get("bids", ()), *result.get("asks", ()))))

    async def fault(self, route: Route, member: QueryMember) -> str:
        """What is wrong with a member's effect; "" if it has the one that is told."""
        if member in NEW_ENOUGH:
            return await self._fault_of_waiting(route, member)
        every = await self.rows(route, **({"depth": "full"} if member.name == "depth" else {}))
        if member == LIMIT or (
            isinstance(member.kind, Whole) and member.name in {"limit", "depth"}
        ):
            few = await self.rows(route, **{member.name: 1})
            return "" if 0 < len(few) < len(every) else f"{len(few)} of {len(every)} rows"
        if member == CURSOR:
            _, first = await self.told(route, limit=1)
            rest = await self.rows(route, cursor=first["next"]) if first["next"] else []
            return "" if rest and first["rows"] + rest == every else "the rest is another"
        if member in SPAN:
            return await self._fault_of_span(route, member, every)
        return await self._fault_of_filter(route, member, every)

    async def _fault_of_waiting(self, route: Route, member: QueryMember) -> str:
        status, told = await self.told(route, min_position=10**9, wait_ms=0)
        if (status, told["code"]) != (503, "not_yet"):
            return f"min_position: {told}"
        status, told = await self.told(route, wait_ms=0)
        return "" if (status, told["code"]) == (400, "bad_combination") else f"wait_ms: {told}"

    async def _fault_of_span(self, route: Route, member: QueryMember, every: list[Any]) -> str:
        times = sorted(int(row["at_ns"]) for row in every)
        middle = times[-1]
        shown = await self.rows(route, **{member.name: middle})
        wanted = [row for row in every if (int(row["at_ns"]) >= middle) is (member.name == "from")]
        return "" if shown == wanted and 0 < len(wanted) < len(every) else f"{len(shown)} rows"

    async def _fault_of_filter(self, route: Route, member: QueryMember, every: list[Any]) -> str:
        column = ROW_MEMBER.get((route.path, member.name), member.name)
        kind = member.kind_under(LIMITS)
        seen = list(
            dict.fromkeys(row[column] for row in every if type(row) is dict and row.get(column))
        )
        schema = kind.schema()
        effects = 0
        for value in dict.fromkeys((*seen, *schema.get("enum", ()))):
            assert kind.read(str(value)) == value, f"{value} is refused, and a row has it"
            shown = await self.rows(route, **{member.name: value})
            if seen and member != PARTY and any(row[column] != value for row in shown):
                return f"{value} shows other rows"
            if not all(row in every for row in shown) and route.path != "/v1/audit/events":
                if member.name != "interval":
                    return f"{value} shows rows that were not there"
            effects += shown != every
        return "" if effects else f"no value of {seen} has an effect"


@pytest.mark.postgres
async def test_every_member_of_every_query_has_an_effect(viewed: Town) -> None:
    await trades_at_three_prices(viewed)
    walk = Walk(viewed, await viewed.log_on("auditor", ttl_s=3_600))
    faults = {
        f"{route.path}?{member.name}": fault
        for route in READS
        for member in route.query
        if (fault := await walk.fault(route, member))
    }

    assert not faults, "\n".join(f"{where}: {fault}" for where, fault in faults.items())


async def trades_at_three_prices(town: Town) -> None:
    """Something in the live book, on the tape and in the candles."""
    seller, trader = await town.log_on("seller"), await town.log_on("trader")
    for price in (1302, 1303, 1304):
        await town.order("seller", seller, side="ask", price_ticks=price, lots=1)
    await town.order("trader", trader, side="bid", price_ticks=1302, lots=1)


def test_every_kind_that_a_posting_or_an_account_may_have_can_be_asked_for() -> None:
    assert set(get_args(PostingKind)) == {*view_rules().kinds.values(), *get_args(EntryKind)}
    names = [name for name, _ in inspect.getmembers(accounts, inspect.isfunction)]
    assert set(get_args(AccountKind)) <= set(names)
