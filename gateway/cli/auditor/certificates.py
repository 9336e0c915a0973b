"""`gpubourse audit certificate`, and its check by somebody who has nothing but the root."""

from pathlib import Path
from typing import Any

import click
from msgspec import json as msgspec_json
from msgspec import structs

from exchange.books.state import Venue
from gateway.cli.auditor.attested_certificates import members_of, sentence_of, show_row
from gateway.cli.auditor.audit import audit_subject, opened_of, position_at, whole_journal
from gateway.cli.auditor.receipts import KEY_FILE, receipt_at
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.cli.evidence.salt_file import (
    SALT_FILE,
    make_salt_file,
    read_salt_file,
    salt_path,
)
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, USAGE, VerbFailed
from gateway.cli.figures import instant
from gateway.cli.new_file import must_be_new, must_have_folder
from gateway.cli.options import VerbContext, with_context
from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress
from ledger.audit.state_at import ReplayFailed, state_at
from ledger.audit.trial_balance import stamp_ns
from ledger.base64url import bytes64
from ledger.journal.protocol import POSITION_MOST, Journal
from ledger.shapes import whole_number
from ledger.state_map.attested_days import AttestedDays, attested_days
from ledger.state_map.certificate import (
    CERTIFICATE_BYTES_MOST,
    HASH_BYTES,
    BadCertificate,
    Certificate,
    certify,
    check_certificate,
    read_certificate,
)


class Root(click.ParamType[bytes]):
    """32 bytes in base64url."""

    name = "root"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """The bytes; fails as a usage error for any other text."""
        raw = bytes64(str(value), HASH_BYTES)
        if raw is None:
            self.fail(f"{value!r} is no root: copy all of its 43 characters.")
        return raw


@click.command("certificate")
@click.argument("subject")
@click.option(
    "--at",
    "moment",
    default="",
    metavar="POSITION|TIME",
    help="By default the newest day's close whose root stands in the journal; else the end.",
)
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it; no file is overwritten.",
)
@SALT_FILE
@click.option("--make-salt", is_flag=True, help="Make the salt key, where no root was attested.")
@click.option("--log", "place", default="", metavar="DIR|URL", help="By default DATA/log.")
@KEY_FILE
@with_context("data")
def certificate(
    context: VerbContext,
    subject: str,
    moment: str,
    out: Path,
    salt_file: Path | None,
    place: str,
    key_file: Path | None,
    *,
    make_salt: bool,
) -> None:
    """Write what the state says of SUBJECT, or that it has no row, for anybody to check.

    Where the journal bears the state's root the file holds all that ties it to the log's signed
    head: `gpubourse audit check FILE` takes the log's key and nothing else. Of any other position
    the file holds under its root, which who checks it must have from somebody whom they trust.

    SUBJECT is an id (n-0003, p-0002, l-0009 …), or account/p-0002/available, market/SYMBOL,
    model/CODE, rule/NAME, bank_reference/TEXT, report/SHA-256, venue. The row is whole: its lists
    are complete. What has ended (an order, a lease) has left the state, and has no row.

    \b
    Example:
      gpubourse audit certificate n-0003 --out n-0003.json
    """
    subject = audit_subject(subject)
    must_be_new(out)
    path = salt_path(salt_file, context.data)
    if make_salt and not path.exists():
        must_have_folder(path)
    with whole_journal(context) as to:
        days = attested_days(to.journal)
        secret = _new_salt(days, path) if make_salt else read_salt_file(path)
        zone = opened_of(to).zone
        position = _position(context, to, moment, days)
        with context.output.progress("replaying", position) as steps:
            try:
                made = certificate_at(
                    to.journal,
                    to.folding,
                    subject,
                    secret,
                    position,
                    lambda at, _: steps.reach(at),
                )
            except ReplayFailed as error:
                raise VerbFailed(
                    CHECK_FAILED, f"{error}.", "Say `gpubourse audit verify` for all of it."
                ) from None
        at = instant(stamp_ns(to.journal, to.folding, made.position), zone)
    made = structs.replace(made, zone=zone)
    made = _with_receipt(context, made, days, place, key_file)
    with out.open("xb") as file:
        file.write(msgspec_json.format(msgspec_json.encode(made), indent=1) + b"\n")
    context.output.document(msgspec_json.decode(msgspec_json.encode(made)))
    context.output.write(f"{sentence_of(made)}, {at}. It lies in {out}.")
    context.output.write(f"root: {made.root}")


@click.command("check-certificate")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--root", type=Root(), required=True, help="From somebody whom you trust.")
@with_context()
def check(context: VerbContext, file: Path, root: bytes) -> None:
    """Check the certificate in FILE against a root, offline; ends 6 if it does not hold.

    \b
    Example:
      gpubourse audit check-certificate n-0003.json --root 1nXGbl1h5jTjDv…
    """
    if file.stat().st_size > CERTIFICATE_BYTES_MOST:
        most = CERTIFICATE_BYTES_MOST >> 20
        raise VerbFailed(CHECK_FAILED, f"{file} is larger than any certificate: {most} MiB.")
    try:
        found = check_certificate(read_certificate(file.read_bytes()), root)
    except BadCertificate as error:
        raise VerbFailed(CHECK_FAILED, f"{file} does not hold: {error}.") from None
    made, row = found
    context.output.document(members_of(made, row))
    context.output.write(f"It holds. {sentence_of(made)}.")
    show_row(context, row)


def _new_salt(days: AttestedDays, path: Path) -> bytes:
    if days.roots:
        raise VerbFailed(
            USAGE,
            "This journal has roots of form 2: under another salt key none of them comes again.",
            f"Bring the venue's own back to {path}.",
        )
    return make_salt_file(path)


def _position(context: VerbContext, to: AttachedJournal, moment: str, days: AttestedDays) -> int:
    """Of which state: the one named, else the newest whose root stands, else the last.

    A day's close lies inside a batch: it is meant as it is where it is named.
    """
    if not moment:
        return max(days.roots, default=to.journal.head())
    named = whole_number(moment.replace(",", ""), POSITION_MOST)
    return named if named in days.roots else position_at(context, to, moment)


def _with_receipt(
    context: VerbContext, made: Certificate, days: AttestedDays, place: str, key_file: Path | None
) -> Certificate:
    """The certificate with all that ties it to the log; what it lacks is said."""
    attested = days.roots.get(made.position)
    if attested is None:
        newest = f"; the newest is of position {max(days.roots):,}" if days.roots else ""
        context.output.log(
            f"No event of the journal bears the root of position {made.position:,}{newest}: who "
            "checks the file must have it from somebody whom they trust, such as an auditor who "
            "folded the journal too."
        )
        return made
    if attested.root != made.root:
        raise VerbFailed(
            CHECK_FAILED,
            f"Position {attested.position:,} attests another root of position {made.position:,}: "
            f"{attested.root}, and the events give {made.root}.",
            "Is it this venue's salt key? Say `gpubourse audit verify` for all of it.",
        )
    try:
        receipt, _ = receipt_at(context, attested.position, place, key_file)
    except VerbFailed as error:
        if place or error.code != NOT_FOUND:
            raise
        context.output.log(
            f"Position {attested.position:,} attests its root, and the file holds no receipt of "
            f"it: {error}"
        )
        return made
    context.output.log(
        f"Position {attested.position:,} attests its root, and the file holds the receipt: who has "
        "the log's key needs nothing else. Say `gpubourse audit check FILE --key log.key`."
    )
    return structs.replace(made, receipt=receipt.raw.decode())


def certificate_at(
    journal: Journal,
    folding: AuditFold[Venue],
    subject: str,
    salt_secret: bytes,
    upto: int,
    progress: Progress,
) -> Certificate:
    """What the map says of *subject* once *upto* was applied. Raises ReplayFailed."""
    venue, moment = state_at(journal, folding, upto, progress)
    (made,) = certify(
        folding.rows(venue), [subject], venue.register.venue, moment.position, salt_secret
    )
    return made
