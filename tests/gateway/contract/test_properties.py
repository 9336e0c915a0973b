"""Requests drawn from /openapi.json, signed as each role: every answer is one that it describes.

No fault of ours (500), no status and no code that the operation does not name, no reply that its
schema does not take. What strange requests get is held to the document in tests/storm/test_fuzz.py.
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

from ledger.durations import SECOND_NS
from tests.gateway.contract.drawn import Drawn
from tests.gateway.contract.published import Published
from tests.gateway.routes.test_who_may import house_of, tokens_of
from tests.gateway.routes.who_may import ROLES, things_of
from tests.gateway.town import Town
from tests.reach import Reach

pytestmark = pytest.mark.postgres

SLICE, MORE = 120, 6_000
LANGUAGES = ("", "zh-CN", "en")


class Asked:
    """One town, one seed, and the document that it publishes."""

    def __init__(self, town: Town, tokens: dict[str, str], published: Published, seed: int) -> None:
        self.town = town
        self.tokens = tokens
        self.published = published
        self.draw = Random(seed)
        self.drawn = Drawn(self.draw, published.document["components"]["schemas"])
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.operations = [
            (method.upper(), path, operation)
            for path, item in published.document["paths"].items()
            for method, operation in item.items()
            if (method, path) != ("delete", "/v1/auth/session")  # which would end the session
        ]

    async def run(self, requests: int) -> None:
        """So many requests; each operation in turn."""
        for number in range(requests):
            await self.one(*self.operations[number % len(self.operations)])

    async def one(self, method: str, path: str, operation: dict[str, Any]) -> None:
        """One request, and its answer held to the document."""
        draw = self.draw
        name = draw.choice(list(ROLES))
        role = ROLES[name]
        own = {**things_of(role.party or "p-0002"), "party": role.party or "p-0002"}
        named = operation.get("parameters", [])
        parts = {
            each["name"]: str(own.get(each["name"]) or "x-000001")
            for each in named
            if each["in"] == "path"
        }
        query = {
            each["name"]: self.drawn.value(each["schema"], each["name"], own)
            for each in named
            if each["in"] == "query" and each["name"] != "wait_ms" and draw.random() < 0.2
        }
        asked = re.sub(r"\{(\w+)\}", lambda found: quote(parts[found[1]], safe=""), path)
        terms = "&".join(f"{each}={quote(str(value), safe='')}" for each, value in query.items())
        is_command = any(each["name"] == "Idempotency-Key" for each in named)
        if terms and method == "GET":
            asked += f"?{terms}"
        body, headers = None, {}
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            body = self.drawn.members(schema, own)
        if is_command and role.key:
            headers = self._signed(role.key, operation["operationId"], (body or {}) | parts)
        if language := draw.choice(LANGUAGES):
            headers["Accept_Language"] = language
        self.town.clock.skip(SECOND_NS // 10)
        token = self.tokens[name] if draw.random() < 0.95 else ""
        status, told, _ = await self.town.ask(method, asked, token=token, body=body, **headers)
        self.statuses[status] += 1
        faults = self.published.reply_faults(method, path, status, told)
        if status == 500 or faults:
            self.faults.append(f"{method} {asked} {json.dumps(body)[:200]}: {faults[:3]}")

    def _signed(self, key: str, op: str, args: dict[str, Any]) -> dict[str, str]:
        try:
            return self.town.signed(key, op, args)
        except (ValueError, TypeError):  # our own client would not sign that
            return self.town.signed(key, op, {})


async def _asked(folder: Path, dsn: str, seed: int, requests: int) -> str:
    async with house_of(folder, dsn) as town:
        town.lift_rates()
        _, document, _ = await town.ask("GET", "/openapi.json")
        asked = Asked(town, await tokens_of(town), Published(document), seed)
        await asked.run(requests)
    assert "\n".join(asked.faults) == "", f"seed {seed}"
    reach = Reach(requests=requests, done=requests // 10, refused=requests // 5)
    reach.met("requests", asked.statuses.total())
    reach.met("done", sum(n for status, n in asked.statuses.items() if status < 300))
    reach.met("refused", sum(n for status, n in asked.statuses.items() if 400 <= status < 500))
    reach.must_suffice()
    statuses = json.dumps(dict(sorted(asked.statuses.items())))
    return f"{requests:,} requests to {len(asked.operations)} operations: {statuses}"


async def test_requests_of_the_document_are_answered_as_it_says(
    tmp_path: Path, postgres_dsn: str
) -> None:
    await _asked(tmp_path, postgres_dsn, 8470, SLICE)


@pytest.mark.storm
async def test_thousands_of_requests_of_the_document_are_answered_as_it_says(
    tmp_path: Path, postgres_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = time.time_ns() % 10_000
    told = await _asked(tmp_path, postgres_dsn, seed, MORE)
    with capsys.disabled():
        print(f"\nseed {seed}: {told}")
