"""One name, one thing: modules, classes, and the words that the trade and the code both want."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from tests.house.advice import advise
from tests.house.glossary import Collision, collisions, definitions, exceptions, words_of
from tests.house.sources import Source, sources

TWICE = {  # a module's name that more than one room uses -> the one thing that it is in each
    "commands": "the requests that a building decides, as structs",
    "events": "the facts that a building stores, as structs",
    "invariants": "what is true of a building's state after every batch",
    "ops": "the table of a building's ops: one row per op",
    "postings": "what an event does to cash",
    "records": "structs that come out of a state or a reply",
    "replies": "what a building answers to each command",
    "rules": "dated values that the venue goes by, and which is in force",
    "wire": "the JSON form of requests and replies",
    "words": "closed sets of words, as types",
    "protocol": "what both sides of a seam keep to: the journal's, the socket's",
}
IN_ING = {  # what ends like a participle, and is a noun of the trade or of the field
    **dict.fromkeys(("matching", "placing", "cancelling", "listing"), "an act on a book"),
    **dict.fromkeys(("posting", "finding", "ruling", "setting", "founding"), "its result"),
    **dict.fromkeys(("keyring", "feed", "thing"), "no participle: it only ends like one"),
}
ENDS_LIKE_A_PARTICIPLE = re.compile(r"(ing|ed)$")


def _names_of_modules() -> Iterator[tuple[str, str]]:
    """Each module's own name, and where it stands; rooms have their own page, docs/HOUSE.md."""
    for source in sources():
        if not source.path.endswith(("/__init__.py", "/__main__.py")):
            yield source.module.rpartition(".")[2], source.path


def test_a_module_name_that_is_used_twice_is_agreed_on() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for name, path in _names_of_modules():
        places[name].append(path)
    twice = {name: paths for name, paths in places.items() if len(paths) > 1}
    wrong = [f"{name}: {', '.join(twice[name])}" for name in sorted(twice.keys() - TWICE.keys())]
    wrong += [
        f"{name} is in TWICE, and no longer used twice" for name in TWICE.keys() - twice.keys()
    ]

    assert not wrong, advise(wrong, "name the module for what is its own; TWICE stays short")


def test_modules_are_nouns() -> None:
    names = dict(_names_of_modules())
    last = {name: name.rpartition("_")[2].removesuffix("s") for name in names}
    wrong = [
        names[name]
        for name, word in last.items()
        if ENDS_LIKE_A_PARTICIPLE.search(word) and word not in IN_ING
    ]
    stale = sorted(IN_ING.keys() - set(last.values()))

    assert not wrong, advise(wrong, "a module is named for the thing that it holds")
    assert not stale, "IN_ING names what is no module any more"


def test_a_class_name_means_one_thing() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(source.path)
    wrong = [f"{name}: {', '.join(paths)}" for name, paths in homes.items() if len(paths) > 1]

    assert not wrong, advise(wrong, "give each its own standard word (docs/GLOSSARY.md)")


def _strays(source: Source, agreed: dict[str, Collision]) -> Iterator[str]:
    """Names given in a file with a word in them that means something else in its room."""
    excepted = exceptions()
    for line, name in definitions(source.tree):
        if any(source.path.startswith(room) for room in excepted.get(name, ())):
            continue
        words = words_of(name)
        for row in agreed.values():
            if row.is_in(words) and not source.path.startswith(row.rooms):
                yield f"{source.path}:{line} {name}: {row.word}"


def test_a_word_that_collides_stands_only_where_it_has_its_meaning() -> None:
    agreed = collisions()
    wrong = [
        stray
        for source in sources()
        if not source.is_generated
        for stray in _strays(source, agreed)
    ]
    assert not wrong, advise(
        sorted(set(wrong)), "docs/GLOSSARY.md, Words that collide: write what the last column says"
    )


def test_the_table_of_words_that_collide_is_current() -> None:
    """Every room that it names has such a name; every exception is met."""
    used: dict[str, set[str]] = defaultdict(set)  # word -> files
    given: dict[str, set[str]] = defaultdict(set)  # name -> files
    agreed = collisions()
    for source in sources():
        for _, name in definitions(source.tree):
            given[name].add(source.path)
            words = words_of(name)
            for row in agreed.values():
                if row.is_in(words):
                    used[row.word].add(source.path)
    wrong = [
        f"{row.word}: no name in {room}"
        for row in agreed.values()
        for room in row.rooms
        if not any(path.startswith(room) for path in used[row.word])
    ]
    wrong += [
        f"{name}: not a name in {room}"
        for name, rooms in exceptions().items()
        for room in rooms
        if not any(path.startswith(room) for path in given[name])
    ]
    assert not wrong, advise(wrong, "strike the room from docs/GLOSSARY.md, Words that collide")


def test_only_what_is_stored_sent_or_typed_stays() -> None:
    """A name that stays is a field of an event or a command, or a name of the client's."""
    files = ("ledger/events.py", "exchange/events.py", "ledger/commands.py", "exchange/commands.py")
    fields = {
        name
        for source in sources()
        if source.path in files or source.is_generated
        for _, name in definitions(source.tree)
    }
    assert exceptions(), "the table is read"
    assert not sorted(exceptions().keys() - fields), "rename it, rather than let it stay"


def test_a_stray_word_is_found() -> None:
    text = (
        "class AskReader: boards = 1\n"
        "def ask_price(best_ask, key_file, row_key): self.seat = 2\n"
        "task = mask = keyboard = basket = 3\n"
    )
    source = Source("ledger/example.py", text, ast.parse(text))
    agreed = {
        "ask": Collision("ask", (), (("best", "ask"),)),
        "board": Collision("board", ("ledger/",), ()),
        "key": Collision("key", (), (("key", "file"),)),
        "seat": Collision("seat", ("gateway/demo/",), ()),
    }

    assert [stray.partition(" ")[2] for stray in sorted(_strays(source, agreed))] == [
        "AskReader: ask",
        "ask_price: ask",
        "row_key: key",
        "seat: seat",
    ]
