"""The headers of a reply are those that /openapi.json names, and no other: every route is asked."""

import json
from collections.abc import Mapping
from typing import Any

from exchange.ops import OPS
from gateway.contract.headers import COMMAND_HEADERS, REPLY_HEADERS
from gateway.routes.http_rules import RAW_TYPES
from gateway.routes.system import description
from gateway.settings import Limits
from ledger.op import Rest
from tests.exchange.ground import LEASE
from tests.gateway.contract.published import Published
from tests.gateway.routes.test_query import PARTS
from tests.gateway.town import Town

OPENAPI = Published(json.loads(description(Limits()).body))
OF_HTTP = {  # RFC 9110 and 9111, a browser's own, and none of ours
    *("Content-Type", "Content-Length", "Date", "Server", "Cache-Control", "Vary", "Connection"),
    *("Access-Control-Allow-Origin", "Etag", "Content-Encoding", "Set-Cookie"),
    *("X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy"),
    *("Cross-Origin-Resource-Policy", "Strict-Transport-Security", "X-Frame-Options"),
}


class Heard:
    """Replies held to the document, and the headers that were met."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.met: set[str] = set()
        self.faults: list[str] = []

    async def ask(self, method: str, path: str, **more: Any) -> None:
        status, _, headers = await self.town.ask(method, path, **more)
        self.hold(method, path.partition("?")[0], status, headers)

    def hold(self, method: str, path: str, status: int, headers: Mapping[str, str]) -> None:
        operation = OPENAPI.operation(method, path)
        assert operation is not None, path
        told = OPENAPI.response(operation, status)
        if told is None:
            return  # of statuses other tests speak
        named = told.get("headers", {})
        assert all(each["$ref"].endswith(f"/{name}") for name, each in named.items())
        own = {name for name in headers if name.title() not in OF_HTTP}
        self.met |= own
        self.faults += [f"{method} {path} {status}: {name}" for name in own - set(named)]
        for name in own & set(named):
            schema = OPENAPI.document["components"]["headers"][name]["schema"]
            value: Any = headers[name]
            value = int(value) if schema["type"] == "integer" else value
            self.faults += OPENAPI.faults(schema, value)


async def test_each_header_of_a_reply_is_described(town: Town) -> None:
    heard = Heard(town)
    token = await town.log_on("seller")
    town.lift_rates()
    for path, item in OPENAPI.document["paths"].items():
        for method in item:
            if (method, path) == ("delete", "/v1/auth/session"):
                continue
            asked = path.format_map(PARTS)
            await heard.ask(method.upper(), asked)
            await heard.ask(method.upper(), asked, token=token, Accept_Language="zh")
    await heard.ask("GET", "/v1/markets?limit=1")
    body = {"market": LEASE, "side": "ask", "price_ticks": 1_302, "lots": 1}
    await heard.ask(
        "POST", "/v1/orders", token=token, body=body, **town.signed("seller", "order.new", body)
    )
    assert heard.faults == []
    assert heard.met == set(REPLY_HEADERS), "each that is described is met"


def test_what_a_command_takes_beside_its_members_is_told_in_words() -> None:
    for item in OPENAPI.document["paths"].values():
        for operation in item.values():
            told = {
                each["name"]: each for each in operation["parameters"] if each["in"] == "header"
            }
            if operation["operationId"] not in OPS:
                continue
            assert list(told) == [name for name, *_ in COMMAND_HEADERS]
            assert all(len(each["description"]) > 40 for each in told.values())
            route = OPS[operation["operationId"]].route
            kinds = set(operation["requestBody"]["content"])
            with_report = isinstance(route, Rest) and route.with_report
            assert kinds == {"application/json", *(RAW_TYPES if with_report else ())}
