"""`gpubourse log`: the journal published as a transparency log, into any folder."""

import time
from pathlib import Path

import click

from gateway.cli.evidence.attached_journal import attached
from gateway.cli.evidence.log_places import kinds_of
from gateway.cli.evidence.policy_files import (
    WITNESSES,
    policy_with_addresses,
    witnessed_words,
    witnesses_in,
)
from gateway.cli.exit_codes import CHECK_FAILED, NOT_ALLOWED, NOT_FOUND, VerbFailed
from gateway.cli.new_file import must_take_files
from gateway.cli.options import VerbContext, with_context
from gateway.notary.log_folder import VERIFIERS
from gateway.notary.opened_notary import EmptyJournal, opened_notary
from gateway.notary.signed_heads import NotaryRefused
from gateway.notary.signers import SignersUnusable
from gpubourse.places import NOTARY, folders
from ledger.base64url import padded64
from ledger.log.note import read_note
from ledger.log.tree_head import read_head_text

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def log() -> None:
    """Publish the journal as a transparency log, that anybody can check with its key alone."""


@log.command("publish")
@click.option("--out", required=True, type=FOLDER, metavar="DIR", help="Where the log lies.")
@click.option(
    "--keys",
    "own_folder",
    type=FOLDER,
    metavar="DIR",
    help="Where its keys lie; by default DATA/notary.",
)
@WITNESSES
@with_context("data")
def publish(
    context: VerbContext, out: Path, own_folder: Path | None, witnesses: Path | None
) -> None:
    """Bring the log in DIR up to the journal's end, and sign its head; made anew where it is not.

    The first time makes the log's keys. Keep a copy of that folder apart from the database: no key
    is ever made again beside a log that is there.

    \b
    Example:
      gpubourse log publish --out /srv/www/log
      gpubourse log publish --out /srv/www/log --witnesses policy.txt
    """
    policy = policy_with_addresses(witnesses) if witnesses else None
    for folder in (out, own_folder or out):
        must_take_files(folder)
    with attached(context) as to:
        place = own_folder or _own_folder(context)
        try:
            with (
                opened_notary(to.journal, place, out, context.output.log, policy) as notary,
                context.output.progress("publishing", to.journal.head()) as steps,
            ):
                done = notary.publish(int(time.time()), lambda at, _: steps.reach(at))
                verifiers = notary.verifiers
        except SignersUnusable as error:
            raise VerbFailed(NOT_ALLOWED, str(error)) from None
        except EmptyJournal as error:
            raise VerbFailed(NOT_FOUND, str(error), "Open the venue: `gpubourse run`.") from None
        except NotaryRefused as error:
            raise VerbFailed(CHECK_FAILED, str(error)) from None
    head = read_head_text(read_note(done.note).text)
    context.output.document(
        {
            "folder": str(out),
            "key_file": str(out / VERIFIERS),
            "origin": head.origin,
            "entries": done.size,
            "appended": done.appended,
            "root": padded64(head.root),
            "is_signed": done.is_signed,
            "witnesses": witnesses_in(done.note, policy),
        }
    )
    context.output.write(
        f"{head.origin}: {done.size:,} entries in {out}, {done.appended:,} of them new; "
        + (f"signed by {kinds_of(verifiers)}." if done.is_signed else "its head stands.")
    )
    if policy is not None:
        context.output.write(witnessed_words(done.note, policy))
    context.output.log(f"Give {out / VERIFIERS} to whoever checks it, by another way than the log.")


def _own_folder(context: VerbContext) -> Path:
    """DATA/notary of the folder that has one, else of the first."""
    found = [folder / NOTARY for folder in folders(context.data)]
    return next((place for place in found if place.is_dir()), found[0])
