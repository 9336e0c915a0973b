"""The journal as JSON lines: each event, command and commit as stored, and what they come to.

With nothing but these lines every hash and signature is made again (docs/AUDIT.md). An event's line
ends with its stored bytes, as they are.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ledger.base64url import text64
from ledger.exports.export_source import ExportSource, Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.journal.protocol import CommandRow, Commit, Journal

FORM = "gpubourse-journal-v1"


_json: Final = msgspec.json.Encoder().encode


class NotText(Exception):
    """What was signed for a batch is no text: the message says where."""


class JournalLines:
    """One period as lines of JSON."""

    def __init__(self, source: ExportSource, journal: Journal) -> None:
        self._source = source
        self._commands = journal.read_commands()
        self._commits = journal.read_commits(source.position)
        self._command = next(self._commands, None)
        self._commit = next(self._commits, None)
        self._before = Commit.none()

    def begin(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
        """What the file is, and what is carried into the period."""
        while self._command is not None and self._command.last_position <= ledger.position:
            self._next_command()
        while self._commit is not None and self._commit.last_position <= ledger.position:
            self._next_commit()
        after = {"position": self._before.last_position, "chain": text64(self._before.chain)}
        yield self._standing("begin", period, ledger, {"after": after})

    def fact(self, fact: Fact, ledger: GeneralLedger) -> Iterator[str]:
        """An event; before it its command, behind it the commit that ends there."""
        row = fact.row
        while self._command is not None and self._command.first_position <= row.position:
            yield _command_line(self._command)
            self._next_command()
        yield (
            b'{"kind":"event","position":%d,"stream":%b,"version":%d,"topic":%b,"event":%b}'
            % (row.position, _json(row.stream), row.version, _json(row.topic), row.state)
        ).decode("utf-8")
        while self._commit is not None and self._commit.last_position <= row.position:
            yield _line(_record("commit", self._commit))
            self._next_commit()

    def end(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
        """What the period closes with."""
        yield self._standing("end", period, ledger, {})

    def _next_command(self) -> None:
        self._command = next(self._commands, None)

    def _next_commit(self) -> None:
        if self._commit is not None:
            self._before = self._commit
        self._commit = next(self._commits, None)

    def _standing(
        self, kind: str, period: Period, ledger: GeneralLedger, more: dict[str, Any]
    ) -> str:
        source = self._source
        return _line(
            {
                "kind": kind,
                "form": FORM,
                "venue": source.venue,
                "period": period.label,
                "head": {"position": source.position, "chain": source.chain},
                **more,
                "balances": dict(sorted(ledger.balances.items())),
                "titles": {thing: lot.holder for thing, lot in sorted(ledger.lots.items())},
            }
        )


def _command_line(command: CommandRow) -> str:
    try:
        signed = command.signed.decode("utf-8")
    except UnicodeDecodeError:
        raise NotText(
            f"position {command.first_position}: what was signed for it is no text"
        ) from None
    return _line(_record("command", command) | {"signed": signed})


def _record(kind: str, row: CommandRow | Commit) -> dict[str, Any]:
    """A stored row by its columns' names; bytes in base64url."""
    columns = row._asdict().items()
    return {"kind": kind} | {
        name: text64(value) if isinstance(value, bytes) else value for name, value in columns
    }


def _line(value: dict[str, Any]) -> str:
    return _json(value).decode("utf-8")
