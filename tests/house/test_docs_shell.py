"""Every shell line in README and docs/ names what there is: a make target, a verb, its flags.

The lines themselves run in `tests/scenes/`; here the documents are held to the command line's help.
"""

import os
import re
import shlex
import subprocess
import sys
from functools import cache

import pytest

from tests.house.advice import advise
from tests.house.documents import Block, blocks
from tests.house.sources import ROOT
from tests.waiting import PROCESS_S


@pytest.mark.parametrize("block", blocks("sh"), ids=lambda block: block.place)
def test_shell_lines_name_what_there_is(block: Block) -> None:
    wrong = [
        f"{block.place}: {line}: {why}" for line in shell_lines(block.text) for why in faults(line)
    ]
    assert not wrong, advise(wrong, "mend the document, or the command line: they are one promise")


def shell_lines(text: str) -> list[str]:
    """The commands of a shell block, without prompts, comments and line breaks."""
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    bare = [line.strip().removeprefix("$ ") for line in lines]
    return [line for line in bare if line and not line.startswith("#")]


def faults(line: str) -> list[str]:
    """What a shell line names that does not exist: a make target, a verb, a flag."""
    words = shlex.split(line, comments=True)
    words = words[: words.index("|")] if "|" in words else words
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if not words:
        return []
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word and not word.startswith("-")]
        return [f"no such target: {target}" for target in targets if target not in targets_of()]
    return faults_of_verbs(words[1:]) if words[0].rpartition("/")[2] == "gpubourse" else []


def faults_of_verbs(words: list[str]) -> list[str]:
    """The same, of what stands behind `gpubourse`."""
    verbs: tuple[str, ...] = ()
    for word in words:
        if word not in commands_of(verbs):
            break
        verbs += (word,)
    if not verbs and words and not words[0].startswith("-"):
        return [f"no such verb: {words[0]}"]
    helps = "".join(help_of(verbs[:depth]) for depth in range(len(verbs) + 1))
    flags = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [f"no such flag: {flag}" for flag in flags if not re.search(rf"{flag}\b", helps)]


def commands_of(verbs: tuple[str, ...]) -> list[str]:
    """What may follow these verbs, by their own help: the first one tells them in sections."""
    shown = help_of(verbs)
    listed = shown.partition("Commands:")[2] or shown.rpartition(" --help ")[2]
    return re.findall(r"^  (\S+)", listed, re.MULTILINE)


@cache
def help_of(verbs: tuple[str, ...]) -> str:
    """What `gpubourse VERBS --help` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *verbs, "--help"],
        cwd=ROOT,
        env=dict(os.environ, COLUMNS="200", NO_COLOR="1"),
        capture_output=True,
        text=True,
        timeout=PROCESS_S,
        check=False,
    )
    assert done.returncode == 0, f"gpubourse {' '.join(verbs)} --help failed:\n{done.stderr}"
    return done.stdout


@cache
def targets_of() -> frozenset[str]:
    """Every target that the Makefile offers by name."""
    text = (ROOT / "Makefile").read_text("utf-8")
    return frozenset(re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE))
