"""The two documents as an outsider uses them: schemas looked up and values held to them."""

import re
from typing import Any

from jsonschema import Draft202012Validator

Document = dict[str, Any]


class Published:
    """A document, whose schemas are asked by where they stand."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._by_id: dict[int, tuple[dict[str, Any], Draft202012Validator]] = {}

    def faults(self, schema: dict[str, Any], value: Any) -> list[str]:
        """What is wrong with a value, each fault with its place; [] if nothing is."""
        known = self._by_id.get(id(schema))
        if known is None:  # the schema is kept, so that no other has its id
            whole = {**schema, "components": self.document["components"]}
            known = self._by_id[id(schema)] = schema, Draft202012Validator(whole)
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in known[1].iter_errors(value)
        ]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation that a request is; None: it is not described."""
        for template, item in self.document["paths"].items():
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in item:
                found: dict[str, Any] = item[method.lower()]
                return found
        return None

    def response(self, operation: dict[str, Any], status: int) -> dict[str, Any] | None:
        """What the operation may answer with a status; None: it is not described."""
        told: dict[str, Any] | None = operation["responses"].get(str(status))
        if told is not None and "$ref" in told:
            told = self.document["components"]["responses"][told["$ref"].rpartition("/")[2]]
        return told

    def reply_faults(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What of a reply the document does not say."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        told = self.response(operation, status)
        if told is None:
            code = body.get("code") if isinstance(body, dict) else ""
            return [f"{operation['operationId']}: {status} {code} is not described"]
        (content,) = told["content"].values()
        return [
            f"{operation['operationId']} {status}: {fault}"
            for fault in self.faults(content["schema"], body)
        ]

    def message_faults(self, name: str, value: Any) -> list[str]:
        """What is wrong with a socket's message of this name."""
        return [
            f"{name}: {fault}"
            for fault in self.faults(
                self.document["components"]["messages"][name]["payload"], value
            )
        ]
