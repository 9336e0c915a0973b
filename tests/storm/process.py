"""The real process under the storm, `python -m gateway run` on a folder, and how it is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from ledger.embedded.embedded_server import EmbeddedPostgres, is_alive, read_postmaster
from ledger.embedded.server_places import known_server_folder
from ledger.journal.postgres import PostgresJournal
from tests.waiting import PATIENCE_S, PROCESS_S, wait_until

ROOT = Path(__file__).parents[2]


class VenueProcess:
    """One data folder, and whatever process serves it now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = EmbeddedPostgres(folder)
        self.log = folder.with_name(f"{folder.name}.log")
        self.port, self.metrics_port = _free_port(), _free_port()
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin a process; it is ready some time later."""
        self.starts += 1
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gateway", "run", "--data", str(self.folder)),
                    *("--port", str(self.port), "--metrics-port", str(self.metrics_port)),
                    *("--holders", "Chen Jing,Zhao Lei", "--accept-jump"),
                ],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def url(self) -> str:
        """Where it answers, as it says itself: the folder's `address`."""
        return (self.folder / "address").read_text().strip()

    def until_ready(self) -> None:
        """Wait for /readyz; a process that gave up meanwhile is started again."""

        def is_ready() -> bool:
            self.must_live()
            return self._is_ready()

        wait_until(is_ready, lambda: f"not ready:\n{self.told()}", PROCESS_S)

    def must_live(self) -> None:
        """Start it again if it ended."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def kill(self) -> None:
        """kill -9, and nobody is asked."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def kill_server(self, *, whole: bool = False) -> int:
        """kill -9 of the postmaster, whose children end by themselves, or of all; its number."""
        postmaster = self._postmaster_pid()
        assert postmaster, "no server runs"
        for number in (postmaster, *(_children(postmaster) if whole else ())):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        return postmaster

    def freeze(self) -> list[int]:
        """SIGSTOP of the process that serves; whoever is to be thawed."""
        assert self._process is not None
        return _stopped([self._process.pid])

    def freeze_server(self) -> list[int]:
        """SIGSTOP of the postmaster and all its children; whoever is to be thawed."""
        postmaster = self._postmaster_pid()
        assert postmaster, "no server runs"
        return _stopped([postmaster, *_children(postmaster)])

    def thaw(self, frozen: list[int]) -> None:
        """SIGCONT of what was frozen."""
        for number in frozen:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGCONT)

    def until_new_server(self, old: int) -> float:
        """Wait for another postmaster; when it was first seen."""

        def is_new() -> bool:
            self.must_live()
            return self._postmaster_pid() not in (0, old)

        wait_until(is_new, lambda: f"no new server:\n{self.told()}", PROCESS_S)
        return time.monotonic()

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE_S)

    def erase(self) -> None:
        """End whatever still runs, and forget the journal."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self.server.erase()

    def journal(self) -> PostgresJournal:
        """The journal as an auditor opens it, beside the running engine."""
        dsn = wait_until(
            self.server.attach_auditor, lambda: f"no server:\n{self.told()}", PROCESS_S
        )
        assert dsn is not None
        return PostgresJournal.for_auditor(dsn)

    def told(self) -> str:
        """The end of what it said."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}readyz", timeout=PATIENCE_S) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError, ValueError):
            return False

    def _postmaster_pid(self) -> int:
        folder = known_server_folder(self.folder)
        postmaster = None if folder is None else read_postmaster(folder)
        return postmaster.pid if postmaster is not None and is_alive(postmaster) else 0


def _children(parent: int) -> list[int]:
    """The processes whose parent is that one: `pid (name) state ppid …` of each."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            _, _, rest = stat.read_text().rpartition(")")
            if int(rest.split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def _stopped(numbers: list[int]) -> list[int]:
    for number in numbers:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGSTOP)
    return numbers


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
