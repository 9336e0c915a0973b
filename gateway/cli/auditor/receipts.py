"""`gpubourse audit prove` and `audit check`: one entry's receipt, made from the log, and judged."""

import json
from pathlib import Path
from typing import Any

import click

from gateway.cli.auditor.attested_certificates import check_attested_file
from gateway.cli.auditor.audit import Position
from gateway.cli.auditor.continuations import another_log_words
from gateway.cli.evidence.log_places import (
    head_at,
    log_source,
    log_verifiers,
    not_permitted,
    own_log,
    show_unchecked,
    source_head,
)
from gateway.cli.evidence.policy_files import POLICY, must_be_witnessed
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.figures import instant
from gateway.cli.new_file import must_be_new
from gateway.cli.options import VerbContext, with_context
from gateway.notary.log_address import NotAnswered
from gateway.notary.log_folder import replace_file
from ledger.base64url import padded64
from ledger.durations import SECOND_NS
from ledger.log.log_check import LogFault, NotPermitted
from ledger.log.receipt import (
    RECEIPT_BYTES_MOST,
    BadReceipt,
    ProvenEntry,
    Receipt,
    proven,
    read_receipt,
    receipt_of,
)
from ledger.log.verifier import LogVerifiers
from ledger.state_map.certificate import CERTIFICATE_BYTES_MOST

FILE = click.Path(path_type=Path, dir_okay=False)
KEY_FILE = click.option(
    "--key", "key_file", type=FILE, metavar="FILE", help="The log's key; by default DATA/log/key."
)


@click.command("prove")
@click.argument("position", type=Position())
@click.option("--log", "place", default="", metavar="DIR|URL", help="By default DATA/log.")
@click.option("--out", type=FILE, metavar="FILE", help="By default POSITION.tlog-proof.")
@KEY_FILE
@with_context("data")
def prove_(
    context: VerbContext, position: int, place: str, out: Path | None, key_file: Path | None
) -> None:
    """Write POSITION's receipt: its entry, and the proof that a signed tree holds it.

    Who has the log's key checks it without a network: `gpubourse audit check FILE`.

    \b
    Example:
      gpubourse audit prove 184541
    """
    path = out or Path(f"{position}.tlog-proof")
    must_be_new(path)
    receipt, found = receipt_at(context, position, place, key_file)
    replace_file(path, receipt.raw)
    context.output.document({"file": str(path), **_document(found)})
    _show(context, found, log_verifiers(context, key_file))
    context.output.write(f"Its receipt is {path}.")


@click.command("check")
@click.argument("file", type=FILE)
@KEY_FILE
@POLICY
@with_context("data")
def check_(
    context: VerbContext, file: Path, key_file: Path | None, policy_file: Path | None
) -> None:
    """Judge a receipt, or a certificate with one, by the log's key alone; ends 6 if it fails.

    No network and no journal are needed. Of a certificate all is checked: its row and path to the
    root, the entry that attests this root, and the entry's place in the log. With --policy the head
    must bear a quorum's cosignatures: their time says, from outside, since when the entry was in
    the log at the latest.

    \b
    Example:
      gpubourse audit check 184541.tlog-proof --key log.key
      gpubourse audit check n-0003.json --key log.key --policy policy.txt
    """
    verifiers = log_verifiers(context, key_file)
    try:
        with file.open("rb") as opened:
            raw = opened.read(RECEIPT_BYTES_MOST + 1)
            if raw.lstrip()[:1] == b"{":
                raw += opened.read(CERTIFICATE_BYTES_MOST)
                check_attested_file(context, file, raw, verifiers, policy_file)
                return
    except FileNotFoundError:
        raise VerbFailed(USAGE, f"There is no file {file}.", "Check its name.") from None
    try:
        found = proven(read_receipt(raw), verifiers)
    except BadReceipt as error:
        raise VerbFailed(CHECK_FAILED, f"{file} proves nothing: {error}.") from None
    witnessed = must_be_witnessed(found.head.note, policy_file, verifiers)
    context.output.document({"file": str(file), **_document(found), **witnessed.members})
    _show(context, found, verifiers, witnessed.behind)


def receipt_at(
    context: VerbContext, position: int, place: str = "", key_file: Path | None = None
) -> tuple[Receipt, ProvenEntry]:
    """The receipt of a position out of a log ("": the own one), and what it proves. VerbFailed."""
    where = place or str(own_log(context))
    verifiers = log_verifiers(context, key_file)
    try:
        receipt = _receipt(where, verifiers, position - 1)
        return receipt, proven(receipt, verifiers)
    except NotAnswered as error:
        raise VerbFailed(UNAVAILABLE, f"{error}.") from None
    except NotPermitted as error:
        raise not_permitted(error) from None
    except (LogFault, BadReceipt) as error:
        raise VerbFailed(
            CHECK_FAILED,
            f"Nothing is proven: {error}.",
            f"Say `gpubourse audit verify-log {where}` for all of it; a log that is not whole is "
            "made anew from its journal: `gpubourse log publish --out DIR`, into an empty folder.",
        ) from None


def _receipt(where: str, verifiers: LogVerifiers, leaf_index: int) -> Receipt:
    source = log_source(where)
    head = head_at(where, source_head(source), verifiers)
    size = head.head.size
    if leaf_index >= size:
        raise VerbFailed(
            NOT_FOUND,
            f"The log's head has {size:,} entries, and none at {leaf_index + 1:,}.",
            f"Name a position up to {size:,}. A later one is in the log once a head is signed over "
            f"it: within 5 s while its venue runs, else by `gpubourse log publish --out DIR`.",
        )
    return receipt_of(source, head.note, size, leaf_index)


def _document(found: ProvenEntry) -> dict[str, Any]:
    row, head = found.entry.row, found.head.head
    return {
        "position": row.position,
        "stream": row.stream,
        "version": row.version,
        "topic": row.topic,
        "event": json.loads(row.state),
        "origin": head.origin,
        "entries": head.size,
        "root": padded64(head.root),
        "signed_ns": found.head.signed_s * SECOND_NS,
        "unchecked": list(found.head.unchecked),
    }


def _show(
    context: VerbContext, found: ProvenEntry, verifiers: LogVerifiers, clock: str = ""
) -> None:
    row, head = found.entry.row, found.head
    signed = f", signed {instant(head.signed_s * SECOND_NS, 'UTC')}" if head.signed_s else ""
    context.output.write(
        f"Proven: position {row.position:,} of {head.head.origin} is {row.topic} on {row.stream}, "
        f"one of {head.head.size:,} entries{signed}{clock}."
    )
    context.output.write(row.state.decode())
    if words := another_log_words(head.head.origin, verifiers):
        context.output.log(words)
    show_unchecked(context, head.unchecked)
