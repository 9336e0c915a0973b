"""As whom a part of the venue logs on: a role of its own wherever the server has one for it.

A database's address names its owner. From it the address of any role of ours follows: on a socket
the operating system says who we are, so the name alone changes; on a server of one's own the
passwords of our roles lie in files that `role_passwords.py` writes, which the address names as
`passfile`. Where there is neither, the owner's session steps down to the role (`SET ROLE`), and a
start says so in words.
"""

import os
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

Role: TypeAlias = Literal["engine", "viewer", "door", "auditor"]
ROLES: Final[tuple[Role, ...]] = ("engine", "viewer", "door", "auditor")
READERS: Final[tuple[Role, ...]] = ("door", "auditor")  # their sessions cannot write

NO_ADDRESS: Final = "the database's address is none: write it as postgresql://USER@HOST/NAME"


class NoDatabaseAddress(ValueError):
    """What should be a database's address is none; its words might show a password."""


class Login(NamedTuple):
    """What to connect with, and the role to step down to then ("": it logs on as that role)."""

    terms: dict[str, str]
    steps_down_to: str


def address_terms(dsn: str) -> dict[str, str]:
    """The parts of an address, by their names. Raises NoDatabaseAddress."""
    try:
        found = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise NoDatabaseAddress(NO_ADDRESS) from None
    return {name: str(term) for name, term in found.items() if term is not None}


def login(dsn: str, role: Role | None) -> Login:
    """How a part logs on as `role` to the database that *dsn* names; None: as its owner."""
    terms = address_terms(dsn)
    is_theirs = terms.get("user") == role
    if role is None or (is_theirs and "password" in terms):
        return Login(terms, "")
    if password := password_in(terms.get("passfile", ""), role):  # before PGPASSWORD: the owner's
        return Login({**terms, "user": role, "password": password}, "")
    if is_theirs:
        return Login(terms, "")
    if "password" in terms or not terms.get("host", "").startswith("/"):
        return Login(terms, role)
    return Login({**terms, "user": role}, "")


def password_in(passfile: str, role: str) -> str:
    """The password of a role in a libpq password file; "" if it has none."""
    try:
        lines = Path(passfile).read_text("utf-8").splitlines() if passfile else []
    except OSError:
        return ""
    for line in lines:
        *_, user, password = line.rsplit(":", 2)
        if user == role:
            return password
    return ""


def shown(dsn: str) -> tuple[str, dict[str, str]]:
    """An address that may be printed, and what a program that is given it needs in its environment.

    A password never stands in it: it goes by PGPASSWORD, which speaks before a password file and so
    is left out where the address names one.
    """
    terms = address_terms(dsn)
    password = terms.pop("password", "")
    if not password and "passfile" not in terms:
        return dsn, dict(os.environ)
    others = {name: value for name, value in os.environ.items() if name != "PGPASSWORD"}
    return url_of(terms), {**others, **({"PGPASSWORD": password} if password else {})}


def url_of(terms: dict[str, str]) -> str:
    """One address of its parts, with nothing in it that a shell would have to quote twice."""
    rest = dict(terms)
    user, name = quote(rest.pop("user", ""), safe=""), quote(rest.pop("dbname", ""), safe="")
    at = f"{user}@" if user else ""
    return f"postgresql://{at}/{name}?{urlencode(rest, quote_via=quote, safe='')}"
