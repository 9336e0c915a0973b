"""Passwords of our roles on a server of one's own: made once, kept in files that libpq reads.

`engine`, `viewer` and `door` share DATA/logins.pgpass, `auditor` has DATA/auditor.pgpass alone, so
that it can be handed on. Only hashes go to the server, and no password is ever printed: addresses
name the file. Roles belong to the whole server; a note on each says for which database its password
was made, and another database's is left alone.
"""

import os
import secrets
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from ledger.logins.login import ROLES, Role, address_terms, login, password_in, url_of

OURS: Final = "logins.pgpass"
AUDITORS: Final = "auditor.pgpass"
_NOTE: Final = "of the gpubourse venue in the database {}"
_NOTED = "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s"
_BYTES = 32
_PATIENCE_S = 10


def with_logins(dsn: str, folder: Path) -> tuple[str, list[str]]:
    """The same address, by which our roles log on as themselves; and in words where they do not.

    The roles are there already. On a socket that lets us in nothing is made.
    """
    terms = address_terms(dsn)
    if "passfile" in terms:
        named = dsn  # kept by whoever set it: read, never written
    else:
        named = make_conninfo(dsn, passfile=str((folder / OURS).absolute()))
    found = dsn
    missing: list[str] = []
    for role in ROLES:
        if _logs_on(dsn, role):
            continue
        is_given = _logs_on(_of(named, folder, role), role)
        reason = "" if is_given else _give(dsn, named, folder, role)
        if reason:
            missing.append(
                f"role {role} has no login of its own ({reason}), so its sessions are the owner's,"
                f" who steps down: give it a password, and a line *:*:*:{role}:PASSWORD in"
                f" {_file(named, folder, role)}"
            )
        else:
            found = named
    return found, missing


def auditor_address(dsn: str, folder: Path) -> str | None:
    """An auditor's own address, with no password in it; None: he has no login of his own yet."""
    terms = address_terms(dsn)
    if terms.get("user") == "auditor":
        return dsn
    path = folder / AUDITORS
    rest = {name: term for name, term in terms.items() if name not in ("user", "password")}
    if password_in(terms.get("passfile", ""), "auditor"):
        return url_of({**rest, "user": "auditor"})
    if password_in(str(path), "auditor"):
        return url_of({**rest, "user": "auditor", "passfile": str(path.absolute())})
    if login(dsn, "auditor").steps_down_to:
        return None
    return url_of({**rest, "user": "auditor"})


def _of(named: str, folder: Path, role: Role) -> str:
    return make_conninfo(named, passfile=str(_file(named, folder, role)))


def _file(named: str, folder: Path, role: Role) -> Path:
    passfile = Path(address_terms(named)["passfile"])
    is_ours = passfile == (folder / OURS).absolute()
    return passfile.with_name(AUDITORS) if is_ours and role == "auditor" else passfile


def _logs_on(dsn: str, role: Role) -> bool:
    """Whether a session of the role's own comes about."""
    found = login(dsn, role)
    if found.steps_down_to:
        return False
    try:
        psycopg.connect(
            connect_timeout=_PATIENCE_S,
            **found.terms,  # type: ignore[arg-type]
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def _give(dsn: str, named: str, folder: Path, role: Role) -> str:
    """Give the role a password; why it has none after all, in words."""
    path = _file(named, folder, role)
    if path.parent != folder.absolute():
        return f"{path} has no line for it, or another password"
    terms = address_terms(dsn)
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=_PATIENCE_S) as owner:
            (database,) = owner.execute("SELECT current_database()").fetchone() or ("",)
            note = _NOTE.format(database)
            (noted,) = owner.execute(_NOTED, [role]).fetchone() or (None,)
            if noted not in (None, note):
                return f"its password is {noted}"
            password = password_in(str(path), role) or secrets.token_urlsafe(_BYTES)
            _keep(path, role, password)  # first: a password that nobody knows helps nobody
            hashed = owner.pgconn.encrypt_password(password.encode(), role.encode())
            set_it = SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(role), hashed.decode())
            owner.execute(set_it)
            owner.execute(SQL("COMMENT ON ROLE {} IS {}").format(Identifier(role), note))
    except psycopg.errors.InsufficientPrivilege:
        return f"{terms.get('user', 'the owner')} may not give it a password"
    except psycopg.Error:
        return "the server did not let it be made"
    return "" if _logs_on(_of(named, folder, role), role) else "the server does not let it in"


def _keep(path: Path, role: str, password: str) -> None:
    """One line for the role, in a file that nobody else may read: libpq demands it."""
    old = path.read_text("utf-8").splitlines() if path.exists() else []
    lines = [line for line in old if not line.startswith(f"*:*:*:{role}:")]
    text = "\n".join([*lines, f"*:*:*:{role}:{password}", ""])
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.rename(path)
