"""Makes the structs of the client's replies, gpubourse/records.py, from setup/client.toml."""

import re
from typing import Any, Final

from setup import catalogue
from setup.catalogue_sql import Missing, with_unit

HEAD: Final = '''\
"""What a venue's replies hold. Made by setup/client_verbs.py: edit setup/client.toml.

Members that a newer venue adds are passed over; None stands where the wire has null, or nothing.
Every number is an int, and its unit stands behind its meaning.
"""

from typing import Any

from msgspec import Struct
'''


def records(known: dict[str, Any]) -> str:
    """The whole file, not yet formatted."""
    made = [_struct(name, known) for name in _in_order(known["records"])]
    return "\n\n".join([HEAD, *made]) + "\n"


def unit_of(name: str, owner: str, units: dict[str, str]) -> str:
    """The unit that a member's name ends in, by the catalogue's words; "" if it counts nothing."""
    own = next((units[end] for end in units if name.endswith(end)), "")
    return own or catalogue.unit_of(name, owner)


def _in_order(declared: dict[str, dict[str, Any]]) -> list[str]:
    """Every record after those that it is made of."""
    done: dict[str, None] = {}

    def add(name: str) -> None:
        if name in done:
            return
        types = " ".join(str(text).partition(": ")[0] for text in declared[name].values())
        for word in re.findall(r"\w+", f"{types} {declared[name].get('_base', '')}"):
            if word in declared and word != name:
                add(word)
        done[name] = None

    for name in declared:
        add(name)
    return list(done)


def _struct(name: str, known: dict[str, Any]) -> str:
    declared = known["records"][name]
    base = declared.get("_base", "Struct")
    shape = ", array_like=True" if declared.get("_array") else ", kw_only=True"
    lines = [f"class {name}({base}, frozen=True{shape}):", f'    """{declared["_"]}"""', ""]
    for member, text in declared.items():
        if member.startswith("_"):
            continue
        kind, _, meaning = text.partition(": ")
        if not meaning:
            raise Missing(f"[records.{name}] {member} says no meaning behind its type")
        has_unit = re.search(r"\bint\b", kind) or member.endswith("_sha256")
        unit = unit_of(member, name, known["units"]) if has_unit else ""
        default = " = None" if kind.endswith("| None") else ""
        lines += [f"    {member}: {kind}{default}", *_docstring(with_unit(meaning, unit))]
    return "\n".join(lines)


def _docstring(text: str) -> list[str]:
    """A member's meaning, on one line or two."""
    if len(text) <= 88:
        return [f'    """{text}"""']
    at = text.rfind(" ", 0, 92)
    return [f'    """{text[:at]}', f'    {text[at + 1 :]}"""']
