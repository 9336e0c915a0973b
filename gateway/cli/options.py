"""What a verb goes by: flag, then GPUBOURSE_*, then the user's config.toml, then the default."""

import os
import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.help_pages import dated
from gateway.cli.names import as_named
from gateway.cli.output import Output
from gateway.cli.terminal import show_text
from gpubourse.places import HERE

SETTINGS: Final = ("venue", "data", "me", "database_url", "no_color", "lang")
LANGUAGES: Final = ("en", "zh")
LOCALES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set says the language
# A line of the venue's words that whoever reads them types; another's ends in `--me THEIRS`.
OWN_KEY: Final = "--me NAME"
OWN_LINE: Final = re.compile(rf"`gpubourse ([^`]+) {OWN_KEY}`")
KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,56}")  # room for a number behind it (WIRE 2)

Verb = TypeVar("Verb", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class VerbContext:
    """What every verb is given beside its own words."""

    output: Output
    venue: str = ""  # an address; "": this machine's
    me: str = ""  # the name of a key in the data folder; "": nobody, public reads only
    data: Path | None = None  # None: the folder of `run`, or of `demo` where the key lies there
    is_yes: bool = False
    is_dry: bool = False
    lang: str = ""  # in which refusals are told: en, zh; "": as the venue has it
    key: str = ""  # a command's own name, to ask again after an outcome that is not known
    verb: str = ""  # what is done: `settle instruct`; "": not from a line
    words: tuple[str, ...] = ()  # the line as it was typed, without `gpubourse`; (): not known

    def line(self, *words: str, me: str | None = None) -> str:
        """A line that may come next, `gpubourse status --me seller`, with the flags of this one.

        *me* is whose key signs it, where it is another's. What came from the environment is there
        for that line, too.
        """
        name = self.me if me is None else me
        given = ["gpubourse", *words, *(["--me", name] if name else [])]
        if self.data is not None and not os.environ.get("GPUBOURSE_DATA"):
            given += ["--data", str(self.data)]
        if self.venue and not os.environ.get("GPUBOURSE_VENUE"):
            given += ["--venue", self.venue]
        return shlex.join(given)

    def own_lines(self, text: str) -> str:
        """The venue's words, the lines in them that the reader signs with the flags of this one."""
        if not self.me:
            return text
        return OWN_LINE.sub(lambda found: f"`{self.line(*found[1].split())}`", text)

    def line_with(self, other: str, instead: str) -> str:
        """The line as it was typed, *other* in place of *instead*; every flag of it stays."""
        words = [other if word.lower() == instead.lower() else word for word in self.words]
        return shlex.join(["gpubourse", *words])

    @property
    def is_json(self) -> bool:
        return self.output.is_json


def with_context(*wanted: str) -> Callable[[Verb], Verb]:
    """Give a verb its frame, and the options among *wanted*: venue (and lang), lang, me, data …"""

    def decorate(function: Verb) -> Verb:
        @wraps(function)
        def verb(**given: Any) -> Any:
            output = Output(is_json=given.pop("is_json"), no_color=given.pop("no_color"))
            given.pop("debug")
            typed = click.get_current_context()
            for param in typed.command.params:
                if param.name in given:
                    given[param.name] = as_named(param, given[param.name])
            own = {name: given.pop(name) for name in _names(wanted)}
            words = typed.find_root().obj or ()
            name = _verb_of(typed)
            return function(VerbContext(output=output, verb=name, words=words, **own), **given)

        verb.__doc__ = dated(function.__doc__ or "")
        for option in reversed([*_options(wanted), *_ALWAYS]):
            verb = option(verb)
        return verb  # type: ignore[return-value]

    return decorate


def _show_schema(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    """Print what --json of this verb holds, as JSON Schema, and end."""
    if not is_wanted:
        return
    from gateway.cli.json_schemas import schema_text  # noqa: PLC0415 # all records: rarely needed

    show_text(schema_text(_verb_of(ctx)))
    ctx.exit()


def _verb_of(ctx: click.Context) -> str:
    """The verb that is being called, as its words: `settle instruct`."""
    names: list[str] = []
    at: click.Context | None = ctx
    while at is not None and at.parent is not None:
        names.insert(0, at.command.name or "")
        at = at.parent
    return " ".join(names)


def _key(_: click.Context, __: click.Parameter, text: str) -> str:
    if text and not KEY.fullmatch(text):
        raise VerbFailed(
            USAGE,
            f"--key {text!r} is no key.",
            "Copy it whole from where it was told: up to 56 letters, digits, dots and dashes.",
        )
    return text


_ALWAYS = (
    click.option("--json", "is_json", is_flag=True, help="One JSON document on stdout."),
    click.option(
        "--schema",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_schema,
        help="Print the JSON Schema of that document, and end.",
    ),
    click.option(
        "--no-color",
        is_flag=True,
        default=lambda: bool(setting("no_color")),
        help="Plain text; so does NO_COLOR.",
    ),
    click.option("--debug", is_flag=True, help="Show the traceback of a failure."),
)
_VENUE = click.option(
    "--venue",
    envvar="GPUBOURSE_VENUE",
    default=lambda: setting("venue"),
    metavar="URL",
    help=f"The venue's address; by default this machine's, {HERE}.",
)
_LANG = click.option(
    "--lang",
    envvar="GPUBOURSE_LANG",
    default=lambda: setting("lang") or locale_language(),
    type=click.Choice(LANGUAGES, case_sensitive=False),
    help="The language in which the venue, or what reads a report, refuses; else the terminal's.",
)
_ME = click.option(
    "--me",
    envvar="GPUBOURSE_ME",
    default=lambda: setting("me"),
    metavar="NAME",
    help="Sign with the key DATA/keys/NAME: clerk-1, seller, trader …",
)
_DATA = click.option(
    "--data",
    envvar="GPUBOURSE_DATA",
    default=lambda: setting("data") or None,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The data folder, with its keys; by default `run` or `demo` in ~/.local/share/gpubourse.",
)
_ACTS = (
    click.option("--yes", "is_yes", is_flag=True, help="Go ahead without being asked."),
    click.option("--dry-run", "is_dry", is_flag=True, help="Say what would happen, and stop."),
    click.option(
        "--key",
        default="",
        callback=_key,
        help="Ask again under this key, after an unknown outcome.",
    ),
)


def _names(wanted: tuple[str, ...]) -> list[str]:
    names = {
        "venue": ["venue", "lang"],
        "lang": ["lang"],
        "me": ["me"],
        "data": ["data"],
        "acts": ["is_yes", "is_dry"],
    }
    found = [name for kind in wanted for name in names[kind]]
    return [*found, *(["key"] if "acts" in wanted else [])]


def _options(wanted: tuple[str, ...]) -> list[Callable[[Any], Any]]:
    options = {
        "venue": [_VENUE, _LANG],
        "lang": [_LANG],
        "me": [_ME],
        "data": [_DATA],
        "acts": [*_ACTS],
    }
    return [option for kind in wanted for option in options[kind]]


def locale_language() -> str:
    """The language of this terminal: zh where its locale says so, else en."""
    name = next((os.environ[name] for name in LOCALES if os.environ.get(name)), "")
    return "zh" if name.lower().startswith("zh") else "en"


def config_path() -> Path:
    """The user's own settings file; it need not be there."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "gpubourse" / "config.toml"


def setting(name: str) -> str:
    """A value of config.toml as text; "" if it is not set there."""
    path = config_path()
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VerbFailed(
            USAGE, f"{path} cannot be read: {error}.", "Mend it, or remove it."
        ) from None
    unknown = [each for each in found if each not in SETTINGS]
    if unknown:
        raise VerbFailed(
            USAGE,
            f"{path} sets {unknown[0]!r}, which is no setting.",
            f"There are: {', '.join(SETTINGS)}.",
        )
    value = found.get(name, "")
    return ("1" if value else "") if isinstance(value, bool) else str(value)
