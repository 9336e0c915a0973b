"""Policy files on disk: whose cosignatures are asked for, and whose a reader wants to see."""

from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from gateway.cli.exit_codes import CHECK_FAILED, USAGE, VerbFailed
from gateway.cli.figures import instant
from gateway.notary.log_folder import LogFolder
from ledger.durations import SECOND_NS
from ledger.log.cosignature import Cosigned, CosignedBy, cosigned
from ledger.log.log_check import LogFault
from ledger.log.note import NOTE_BYTES_MOST, BadNote, read_note
from ledger.log.tree_head import read_head_text, verified_head
from ledger.log.verifier import LogVerifiers
from ledger.log.witness_policy import POLICY_BYTES_MOST, BadPolicy, WitnessPolicy, read_policy

FILE = click.Path(path_type=Path, dir_okay=False)
WITNESSES = click.option(
    "--witnesses",
    type=FILE,
    metavar="FILE",
    help="A policy (C2SP tlog-policy): its witnesses are asked to cosign each head.",
)
POLICY = click.option(
    "--policy",
    "policy_file",
    type=FILE,
    metavar="FILE",
    help="A policy (C2SP tlog-policy): its quorum of witnesses must have cosigned the head.",
)
FORM: Final = "Its form: log VKEY; witness NAME VKEY URL; group NAME 2 A B C; quorum NAME."


class Witnessed(NamedTuple):
    """Who cosigned a head, and since when, by their clocks, a quorum had."""

    cosigners: tuple[CosignedBy, ...] = ()
    quorum_s: int | None = None  # None, 0: no quorum was asked for, or none is met

    @property
    def members(self) -> dict[str, Any]:
        """As a document tells it."""
        not_later_ns = self.quorum_s * SECOND_NS if self.quorum_s else None
        return {"witnesses": list(self.cosigners), "not_later_than_ns": not_later_ns}

    @property
    def clock(self) -> str:
        """By when, at the latest, a quorum had seen it; "" where none is asked for."""
        if not self.quorum_s:
            return ""
        return f"not later than {instant(self.quorum_s * SECOND_NS, 'UTC')}, by its witnesses"

    @property
    def behind(self) -> str:
        """The same at the end of a sentence."""
        return f"; {self.clock}" if self.clock else ""


NOBODY: Final = Witnessed()  # no policy was named


def policy_of(path: Path) -> WitnessPolicy:
    """The policy in a file. Raises VerbFailed."""
    try:
        with path.open("rb") as file:
            return read_policy(file.read(POLICY_BYTES_MOST + 1))
    except OSError as error:
        raise VerbFailed(
            USAGE, f"{path} cannot be read: {error.strerror}.", "Name the policy's file."
        ) from None
    except BadPolicy as error:
        raise VerbFailed(USAGE, f"{path} is no witness policy: {error}.", FORM) from None


def policy_with_addresses(path: Path) -> WitnessPolicy:
    """The same for whoever asks the witnesses: one of them has to have an address."""
    policy = policy_of(path)
    if not any(each.url for each in policy.witnesses):
        raise VerbFailed(
            USAGE,
            f"{path} names no witness with an address: nobody could be asked.",
            "Say where: witness NAME VKEY https://….",
        )
    return policy


def must_be_witnessed(note: bytes, path: Path | None, verifiers: LogVerifiers) -> Witnessed:
    """Who cosigned a head that is believed, and since when a quorum has; without a policy nobody.

    Raises VerbFailed where the policy wants more, or is of other logs.
    """
    if path is None:
        return NOBODY
    origin = read_head_text(read_note(note).text).origin
    policy = _policy_for(path, verifiers.named(origin))
    found = cosigned(note, policy)
    if found.quorum_s is None:
        raise VerbFailed(
            CHECK_FAILED,
            f"NOT ok: {_names(found)}, and the quorum of {path} is not met: this head may be "
            "shown to you alone.",
            "Ask again after a minute; then ask the venue, and others who watch its log.",
        )
    return Witnessed(tuple(witnesses_in(note, policy)), found.quorum_s)


def first_witnessed(
    log: LogFolder, verifiers: LogVerifiers, position: int, path: Path
) -> Witnessed:
    """Who cosigned the first kept head that covers a position and has a quorum, and since when.

    Raises VerbFailed, LogFault.
    """
    policy: WitnessPolicy | None = None
    for _, place in sorted(each for each in log.kept_sizes() if each[0] >= position):
        try:
            head = verified_head(log.read(place, NOTE_BYTES_MOST), verifiers)
        except BadNote as error:
            raise LogFault(f"{place} cannot be believed: {error}") from None
        if policy is None:
            policy = _policy_for(path, verifiers.named(head.head.origin))
        if quorum_s := cosigned(head.note, policy).quorum_s:
            return Witnessed(tuple(witnesses_in(head.note, policy)), quorum_s)
    return NOBODY


def _policy_for(path: Path, verifiers: LogVerifiers) -> WitnessPolicy:
    """A policy that is for this log. Raises VerbFailed."""
    policy = policy_of(path)
    if not policy.names_log(verifiers):
        raise VerbFailed(CHECK_FAILED, f"NOT ok: {path} names other logs than {verifiers.origin}.")
    return policy


def witnesses_in(note: bytes, policy: WitnessPolicy | None) -> list[CosignedBy]:
    """Each witness that cosigned a head, with its own time."""
    if policy is None:
        return []
    times = cosigned(note, policy).at_s.items()
    return [CosignedBy(witness=name, signed_ns=at_s * SECOND_NS) for name, at_s in times]


def witnessed_words(note: bytes, policy: WitnessPolicy) -> str:
    """Who cosigned a head, and whether that is enough."""
    found = cosigned(note, policy)
    enough = "the quorum" if found.quorum_s is not None else "NOT the quorum"
    return f"{_names(found)}: {enough}."


def _names(found: Cosigned) -> str:
    cosigners = ", ".join(found.at_s) or "no witness"
    words = f"{cosigners} cosigned it"
    if found.unchecked:
        words += f" ({', '.join(found.unchecked)}: not checked, `cryptography` 47 is needed)"
    return words
