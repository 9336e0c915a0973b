"""`gpubourse audit check` of a certificate: by the log's key alone, from row to signed head."""

import json
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.cli.auditor.continuations import another_log_words
from gateway.cli.evidence.log_places import show_unchecked
from gateway.cli.evidence.policy_files import must_be_witnessed
from gateway.cli.exit_codes import CHECK_FAILED, VerbFailed
from gateway.cli.figures import instant
from gateway.cli.options import VerbContext
from ledger.base64url import padded64
from ledger.durations import SECOND_NS
from ledger.log.verifier import LogVerifiers
from ledger.state_map.attested_certificate import NoReceipt, check_attested
from ledger.state_map.certificate import (
    CERTIFICATE_BYTES_MOST,
    BadCertificate,
    Certificate,
    read_certificate,
)

NO_LIENS: Final = "No release registers liens or pledges yet: that list is empty for everything."


def check_attested_file(
    context: VerbContext,
    file: Path,
    raw: bytes,
    verifiers: LogVerifiers,
    policy_file: Path | None,
) -> None:
    """Tell what the certificate in a file proves. VerbFailed for one that proves nothing."""
    if len(raw) > CERTIFICATE_BYTES_MOST:
        raise VerbFailed(CHECK_FAILED, f"{file} is larger than any certificate: {_most()}.")
    try:
        found = check_attested(read_certificate(raw), verifiers)
    except NoReceipt as error:
        raise VerbFailed(
            CHECK_FAILED,
            f"{file} proves nothing by itself: {error}.",
            "Make it anew once the day is closed and its root attested; or check it under a root "
            "from somebody whom you trust: `gpubourse audit check-certificate FILE --root ROOT`.",
        ) from None
    except BadCertificate as error:
        raise VerbFailed(CHECK_FAILED, f"{file} does not hold: {error}.") from None
    made, row = found.certified
    head = found.proven.head
    witnessed = must_be_witnessed(head.note, policy_file, verifiers)
    attested_at = found.proven.entry.row.position
    context.output.document(
        {
            "file": str(file),
            **members_of(made, row),
            "attested_at": attested_at,
            "attested_ns": found.attested_ns,
            "origin": head.head.origin,
            "entries": head.head.size,
            "root": padded64(head.head.root),
            "signed_ns": head.signed_s * SECOND_NS,
            "unchecked": list(head.unchecked),
            **witnessed.members,
        }
    )
    signed = f", signed {instant(head.signed_s * SECOND_NS, 'UTC')}" if head.signed_s else ""
    context.output.write(
        f"Proven: {sentence_of(made)}, attested at {_instant(made, found.attested_ns)}. Position "
        f"{attested_at:,} of {head.head.origin} attests its root, one of {head.head.size:,} "
        f"entries{signed}{witnessed.behind}."
    )
    show_row(context, row)
    if words := another_log_words(head.head.origin, verifiers):
        context.output.log(words)
    show_unchecked(context, head.unchecked)


def members_of(made: Certificate, row: dict[str, Any] | None) -> dict[str, Any]:
    """What a certificate says, as members of a result."""
    return {"subject": made.subject, "venue": made.venue, "position": made.position, "row": row}


def sentence_of(made: Certificate) -> str:
    """The same as a sentence without its stop."""
    where = f"at position {made.position:,} of {made.venue}"
    if made.row is None:
        return f"{made.subject} has no row {where}"
    return f"{made.subject} has a row of {len(made.row.encode()):,} bytes {where}"


def _instant(made: Certificate, at_ns: int) -> str:
    """An instant in the venue's zone: the file names it, and nobody need believe a file's zone."""
    try:
        zone = ZoneInfo(made.zone).key
    except (ZoneInfoNotFoundError, OSError, ValueError):
        zone = "UTC"
    return instant(at_ns, zone)


def show_row(context: VerbContext, row: dict[str, Any] | None) -> None:
    """The row, a member a line."""
    if row is not None and not context.is_json:
        for line in json.dumps(row, indent=1, ensure_ascii=False).split("\n"):
            context.output.write(line)
        if (row.get("lot") or {}).get("liens") == []:
            context.output.write(NO_LIENS)


def _most() -> str:
    return f"{CERTIFICATE_BYTES_MOST >> 20} MiB"
