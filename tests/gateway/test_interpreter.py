"""Nothing starts on a Python that drops its asserts: every way in says so."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.exit_codes import USAGE
from tests.house.sources import ROOT, python_path, sources
from tests.waiting import PROCESS_S

ROOMS = ("ledger", "exchange", "gateway", "gpubourse")
OPENS = """
import asyncio
from pathlib import Path
from gateway.server.server import CannotOpen, open_server
from gateway.settings import Settings
try:
    asyncio.run(open_server(Settings(data_folder=Path("nowhere"))))
except CannotOpen as error:
    raise SystemExit(f"refused: {error}")
"""


def programs() -> list[str]:
    """Every module of ours that can be run, and what the wheel installs."""
    found = [
        source.path
        for source in sources(*ROOMS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
    ]
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    [scripts] = re.findall(r"^\[project\.scripts\]\n((?:.+\n)+)", text, re.MULTILINE)
    called = re.findall(r'= "([\w.]+):\w+"', scripts)
    return sorted({*(_module(path) for path in found), *(_run(name) for name in called)})


def _module(path: str) -> str:
    return _run(path.removesuffix(".py").replace("/", "."))


def _run(module: str) -> str:
    return module.removesuffix(".__main__")


def optimised(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-O", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": python_path()},
        timeout=PROCESS_S,
        check=False,
    )


def test_there_are_programs() -> None:
    assert programs() == [
        "gateway",
        "gateway.cli.evidence.signature_worker",
        "gateway.server.attester_process",
        "gateway.server.history_process",
        "gateway.server.notary_process",
        "gateway.server.views_process",
    ]


@pytest.mark.parametrize("module", programs())
def test_no_program_runs_without_its_asserts(module: str, tmp_path: Path) -> None:
    ended = optimised("-m", module, cwd=tmp_path)

    assert ended.returncode == USAGE
    assert "without -O" in ended.stderr


@pytest.mark.parametrize("verb", ["run", "demo", "audit"])
def test_no_verb_does(verb: str, tmp_path: Path) -> None:
    ended = optimised("-m", "gateway", verb, "--help", cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (USAGE, "")


def test_no_server_opens(tmp_path: Path) -> None:
    ended = optimised("-c", OPENS, cwd=tmp_path)

    assert "refused: This Python drops" in ended.stderr
