"""docs/FORMATS.md is enough: its own short program makes every hash that the house makes.

`formats.py` is that program; it knows the page and nothing of ours. It is held to the pinned
vectors, to journals that the engine writes here, and to the database itself.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from exchange.engine.batch_writer import codec_for
from exchange.engine.replay import recover, save
from gateway.demo.headless import START_NS
from gateway.demo.past import PastWriter
from gpubourse.key_files import public_key_of
from gpubourse.wire import canonical
from ledger.durations import DAY_NS
from ledger.events import NothingToDo
from ledger.ids import PartyId
from ledger.journal.checkpoint import Checkpoint, PostgresCheckpoints
from ledger.journal.personal_names import PostgresPersonal
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow
from tests.exchange.ground import LEASE
from tests.exchange.test_state_form import small
from tests.gateway.town import town_of
from tests.house import catalogue_batches, formats, vectors
from tests.house.advice import advise
from tests.house.documents import blocks
from tests.house.formats import PREFIX, Stored
from tests.house.sources import ROOT, imports, read

FREE = {"base64", "collections.abc", "hashlib", "json", "typing"}
KINDS = {"title", "lease", "order", "settlement", "balance"}
BYTEA = (3, 4, 9, 10)  # the columns of `commands` that hold bytes
DAYS = 18  # past a month's first day: leases run, sales settle
EVENTS = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM stored_events ORDER BY notification_id"
)


pytestmark = pytest.mark.xdist_group("formats")  # one demo serves all of them


@pytest.fixture(scope="module")
def demo_dsn(postgres_server: str) -> Iterator[str]:
    """A database with the past of a small demo, made by the engine's own batch writer."""
    name = "formats"
    with psycopg.connect(postgres_server, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE gpubourse")
        dsn = postgres_server.replace("/gpubourse?", f"/{name}?")
        journal = PostgresJournal(dsn)
        journal.take_fence()
        history = PastWriter.of(journal, recover(journal), 7, START_NS)
        for day in range(DAYS):
            history.day(day)
        writer = history.writer
        last, _ = journal.commits_around(writer.position)
        assert last is not None
        checkpoint = Checkpoint(*save(writer.venue, writer.versions, last))
        PostgresCheckpoints(dsn).store(checkpoint)
        PostgresPersonal(dsn).note("k-0003", "  Han   Meimei ")
        journal.close()
        yield dsn
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_program_of_the_page_knows_nothing_of_ours() -> None:
    source = read(ROOT / "tests/house/formats.py")
    wrong = [
        f"{source.path}:{imported.line} imports {imported.module}"
        for imported in imports(source)
        if imported.module not in FREE and not imported.module.startswith("cryptography.")
    ]
    assert not wrong, advise(wrong, "what it agrees with must be the page: write it out here")


# --- the pinned vectors


def pinned(name: str) -> Any:
    return json.loads((ROOT / "docs/vectors" / name).read_text("utf-8"))


def test_todays_engine_makes_the_pinned_vectors() -> None:
    wrong = [path.name for path, text in vectors.files().items() if path.read_text("utf-8") != text]
    assert not wrong, advise(
        wrong, "a format never changes; only a new migration is added to the vectors"
    )


def test_the_vector_journal_comes_to_its_state() -> None:
    vector = pinned("journal.json")
    rows = [
        Stored(position, stream, version, topic, state.encode())
        for position, stream, version, topic, state in vector["stored_events"]
    ]
    state, hashes = formats.attested(rows)

    assert formats.faults_of_rows(rows) == []
    assert [row.decode() for row in state.rows()] == vector["state"]["rows"]
    assert {json.loads(row)[0] for row in state.rows()} == KINDS
    assert state.sha256() == vector["state"]["state_sha256"]
    assert [made for _, _, made in hashes] == [said for _, said, _ in hashes]
    assert hashes[-1][1] == vector["state"]["state_sha256"]


def test_the_vector_journal_is_chained_as_the_page_says() -> None:
    rows = [
        Stored(position, stream, version, topic, state.encode())
        for position, stream, version, topic, state in pinned("journal.json")["stored_events"]
    ]
    chain = bytes(32)
    for commit in pinned("commits.json"):
        part = rows[commit["first_position"] - 1 : commit["last_position"]]
        commands = [
            [bytes.fromhex(each) if at in BYTEA else each for at, each in enumerate(row)]
            for row in commit["commands"]
        ]
        chain = formats.chain_of(chain, commit["epoch"], part, commands)
        assert chain.hex() == commit["chain"]
    assert commit["last_position"] == len(rows)
    assert commit["commands"], "a command is bound, too"


def test_the_demos_commits_are_chained_as_the_page_says(demo_dsn: str) -> None:
    with psycopg.connect(demo_dsn) as connection:
        rows = [Stored(*row) for row in connection.execute(EVENTS)]
        commands = list(connection.execute("SELECT * FROM commands ORDER BY first_position"))
        commits = list(connection.execute("SELECT * FROM commits ORDER BY last_position"))
    chain, first_of = bytes(32), CommandRow._fields.index("first_position")
    for last, first, epoch, told in commits:
        asked = [row for row in commands if first <= row[first_of] <= last]
        chain = formats.chain_of(chain, epoch, rows[first - 1 : last], asked)
        assert chain == bytes(told), last
    assert [last for last, *_ in commits][-1] == len(rows)
    assert len(commits) == DAYS


def test_the_vector_command_is_signed_as_the_page_says() -> None:
    vector = pinned("signing.json")
    command = vector["command"]
    signed = formats.signed_bytes(command["document"])

    assert signed.decode() == command["signed"]
    assert formats.text64(formats.sha256(signed)) == command["command_sha256"]
    body = formats.body_sha256(command["document"])
    assert formats.text64(body) == command["body_sha256"]
    signature = formats.raw64(command["signature"])
    assert formats.is_signature(vector["public_key"], signature, signed)
    assert not formats.is_signature(vector["public_key"], signature, signed + b" ")


def test_the_vector_log_on_names_its_session() -> None:
    vector = pinned("signing.json")
    logon = vector["logon"]
    signed = formats.signed_bytes(logon["document"])
    signature = formats.raw64(logon["signature"])

    assert signed.decode() == logon["signed"]
    assert formats.is_signature(vector["public_key"], signature, signed)
    assert formats.session_of(signed, signature) == logon["session"]


def test_the_vector_digests_are_made_as_the_page_says() -> None:
    vector = pinned("digests.json")
    holder, report = vector["holder"], vector["report"]

    salt = bytes.fromhex(holder["salt_hex"])
    assert formats.holder_sha256(salt, holder["name"]) == holder["holder_sha256"]
    assert formats.holder_sha256(salt, "  李   雷 ") == holder["holder_sha256"]
    assert formats.text64(formats.sha256(report["raw"].encode())) == report["report_sha256"]
    for name, digest in vector["migrations"].items():
        assert hashlib.sha256((ROOT / "sql" / name).read_bytes()).hexdigest() == digest, name


def test_a_number_past_2_to_the_53_is_spoilt_by_a_double_and_kept_by_an_int() -> None:
    vector = pinned("digests.json")["numbers"]

    assert str(json.loads(vector["state"])["at_ns"]) == vector["at_ns"]
    spoilt = json.loads(vector["state"], parse_int=float)["at_ns"]
    assert str(int(spoilt)) == vector["at_ns_as_a_double"] != vector["at_ns"]


def test_every_character_is_written_as_the_page_says() -> None:
    """The house's encoder and the page's, over all that text may hold."""
    text = "".join(map(chr, (*range(0x100), 0x2028, 0x4E2D, 0xFFFD, 0x1F600)))
    event = NothingToDo(party=PartyId(text), op="a/b")
    stored = codec_for("cn-1").encode(event, 1, 0, "")

    assert stored == formats.compact({"party": text, "op": "a/b", "at_ns": 1})
    assert canonical({"b": text, "a": 1}) == formats.canonical({"a": 1, "b": text})


# --- journals written here


def test_every_state_of_a_small_market_is_made_again_to_its_end() -> None:
    """The pinned scene goes on until its lease has ended and its sale is settled."""
    floor = small()
    floor.pass_time(floor.writer.at_ns + 60 * DAY_NS)
    rows = [Stored(*row) for batch in floor.batches for row in batch.rows]
    topics = {row.topic for row in rows}
    _, hashes = formats.attested(rows)

    assert {"lease_ended", "settlement_failed", "trade_unwound", "order_expired"} <= topics
    assert len(hashes) >= 59
    assert [made for _, _, made in hashes] == [said for _, said, _ in hashes]
    assert formats.faults_of_rows(rows) == []


def test_every_state_of_a_demo_is_made_again_from_its_database(demo_dsn: str) -> None:
    with psycopg.connect(demo_dsn) as connection:
        rows = [Stored(*row) for row in connection.execute(EVENTS)]
        (blob_sha256, state_sha256, blob) = connection.execute(
            "SELECT blob_sha256, state_sha256, blob FROM checkpoints"
        ).fetchone() or (b"", b"", b"")
    state, hashes = formats.attested(rows)

    assert len(hashes) == DAYS - 1  # a day is attested when the next one begins
    assert [made for _, _, made in hashes] == [said for _, said, _ in hashes]
    assert {json.loads(row)[0] for row in state.rows()} == KINDS
    assert any(b'"running"' in row for row in state.rows())
    assert formats.text64(state_sha256) == state.sha256()
    assert formats.sha256(blob) == blob_sha256
    assert formats.faults_of_rows(rows) == []


def test_every_command_of_a_demo_is_what_was_signed(demo_dsn: str) -> None:
    with psycopg.connect(demo_dsn) as connection:
        keys: dict[str, str] = dict(
            connection.execute(
                "SELECT event ->> 'principal', event ->> 'public_key' FROM journal"
                " WHERE topic = 'principal_enrolled'"
            ).fetchall()
        )
        cursor = connection.cursor(row_factory=dict_row)
        commands = cursor.execute(
            "SELECT c.*, e.state FROM commands c"
            " JOIN stored_events e ON e.notification_id = c.first_position"
        ).fetchall()
    wrong = [
        f"{command['first_position']}: {fault}"
        for command in commands
        for fault in formats.faults_of_command(
            command, command["state"], keys[command["principal"]]
        )
    ]
    assert len(commands) > 1_000
    assert all(command["signature"] for command in commands)
    assert not wrong


def test_other_hashes_of_a_database_are_made_again(demo_dsn: str) -> None:
    with psycopg.connect(demo_dsn) as connection:
        for digest, raw in connection.execute("SELECT report_sha256, raw FROM reports LIMIT 50"):
            assert formats.sha256(raw) == digest
        for name, digest in connection.execute("SELECT name, sha256 FROM migrations"):
            assert formats.sha256((ROOT / "sql" / name).read_bytes()) == digest
        (salt, name) = connection.execute("SELECT salt, name FROM personal").fetchone() or (b"", "")
    told = PostgresPersonal(demo_dsn).holder_sha256("Han Meimei")
    assert formats.holder_sha256(salt, name) == told


@pytest.mark.parametrize(
    "question",
    [block.text for block in blocks("text") if block.text.startswith("-- ")],
    ids=lambda text: text.splitlines()[0],
)
def test_what_the_page_asks_in_psql_finds_nothing(demo_dsn: str, question: str) -> None:
    with psycopg.connect(demo_dsn) as connection:
        assert connection.execute(question.encode()).fetchall() == []


async def test_an_order_that_rides_on_a_session_names_the_log_on_that_is_kept(
    tmp_path: Path,
) -> None:
    async with town_of(tmp_path) as town:
        token = await town.log_on("maker")
        args = {"market": LEASE, "side": "ask", "price_ticks": 1302, "lots": 1}
        status, told, _ = await town.ask(
            "POST", "/v1/orders", token=token, body=args, Idempotency_Key="rides"
        )
        assert status == 201, told
        party = town.keys["maker"].party
        (command,) = town.parts.journal.commands([(party, "rides")])
        (first, *_) = town.parts.journal.read(command.first_position - 1, command.first_position)
        kept = town.parts.journal.kept(formats.raw64(command.session))
        public_key = public_key_of(town.keys["maker"].private_key)

    assert kept is not None
    signed, signature = kept[:-65], kept[-64:]
    assert formats.session_of(signed, signature) == command.session
    assert formats.is_signature(public_key, signature, signed)
    assert formats.signed_bytes(json.loads(signed.removeprefix(PREFIX))) == signed
    assert command.signature == b""
    assert formats.faults_of_command(command._asdict(), first.state, public_key) == []


def test_batches_hold_what_the_catalogue_says(demo_dsn: str) -> None:
    with psycopg.connect(demo_dsn) as connection:
        rows = [Stored(*row) for row in connection.execute(EVENTS)]
        ops: dict[int, str] = dict(
            connection.execute("SELECT first_position, op FROM commands").fetchall()
        )
    wrong = catalogue_batches.strangers(rows, ops)
    assert not wrong, advise(wrong, "enter it in ledger/acts/grounds.py, or the market's")
