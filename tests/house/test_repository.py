"""What is committed stands on its own: no machine's paths, no registry's host, whole locks."""

import json
import re

import pytest

from tests.house.advice import advise
from tests.house.sources import ROOT, committed

# Written in pieces, so that this file may be committed too.
MACHINE_PATHS = [f"/{folder}/" for folder in ("work", "root", "home")]
REGISTRIES = re.compile(
    r"\b(pypi|pythonhosted|npmjs|yarnpkg|debian|ubuntu|docker|ghcr|quay)\.(org|com|io|net)\b"
)
LOCKS = ("requirements.lock", "requirements-test.lock", "setup/requirements-node.lock")


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    wrong = []
    for path in committed():
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        wrong += [
            f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}"
            for number, line in enumerate(lines, 1)
            if REGISTRIES.search(line) or any(name in line for name in MACHINE_PATHS)
        ]
    assert not wrong, advise(
        wrong, "say it relative to the root or $HOME, and leave registries to pip's and npm's setup"
    )


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_a_lock_has_its_hashes(name: str) -> None:
    text = re.sub(r" \\\n\s+", " ", (ROOT / name).read_text("utf-8"))
    pins = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    wrong = [pin[:60] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin]

    assert pins, f"{name} pins nothing"
    assert not wrong, advise(wrong, "make the lock anew with --generate-hashes")


def test_every_browser_library_is_pinned_by_its_digest() -> None:
    packages = json.loads((ROOT / "setup/package-lock.json").read_text("utf-8"))["packages"]
    wrong = [
        name
        for name, package in packages.items()
        if name and ("integrity" not in package or "resolved" in package)
    ]
    assert not wrong, advise(
        wrong, "npm install --package-lock-only --omit-lockfile-registry-resolved"
    )


def test_the_doors_of_the_house_can_be_opened() -> None:
    doors = [".ci/run", "setup/find-python", "setup/step", "setup/until-interrupted"]
    wrong = [name for name in doors if not (ROOT / name).stat().st_mode & 0o100]
    assert not wrong, advise(wrong, "chmod +x, and commit the mode")


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
