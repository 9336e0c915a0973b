"""The architecture's rules on who may import what (ARCHITECTURE 1 and 5, STYLE 1)."""

import ast

from tests.house.advice import advise
from tests.house.sources import CLIENT, Source, imports, sources

MAY_IMPORT = {
    "ledger": {"ledger"},
    "exchange": {"exchange", "ledger"},
    "gateway": {"gateway", "exchange", "ledger", CLIENT},
    CLIENT: {CLIENT},
}
# Time, chance, files, sockets and threads belong to the shell.
SHELL_ONLY = {
    *("asyncio", "concurrent", "multiprocessing", "selectors", "signal", "subprocess", "threading"),
    *("fcntl", "mmap", "os", "pathlib", "shutil", "sqlite3", "tempfile"),
    *("http", "select", "socket", "ssl"),
    *("random", "secrets", "time", "uuid"),
}
REACHES_OUT = (
    *("ledger.journal.", "ledger.embedded.", "ledger.logins.", "ledger.views.", "ledger.overflow."),
    "exchange.engine.clock",
)
PURE_IN_THE_JOURNAL = {
    f"ledger.journal.{name}" for name in ("batches", "codec", "commit_chain", "protocol")
}
AT_HOME = {  # library -> the only rooms that may import it
    "psycopg": (
        *("ledger/journal/", "ledger/definitions/", "ledger/embedded/", "ledger/logins/"),
        *("ledger/views/", "exchange/views/"),
    ),
    "psycopg_pool": ("ledger/journal/", "ledger/embedded/", "ledger/views/", "exchange/views/"),
    "eventsourcing": ("ledger/journal/", "ledger/embedded/", "ledger/views/", "exchange/views/"),
    "aiohttp": ("gateway/", "gpubourse/"),
}


def test_imports_go_one_way() -> None:
    wrong = [
        f"{source.path}:{imported.line} imports {imported.module}"
        for source in sources()
        for imported in imports(source)
        if top(imported.module) in MAY_IMPORT
        and top(imported.module) not in MAY_IMPORT[top(source.module)]
    ]
    assert not wrong, advise(
        wrong,
        "gateway may import exchange, ledger and the client, exchange may import ledger, "
        "ledger and the client neither: "
        "move what is shared down, or hand it in as an argument",
    )


def test_only_the_shell_knows_time_chance_files_and_sockets() -> None:
    wrong = [
        f"{source.path}:{imported.line} imports {imported.module}"
        for source in sources()
        if source.is_pure
        for imported in imports(source)
        if top(imported.module) in SHELL_ONLY
    ]
    assert not wrong, advise(
        wrong,
        "a core is a function of its arguments: let the shell read the clock, the file or the "
        "socket, and hand in what it read",
    )


def test_libraries_stay_in_their_rooms() -> None:
    wrong = [
        f"{source.path}:{imported.line} imports {imported.module}"
        for source in sources()
        for imported in imports(source)
        if top(imported.module) in AT_HOME
        and not source.path.startswith(AT_HOME[top(imported.module)])
    ]
    assert not wrong, advise(
        wrong,
        "only journal, embedded server, logins and views speak to PostgreSQL, only gateway and "
        "the client to aiohttp: ask that room for what you need (audit reads through "
        "ledger.journal)",
    )


def test_the_ledgers_cores_do_not_reach_into_its_shell() -> None:
    """Audit reads the journal and read models fill views; the register and its rules do neither."""
    wrong = [
        f"{source.path}:{imported.line} imports {imported.module}"
        for source in sources("ledger", "exchange")
        if source.is_pure and not source.path.startswith(("ledger/audit/", "exchange/views"))
        for imported in imports(source)
        if imported.module.startswith(REACHES_OUT) and imported.module not in PURE_IN_THE_JOURNAL
    ]
    assert not wrong, advise(
        wrong, "decide and apply ask nobody: only the shell and audit hold a journal"
    )


def test_there_are_no_import_cycles() -> None:
    needs = {
        source.module: [imported.module for imported in imports(source) if not imported.is_deferred]
        for source in sources()
    }
    cycle = first_cycle(needs)
    assert not cycle, (
        f"import cycle: {' -> '.join(cycle)}: move what both sides need into a file of its own"
    )


def test_nothing_hides_an_import_inside_a_function_of_a_core() -> None:
    wrong = [
        f"{source.path}:{imported.line} imports {imported.module}"
        for source in sources("ledger", "exchange")
        if source.is_pure
        for imported in imports(source)
        if imported.is_deferred
    ]
    assert not wrong, advise(wrong, "import at the top: a deferred import hides a cycle")


def first_cycle(needs: dict[str, list[str]]) -> list[str]:
    """The first circle of modules that import one another, its first repeated; [] if none."""
    done: set[str] = set()

    def walk(module: str, way: list[str]) -> list[str]:
        if module in way:
            return [*way[way.index(module) :], module]
        if module in done or module not in needs:
            return []
        for needed in needs[module]:
            if needed != module and (found := walk(needed, [*way, module])):
                return found
        done.add(module)
        return []

    return next((found for module in needs if (found := walk(module, []))), [])


def test_a_cycle_is_found() -> None:
    needs = {"a": ["b"], "b": ["c"], "c": ["d", "b"], "d": []}

    assert first_cycle(needs) == ["b", "c", "b"]
    assert first_cycle({"a": ["b"], "b": []}) == []


def test_imports_are_read_wherever_they_stand() -> None:
    text = (
        "import os.path\n"
        "from ledger import ids\n"
        "from ledger.money import Minor\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import random\n"
        "def late():\n    import time\n"
    )
    source = Source("exchange/example.py", text, ast.parse(text))

    assert [(found.module, found.is_deferred) for found in imports(source)] == [
        ("os.path", False),
        ("ledger.ids", False),
        ("ledger.money", False),
        ("typing", False),
        ("time", True),
    ]


def top(module: str) -> str:
    """The first part of a dotted name."""
    return module.partition(".")[0]
