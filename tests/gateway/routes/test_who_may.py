"""Role x route x owner: what each sort of caller gets of its own things and of another party's.

The table is made from the routes themselves and stands in `who_may.txt`, a line for each route and
role: what comes of the own thing, and of the foreign one; `–`: there is no such thing. After a
change that is meant, `WRITE_TABLES=1` writes it anew. The seller runs the site where the other
party's servers stand: as its operator and custodian it meters and delivers them.
"""

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from gateway.routes.request import Route
from gateway.routes.system import ROUTES
from gateway.server.listener import Listener
from gateway.server.server import VenueServer, open_server
from gateway.settings import Settings
from ledger.durations import SECOND_NS
from ledger.journal.postgres import PostgresJournal
from ledger.log.older_logs import ACCEPTANCE, older_path
from tests.exchange.ground import Floor
from tests.gateway.routes.who_may import (
    BODIES,
    NONE,
    PARTIES,
    ROLES,
    a_day,
    args_of,
    path_of,
)
from tests.gateway.town import Town, TownClock, enrol, opened_to, town_of
from tests.ledger.log.published import Log, Rows
from tests.waiting import PATIENCE_S

TABLE = Path(__file__).with_name("who_may.txt")
WRITES = os.environ.get("WRITE_TABLES") == "1"
PAGES = {"/", "/{name:.+}", "/v1/ws"}  # no JSON: the console, and the socket (its own tests)
SAME_FOR_ALL = ("/v1/site_directory",)  # one list for everybody with a key: what it names is found
READS = [route for route in ROUTES if route.method == "GET" and route.path not in PAGES]
ACTS = [route for route in ROUTES if route.method != "GET"]

Line = tuple[str, str]  # "GET /v1/orders", "trader"


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def table() -> dict[Line, str]:
    """Each line's two cells: of the own thing, of the foreign one."""
    rows = [line.split(" | ") for line in TABLE.read_text("utf-8").splitlines()]
    return {(route, role): f"{own} | {foreign}" for route, role, own, foreign in rows}


def must_be_the_tables(found: dict[Line, str]) -> None:
    if WRITES:
        whole = (table() if TABLE.exists() else {}) | found
        order = {name_of(route): at for at, route in enumerate(ROUTES)}
        roles = list(ROLES)
        lines = sorted(whole, key=lambda line: (order[line[0]], roles.index(line[1])))
        text = "".join(f"{' | '.join((*line, whole[line]))}\n" for line in lines)
        TABLE.write_text(text, "utf-8")
    told = table()
    assert found == {line: told.get(line) for line in found}


def cell(status: int, told: Any) -> str:
    return f"{status} {told['code']}" if "code" in told and status >= 400 else str(status)


def lets_in(found: str) -> bool:
    """Whether a cell tells of anything but a want of rights."""
    return not found.startswith(("401", "403", "404"))


def test_the_table_has_every_route_and_role_and_no_other() -> None:
    routes = [name_of(route) for route in (*READS, *ACTS)]

    assert set(table()) == {(route, role) for route in routes for role in ROLES}


def test_every_command_is_asked_for_and_nothing_else() -> None:
    other = {route.path for route in ACTS if not route.op and "{" not in route.path}

    assert other == {*BODIES, "/v1/auth/session"}
    assert all(args_of(route.op, "p-0002") is not None for route in ACTS if route.op)


def lines_of(roles: tuple[str, ...]) -> Iterator[tuple[Route, str, str, str]]:
    told = table()
    for route in (*READS, *ACTS):
        for role in roles:
            own, _, foreign = told[name_of(route), role].partition(" | ")
            yield route, role, own, foreign


def test_a_visitor_gets_nothing_that_takes_a_session() -> None:
    for route, _, own, foreign in lines_of(("visitor",)):
        cells = {own, foreign} - {NONE}
        assert cells == {"401 no_session"} if route.needs_session else "401 no_session" not in cells


def test_a_role_without_the_scope_gets_nothing() -> None:
    for route, role, own, foreign in lines_of(tuple(ROLES)[1:]):
        if route.scopes and not set(route.opened_by) & set(ROLES[role].scopes):
            assert {own, foreign} <= {NONE, "403 scope_missing"}, (name_of(route), role)


def test_an_auditor_reads_everything_and_does_nothing() -> None:
    for route, _, own, foreign in lines_of(("auditor",)):
        if route.scopes and route.method == "GET":
            assert all(lets_in(each) for each in (own, foreign)), name_of(route)
        elif route.scopes:
            assert {own, foreign} <= {NONE, "403 scope_missing"}, name_of(route)


def test_no_party_is_shown_what_is_anothers() -> None:
    for route, role, _, foreign in lines_of(PARTIES):
        if route.needs_session and route.method == "GET":
            assert foreign == NONE or not lets_in(foreign), (name_of(route), role)


# --- asking


@pytest.fixture
async def house(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[Town]:
    async with house_of(tmp_path, postgres_dsn) as town:
        yield town


def _publish_behind_another(log: Log) -> None:
    """A log, and an older one under it; where it ends is nothing to those who may read it."""
    log.publish(Rows(256))
    older = log.out / older_path(1)
    older.mkdir(parents=True)
    for path in [each for each in log.out.rglob("*") if each.is_file()]:
        copy = older / path.relative_to(log.out)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (older / ACCEPTANCE).write_bytes(log.receipt(1).raw)


@asynccontextmanager
async def house_of(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[Town]:
    """A house whose journal tells of the day, its views, and everybody's keys."""
    floor = Floor(enrols=False)
    keys = enrol(floor)
    a_day(floor)
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in floor.batches:
        journal.append(batch.rows, [batch.command] if batch.command else [])
    journal.close()
    settings = Settings(
        data_folder=tmp_path, database_url=postgres_dsn, kind="demo", port=0, metrics_port=0
    )
    _publish_behind_another(Log(tmp_path))
    clock = TownClock(floor.writer.at_ns)
    server: VenueServer = await open_server(settings, clock=clock)
    assert server.parts.reader is not None
    try:
        assert await server.parts.reader.wait_for(floor.writer.position, timeout_s=PATIENCE_S)
        url, listener = server.url.rstrip("/"), Listener(server.parts)
        async with opened_to(
            url, server.parts, server.engine, floor, keys, clock, listener
        ) as town:
            yield town
    finally:
        await server.close()


async def tokens_of(town: Town) -> dict[str, str]:
    return {
        name: await town.log_on(role.key, scopes=role.scopes, ttl_s=3_600) if role.key else ""
        for name, role in ROLES.items()
    }


@pytest.mark.postgres
async def test_every_read_by_every_role_of_its_own_and_of_anothers(house: Town) -> None:
    tokens = await tokens_of(house)
    found: dict[Line, str] = {}
    strangers: list[str] = []
    for route in READS:
        for name, role in ROLES.items():

            async def told(path: str, token: str = tokens[name]) -> tuple[int, Any]:
                house.clock.skip(SECOND_NS)
                status, body, _ = await house.ask("GET", path, token=token)
                return status, body

            cells = [NONE, NONE]
            own, foreign = path_of(route, role.party), path_of(route, role.foreign)
            if own:
                status, body = await told(own)
                cells[0] = cell(status, body)
                if name in PARTIES and route.needs_session and route.path not in SAME_FOR_ALL:
                    mine = await own_names(told, role.party)
                    rows = body.get("rows", []) if "/history" not in route.path else []
                    strangers += [f"{own}: {row}" for row in rows if not mine & words_of(row)]
            if any(member.name == "party" for member in route.query):
                foreign = f"{own}?party={role.foreign}"
            if foreign and foreign != own:
                cells[1] = cell(*await told(foreign))
            found[name_of(route), name] = " | ".join(cells)

    assert not strangers
    must_be_the_tables(found)


async def own_names(told: Any, party: str) -> set[str]:
    """The names by which a row is a party's: its own, and of servers that it rents or buys."""
    _, leases = await told("/v1/leases")
    rented = {row["node"] for row in leases["rows"] if row["lessee"] == party}
    _, sales = await told("/v1/settlements")
    bought = {node for row in sales["rows"] if row["buyer"] == party for node in row["nodes"]}
    return {party} | rented | bought


def words_of(value: Any) -> set[str]:
    """Every text in a row, accounts and streams by their parts."""
    if isinstance(value, dict):
        return set(chain.from_iterable(words_of(each) for each in value.values()))
    if isinstance(value, list):
        return set(chain.from_iterable(words_of(each) for each in value))
    return set(re.split(r"[/:]", value)) if isinstance(value, str) else set()


@pytest.mark.parametrize("route", ACTS, ids=name_of)
async def test_every_act_by_every_role_on_its_own_and_on_anothers(
    route: Route, tmp_path: Path
) -> None:
    async with town_of(tmp_path, before=a_day) as town:
        tokens = await tokens_of(town)
        found = {
            (name_of(route), name): " | ".join(
                [
                    await acted(town, route, name, tokens[name], party)
                    for party in (role.party, role.foreign)
                ]
            )
            for name, role in ROLES.items()
        }

    must_be_the_tables(found)


async def acted(town: Town, route: Route, name: str, token: str, party: str) -> str:
    """What comes of one act on a party's things."""
    role = ROLES[name]
    if not route.op:
        if party != role.party:
            return NONE
        if route.method == "DELETE" and token:
            token = await town.log_on(role.key, scopes=role.scopes)
        status, told, _ = await town.ask(route.method, route.path, token=token, body={})
        return cell(status, told)
    path, args = path_of(route, party), args_of(route.op, party)
    if not path or args is None:
        return NONE
    in_path = set(re.findall(r"\{(\w+)\}", route.path))
    body = {name: value for name, value in args.items() if name not in in_path}
    town.clock.skip(SECOND_NS)
    headers = town.signed(role.key, route.op, args) if role.key else {"Idempotency-Key": "v-1"}
    status, told, _ = await town.ask(route.method, path, token=token, body=body, **headers)
    return cell(status, told)
