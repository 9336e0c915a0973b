"""Signed requests of every shape to every route, and never a fault of ours (500).

A seed draws route, role, whose things, and what is wrong with them: parts of the path, members of
the query and of the body. Beside it the figures of the table of rights.
"""

import json
import re
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from gateway.routes.openapi import plain_path
from gateway.routes.request import Route
from gateway.routes.system import DESCRIBED, description
from ledger.durations import SECOND_NS
from tests.gateway.contract.published import Published
from tests.gateway.hostile_texts import SHAPES
from tests.gateway.routes.test_who_may import ACTS, READS, house_of, name_of, table, tokens_of
from tests.gateway.routes.who_may import BODIES, NONE, ROLES, args_of, things_of
from tests.gateway.town import Town
from tests.reach import Reach

pytestmark = pytest.mark.postgres

REQUESTS, SLICE = 6_500, 300
KINDS_LEAST, ROLES_LEAST = 8, 5
SAID_WHILE_BUSY = {503}  # a view that is not there yet says so; it is no fault
STRANGE: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        -1,
        0,
        1,
        2**31,
        2**53,
        2**63,
        2**70,
        1.5,
        "",
        " ",
        "0",
        "-1",
        "x" * 5_000,
    ),
    *("\u0000", "\ud7ff", "𝟘", "null", "%00", "../..", "p-0002", "o-000001", "z-999999"),
    *([], {}, [[]], [None], {"a": {"b": []}}, ["x"] * 600, "9" * 400, "1e9", "NaN"),
)
PARTS = (
    *("x", "..x", "%", "\u0000", "p-9999999", "o-0", "9" * 30, "é", "a b", "*", "null"),
    "x" * 300,
)


class Fuzz:
    """One town, one seed."""

    def __init__(self, town: Town, tokens: dict[str, str], seed: int) -> None:
        self.town = town
        self.tokens = tokens
        self.published = Published(json.loads(description(town.parts.limits).body))
        self.faults: list[str] = []  # what of the replies /openapi.json does not say
        self.draw = Random(seed)
        self.statuses: Counter[int] = Counter()
        self.routes: set[str] = set()
        self.signed = 0

    async def run(self, requests: int) -> None:
        """So many requests; each route in turn."""
        routes = [*READS, *ACTS]
        for number in range(requests):
            await self.one(routes[number % len(routes)])

    async def one(self, route: Route) -> None:
        """One request that may be wrong in several places."""
        draw = self.draw
        name = draw.choice(list(ROLES))
        role = ROLES[name]
        party = draw.choice((role.party, role.foreign)) or "p-0002"
        parts = {
            part: draw.choice(PARTS) if draw.random() < 0.25 else things_of(party).get(part, "x")
            for part in re.findall(r"\{(\w+)(?::[^}]*)?\}", route.path)
        }
        path = re.sub(
            r"\{(\w+)(?::[^}]*)?\}", lambda found: quote(parts[found[1]], safe=""), route.path
        )
        path += self._query(route)
        self.town.clock.skip(SECOND_NS // 10)
        headers: dict[str, str] = {}
        body: Any = None
        if route.method != "GET":
            args = self._args(route, party)
            body = {each: value for each, value in args.items() if each not in parts}
            signed = args | parts
            if route.op and role.key:
                headers = self._signed(role.key, route.op, signed)
            if draw.random() < 0.1:
                body = SHAPES[draw.choice(list(SHAPES))](draw.choice((10, 300, 5_000))).encode()
        token = self.tokens[name] if route.path not in BODIES else ""
        status, told, _ = await self.town.ask(route.method, path, token=token, body=body, **headers)
        self.statuses[status] += 1
        plain = plain_path(route.path)
        if route in DESCRIBED:
            self.faults += self.published.reply_faults(route.method, plain, status, told)
        self.routes.add(name_of(route))
        assert status < 500 or status in SAID_WHILE_BUSY, (name_of(route), path, body, told)

    def _query(self, route: Route) -> str:
        draw = self.draw
        members = [member.name for member in route.query if draw.random() < 0.3]
        members += ["unknown"] if draw.random() < 0.05 else []
        values = [str(draw.choice(STRANGE))[:400] for _ in members]
        pairs = [
            f"{name}={quote(value, safe='')}" for name, value in zip(members, values, strict=True)
        ]
        return "?" + "&".join(pairs) if pairs else ""

    def _args(self, route: Route, party: str) -> dict[str, Any]:
        draw = self.draw
        args = dict((args_of(route.op, party) if route.op else None) or {})
        for name in list(args):
            if draw.random() < 0.3:
                args[name] = draw.choice(STRANGE)
            elif draw.random() < 0.1:
                del args[name]
        if draw.random() < 0.2:
            args[draw.choice(("extra", "at_ns", "lots", "party"))] = draw.choice(STRANGE)
        return args

    def _signed(self, key: str, op: str, args: dict[str, Any]) -> dict[str, str]:
        try:
            headers = self.town.signed(key, op, args)
        except (ValueError, TypeError):  # our own client would not sign that
            headers = self.town.signed(key, op, {})
        self.signed += 1
        return headers


async def _fuzzed(folder: Path, dsn: str, seed: int, requests: int) -> Fuzz:
    async with house_of(folder, dsn) as town:
        town.lift_rates()
        fuzz = Fuzz(town, await tokens_of(town), seed)
        try:
            await fuzz.run(requests)
        except BaseException:
            print(f"\nthe fuzz of seed {seed} failed")
            raise
    return fuzz


def _must_suffice(fuzz: Fuzz, requests: int) -> str:
    """No route was passed over, and not all was refused at the door."""
    reach = Reach(requests=requests, signed=requests // 5, done=requests // 20, bad=requests // 5)
    reach.met("requests", fuzz.statuses.total())
    reach.met("signed", fuzz.signed)
    reach.met("done", sum(n for status, n in fuzz.statuses.items() if status < 300))
    reach.met("bad", sum(n for status, n in fuzz.statuses.items() if 400 <= status < 500))
    reach.must_suffice()
    assert "\n".join(fuzz.faults) == ""
    assert fuzz.routes == {name_of(route) for route in (*READS, *ACTS)}
    told = json.dumps(dict(sorted(fuzz.statuses.items())))
    return f"{requests:,} requests ({fuzz.signed:,} signed), {len(fuzz.routes)} routes: {told}"


async def test_a_few_strange_requests_are_no_fault(tmp_path: Path, postgres_dsn: str) -> None:
    fuzz = await _fuzzed(tmp_path, postgres_dsn, 8470, SLICE)
    _must_suffice(fuzz, SLICE)


@pytest.mark.storm
async def test_thousands_of_strange_requests_are_no_fault(
    tmp_path: Path, postgres_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = time.time_ns() % 10_000
    told = _must_suffice(await _fuzzed(tmp_path, postgres_dsn, seed, REQUESTS), REQUESTS)
    with capsys.disabled():
        print(f"\nseed {seed}: {told}")


@pytest.mark.storm
def test_the_table_of_rights_shows_no_foreign_row(capsys: pytest.CaptureFixture[str]) -> None:
    """Its cells are asked for in tests/gateway/routes; here they are counted."""
    refused: Counter[str] = Counter()
    kinds: dict[str, set[str]] = {}
    told = table()
    for route in (*READS, *ACTS):
        for role in ROLES:
            _, _, foreign = told[name_of(route), role].partition(" | ")
            if foreign != NONE and foreign.startswith(("401", "403", "404")):
                refused[role] += 1
                kinds.setdefault(route.path, set()).add(role)
    wide = [path for path, roles in kinds.items() if len(roles) >= ROLES_LEAST]
    assert len(wide) >= KINDS_LEAST
    with capsys.disabled():
        print(f"\n{len(told)} cells; foreign things refused by role: {dict(refused)}")
