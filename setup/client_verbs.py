"""Makes the typed client: gpubourse/verbs.py from the tables of ops, reads and feeds; its structs.

The commands are the buildings' own (setup/client_tables.py), with the words that stand on their
structs; what a reply holds, and how each read is called, stands in `client.toml` beside this file.
Held current by tests/house/test_generated.py. `make catalogue` calls it: `python -m
setup.client_verbs`.
"""

import keyword
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import NODEFAULT
from msgspec.inspect import type_info
from msgspec.structs import fields

from setup.catalogue import write_made
from setup.catalogue_sql import Missing, with_unit
from setup.client_records import records, unit_of
from setup.client_tables import TABLE_WORDS, Operation, Read, operations, reads, texts

ROOT: Final = Path(__file__).resolve().parents[1]
KNOWN: Final[dict[str, Any]] = tomllib.loads((ROOT / "setup/client.toml").read_text("utf-8"))
WORDS: Final[dict[str, list[str]]] = KNOWN["words"] | TABLE_WORDS
HEAD: Final = '''\
"""Every op, read and feed of a venue, typed. Made by setup/client_verbs.py: edit that.

A command takes `key`, the name under which it is asked again if its outcome is not known; without
one each call is a command of its own. An argument that has its default is not sent.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Literal

from gpubourse.records import (
{imported}
)
from gpubourse.replies import CommandRoute, FeedUpdate, VenueCalls, given, read, waiting
from gpubourse.wire import filled
'''
ALIASES: Final = {"side": "OrderSide", "time_in_force": "TimeInForce", "interval": "Interval"}


class Arg(NamedTuple):
    """One argument of a method."""

    name: str
    kind: str  # as an annotation
    default: str  # as source; "": it must be given
    left_out: str  # the value that is not sent, as source; "": it is always sent
    meaning: str

    @property
    def signature(self) -> str:
        """As it stands in a method's head."""
        return f"{self.name}: {self.kind}" + (f" = {self.default}" if self.default else "")


# --- the files


def main() -> int:
    """Write the typed client where it is not current."""
    return write_made("client", files)


def files() -> dict[Path, str]:
    """Each file that is made, with the text that it must hold. Raises Missing."""
    return {
        ROOT / "gpubourse/records.py": formatted(records(KNOWN)),
        ROOT / "gpubourse/verbs.py": formatted(verbs()),
    }


def formatted(text: str) -> str:
    """Source as `ruff format` leaves it."""
    for words in (["check", "--fix", "--select", "I,F401", "-q"], ["format", "-q"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--stdin-filename", "gpubourse/made.py", "-"],
            cwd=ROOT,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or done.stderr:
            raise Missing(f"ruff does not take what was made: {done.stderr}{done.stdout[:400]}")
        text = done.stdout
    return text


def verbs() -> str:
    """gpubourse/verbs.py, not yet formatted."""
    ops = operations()
    _all_known("replies", [each.op for each in ops])
    _all_known("reads", [each.path for each in reads()], KNOWN["reads_by_hand"])
    methods = [
        *(method for op in ops for method in _commands(op)),
        *(_read(each) for each in reads() if each.path in KNOWN["reads"]),
        *(_feed(name, **feed) for name, feed in KNOWN["feeds"].items()),
    ]
    aliases = [f"{alias} = {_literal(WORDS[name])}" for name, alias in ALIASES.items()]
    routes = [
        f"{each.op!r}: CommandRoute({each.method!r}, {each.path!r}"
        + (", by_socket=True" if each.by_socket else "")
        + "),"
        for each in ops
    ]
    return "\n".join(
        [
            HEAD.format(imported=",\n".join(KNOWN["records"])),
            *aliases,
            "COMMANDS: Final = {",
            *routes,
            "}",
            "class VenueVerbs(VenueCalls):",
            '    """All that this release\'s venue does and tells, each under its own name."""',
            *methods,
        ]
    )


def _all_known(table: str, wanted: list[str], besides: dict[str, str] | None = None) -> None:
    known = KNOWN[table].keys() | (besides or {}).keys()
    missing, strange = [each for each in wanted if each not in known], known - set(wanted)
    if missing or strange:
        raise Missing(f"setup/client.toml, [{table}]: missing {missing}, not there {strange}")


def _commands(each: Operation) -> Iterator[str]:
    """The method of an op, and that of its dry run."""
    reply = _reply(each)
    verb = KNOWN["verbs"].get(each.op) or _snake(each.command.__name__)
    meaning, meanings = texts(each.command)
    args = [
        _arg(each, field, meanings.get(field.name, ""))
        for field in fields(each.command)
        if not (each.takes_report and field.name == "report_sha256")
        and field.name != "dry_run"  # its reply is another: a method of its own, or none
    ]
    yield _command(each, verb, meaning or f"Send {each.op}.", args, reply)
    if "dry_run" in reply:
        verb, record = reply["dry_run"]
        yield _command(
            each, verb, "What it would do, and nothing is done.", args, {"record": record},
            always={"dry_run": "True"},
        )  # fmt: skip


def _reply(each: Operation) -> dict[str, Any]:
    """What is known of an op's reply, and whether it waits for others. Raises Missing."""
    known = KNOWN["replies"][each.op]
    if ("record" in known) == each.always_waits:
        fault = "always waits: it has no record" if each.always_waits else "says no record"
        raise Missing(f"setup/client.toml, [replies]: {each.op} {fault}")
    if each.always_waits and "nothing" not in known:
        return {**known, "record": "WaitingProposal"}
    if each.always_waits:
        return {"record": known["nothing"], "may_wait": True}
    return {**known, "may_wait": each.may_wait}


def _command(
    each: Operation,
    verb: str,
    meaning: str,
    args: list[Arg],
    reply: dict[str, Any],
    always: dict[str, str] | None = None,
) -> str:
    in_path = re.findall(r"\{(\w+)\}", each.path)
    first = [arg for arg in args if arg.name in in_path]
    others = [arg for arg in args if arg.name not in in_path]
    others.sort(key=lambda arg: bool(arg.default))
    head = ["self", *(f"{arg.name}: str" for arg in first)]
    must_report = each.takes_report and not first
    if must_report:
        head.append("report: bytes")
    head += ["*", *(arg.signature for arg in others)]
    if each.takes_report and not must_report:
        head.append("report: bytes | None = None")
    head.append('key: str = ""')
    sent = {arg.name: arg.name for arg in (*first, *others)} | (always or {})
    left_out = {arg.name: arg.left_out for arg in others if arg.left_out}
    shown = _dict(sent)
    lines = [
        f"    async def {verb}({', '.join(head)}) -> {_returns(reply)}:",
        *_docstring(meaning, [*first, *others], reply),
        f"        args = given({shown}, {_dict(left_out)})" if left_out
        else f"        args: dict[str, Any] = {shown}",
        f"        result = await self.command({each.op!r}, args, key=key"
        + (", report=report)" if each.takes_report else ")"),
        f"        return {_return(reply)}",
    ]  # fmt: skip
    return "\n".join(lines)


def _returns(reply: dict[str, Any]) -> str:
    kind = f"list[{reply['record']}]" if "list" in reply else reply["record"]
    return f"{kind} | WaitingProposal" if reply.get("may_wait") else kind


def _return(reply: dict[str, Any]) -> str:
    if "list" in reply:
        return f"[read({reply['record']}, each) for each in result[{reply['list']!r}]]"
    source = f"read({reply['record']}, result)"
    return f"waiting(result) or {source}" if reply.get("may_wait") else source


def _docstring(meaning: str, args: list[Arg], reply: dict[str, Any]) -> list[str]:
    """The words of a method: what it does, what a proposal means, each argument."""
    more = []
    if reply.get("may_wait"):
        more.append("A WaitingProposal: it is not done before others have signed it, too.")
    described = [(arg.name, arg.meaning) for arg in args if arg.meaning]
    lines = _wrapped(meaning, 8)
    if more:
        lines += ["", *more]
    if described:
        lines += [
            "",
            *(line for name, text in described for line in _wrapped(f"{name}: {text}", 8, "  ")),
        ]
    if len(lines) == 1:
        return [f'        """{lines[0]}"""']
    shown = [f"        {line}" if line else "" for line in lines[1:]]
    return [f'        """{lines[0]}', *shown, '        """']


def _wrapped(text: str, indent: int, hang: str = "") -> list[str]:
    """A text in lines that fit behind an indent."""
    lines, most = [""], 97 - indent
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > most:
            lines.append(hang)
        joint = "" if lines[-1] in ("", hang) else " "
        lines[-1] += joint + word
    return lines


def _read(each: Read) -> str:
    verb, record = KNOWN["reads"][each.path]
    in_path = re.findall(r"\{(\w+)\}", each.path)
    strict = ", strict=False" if _has_arrays(record) else ""
    head = ["self", *(f"{name}: {KNOWN['terms'].get(name, 'str')}" for name in in_path)]
    query = {name: f"{name}_" if keyword.iskeyword(name) else name for name in each.query}
    if query:
        head += ["*", *(_term(name, kind) for name, kind in query.items())]
    path = (
        f"filled({each.path!r}, {_dict({n: _text(n) for n in in_path})})"
        if in_path
        else repr(each.path)
    )
    terms = f", **given({_dict(query)}, {_dict({n: _empty(n) for n in query})})" if query else ""
    returned = f"AsyncIterator[{record}]" if each.is_page else record
    lines = [f"    async def {verb}({', '.join(head)}) -> {returned}:"]
    lines += _docstring(f"{each.summary}.", [], {})
    if each.is_page:
        lines += [
            f"        async for row in self.rows({path}{terms}):",
            f"            yield read({record}, row{strict})",
        ]
    else:
        lines.append(f"        return read({record}, await self.get({path}{terms}){strict})")
    return "\n".join(lines)


def _feed(name: str, method: str, body: str, key: str, *, all: bool = False) -> str:
    head, feed = ["self"], f"{name!r}"
    if key == "venue":
        feed = f'"{name}/venue"'
    elif key == "party":
        head.append('party: str = ""')
        feed = f'f"{name}/{{party}}" if party else "{name}"'
    else:
        head.append(f"{key}: str" + (' = "*"' if all else ""))
        feed = f'f"{name}/{{{key}}}"'
    whose = " of the own party, or of another that may be seen" if key == "party" else ""
    every = f"; {key} * is each that there is" if all and key != "venue" else ""
    kind = f"FeedUpdate[{body}]"
    return "\n".join(
        [
            f"    async def {method}({', '.join(head)}) -> AsyncIterator[{kind}]:",
            f'        """The feed {name}{whose}, without a gap{every}."""',
            f"        async for message in self.watch({feed}):",
            f"            yield read({kind}, message)",
        ]
    )


def _arg(each: Operation, field: Any, meaning: str) -> Arg:
    unit = unit_of(field.name, each.op, KNOWN["units"])
    described = with_unit(meaning, unit) if meaning else unit
    words = WORDS.get(f"{each.op}.{field.name}")
    kind = _kind(type_info(field.type), field.name, words)
    default = field.default
    if field.default_factory is not NODEFAULT:
        default = field.default_factory()
    if default is NODEFAULT:
        return Arg(field.name, kind, "", "", described)
    if isinstance(default, list):
        return Arg(field.name, kind, "()", "[]", described)
    if isinstance(default, dict):
        return Arg(field.name, f"{kind} | None", "None", "None", described)
    if field.name == "side" and default == "":
        kind = f'{kind} | Literal[""]'
    return Arg(field.name, kind, _source(default), _source(default), described)


def _kind(info: Any, name: str, words: list[str] | None) -> str:
    """A type as an annotation of what may be given."""
    known = msgspec.inspect
    if isinstance(info, known.UnionType):
        parts = sorted(info.types, key=lambda part: isinstance(part, known.NoneType))
        return " | ".join(_kind(part, name, words) for part in parts)
    if isinstance(info, known.LiteralType):
        return _literal([str(word) for word in info.values])
    if isinstance(info, known.EnumType):
        return _literal([str(member.value) for member in info.cls])
    if isinstance(info, known.ListType):
        item = _kind(info.item_type, "", None)
        return f"list[{item}] | tuple[{item}, ...]"
    if isinstance(info, known.DictType):
        return f"Mapping[str, {_kind(info.value_type, '', None)}]"
    if isinstance(info, known.StrType) and (words or name in ALIASES):
        return _literal(words) if words else ALIASES[name]
    plain: dict[Any, str] = {
        known.IntType: "int",
        known.StrType: "str",
        known.BoolType: "bool",
        known.NoneType: "None",
        known.AnyType: "Any",
    }
    return plain[type(info)]


def _term(name: str, signature: str) -> str:
    kind = KNOWN["terms"].get(name, "str")
    if name in ALIASES:
        kind = f'{ALIASES[name]} | Literal[""]'
    return f"{signature}: {kind} = {_empty(name)}"


def _empty(name: str) -> str:
    return "0" if KNOWN["terms"].get(name) == "int" else '""'


def _text(name: str) -> str:
    return f"str({name})" if KNOWN["terms"].get(name) == "int" else name


def _has_arrays(record: str) -> bool:
    """Whether a record holds another as a bare list, whose `_ns` have no name to go by."""
    members = KNOWN["records"][record]
    arrays = [name for name, other in KNOWN["records"].items() if other.get("_array")]
    return any(re.search(rf"\b{name}\b", str(text)) for text in members.values() for name in arrays)


def _literal(words: list[str]) -> str:
    return f"Literal[{', '.join(map(_source, words))}]"


def _dict(members: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {source}' for name, source in members.items()) + "}"


def _source(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


if __name__ == "__main__":
    sys.exit(main())
