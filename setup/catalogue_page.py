"""Makes docs/CATALOGUE.md: the dictionary, for people."""

import json
import re
from collections.abc import Iterator
from typing import Any

OPENING = """\
# Catalogue

What may stand in a journal, and what may be asked of a venue: every event and every command, with
each field's meaning and unit. Made from the code by `make catalogue`; a test holds it current. How
the bytes are made, signed and hashed is in [FORMATS.md](FORMATS.md).

**How to read it.** An event is filed under its *topic*, in the *stream* of its subject; a command
is asked for by its *op*. *Stored*: a field whose value is its default is left out of the stored
JSON, so a missing field means the default. `_ns` are whole numbers in the journal and decimal text
on the wire. *By* names who brings the event: an op, the engine itself (time, a start, a day's
close), or an event that it follows in the same batch; what was proposed first is written in the
batch of the `proposal.approve` that completes it. *Posts* are the movements of cash that are read
from the event alone, account and amount in minor units; they sum to 0, and a row of 0 is none.
"""
_ANCHOR = re.compile(r"[^a-z0-9 _-]")


def page(known: dict[str, Any]) -> str:
    """The whole page."""
    lines = [OPENING, "## Every event's stamp", "", *_table(known["stamp"], is_event=True)]
    lines += ["## Events", "", *_contents(known["events"]), ""]
    for topic, event in known["events"].items():
        lines += _event(topic, event)
    lines += ["## Commands", "", *_contents(known["commands"]), ""]
    for op, command in known["commands"].items():
        lines += _command(op, command)
    lines += ["## Records inside them", ""]
    for name, record in known["records"].items():
        lines += [f"### {name}", "", record["text"], "", *_table(record["fields"], is_event=False)]
    return "\n".join(lines).rstrip() + "\n"


def _contents(entries: dict[str, Any]) -> list[str]:
    return [", ".join(f"[{name}](#{_anchor(name)})" for name in entries)]


def _anchor(heading: str) -> str:
    return _ANCHOR.sub("", heading.lower()).replace(" ", "-")


def _event(topic: str, event: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {topic}", "", event["text"], *([event["more"]] if event["more"] else []), "")
    yield f"Stream `{event['stream']}`. By {_list(event['batches'])}. Since {event['since']}."
    for case in event["posts"]:
        condition = f" (where {case['if']})" if case["if"] else ""
        yield f"Posts{condition}: {'; '.join(map(_posting, case['rows'])) or 'nothing'}."
    if not event["posts"]:
        yield "Posts nothing."
    yield ""
    yield from _table(event["fields"], is_event=True)


def _posting(row: list[str]) -> str:
    account, amount = row
    return f"`{account}` {amount}" if amount else account


def _command(op: str, command: dict[str, Any]) -> Iterator[str]:
    more = [command["more"]] if command["more"] else []
    yield from (f"### {op}", "", command["text"], *more, "")
    scopes = f"Scope {' or '.join(command['scopes'])}; " if command["scopes"] else ""
    brings = _list(command["events"]) if command["events"] else "what it approves"
    yield f"{scopes}{command['who']}. Brings {brings}. Since {command['since']}."
    yield ""
    yield from _table(command["fields"], is_event=False)


def _table(fields: list[dict[str, Any]], *, is_event: bool) -> Iterator[str]:
    yield f"| field | type | unit | meaning | {'stored' if is_event else 'left out'} |"
    yield "|---|---|---|---|---|"
    for field in fields:
        kind = field["type"] + (f": {field['shape']}" if field["shape"] else "")
        cells = (f"`{field['name']}`", kind, field["unit"], field["text"], _default(field))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _default(field: dict[str, Any]) -> str:
    since = f"; since {field['since']}" if "since" in field else ""
    if "default" not in field:
        return f"always{since}"
    return f"`{json.dumps(field['default'])}` if missing{since}"


def _list(names: list[str]) -> str:
    return ", ".join("the engine" if name == "engine" else f"`{name}`" for name in names)
