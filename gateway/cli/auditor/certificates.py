"""`gpubourse audit certificate`, and its check by somebody who has nothing but the root."""

import json
from pathlib import Path
from typing import Any

import click
from msgspec import json as msgspec_json

from exchange.books.state import Venue
from gateway.cli.auditor.audit import audit_subject, opened_of, position_at, whole_journal
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.cli.evidence.salt_file import make_salt_file, read_salt_file, salt_path
from gateway.cli.exit_codes import CHECK_FAILED, USAGE, VerbFailed
from gateway.cli.new_file import must_be_new
from gateway.cli.options import VerbContext, with_context
from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress
from ledger.audit.state_at import ReplayFailed, state_at
from ledger.base64url import bytes64
from ledger.events import StateAttested
from ledger.journal.protocol import Journal
from ledger.state_map.certificate import (
    CERTIFICATE_BYTES_MOST,
    HASH_BYTES,
    BadCertificate,
    Certificate,
    certify,
    check_certificate,
    read_certificate,
)
from ledger.state_map.salted_map import FORM


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
@click.option("--at", "moment", default="", metavar="POSITION|TIME", help="By default the end.")
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it; no file is overwritten.",
)
@click.option(
    "--salt-file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The venue's salt key; by default DATA/state-salt.",
)
@click.option("--make-salt", is_flag=True, help="Make the salt key, where no root was attested.")
@with_context("data")
def certificate(
    context: VerbContext,
    subject: str,
    moment: str,
    out: Path,
    salt_file: Path | None,
    *,
    make_salt: bool,
) -> None:
    """Write what the state says of SUBJECT, or that it has no row, for anybody who has the root.

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
    with whole_journal(context) as to:
        secret = _new_salt(to, path) if make_salt else read_salt_file(path)
        opened_of(to)
        position = position_at(context, to, moment)
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
    with out.open("xb") as file:
        file.write(msgspec_json.format(msgspec_json.encode(made), indent=1) + b"\n")
    context.output.document(msgspec_json.decode(msgspec_json.encode(made)))
    context.output.write(f"{_sentence(made)}. It lies in {out}.")
    context.output.write(f"root: {made.root}")
    context.output.log(
        "No event of the journal bears this root yet: who checks the file must have it from "
        "somebody whom they trust, such as an auditor who folded the journal too."
    )


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
    context.output.document(
        {"subject": made.subject, "venue": made.venue, "position": made.position, "row": row}
    )
    context.output.write(f"It holds. {_sentence(made)}.")
    if row is not None and not context.is_json:
        for line in json.dumps(row, indent=1, ensure_ascii=False).split("\n"):
            context.output.write(line)


def _new_salt(to: AttachedJournal, path: Path) -> bytes:
    if is_attested(to.journal, to.folding):
        raise VerbFailed(
            USAGE,
            "This journal has roots of form 2: under another salt key none of them comes again.",
            f"Bring the venue's own back to {path}.",
        )
    return make_salt_file(path)


def _sentence(made: Certificate) -> str:
    where = f"at position {made.position:,} of {made.venue}"
    if made.row is None:
        return f"{made.subject} has no row {where}"
    return f"{made.subject} has a row of {len(made.row.encode()):,} bytes {where}"


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


def is_attested(journal: Journal, folding: AuditFold[Venue]) -> bool:
    """Whether a root of form 2 stands in the journal: its salt key is then one and no other."""
    for row in journal.read():
        if row.topic == "state_attested":
            event = folding.codec.decode(row)
            if isinstance(event, StateAttested) and event.form == FORM:
                return True
    return False
