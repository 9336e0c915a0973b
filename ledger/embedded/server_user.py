"""As whom the embedded PostgreSQL runs: ourselves, or, since it never runs as root, someone less.

As root every file in the server's folder is written *by* that user, so that no link it could
have planted there leads root's hand elsewhere. No user is made, no mode of a folder above changed.
"""

import os
import pwd
import subprocess
from pathlib import Path
from typing import NamedTuple

from ledger.journal.protocol import JournalUnavailable

UNPRIVILEGED = "nobody"
WAY_OUT = (
    "start gpubourse as an ordinary user, or set GPUBOURSE_DATABASE_URL to a PostgreSQL of yours"
)

# Nothing of the caller's locale, PG* settings or library paths reaches the server.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class EmbeddedUnavailable(JournalUnavailable):
    """The embedded server cannot be had here; the text says what to do."""


class ServerUser(NamedTuple):
    """The operating system's user who owns the server's processes and files."""

    name: str
    uid: int
    gid: int

    @property
    def is_stepped_down(self) -> bool:
        return os.geteuid() != self.uid

    def run(
        self, *argv: str | Path, stdin: str = "", seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, from /, with a bare environment; its output is kept."""
        as_user = (
            {"user": self.uid, "group": self.gid, "extra_groups": []}
            if self.is_stepped_down
            else {}
        )
        try:
            return subprocess.run(  # type: ignore[call-overload, no-any-return]
                [os.fspath(part) for part in argv],
                input=stdin,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                cwd="/",
                env=_ENVIRONMENT,
                umask=0o077,
                check=False,
                **as_user,
            )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedUnavailable(f"{argv[0]} took longer than {seconds:.0f} s") from error
        except OSError as error:
            raise EmbeddedUnavailable(
                f"{argv[0]} cannot be run as user {self.name} ({error}): {WAY_OUT}"
            ) from error

    def write(self, path: Path, text: str) -> None:
        """Replace a file, as this user."""
        script = 'cat > "$0.new" && mv -f "$0.new" "$0"'
        written = self.run("/bin/sh", "-c", script, path, stdin=text)
        if written.returncode:
            raise EmbeddedUnavailable(f"{path} cannot be written: {written.stderr.strip()}")

    def reaches(self, folder: Path) -> bool:
        """Whether this user may enter `folder`."""
        return self.run("/bin/sh", "-c", 'cd -- "$0"', folder).returncode == 0


def server_user(server_folder: Path | None) -> ServerUser:
    """We ourselves; as root the owner of `server_folder` if it exists, else `nobody`.

    Raises EmbeddedUnavailable where there is no such user.
    """
    uid = os.geteuid()
    if uid != 0:
        return _named(uid)
    if server_folder is not None and server_folder.exists():
        owner = server_folder.stat().st_uid
        if owner != 0:
            return _named(owner)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedUnavailable(
            "PostgreSQL does not run as root, and this machine has no user"
            f" `{UNPRIVILEGED}` to step down to: {WAY_OUT}"
        ) from None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _named(uid: int) -> ServerUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedUnavailable(
            f"PostgreSQL needs its user to have a name, and user {uid} has none on this machine:"
            " add it to /etc/passwd, or set GPUBOURSE_DATABASE_URL to a PostgreSQL of yours"
        ) from None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
