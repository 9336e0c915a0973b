"""Every member of every route's query: it has an effect; any other, or a bad value, is refused.

The walks go over the routing table itself: a route or a member that is added is walked, too.
"""

import inspect
import re
from typing import Any, get_args
from urllib.parse import quote

import pytest

from gateway.routes.openapi import plain_path
from gateway.routes.query import CURSOR, LIMIT, NEW_ENOUGH, SPAN, SPANS, Instant, QueryMember
from gateway.routes.request import Route
from gateway.routes.system import DESCRIBED, ROUTES
from gateway.server.views_process import view_rules
from gateway.settings import Limits
from ledger.cash import accounts
from ledger.durations import HOUR_NS, SECOND_NS
from ledger.inventory import GPUS_MOST
from ledger.words import AccountKind, EntryKind, PostingKind
from tests.exchange.ground import LEASE, TITLE
from tests.gateway.town import Town
from tests.ledger.test_whole_numbers import NO_INSTANTS
from tests.other_digits import OTHER_DIGITS

LIMITS = Limits()
NOBODYS = {  # values that rows could have, and none has
    "party": "p-0099",
    "site": "s-0099",
    "node": "n-0099",
    "order": "o-000099",
    "subject": "u-000099",
    "market": "T.B200SXM8.A1.CN-SH",
    "model": "B200",
    "label": "mine",
    "account": "p-0099/available",
    "rule": "nobodys",
    "names": "nobody's",
    "since": 4_102_444_800_000_000_000,
    "until": 1,
}
BY_HAND = re.compile(r"[\x00-\x1f]")  # in texts of the fixture, which no command lets in
WORTH = "/v1/markets/{market}/worth"
LIVE = ("/v1/markets/{market}/candles", WORTH)  # where live trades can be had: without views
READS = [route for route in ROUTES if route.method == "GET" and route.query]
SOCKET = "/v1/ws"
PARTS = {  # what the walks put into a path, from the rows of the fixture
    "party": "p-0007",
    "owned": "p-0007",
    "principal": "k-0007",
    "payment": "y-000001",
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
    "level": "0",
    "log": "1",
    "number": "000",
    "key": "town-1",
    "code": "bad_field",
    "name": "main.js",
}
OTHER_PARTS = {
    "/v1/markets/{market}/trades": {"market": TITLE},  # where the views have rows
    "/v1/markets/{market}/worth": {"market": TITLE},  # of a title class alone
}
ROW_MEMBER = {  # what a filter compares, if its name is another
    ("/v1/sites", "state"): "status",
    ("/v1/site_directory", "state"): "status",
}


def address(route: Route, **query: Any) -> str:
    parts = PARTS | OTHER_PARTS.get(route.path, {})
    path = re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], plain_path(route.path))
    told = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    return f"{path}?{told}" if told else path


def bad_values(member: QueryMember) -> list[str]:
    """Values that no row could have, by what the member says that it takes."""
    schema = member.kind_under(LIMITS).schema()
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if schema["type"] == "integer":
        beyond = [str(schema["maximum"] + 1), "9" * 30]
        least = ["0"] if schema["minimum"] else []
        return ["", "-1", "1.0", "x", "+1", "01", *OTHER_DIGITS, *beyond, *least]
    if schema["type"] == "boolean":
        return ["", "maybe", "True"]
    if "enum" in schema:
        return ["", "banana", schema["enum"][0].upper(), schema["enum"][0] + " "]
    if "pattern" in schema:
        return ["", "\n", "x" * 2_000]
    if isinstance(member.kind, Instant):
        return ["yesterday", "-5", "07", "1969-12-31T00:00:00Z", "9" * 20, *NO_INSTANTS]
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
    town.lift_rates()
    names = {member.name for route in ROUTES for member in route.query} | {"colour", "as_of", ""}
    for route in (route for route in ROUTES if not route.is_console):
        known = {member.name for member in route.query}
        for name in sorted(names - known):
            status, told, _ = await town.ask(route.method, address(route, **{name: "1"}))
            assert (status, told["code"], told["field"]) == (400, "bad_field", f"/{name}"), route
            if name != "as_of":
                assert all(each in told["detail"] for each in known), told["detail"]


async def test_a_link_to_the_console_opens_whatever_others_put_into_it(town: Town) -> None:
    """Each route answers with a page or with data; a page's address may bear a tracker's words."""

    async def got(path: str) -> tuple[int, str]:
        town.clock.skip(SECOND_NS)
        async with town.http.get(town.url + path) as response:
            return response.status, response.content_type

    shared = "utm_source=x&fbclid=1&fbclid=2&as_of=3&=&limit=%F0"
    pages = []
    for route in (route for route in ROUTES if route.method == "GET" and route.path != SOCKET):
        status, kind = await got(address(route))
        is_page = "json" not in kind
        assert route.is_console == is_page, route.path
        assert (await got(f"{address(route)}?{shared}"))[0] == (status if is_page else 400), kind
        if is_page:
            pages.append((route.path, status))
    assert pages == [("/", 200), ("/{name:.+}", 200)]
    for name in ("index.html", "main.js", "words/en.json", "styles/base.css"):
        assert (await got(f"/{name}?{shared}"))[0] == 200, name
    status, told, _ = await town.ask("GET", "/v1/marketz?limit=1")
    assert (status, told["code"]) == (404, "unknown_route"), "not: no such member"


async def test_a_span_that_ends_before_it_begins_is_refused_on_every_route(town: Town) -> None:
    town.lift_rates()
    walked = 0
    for route in ROUTES:
        names = {member.name for member in route.query}
        for first, last in SPANS:
            if {first, last} <= names:
                walked += 1
                path = address(route, **{first: 5, last: 3})
                status, told, _ = await town.ask(route.method, path)
                refused = (status, told["code"], told["field"])
                assert refused == (400, "bad_combination", f"/{first}"), path
    assert walked > 10


async def test_a_value_that_no_row_could_have_is_refused(town: Town) -> None:
    town.lift_rates()
    for route in ROUTES:
        for member in route.query:
            for value in bad_values(member):
                path = address(route, **{member.name: value})
                status, told, _ = await town.ask(route.method, path)
                refused = (status, told["code"], told["field"])
                assert refused == (400, "bad_field", f"/{member.name}"), path


async def test_a_member_given_twice_is_refused(town: Town) -> None:
    town.lift_rates()
    for route in ROUTES:
        for member in route.query:
            path = f"{address(route)}?{member.name}=1&{member.name}=1"
            assert (await town.ask(route.method, path))[0] == 400, path


async def test_a_body_where_none_is_taken_is_refused(town: Town) -> None:
    token = await town.log_on("clerk", ttl_s=3_600)
    for route in ROUTES:
        if route.op or route.body or route.path in {"/v1/ws"}:
            continue
        town.clock.skip(SECOND_NS)
        status, told, _ = await town.ask(
            route.method, address(route), token=token, body={"colour": "red"}
        )
        field = "" if route.method == "GET" else "/colour"  # a read is refused from its head
        refused = (status, told["code"], told.get("field", ""))
        assert refused == (400, "bad_shape", field), route.path


OF_THE_PAST = {"/v1/audit/state", "/v1/audit/diff"}  # whole states: no row bears a position
EARLIER = 20


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
        if route.path == WORTH:
            worths = [await self.told(route, lots=lots) for lots in (1, 2, GPUS_MOST)]
            sums = [worth["result"]["rent"]["last_minor"] for _, worth in worths]
            wanted = [sums[0], 2 * sums[0], GPUS_MOST * sums[0]]  # as many as one report shows
            return "" if sums == wanted and sums[0] > 0 else f"{member.name}: {sums}"
        every = await self.rows(route, **({"limit": 1_000} if LIMIT in route.query else {}))
        if member.name in {"limit", "depth"}:
            few = await self.rows(route, **{member.name: 1})
            return "" if 0 < len(few) < len(every) else f"{len(few)} of {len(every)} rows"
        if member == CURSOR:
            _, first = await self.told(route, limit=1)
            if not first["next"]:
                return "one page has all"
            rest = await self.rows(route, limit=1_000, cursor=first["next"])
            return "" if rest and first["rows"] + rest == every else "the rest is another"
        if route.path in OF_THE_PAST and member.name in {"position", "from", "to"}:
            shown = await self.rows(route, limit=1_000, **{member.name: EARLIER})
            return "" if shown and shown != every else "it shows what is shown without it"
        if member.name in {"from", "to"}:
            column = "at_ns" if member in SPAN else "position"
            return await self._fault_of_bound(route, member, every, column)
        return await self._fault_of_filter(route, member, every)

    async def _fault_of_waiting(self, route: Route, member: QueryMember) -> str:
        status, told = await self.told(route, min_position=10**9, wait_ms=0)
        if (status, told["code"]) != (503, "not_yet"):
            return f"min_position: {told}"
        status, told = await self.told(route, wait_ms=0)
        return "" if (status, told["code"]) == (400, "bad_combination") else f"wait_ms: {told}"

    async def _fault_of_bound(
        self, route: Route, member: QueryMember, every: list[Any], column: str
    ) -> str:
        """`from` is included; `to` is not, but for a position."""
        places = sorted(int(row[column]) for row in every)
        for bound in (places[0], places[-1]) if places else ():
            shown = await self.rows(route, limit=1_000, **{member.name: bound})
            last = bound if column == "at_ns" else bound + 1
            wanted = [
                row
                for row in every
                if (int(row[column]) >= bound if member.name == "from" else int(row[column]) < last)
            ]
            if shown != wanted:
                return f"{len(shown)} rows, not {len(wanted)}"
        return "" if len(set(places)) > 1 else "all rows stand at one instant"

    async def _fault_of_filter(self, route: Route, member: QueryMember, every: list[Any]) -> str:
        column = ROW_MEMBER.get((route.path, member.name), member.name)
        kind = member.kind_under(LIMITS)
        rows = [row for row in every if type(row) is dict and row.get(column)]
        seen = [row[column] for row in rows if not BY_HAND.search(row[column])]
        effects = 0
        values = (*seen, *kind.schema().get("enum", ()), NOBODYS.get(member.name, ""))
        for value in dict.fromkeys(filter(None, values)):
            try:
                assert kind.read(str(value)) == value
            except ValueError:
                return f"{value} is refused, and a row has it"
            shown = await self.rows(route, **{member.name: value})
            if rows and member.name != "party" and any(row[column] != value for row in shown):
                return f"{value} shows other rows"
            is_narrower = all(row in every for row in shown)
            if not is_narrower and member.name not in {"interval", "topic"}:
                return f"{value} shows rows that were not there"
            effects += shown != every
        return "" if effects else f"no value of {seen} has an effect"


@pytest.mark.postgres
async def test_every_member_of_every_query_has_an_effect(viewed_twice: Town) -> None:
    await trades_of_two_hours(viewed_twice)
    await must_have_effects(viewed_twice, [route for route in READS if route.path not in LIVE])


async def test_and_so_has_each_of_the_candles_and_of_worth(town: Town) -> None:
    await trades_of_two_hours(town)
    await must_have_effects(town, [route for route in READS if route.path in LIVE])


async def must_have_effects(town: Town, routes: list[Route]) -> None:
    walk = Walk(town, await town.log_on("auditor", ttl_s=3_600))
    faults = {
        f"{route.path}?{member.name}": fault
        for route in routes
        for member in route.query
        if (fault := await walk.fault(route, member))
    }
    assert routes
    assert not faults, "\n".join(f"{where}: {fault}" for where, fault in faults.items())


async def trades_of_two_hours(town: Town) -> None:
    """Something in the live book, on the tape and in the candles."""
    seller, trader = await town.log_on("seller"), await town.log_on("trader")
    for price in (1302, 1303, 1304, 1305):
        await town.order("seller", seller, side="ask", price_ticks=price, lots=1)
    await town.order("trader", trader, side="bid", price_ticks=1302, lots=1)
    town.clock.go_on(HOUR_NS)
    await town.order("trader", trader, side="bid", price_ticks=1303, lots=1)


def test_every_kind_that_a_posting_or_an_account_may_have_can_be_asked_for() -> None:
    assert set(get_args(PostingKind)) == {*view_rules().kinds.values(), *get_args(EntryKind)}
    names = [name for name, _ in inspect.getmembers(accounts, inspect.isfunction)]
    assert set(get_args(AccountKind)) <= set(names)
