"""/openapi.json is true: what it lists is live, what is live it lists, and its references hold."""

import re
from typing import Any

import pytest

from exchange.ops import OPS
from gateway.routes import openapi
from gateway.routes.command_routes import COMMANDS
from gateway.routes.system import DESCRIBED, ROUTES
from tests.gateway.town import Town

# what is said by another route
NOT_BY_REST = {"principal.enrol"}


def test_every_command_has_exactly_one_route() -> None:
    routed = [op for _, _, op in COMMANDS]

    assert len(routed) == len(set(routed))
    assert set(routed) == set(OPS) - NOT_BY_REST


@pytest.mark.parametrize(("method", "path", "op"), COMMANDS)
def test_a_paths_parts_are_members_of_the_command(method: str, path: str, op: str) -> None:
    members = OPS[op].command.__struct_fields__

    assert method in {"POST", "PATCH", "DELETE"}
    assert all(name in members for name in openapi.path_names(path))


async def test_what_is_described_is_live_and_the_other_way_round(town: Town) -> None:
    _, document, _ = await town.ask("GET", "/openapi.json")
    assert document["openapi"] == "3.1.0"
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert described == {
        (route.method, openapi.plain_path(route.path)) for route in ROUTES if route in DESCRIBED
    }
    for method, path in sorted(described):
        filled = re.sub(r"\{position\}", "1", path)
        filled = re.sub(r"\{\w+\}", "x-000001", filled)
        status, told, _ = await town.ask(method, filled)
        assert told.get("code") != "unknown_route" or path.startswith("/problems/"), (method, path)
        assert status != 500, (method, path, told)


async def test_every_reference_holds_and_every_operation_has_a_name(town: Town) -> None:
    _, document, _ = await town.ask("GET", "/openapi.json")
    components = document["components"]

    names = [found["operationId"] for item in document["paths"].values() for found in item.values()]
    assert len(names) == len(set(names))
    for reference in _references(document):
        kind, _, name = reference.removeprefix("#/components/").partition("/")
        assert name in components[kind], reference


async def test_nanoseconds_are_text_in_every_schema(town: Town) -> None:
    _, document, _ = await town.ask("GET", "/openapi.json")

    members = list(_members(document))
    assert [name for name, _ in members if name.endswith("_ns")]
    for name, schema in members:
        if name.endswith("_ns"):
            kinds = [each["type"] for each in schema.get("anyOf", [schema])]
            assert kinds in (["string"], ["string", "null"]), name


async def test_an_order_is_described_as_it_is_taken(town: Town) -> None:
    _, document, _ = await town.ask("GET", "/openapi.json")
    operation = document["paths"]["/v1/orders/{order}"]["patch"]

    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"price_ticks", "lots", "expires_ns", "dry_run"}
    assert body["additionalProperties"] is False
    required = {each["name"] for each in operation["parameters"] if each.get("required")}
    assert required == {"order", "Idempotency-Key"}


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for member in value.values() for found in _references(member)]
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    return []


def _members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        properties = value.get("properties")
        own = list(properties.items()) if isinstance(properties, dict) else []
        return own + [found for member in value.values() for found in _members(member)]
    if isinstance(value, list):
        return [found for item in value for found in _members(item)]
    return []


async def test_every_command_and_each_member_says_what_it_means(town: Town) -> None:
    _, document, _ = await town.ask("GET", "/openapi.json")
    operations = {
        found["operationId"]: found
        for item in document["paths"].values()
        for found in item.values()
    }
    for _, _, op in COMMANDS:
        operation = operations[op]
        assert operation["summary"].endswith("."), op
        assert "Who: " in operation["description"], op
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            for name, member in schema["properties"].items():
                assert member["description"], (op, name)


async def test_units_are_told_in_the_words_of_the_catalogue(town: Town) -> None:
    _, document, _ = await town.ask("GET", "/openapi.json")
    schemas = document["components"]["schemas"]

    told = schemas["MeterUsage"]["properties"]
    assert told["available_gpu_ns"]["description"].endswith("GPU-ns: one GPU for one nanosecond")
    assert told["to_ns"]["description"].endswith("ns since 1970-01-01 UTC")
