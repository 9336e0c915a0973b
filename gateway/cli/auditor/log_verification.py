"""`gpubourse audit verify-log` and `audit watch`: a published log, judged by its key alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from gateway.cli.auditor.continuations import (
    NamedByEntries,
    continuation_document,
    continuation_words,
    loss_words,
    must_be_whole,
)
from gateway.cli.auditor.receipts import KEY_FILE
from gateway.cli.evidence.attached_journal import attached
from gateway.cli.evidence.log_places import (
    AnotherLogsHead,
    head_at,
    log_source,
    log_verifiers,
    own_log,
    show_unchecked,
    source_head,
)
from gateway.cli.evidence.policy_files import POLICY, must_be_witnessed
from gateway.cli.exit_codes import CHECK_FAILED, NOT_ALLOWED, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.figures import instant
from gateway.cli.new_file import must_have_folder
from gateway.cli.options import VerbContext, with_context
from gateway.notary.log_address import NotAnswered
from gateway.notary.log_folder import LogFolder, write_safely
from ledger.base64url import padded64
from ledger.durations import DAY_S, SECOND_NS
from ledger.journal.protocol import JournalRow
from ledger.log.entry import LogEntry
from ledger.log.head_succession import must_follow
from ledger.log.log_check import (
    Follower,
    LogFault,
    LogSource,
    NotPermitted,
    check_log,
    check_tiles,
)
from ledger.log.note import NOTE_BYTES_MOST, BadNote
from ledger.log.older_logs import (
    ContinuedLog,
    continued_logs,
    logs_between,
    older_logs,
    older_path,
)
from ledger.log.tree_head import VerifiedHead, verified_head
from ledger.log.verifier import LogVerifiers

FILE = click.Path(path_type=Path, dir_okay=False)
EVERY_S: Final = 30
EVIDENCE: Final = "not-consistent"  # behind the name of a kept head: the one that denies it


@click.command("verify-log")
@click.argument("place", metavar="[DIR|URL]", default="")
@KEY_FILE
@click.option(
    "--kept", type=FILE, multiple=True, metavar="FILE", help="A head of it that you kept; repeat."
)
@click.option("--journal", "is_compared", is_flag=True, help="Hold it to the journal here, too.")
@POLICY
@with_context("data")
def verify_log_(
    context: VerbContext,
    place: str,
    key_file: Path | None,
    kept: tuple[Path, ...],
    is_compared: bool,
    policy_file: Path | None,
) -> None:
    """Judge a published log: each entry, each tile, each kept head. Ends 6 at the first fault.

    By default the one in DATA/log. It needs the log's key and nothing else of the venue: no
    database, no program that runs. A venue's address serves heads and tiles to everybody, and
    entries to auditors alone: there signatures, tiles and kept heads are judged, and it ends 3,
    for no entry was. For all of it have a copy of the folder from the venue (any of its files,
    by any way), and name that.

    \b
    Example:
      gpubourse audit verify-log
      gpubourse audit verify-log /mnt/copy/log --key log.key
      gpubourse audit verify-log /mnt/copy/log --key log.key --journal
    """
    place = place or str(own_log(context))
    verifiers = log_verifiers(context, key_file)
    source = log_source(place)
    try:
        head = head_at(place, source_head(source), verifiers)
        witnessed = must_be_witnessed(head.note, policy_file, verifiers)
        continued = continued_logs(source, head.head, verifiers)
        kept_roots = _kept_roots(source, verifiers, kept)
        roots = kept_roots.pop(head.head.origin, {})
        names = NamedByEntries(head.head)
        with (
            _follower(context, head.head.size, is_compared, names.read) as follow,
            context.output.progress("verifying", head.head.size) as steps,
        ):
            report = check_log(source, head.head, roots, follow, steps.reach)
        names.must_be_named()
        joints = _joints(names, continued, kept_roots)
    except NotPermitted as error:
        raise _not_permitted(source, head, roots, continued, error) from None
    except NotAnswered as error:
        raise VerbFailed(UNAVAILABLE, f"{error}.") from None
    except (LogFault, BadNote) as error:
        raise VerbFailed(CHECK_FAILED, f"NOT ok: {error}.") from None
    context.output.document(
        {
            "ok": True,
            "origin": head.head.origin,
            "entries": report.entries,
            "heads": report.heads,
            "root": padded64(head.head.root),
            "signed_ns": head.signed_s * SECOND_NS,
            "unchecked": list(head.unchecked),
            "is_journals": is_compared,
            "continues": [continuation_document(each, people) for each, people in joints],
            **witnessed.members,
        }
    )
    context.output.write(
        f"ok: {report.entries:,} entries of {head.head.origin}, {heads_in_words(report.heads)}"
        + (", each entry the journal's own" if is_compared else "")
        + _signed(head)
        + witnessed.behind
    )
    for each, people in joints:
        context.output.write(continuation_words(each, people))
    if names.loss is not None and not joints:
        context.output.write(loss_words(names.loss, names.loss.event.common_size, names.people))
        context.output.write("That log is not here: it is not judged, and the sizes are as told.")
    show_unchecked(context, head.unchecked)


def _joints(
    names: NamedByEntries, continued: list[ContinuedLog], kept: dict[str, dict[int, bytes]]
) -> list[tuple[ContinuedLog, str]]:
    """Each older log, found whole, with who accepted its loss. Raises LogFault."""
    joints: list[tuple[ContinuedLog, str]] = []
    for each in continued:
        if names.loss is None or names.loss.event != each.loss.event:
            raise LogFault(f"what ended {each.head.head.origin} is no entry of the log behind it")
        joints.append((each, names.people))
        names = must_be_whole(each, kept.pop(each.head.head.origin, {}))
    for origin in kept:
        raise LogFault(f"a head of {origin} was kept, and nothing joins that log to this one")
    return joints


def _not_permitted(
    source: LogSource,
    head: VerifiedHead,
    roots: dict[int, bytes],
    continued: list[ContinuedLog],
    error: NotPermitted,
) -> VerbFailed:
    """That entries are not for everybody; LogFault's words if what is for everybody fails."""
    try:
        check_tiles(source, head.head, roots)
        for each in continued:
            check_tiles(each.source, each.head.head, {})
    except NotAnswered as none:
        return VerbFailed(UNAVAILABLE, f"{none}.")
    except LogFault as fault:
        return VerbFailed(CHECK_FAILED, f"NOT ok: {fault}.")
    joined = "".join(f" {continuation_words(each, '')}" for each in continued)
    return VerbFailed(
        NOT_ALLOWED,
        f"No entry was checked: {error}. What everybody may read holds: the signed head of "
        f"{head.head.size:,} entries, all tiles under it, {heads_in_words(len(roots))}.{joined}",
        "For the entries ask the venue for a copy of its log's folder: "
        "`gpubourse audit verify-log DIR --key FILE`.",
    )


@click.command("watch")
@click.argument("place", metavar="DIR|URL")
@click.option("--kept", required=True, type=FILE, metavar="FILE", help="The last head, kept here.")
@KEY_FILE
@click.option("--every", "every_s", type=click.IntRange(1, DAY_S), default=EVERY_S, metavar="S")
@click.option("--once", "is_once", is_flag=True, help="Look once, and end.")
@POLICY
@with_context("data")
def watch_(
    context: VerbContext,
    place: str,
    kept: Path,
    key_file: Path | None,
    every_s: int,
    is_once: bool,
    policy_file: Path | None,
) -> None:
    """Follow a log's heads from outside: each must hold all that the one before it held.

    The last good head is kept in FILE. One that is not consistent with it is kept beside it, as
    evidence, and the watch ends 6: the log showed two histories, or lost its tail.

    \b
    Example:
      gpubourse audit watch https://venue.example --key log.key --kept last_head
    """
    source = click.get_current_context().get_parameter_source("every_s")
    if is_once and source is not ParameterSource.DEFAULT:
        raise VerbFailed(USAGE, "With --once there is no next look for --every.", "Leave out one.")
    must_have_folder(kept)
    verifiers = log_verifiers(context, key_file)
    log_source(place)
    before = _read_kept(kept, verifiers) if kept.exists() else None
    while True:
        try:
            before = _follow_once(
                context, place, verifiers, before, kept, policy_file, is_once=is_once
            )
        except NotAnswered as error:
            if is_once:
                raise VerbFailed(UNAVAILABLE, f"{error}.") from None
            context.output.log(f"{error}; asked again in {every_s} s")
        if is_once:
            return
        time.sleep(every_s)


def _follow_once(
    context: VerbContext,
    place: str,
    verifiers: LogVerifiers,
    before: VerifiedHead | None,
    kept: Path,
    policy_file: Path | None,
    *,
    is_once: bool,
) -> VerifiedHead:
    """The newest head, kept once it follows the last one; VerbFailed, with evidence, else."""
    source = log_source(place)
    raw = _head_of(source)
    try:
        head = head_at(place, raw, verifiers)
        joints: list[ContinuedLog] = []
        if before is not None and before.head.origin != head.head.origin:
            joints = logs_between(source, before.head, head.head, verifiers)
        elif before is not None:
            must_follow(source, before.head, head.head)
        witnessed = must_be_witnessed(head.note, policy_file, verifiers)
    except NotAnswered:
        raise
    except (LogFault, BadNote) as error:
        if before is None and isinstance(error, AnotherLogsHead):
            raise VerbFailed(
                USAGE,
                f"This key is not of this log: {error}.",
                "Name this log's own key with --key, as its venue gave it to you; nothing is kept.",
            ) from None
        evidence = kept.with_name(f"{kept.name}.{EVIDENCE}")
        write_safely(evidence, raw)
        keep = f"Keep {kept} and {evidence}, show both" if before else f"Keep {evidence}, show it"
        raise VerbFailed(
            CHECK_FAILED,
            f"This log cannot be trusted: {error}.",
            f"{keep} to others who watch it, and ask the venue.",
        ) from None
    is_new = before is None or head.head != before.head
    if is_new:
        write_safely(kept, raw)
    context.output.document(
        {
            "origin": head.head.origin,
            "entries": head.head.size,
            "root": padded64(head.head.root),
            "signed_ns": head.signed_s * SECOND_NS,
            "is_new": is_new,
            "unchecked": list(head.unchecked),
            "continues": [continuation_document(each, "") for each in joints],
            **witnessed.members,
        }
    )
    for each in joints:
        context.output.write(continuation_words(each, ""))
    if is_new:
        entries = f"{head.head.origin}: {head.head.size:,} entries"
        context.output.write(f"{entries}{_signed(head)}{witnessed.behind}")
        show_unchecked(context, head.unchecked)
    elif is_once:
        context.output.write(
            f"{head.head.origin}: {head.head.size:,} entries, as at the last look{_signed(head)}"
        )
    return head


def _head_of(source: LogSource) -> bytes:
    """The newest head as it is given out. Raises NotAnswered where there is none to judge."""
    try:
        return source_head(source)
    except NotAnswered:
        raise
    except LogFault as error:
        raise NotAnswered(str(error)) from None


def heads_in_words(count: int) -> str:
    return "1 kept head" if count == 1 else f"{count:,} kept heads"


def _signed(head: VerifiedHead) -> str:
    return f", signed {instant(head.signed_s * SECOND_NS, 'UTC')}" if head.signed_s else ""


def _kept_roots(
    source: LogSource, verifiers: LogVerifiers, kept: tuple[Path, ...]
) -> dict[str, dict[int, bytes]]:
    """The roots of the heads that somebody kept, and of those in the folders, by origin and size.

    An older log's own heads lie in its folder, `old/N`.
    """
    found: dict[str, dict[int, bytes]] = {}
    heads = [(str(path), _read_kept(path, verifiers)) for path in kept]
    if isinstance(source, LogFolder):
        parts = [source.folder / older_path(each.number) for each in older_logs(source)]
        for folder in (source, *map(LogFolder, parts)):
            heads += _heads_in(folder, verifiers)
    for path, head in heads:
        roots = found.setdefault(head.head.origin, {})
        if roots.setdefault(head.head.size, head.head.root) != head.head.root:
            raise LogFault(
                f"{path} has another root for {head.head.size:,} entries than a head that was "
                "signed, too: two histories were"
            )
    return found


def _heads_in(log: LogFolder, verifiers: LogVerifiers) -> Iterator[tuple[str, VerifiedHead]]:
    """The heads that a log's folder keeps, each of the log that is there."""
    origin = verified_head(source_head(log), verifiers).head.origin
    for size, path in log.kept_sizes():
        try:
            head = verified_head(log.read(path, NOTE_BYTES_MOST), verifiers)
        except BadNote as error:
            raise LogFault(f"{path} cannot be believed: {error}") from None
        if (head.head.size, head.head.origin) != (size, origin):
            raise LogFault(f"{path} is a head of {head.head.size:,} entries of {head.head.origin}")
        yield path, head


def _read_kept(path: Path, verifiers: LogVerifiers) -> VerifiedHead:
    try:
        with path.open("rb") as file:
            return verified_head(file.read(NOTE_BYTES_MOST + 1), verifiers)
    except FileNotFoundError:
        raise VerbFailed(USAGE, f"There is no file {path}.", "Check its name.") from None
    except BadNote as error:
        raise VerbFailed(
            USAGE, f"{path} is no head of this log: {error}.", "Name one that you kept."
        ) from None


@contextmanager
def _follower(
    context: VerbContext, size: int, is_compared: bool, read: Follower
) -> Iterator[Follower]:
    """What each entry is read by, and held to the journal's row where that is wanted."""
    if not is_compared:
        yield read
        return
    with attached(context) as to:
        ends = to.journal.head()
        if ends < size:
            raise LogFault(
                f"the journal ends at position {ends:,}, and the log has {size:,}: the journal "
                "lost its tail, or is another"
            )
        rows = to.journal.read(upto=size)

        def follow(entry: LogEntry) -> None:
            read(entry)
            row: JournalRow | None = next(rows, None)
            if row != entry.row:
                raise LogFault(
                    f"position {entry.row.position:,} of the journal is not what was published"
                )

        yield follow
