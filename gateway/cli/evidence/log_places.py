"""Where a log and its key are: a folder or an address, by word or in the data folder."""

from pathlib import Path
from typing import Final

import click

from gateway.cli.exit_codes import NOT_ALLOWED, NOT_FOUND, USAGE, VerbFailed
from gateway.cli.options import VerbContext
from gateway.notary.log_address import SCHEMES, LogAddress, NotAnswered
from gateway.notary.log_folder import VERIFIERS, LogFolder
from gpubourse.places import LOG, folders
from ledger.log.log_check import LogFault, LogSource, NotPermitted, NotPublished
from ledger.log.note import NOTE_BYTES_MOST, BadNote
from ledger.log.tiles import HEAD
from ledger.log.tree_head import AnotherLogs, VerifiedHead, verified_head
from ledger.log.verifier import (
    KIND_NAMES,
    VERIFIERS_BYTES_MOST,
    BadVerifier,
    LogVerifiers,
    read_verifiers,
)

UNCHECKED: Final = (
    "Its {kinds} signature was not checked: this program's `cryptography` does not know that kind "
    "(it is there from release 47 on). Ed25519 alone stands."
)


class AnotherLogsHead(LogFault):
    """A head that the key in hand signed no line of: it is another log's, or the key is."""


def own_log(context: VerbContext) -> Path:
    """The folder of the log that the venue of the data folder publishes; VerbFailed for none."""
    places = [folder / LOG for folder in folders(context.data)]
    for place in places:
        if (place / HEAD).exists():
            return place
    raise VerbFailed(
        NOT_FOUND,
        f"There is no published log in {' or '.join(map(str, places))}.",
        f"Publish it, `gpubourse log publish --out DIR`, and name it: {_as_named()} --key DIR/key.",
    )


def _as_named() -> str:
    """How the verb at hand takes a log: by --log, or as its argument."""
    verb = click.get_current_context(silent=True)
    options = [each for param in verb.command.params for each in param.opts] if verb else []
    return "DIR" if "place" in options else "--log DIR"


def log_source(place: str) -> LogSource:
    """A log by its folder or its address; VerbFailed for a folder that is none."""
    if place.startswith(SCHEMES):
        return LogAddress(place)
    if not Path(place).is_dir():
        raise VerbFailed(NOT_FOUND, f"There is no folder {place}.", "Name a log's folder or URL.")
    return LogFolder(Path(place))


def source_head(source: LogSource) -> bytes:
    """The newest head as it is given out. NotAnswered where there is none; LogFault for no head."""
    try:
        return source.read(HEAD, NOTE_BYTES_MOST)
    except NotPublished as error:
        raise NotAnswered(f"there is no log to judge: {error}") from None


def head_at(place: str, raw: bytes, verifiers: LogVerifiers) -> VerifiedHead:
    """The newest head of a log, believed by its key. LogFault, with its file's name, if not."""
    try:
        return verified_head(raw, verifiers)
    except BadNote as error:
        where = f"{place.rstrip('/')}/{HEAD}"
        fault = AnotherLogsHead if isinstance(error, AnotherLogs) else LogFault
        raise fault(f"the head of this log, {where}, cannot be believed: {error}") from None


def log_verifiers(context: VerbContext, key_file: Path | None) -> LogVerifiers:
    """The log's key: the file named, or the one that this machine's own venue published.

    Never the one that lies beside the log that is to be checked: who forged one forged both.
    """
    try:
        path = key_file or own_log(context) / VERIFIERS
    except VerbFailed as none:
        raise VerbFailed(
            NOT_FOUND,
            "No key was named, and no venue here publishes a log.",
            "Name the log's key with --key: the one that its venue gave you, by another way; of a "
            "log that you published yourself it is DIR/key.",
        ) from none
    try:
        with path.open("rb") as file:
            raw = file.read(VERIFIERS_BYTES_MOST + 1)
    except FileNotFoundError:
        raise VerbFailed(USAGE, f"There is no file {path}.", "Name the log's key: --key.") from None
    try:
        return read_verifiers(raw)
    except BadVerifier as error:
        raise VerbFailed(
            USAGE, f"{path} is no key of a log: {error}.", "Name the log's key with --key."
        ) from None


def not_permitted(error: NotPermitted) -> VerbFailed:
    """That a file of a log is not for whoever asks: no failed check, for none was made."""
    return VerbFailed(
        NOT_ALLOWED,
        f"Nothing was read: {error}.",
        "Ask the venue for a copy of its log's folder, and name that: DIR for the address.",
    )


def show_unchecked(context: VerbContext, unchecked: tuple[str, ...]) -> None:
    """Say in words which signatures this program could not check."""
    if unchecked:
        context.output.log(UNCHECKED.format(kinds=" and ".join(unchecked)))


def kinds_of(verifiers: LogVerifiers) -> str:
    """By which kinds of key a log signs, in words."""
    return " and ".join(KIND_NAMES[each.kind] for each in verifiers if each is not None)
