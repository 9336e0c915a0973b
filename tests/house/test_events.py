"""Every fact has one stored tag, one stream and one way to be applied (ARCHITECTURE 5)."""

import ast
import importlib
import re
from collections import Counter

from ledger.events import Event
from tests.house.advice import advise
from tests.house.sources import sources

ROOMS = ("ledger.events", "exchange.events")


def kinds() -> list[type[Event]]:
    """Every event type that the house declares; a name with an underscore is only a base."""
    modules = [
        importlib.import_module(source.module)
        for source in sources("ledger", "exchange")
        if source.path.endswith("events.py")
    ]
    return [
        thing
        for module in modules
        for name, thing in vars(module).items()
        if isinstance(thing, type)
        and issubclass(thing, Event)
        and thing.__module__ == module.__name__
        and thing is not Event
        and not name.startswith("_")
    ]


def test_every_event_type_has_exactly_one_stored_tag() -> None:
    tagged: Counter[type[Event]] = Counter()
    tags: Counter[str] = Counter()
    for room in ROOMS:
        for tag, kind in importlib.import_module(room).TOPICS.items():
            tagged[kind] += 1
            tags[tag] += 1

    wrong = [f"{kind.__name__} has {tagged[kind]} tags" for kind in kinds() if tagged[kind] != 1]
    wrong += [f"{tag} stands for {count} event types" for tag, count in tags.items() if count > 1]
    assert not wrong, advise(wrong, "give it one row in TOPICS, beside the event")


def test_a_stored_tag_is_the_events_name_or_a_name_it_once_had() -> None:
    renamed: set[str] = set()  # "OldName -> NewName": its tag stays
    wrong = [
        f"{kind.__name__} is stored as {tag}"
        for room in ROOMS
        for tag, kind in importlib.import_module(room).TOPICS.items()
        if tag != snake(kind.__name__) and kind.__name__ not in renamed
    ]
    assert not wrong, advise(
        wrong, "a new event's tag is its name in snake case; a renamed class goes into `renamed`"
    )


def test_every_event_type_has_one_stream() -> None:
    filed: Counter[type[Event]] = Counter()
    for room in ROOMS:
        filed.update(importlib.import_module(room).STREAMS.keys())

    wrong = [f"{kind.__name__}: {filed[kind]} rows" for kind in kinds() if filed[kind] != 1]
    assert not wrong, advise(wrong, "give it one row in STREAMS, beside the event")


def test_every_event_type_has_exactly_one_apply_row() -> None:
    rows: Counter[str] = Counter()
    for source in sources("ledger", "exchange"):
        for table in apply_tables(source.tree):
            rows.update(key.rpartition(".")[2] for key in table)

    wrong = [
        f"{kind.__name__}: {rows[kind.__name__]} rows"
        for kind in kinds()
        if rows[kind.__name__] != 1
    ]
    assert not wrong, advise(
        wrong, "one row in one table called APPLY: live, replay and audit all fold through it"
    )


def test_events_are_frozen() -> None:
    wrong = [kind.__name__ for kind in kinds() if not kind.__struct_config__.frozen]
    assert not wrong, advise(wrong, "declare it `class …(Event, frozen=True, gc=False)`")


def apply_tables(tree: ast.Module) -> list[list[str]]:
    """The keys of each dict written out at a file's top under a name with APPLY in it."""
    tables = []
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Dict):
            continue
        if any(isinstance(target, ast.Name) and "APPLY" in target.id for target in targets):
            tables.append([ast.unparse(key) for key in node.value.keys if key is not None])
    return tables


def snake(name: str) -> str:
    """LeaseGranted -> lease_granted."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
