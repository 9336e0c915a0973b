"""`audit verify`, `replay` and `redecide`: the whole journal again, from its first event."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TextIO

import click

from gateway.cli.auditor.audit import Position, folded, position_at, whole_journal
from gateway.cli.evidence.attached_journal import attached
from gateway.cli.evidence.journal_source import from_a_log
from gateway.cli.evidence.salt_file import SALT_FILE, found_salt
from gateway.cli.evidence.signature_processes import signature_checker
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, USAGE, VerbFailed
from gateway.cli.options import VerbContext, with_context
from ledger.audit.check_result import Check
from ledger.audit.commit_checks import Expected, NoSuchCommit
from ledger.audit.state_at import Attestation, replay
from ledger.audit.verify import verify
from ledger.base64url import bytes64
from ledger.journal.protocol import POSITION_MOST
from ledger.questions.redecision import Difference, RedecisionReport, redecide
from ledger.shapes import whole_number

CHAIN_BYTES: Final = 32


class ExpectedPair(click.ParamType[Expected]):
    """POSITION:CHAIN, as `hello`, a heartbeat, a farewell or an earlier verify told it."""

    name = "position:chain"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The pair; fails as a usage error for any other text."""
        try:
            return expected_pair(str(value))
        except ValueError as error:
            self.fail(str(error))


def expected_pair(text: str) -> Expected:
    """The pair that a text is. ValueError, in words, for any other."""
    position, _, chain = text.partition(":")
    number, raw = whole_number(position, POSITION_MOST), bytes64(chain, CHAIN_BYTES)
    if raw is None or number is None:
        raise ValueError(f"{text!r} is not POSITION:CHAIN, such as 5170:rKpg…: copy both whole.")
    return Expected(number, raw)


@click.command("verify")
@click.option(
    "--expect",
    "expected",
    type=ExpectedPair(),
    multiple=True,
    metavar="POSITION:CHAIN",
    help="A pair that you kept: this history must hold it. May be given again.",
)
@click.option(
    "--expect-file",
    "kept",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Such pairs, one a line; # begins a comment.",
)
@click.option(
    "--from",
    "judged_from",
    type=Position(),
    default=1,
    metavar="POSITION",
    help="Judge from here on: the first position of a commit. What is before is read, not judged.",
)
@click.option("--allow-empty", is_flag=True, help="A journal without an event is no failure.")
@SALT_FILE
@with_context("data")
def verify_(
    context: VerbContext,
    expected: tuple[Expected, ...],
    kept: TextIO | None,
    judged_from: int,
    allow_empty: bool,
    salt_file: Path | None,
) -> None:
    """Read everything again from the first event and judge it; ends 6 if any check fails.

    Trusts no checkpoint: positions, versions, hashes, the chain of commits, signatures,
    invariants, cash, each row of each view, and the definitions in the database; with the venue's
    salt key, each attested root of form 2. What it prints last, POSITION:CHAIN, names this
    history: keep it elsewhere, and --expect it later.

    \b
    Example:
      gpubourse audit verify
      gpubourse audit verify --expect-file pairs.txt
    """
    pairs = [*expected, *(_pairs_of(kept) if kept is not None else [])]
    salt_secret = found_salt(salt_file, context.data)
    with (
        attached(context) as to,
        closing(to.beside()) as beside,
        signature_checker(to.journal) as checker,
        context.output.progress("verifying", to.journal.head()) as steps,
    ):
        try:
            verdict = verify(
                to.journal,
                to.folding,
                beside=beside,
                expected=pairs,
                judged_from=judged_from,
                allow_empty=allow_empty,
                salt_secret=salt_secret,
                checker=checker,
                progress=lambda done, _: steps.reach(done),
            )
        except NoSuchCommit as error:
            raise VerbFailed(USAGE, str(error), "Name one of these.") from None
    context.output.document(verdict)
    failed = [check["name"] for check in verdict["checks"] if not check["ok"]]
    if not verdict["ok"]:
        context.output.write(f"NOT ok: {', '.join(failed) or 'nothing was there to check'}")
    if not context.is_json:
        context.output.table(
            ("check", "", "detail"),
            [(check["name"], _outcome(check), check["detail"]) for check in verdict["checks"]],
        )
    for check in verdict["checks"]:
        if not check["checked"]:
            context.output.write(f"BUT {check['detail']}")
    words = "ok" if verdict["ok"] else "NOT ok"
    context.output.write(
        f"{words}: {verdict['positions']:,} positions, state {verdict['state_hash'] or 'unknown'}"
    )
    if not verdict["positions"]:
        context.output.write("Nothing to verify: the journal is empty, and names no history.")
        raise SystemExit(0 if verdict["ok"] else CHECK_FAILED)
    if not verdict["ok"]:
        context.output.write("It names no history to keep: what is not whole may change again.")
        raise SystemExit(CHECK_FAILED)
    context.output.write(f"this history: {verdict['position']}:{verdict['chain']}")


def _pairs_of(kept: TextIO) -> list[Expected]:
    """The pairs of a file, one a line. VerbFailed for the first line that is none."""
    pairs = []
    try:
        lines = kept.read().splitlines()
    except UnicodeDecodeError:
        raise VerbFailed(USAGE, f"{kept.name} is no text.", "Give one pair a line.") from None
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            pairs.append(expected_pair(text))
        except ValueError as error:
            raise VerbFailed(
                USAGE, f"Line {number} of {kept.name}: {error}", "Mend the line, or strike it out."
            ) from None
    return pairs


@click.command("replay")
@click.option("--to", "upto", default="", metavar="POSITION|TIME", help="By default to the end.")
@from_a_log
@with_context("data")
def replay_(context: VerbContext, upto: str, place: str, key_file: Path | None) -> None:
    """Fold the events again and print the state's hash, beside each one that was attested.

    \b
    Example:
      gpubourse audit replay --to 184541
    """
    with whole_journal(context, place, key_file) as to:
        position = position_at(context, to, upto)
        with context.output.progress("replaying", position) as steps:
            result = folded(
                lambda: replay(to.journal, to.folding, position, lambda at, _: steps.reach(at))
            )
    context.output.document(result)
    for each in result["attestations"]:
        if not context.is_json:
            context.output.write(
                f"position {each['position']:,}: attested {each['attested']}, {_compared(each)}"
            )
    context.output.write(
        f"position {result['position']:,}: {result['state_hash']} (form {result['form']})"
    )
    if any(each["equal"] is False for each in result["attestations"]):
        raise SystemExit(CHECK_FAILED)


def _outcome(check: Check) -> str:
    if not check["checked"]:
        return "not checked"
    return "ok" if check["ok"] else "FAILED"


def _compared(each: Attestation) -> str:
    if each["equal"] is None:
        return f"the root of position {each['upto_position']:,}: not compared, verify does it"
    return "equal" if each["equal"] else f"computed {each['computed']}"


GIVEN_WORDS: Final = {
    "opening": "the opening of the venue",
    "instant": "instants to which time passes",
    "silence": "starts after a silence",
    "line": "orders tied to a line, and ends of lines",
    "attested": "attested hashes",
    "upgrade": "marks of an older release",
}


@click.command("redecide")
@click.option("--to", "upto", default="", metavar="POSITION|TIME", help="By default to the end.")
@with_context("data")
def redecide_(context: VerbContext, upto: str) -> None:
    """Put each recorded command through the rules of its day again: the same events must come.

    Names the first event that the rules do not give, and ends 6. What no command bears (instants,
    cut lines, attested hashes) is taken from the record and counted apart; so is an import whose
    report is gone: it cannot be decided again.

    \b
    Example:
      gpubourse audit redecide
      gpubourse audit redecide --to 184541
    """
    with whole_journal(context) as to:
        if not to.journal.head():
            raise VerbFailed(
                NOT_FOUND,
                "Nothing to decide: the journal is empty.",
                "Open the venue first: `gpubourse run`.",
            )
        position = position_at(context, to, upto)
        with context.output.progress("deciding again", position) as steps:
            found = folded(
                lambda: redecide(to.journal, to.folding, position, lambda at, _: steps.reach(at))
            )
    context.output.document(found)
    _show_redecision(context, found)
    if not found["ok"]:
        raise SystemExit(CHECK_FAILED)


def _show_redecision(context: VerbContext, found: RedecisionReport) -> None:
    write = context.output.write
    for kind, count in found["given"].items():
        write(f"taken as given: {count:,} {GIVEN_WORDS[kind]}")
    if found["older_events"]:
        write(f"left by an older release, folded as they are: {found['older_events']:,} events")
    for lost in found["lost"]:
        where = f"position {lost['position']:,}, {lost['op']}"
        write(f"cannot be decided again: {where}: {lost['detail']}")
    if found["lost_count"] > len(found["lost"]):
        write(f"and {found['lost_count'] - len(found['lost']):,} more")
    came = (
        f"{found['events']:,} events came again, of {found['commands']:,} commands and the engine"
    )
    difference = found["difference"]
    if difference is None:
        write(f"ok: {came}; read up to position {found['position']:,}")
        return
    write(f"NOT ok: {came}, up to position {difference['position'] - 1:,}")
    write(_difference_text(difference))
    left = found["head"] - found["position"]
    write(f"Behind it {left:,} events were not decided again: they rest on another state.")


def _difference_text(difference: Difference) -> str:
    whose = difference["op"] or "the engine's own act"
    where = f"position {difference['position']:,} ({whose})"
    if difference["detail"]:
        return f"{where}: {difference['topic']} stands there; {difference['detail']}"
    name = f"{difference['topic']}.{difference['field']}".strip(".") or "nothing"
    stored = json.dumps(difference["stored"], ensure_ascii=False)
    decided = json.dumps(difference["decided"], ensure_ascii=False)
    return f"{where}: {name} is stored as {stored}, and the rules give {decided}"
