"""Completion for a shell, installed by one verb: click's own script, which asks this program."""

import os
from pathlib import Path
from typing import Final

import click
from click.shell_completion import get_completion_class

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.options import VerbContext, with_context
from gateway.cli.terminal import show_text

PROGRAM: Final = "gpubourse"
QUERY_VARIABLE: Final = "_GPUBOURSE_COMPLETE"  # the variable by which the script asks
SHELLS: Final = ("bash", "zsh", "fish")
STARTS: Final = {"bash": ".bashrc", "zsh": ".zshrc"}  # what an interactive shell reads
ZSH_FIRST: Final = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }"
LINE_END: Final = "\n"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.option("--print", "is_printed", is_flag=True, help="Print the script; install nothing.")
@with_context()
def completion(context: VerbContext, shell: str | None, is_printed: bool) -> None:
    """Install completion of verbs and options for SHELL: bash, zsh or fish, by default yours.

    The script is click's own and asks this program at each tab. Fish reads its file by itself; for
    bash and zsh one line that reads it is added to .bashrc or .zshrc, once.

    \b
    Example:
      gpubourse completion bash
      gpubourse completion zsh --print
    """
    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise VerbFailed(
            USAGE,
            f"Your shell is {name or 'not known'}, and completion is for {', '.join(SHELLS)}.",
            "Name one: gpubourse completion bash.",
        )
    text = script(name)
    if is_printed:
        context.output.document({"shell": name, "script": text, "written": []})
        if not context.is_json:
            show_text(text)
        return
    written = install(name, text)
    context.output.document({"shell": name, "script": text, "written": list(map(str, written))})
    context.output.write(
        f"Installed for {name} in {' and '.join(map(str, written))}. Open a new shell to have it."
    )


def script(shell: str) -> str:
    """The script that makes *shell* ask this program."""
    made = get_completion_class(shell)
    assert made is not None, "click knows each of SHELLS"
    text = made(click.Command(PROGRAM), {}, PROGRAM, QUERY_VARIABLE).source()
    return f"{ZSH_FIRST}\n{text}" if shell == "zsh" else text


def install(shell: str, text: str) -> list[Path]:
    """Write the script where the shell looks; the files that were written. Raises OSError."""
    home = Path.home()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    if shell == "fish":
        return [_written(config / "fish" / "completions" / f"{PROGRAM}.fish", text)]
    file = _written(config / PROGRAM / f"completion.{shell}", text)
    folder = os.environ.get("ZDOTDIR") if shell == "zsh" else ""
    start = Path(folder or home) / STARTS[shell]
    line = f'[ -r "{file}" ] && . "{file}"'
    text_there = start.read_text("utf-8") if start.exists() else ""
    if line in text_there.splitlines():
        return [file]
    with start.open("a", encoding="utf-8") as out:
        out.write(f"{'' if text_there.endswith(LINE_END) or not text_there else LINE_END}{line}\n")
    return [file, start]


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
