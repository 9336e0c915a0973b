"""Values drawn from a JSON schema by a seed: most that it takes, some at and beyond its edges."""

from random import Random
from typing import Any

from gateway.contract.examples import example

Schema = dict[str, Any]
BEYOND: tuple[Any, ...] = (None, -1, 0, 2**53, 1.5, "", "x" * 300, [], {}, True, "\u0000", "名")
EDGES = (0, 1, 2**53 - 1)


class Drawn:
    """One seed; the document's schemas by name."""

    def __init__(self, draw: Random, schemas: dict[str, Schema]) -> None:
        self.draw = draw
        self.schemas = schemas

    def value(self, schema: Schema, name: str, own: dict[str, Any]) -> Any:
        """A value of a schema; a thing's name that the caller may well hold is in *own*."""
        schema = self._looked_up(schema)
        draw = self.draw
        if draw.random() < 0.08:
            return draw.choice(BEYOND)
        if name in own and draw.random() < 0.7:
            return own[name]
        if "enum" in schema:
            return draw.choice(schema["enum"])
        if "anyOf" in schema:
            return self.value(draw.choice(schema["anyOf"]), name, own)
        kind = schema.get("type")
        if kind == "integer":
            return self._whole(schema)
        if kind == "boolean":
            return draw.random() < 0.5
        if kind == "object" and schema.get("properties"):
            return self.members(schema, own)
        if kind == "array" and "items" in schema:
            many = draw.choice((schema.get("minItems", 0), 1, 2))
            return [self.value(schema["items"], name, own) for _ in range(many)]
        return example(schema, self.schemas, name)

    def members(self, schema: Schema, own: dict[str, Any]) -> dict[str, Any]:
        """An object: what is required but seldom one of it, and some of the rest."""
        schema = self._looked_up(schema)
        wanted = set(schema.get("required", []))
        return {
            name: self.value(member, name, own)
            for name, member in schema.get("properties", {}).items()
            if self.draw.random() < (0.97 if name in wanted else 0.25)
        }

    def _whole(self, schema: Schema) -> int:
        least, most = schema.get("minimum", 0), schema.get("maximum", 2**53 - 1)
        edges = [*(edge for edge in EDGES if least <= edge <= most), least, most]
        usual = self.draw.randint(least, min(most, least + 2_000))
        return int(self.draw.choice((*edges, usual, usual, usual)))

    def _looked_up(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        return schema
