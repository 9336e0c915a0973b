"""Whose cosignatures a tree head wants: witnesses and a quorum, in a file (C2SP tlog-policy).

    log <vkey>
    witness X1 <vkey> https://x1.example
    witness X2 <vkey>
    group X any X1 X2
    quorum X

A witness cosigns a head once it has seen that it holds all that the one before it held. So a log
that shows two histories needs a quorum that lies with it; and the witness's time says from outside
how old an entry is at least.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from ledger.log.verifier import (
    ED25519,
    ED25519_COSIGNER,
    ML_DSA_44,
    BadVerifier,
    LogVerifiers,
    Verifier,
    read_verifier,
)

POLICY_BYTES_MOST: Final = 256 << 10
NAMES_MOST: Final = 32  # of witnesses, and of groups
NONE: Final = "none"  # the quorum of a policy that wants no cosignature
_NUMBER: Final = re.compile("[1-9][0-9]{0,2}")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


class BadPolicy(ValueError):
    """A file that is no policy: the text says which line, and why."""


class Witness(NamedTuple):
    """Who cosigns, and where it is asked."""

    name: str  # in this policy alone
    verifier: Verifier
    url: str = ""  # its submission prefix; "": it is not asked


class _Panel(NamedTuple):
    least: int
    members: tuple[str, ...]


class WitnessPolicy(NamedTuple):
    """Which logs are meant, who witnesses, and how many are enough."""

    logs: tuple[Verifier, ...]
    witnesses: tuple[Witness, ...]
    panels: dict[str, _Panel]
    quorum: str

    def is_quorum(self, names: set[str]) -> bool:
        """Whether these witnesses are enough."""
        return self._has_witnessed(self.quorum, names)

    def names_log(self, verifiers: LogVerifiers) -> bool:
        """Whether the policy is for this log: one that names no log is for any."""
        return not self.logs or any(each in self.logs for each in verifiers if each is not None)

    def _has_witnessed(self, name: str, names: set[str]) -> bool:
        if name == NONE:
            return True
        panel = self.panels.get(name)
        if panel is None:
            return name in names
        # each name is a member once at most, and of groups above it: a tree, walked once
        return sum(self._has_witnessed(each, names) for each in panel.members) >= panel.least


def read_policy(raw: bytes) -> WitnessPolicy:
    """The policy that a file says. Raises BadPolicy."""
    if len(raw) > POLICY_BYTES_MOST:
        raise BadPolicy(f"it is longer than {POLICY_BYTES_MOST >> 10} KiB")
    if _CONTROL.search(raw):
        raise BadPolicy("it has a control character in it, or lines that end with a CR")
    # bytes past ASCII are names as they stand: each is kept as one sign
    lines = raw.decode("ascii", "surrogateescape").split("\n")
    taken = _PolicyLines()
    for number, line in enumerate(lines, start=1):
        words = line.replace("\t", " ").split()
        if not words or words[0].startswith("#"):
            continue
        try:
            taken.take(words)
        except (BadPolicy, BadVerifier) as error:
            raise BadPolicy(f"line {number}: {error}") from None
    return taken.policy()


class _PolicyLines:
    """A policy while its lines are read."""

    def __init__(self) -> None:
        self._logs: list[Verifier] = []
        self._witnesses: list[Witness] = []
        self._panels: dict[str, _Panel] = {}
        self._free: set[str] = set()  # names that are no group's member yet
        self._quorum = ""

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self._take_log(read_verifier(vkey, (ED25519, ML_DSA_44)))
            case ["witness", name, vkey]:
                self._take_witness(name, vkey, "")
            case ["witness", name, vkey, url]:
                self._take_witness(name, vkey, url)
            case ["group", name, least, *members] if members:
                self._take_panel(name, least, members)
            case ["quorum", name]:
                if self._quorum:
                    raise BadPolicy("a second quorum")
                if name != NONE and name not in self._names():
                    raise BadPolicy(f"the quorum {name} is not defined above it")
                self._quorum = name
            case _:
                raise BadPolicy(
                    "it is none of: log VKEY [URL]; witness NAME VKEY [URL]; "
                    "group NAME all|any|K NAME…; quorum NAME|none"
                )

    def policy(self) -> WitnessPolicy:
        if not self._quorum:
            raise BadPolicy("it has no quorum line")
        return WitnessPolicy(tuple(self._logs), tuple(self._witnesses), self._panels, self._quorum)

    def _names(self) -> set[str]:
        return {each.name for each in self._witnesses} | self._panels.keys()

    def _take_log(self, verifier: Verifier) -> None:
        if any(each.public_key == verifier.public_key for each in self._logs):
            raise BadPolicy("this log's key stands there already")
        self._logs.append(verifier)

    def _take_witness(self, name: str, vkey: str, url: str) -> None:
        self._must_be_new(name, len(self._witnesses), "witnesses")
        verifier = read_verifier(vkey, (ED25519_COSIGNER, ML_DSA_44))
        if any(each.verifier.public_key == verifier.public_key for each in self._witnesses):
            raise BadPolicy("this witness's key stands there already")
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise BadPolicy(f"{url} is no address of a witness: https://…")
        self._witnesses.append(Witness(name, verifier, url.rstrip("/")))
        self._free.add(name)

    def _take_panel(self, name: str, least: str, members: list[str]) -> None:
        self._must_be_new(name, len(self._panels), "groups")
        for member in members:
            if member not in self._names():
                raise BadPolicy(f"the member {member} is not defined above it")
            if member not in self._free:
                raise BadPolicy(f"{member} is a member already: a name counts once")
            self._free.remove(member)
        number = {"all": len(members), "any": 1}.get(least)
        if number is None:
            number = int(least) if _NUMBER.fullmatch(least) else 0
        if not 1 <= number <= len(members):
            raise BadPolicy(f"of {len(members)} members {least} is no number, all or any")
        self._panels[name] = _Panel(number, tuple(members))
        self._free.add(name)

    def _must_be_new(self, name: str, count: int, what: str) -> None:
        if name == NONE or name in self._names():
            raise BadPolicy(f"the name {name} is taken")
        if count == NAMES_MOST:
            raise BadPolicy(f"more than {NAMES_MOST} {what}")
