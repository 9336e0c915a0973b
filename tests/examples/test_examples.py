"""Every program of examples/ runs, as a user would run it, against a venue with a real database."""

import ast
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from tests.conftest import database_of
from tests.examples.relay import relayed
from tests.gateway.cli.lines import own_home
from tests.house.sources import ROOT, python_path
from tests.ledger.things.dumps import block, dump
from tests.scenes.stage import Stage, staged

__all__ = ["own_home"]

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("examples")]  # one venue for all
EXAMPLES = ROOT / "examples"
RENT = "74995.20"  # yuan a server-month: 1,260 ticks in a month of 744 hours
SERVERS = 3  # owned by the seller, with papers
PATIENCE_S = 60
TEN_MINUTES_NS = 600_000_000_000
SERIES = "L.H100SXM8.CN-BJ"


def server(number: int) -> bytes:
    """The dump of a server of eight H100, other cards for each number."""
    return dump(
        *(
            block(
                {
                    "Serial Number": f"{1654424000000 + number * 10 + at}",
                    "GPU UUID": f"GPU-b42dd28e-ffdd-8720-1df0-{number:08x}{at:04x}",
                },
                bus=0x10 + at,
            )
            for at in range(8)
        )
    )


def furnish(stage: Stage) -> None:
    """A seller with three titled servers and cash, a trader with cash; the market is open."""
    stage.admit()
    given = ("--party", "p-0003", "--holder", "Zhang Min", "--scopes", "read,trade")
    stage.line("keys", "new", "trader", *given, me="clerk-1")
    for number in range(1, SERVERS + 1):
        path = stage.folder / f"server-{number}.txt"
        path.write_bytes(server(number))
        stage.line("import", str(path), "--site", "s-0001", "--no-claim", "--yes", me="seller")
        node = f"n-{number:04}"
        for kind in ("invoice", "customs"):
            paper = ("--document", stage.paper(f"{kind}-{number}.txt", f"{kind} of {node}\n"))
            verb = ("operator", "provenance")
            stage.line(*verb, "file", node, "--kind", kind, *paper, "--names-serial", me="seller")
            stage.line(*verb, "verify", node, *paper, me="clerk-1")
        asked = stage.told("operator", "title", node, "--yes", me="seller")["result"]
        stage.line("operator", "approve", asked["proposal"], me="clerk-1")
    stage.pass_time(TEN_MINUTES_NS)
    for party in ("p-0002", "p-0003"):
        bank = ("--reference", f"BANK-{party}", "--yes")
        stage.line("operator", "deposit", party, "1000000", *bank, me="clerk-1")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Stage]:
    """One venue for all programs; each trades in a month of its own."""
    folder = tmp_path_factory.mktemp("examples")
    with database_of(postgres_server) as dsn, staged(folder, dsn) as opened:
        furnish(opened)
        yield opened


class Program:
    """A running example: what it printed, line by line."""

    def __init__(self, stage: Stage, name: str, *words: str, venue: str = "") -> None:
        environment = dict(os.environ, PYTHONPATH=python_path(), GPUBOURSE_DATA=str(stage.data))
        if venue:
            environment["GPUBOURSE_VENUE"] = venue
        self._process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / name), *words],
            cwd=stage.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._said: Queue[str] = Queue()
        self.lines: list[str] = []
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as said:
            for line in said:
                self._said.put(line.rstrip("\n"))

    def until(self, word: str) -> str:
        """The next line that holds a word."""
        while True:
            line = self._said.get(timeout=PATIENCE_S)
            self.lines.append(line)
            if word in line:
                return line

    def end(self) -> list[str]:
        """Everything it printed; it must have ended well."""
        ended = self._process.wait(PATIENCE_S)
        self._ear.join(PATIENCE_S)
        assert self._process.stderr is not None
        with self._process.stderr as complaint:
            assert ended == 0, complaint.read()
        while not self._said.empty():
            self.lines.append(self._said.get())
        return self.lines


def test_every_example_is_run_here_and_named_in_their_page() -> None:
    programs = {path.name for path in EXAMPLES.glob("*.py")}
    page = (EXAMPLES / "README.md").read_text("utf-8")
    here = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert programs
    assert all(f"[{name}]({name})" in page and f'{name}"' in here for name in programs)


def test_anybody_checks_a_certificate_under_a_root(stage: Stage) -> None:
    file = stage.folder / "certificate.json"
    words = ("audit", "certificate", "n-0001", "--out", str(file), "--make-salt")
    root = stage.told(*words)["root"]

    assert "n-0001 at position" in Program(stage, "certificate_check.py", str(file), root).end()[0]


def test_the_seller_offers_what_a_dump_shows(stage: Stage) -> None:
    path = stage.folder / "dump.txt"
    path.write_bytes(server(SERVERS + 1))

    program = Program(stage, "seller_offer.py", str(path), "98000")
    proposal = program.until("title is asked for").rsplit(" ", 1)[1]
    for clerk in ("clerk-1", "clerk-2"):  # without papers it takes both
        stage.line("operator", "approve", proposal, me=clerk)

    lines = program.end()
    assert lines[0].startswith("1 servers, 8 cards, grades {'A': 8")
    assert "it is sold in T.H100SXM8.A0.CN-BJ" in lines[2]
    assert lines[3].endswith("is open at 98000 yuan a GPU")
    (ask,) = stage.told("book", "T.H100SXM8.A0.CN-BJ")["result"]["asks"]
    assert ask == [980, 1, 1, 0]


def test_the_trader_knows_the_cost_before_the_order(stage: Stage) -> None:
    empty = Program(stage, "trader_quote.py", f"{SERIES}.2025-04", "1").end()
    assert empty == [f"{SERIES}.2025-04: nobody offers"]

    offer(stage, "n-0001", "2024-12")
    lines = Program(stage, "trader_quote.py", f"{SERIES}.2024-12", "1").end()

    assert (
        lines[0]
        == "1 lots at 1260 ticks hold 9381899 fen: rent or price 7499520, fee 7499, deposit 1874880"
    )
    assert lines[1].endswith("is filled: 1 lots for 7507019 fen")


def test_the_trader_misses_no_trade_when_the_line_is_cut(stage: Stage) -> None:
    month = "2025-01"
    address = (stage.data / "address").read_text("utf-8").strip()
    with relayed(address) as relay:
        program = Program(
            stage, "trader_watch.py", f"{SERIES}.{month}", str(SERVERS), venue=relay.address
        )
        program.until("watching")
        traded(stage, "n-0001", month)
        program.until("t-")
        before = relay.lines
        relay.cut()
        for node in ("n-0002", "n-0003"):
            traded(stage, node, month)
        lines = program.end()

    assert relay.lines > before
    assert [line.split()[1:] for line in lines[1:]] == [["1", "at", "1260"]] * SERVERS
    numbers = [int(line.split()[0].removeprefix("t-")) for line in lines[1:]]
    assert numbers == list(range(numbers[0], numbers[0] + SERVERS))


def test_an_outsider_trades_by_what_is_published(stage: Stage) -> None:
    offer(stage, "n-0001", "2025-03")
    address = (stage.data / "address").read_text("utf-8").strip()
    socket = address.replace("http", "ws", 1).rstrip("/") + "/v1/ws"
    key = str(stage.data / "keys" / "trader")

    lines = Program(stage, "outsider.py", key, f"{SERIES}.2025-03", socket).end()

    assert [line.split(" is ")[1].split(":")[0] for line in lines] == ["filled", "cancelled"]
    assert lines[0].endswith(".bid at 1260")


def test_the_outsiders_client_is_sixty_lines_and_imports_nothing_of_ours() -> None:
    """Code is each line but blank ones, comments and the text at the file's head."""
    text = (EXAMPLES / "outsider.py").read_text("utf-8")
    tree = ast.parse(text)
    head = tree.body[0].end_lineno
    lines = [line.strip() for line in text.splitlines()[head:]]
    code = [line for line in lines if line and not line.startswith("#")]
    names = [
        each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names
    ]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    foreign = {name.partition(".")[0] for name in names} - sys.stdlib_module_names

    assert foreign == {"websockets", "cryptography"}
    assert len(code) <= 60, len(code)


def test_the_market_maker_quotes_both_sides_and_moves(stage: Stage) -> None:
    market = f"{SERIES}.2025-02"
    program = Program(stage, "market_maker.py", market, "1300", "20", "2")
    program.until("ask at 1320")
    buy(stage, "2025-02", "80000")
    program.until("ask at 1340")
    book = stage.told("book", market)["result"]
    assert (book["bids"], book["asks"]) == ([[1300, 1, 1, 0]], [[1340, 1, 1, 0]])
    buy(stage, "2025-02", "80000")

    lines = program.end()
    assert [line.split(": ")[-1] for line in lines if ": " in line] == [
        *("bid at 1280", "ask at 1320", "bid at 1300", "ask at 1340")
    ]
    book = stage.told("book", market)["result"]
    assert (book["bids"], book["asks"]) == ([], [])


def test_the_auditor_needs_nothing_of_ours(stage: Stage) -> None:
    dsn = stage.told("audit", "psql")["dsn"]

    lines = Program(stage, "auditor_verify.py", dsn).end()

    assert [line.split(" ", 1)[1] for line in lines[1:]] == [
        "signatures hold",
        "titles are those of the register; the books sum to 0",
    ]
    assert int(lines[1].split()[0]) > 0
    assert int(lines[2].split()[0]) >= SERVERS


def offer(stage: Stage, node: str, month: str) -> None:
    """The seller lets a server for a month."""
    stage.line("sell", node, "--month", month, "--price", RENT, "--yes", me="seller")


def buy(stage: Stage, month: str, limit: str) -> None:
    """Somebody takes what is offered for a month."""
    what = ("8", "H100", month, "CN-BJ", "--limit", limit, "--yes")
    stage.line("buy", *what, me="buyer")


def traded(stage: Stage, node: str, month: str) -> None:
    """One lot changes hands."""
    offer(stage, node, month)
    buy(stage, month, RENT)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_without_its_words_says_which_it_needs(path: Path) -> None:
    ended = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)

    assert ended.returncode in (1, 2)
    assert path.name in ended.stderr
    assert "Traceback" not in ended.stderr
