"""Every Python block in README and docs/ runs, and every record in them can be read.

A Python block is a whole program. One that speaks to a venue finds a running demo: the address
in GPUBOURSE_VENUE and the visitors' keys under GPUBOURSE_DATA, as it would at home.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.advice import advise
from tests.house.documents import Block, blocks
from tests.house.sources import ROOT, python_path
from tests.waiting import PATIENCE_S, PROCESS_S, wait_until

GPUBOURSE = [sys.executable, "-m", "gateway"]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
CLIENT = re.compile(r"^(?:from|import) gpubourse\b", re.MULTILINE)  # it speaks to a venue
NOT_RUN = {"text", "mermaid"}  # pictures and screens, not code
READ = {"json": json.loads, "toml": tomllib.loads}


pytestmark = pytest.mark.xdist_group("documents")  # one demo serves all of them


@pytest.fixture(scope="module")
def demo_venue() -> Iterator[dict[str, str]]:
    """A running demo, as the environment in which a visitor's program finds it."""
    with tempfile.TemporaryDirectory(prefix="gpubourse-docs-") as folder:
        process = subprocess.Popen(
            [*GPUBOURSE, "demo", "--data", folder, "--port", "0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
        reader.start()
        try:
            yield {"GPUBOURSE_VENUE": address_of(process, said), "GPUBOURSE_DATA": folder}
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_S)


def address_of(process: subprocess.Popen[str], said: list[str]) -> str:
    """The console's address, once the demo has printed it."""

    def found() -> str:
        has_ended = process.poll() is not None
        match = ADDRESS.search("".join(said))
        assert match or not has_ended, f"the demo ended early:\n{''.join(said)}"
        return match[0].rstrip("/") if match else ""

    return wait_until(found, lambda: f"no address of the demo:\n{''.join(said)}", PROCESS_S)


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.place)
def test_a_python_block_runs(block: Block, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    program = tmp_path / "block.py"
    program.write_text(block.text, "utf-8")
    environment = dict(os.environ, PYTHONPATH=python_path())
    if CLIENT.search(block.text):
        environment |= request.getfixturevalue("demo_venue")

    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PROCESS_S,
        check=False,
    )

    assert done.returncode == 0, f"{block.place} does not run:\n{done.stdout}{done.stderr}"


def test_every_block_is_of_a_kind_that_is_run() -> None:
    known = {"python", "sh", *READ, *NOT_RUN}
    wrong = [
        f"{block.place} is {block.language or 'of no language'}"
        for block in blocks()
        if block.language not in known
    ]
    assert not wrong, advise(wrong, f"use one of {sorted(known)}, or teach this file to run it")


def test_records_in_the_documents_can_be_read() -> None:
    for block in blocks(*READ):
        try:
            READ[block.language](block.text)
        except ValueError as error:
            raise AssertionError(f"{block.place}: {error}") from error
