"""Keys: made here, never sent; what the venue learns is the public half, under somebody's name."""

from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.confirmed_act import CLERKS, act, path_to
from gateway.cli.exit_codes import NOT_ALLOWED, USAGE, VerbFailed
from gateway.cli.nearest import did_you_mean
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import VenueCaller
from gpubourse.key_files import (
    KeyFile,
    KeyFileError,
    key_file_path,
    new_private_key,
    public_key_of,
    read_key_file,
    write_key_file,
)
from gpubourse.places import KEY_FILES, folders, kept_key_files
from ledger.offices import SCOPES

DEFAULT_SCOPES = "read,trade"
CODE_LENGTH: Final = 43  # 32 bytes in base64url


@click.group("keys")
def key_files() -> None:
    """The keys in the data folder, and the people behind them."""


@key_files.command("list")
@with_context("data")
def list_(context: VerbContext) -> None:
    """List the keys of the data folder: whom each one acts for.

    \b
    Example:
      gpubourse keys list
    """
    found = [(path, read_key_file(path)) for path in kept_key_files(context.data)]
    rows = [
        {
            "name": path.name,
            "party": key_file.party,
            "principal": key_file.principal,
            "venue": key_file.venue,
            "public_key": key_file.public_key,
            "path": str(path),
        }
        for path, key_file in found
    ]
    context.output.document({"rows": rows})
    if not rows:
        context.output.write("There is no key yet: `gpubourse run` makes the first two.")
        return
    context.output.table(
        ("name", "party", "principal", "venue", "path"),
        [(row["name"], row["party"], row["principal"], row["venue"], row["path"]) for row in rows],
    )


@key_files.command()
@click.argument("party")
@click.option(
    "--holder", required=True, metavar="PERSON", help="The natural person behind the key."
)
@click.option("--scopes", default=DEFAULT_SCOPES, show_default=True, metavar="LIST")
@click.option("--label", default="")
@with_context("venue", "me", "data", "acts")
def invite(context: VerbContext, party: str, holder: str, scopes: str, label: str) -> None:
    """Invite PERSON to act for PARTY: prints a code that enrols one key, once, for ten minutes.

    \b
    Example:
      gpubourse keys invite p-0002 --holder "Hu Min" --scopes read,seller,trade --me clerk-1
    """
    act(
        VenueCaller(context),
        "principal.invite",
        "/v1/principals/invite",
        _invitation(party, holder, scopes, label),
        lambda done: f"Hand this to {holder}: gpubourse keys enrol {done['code']} --name NAME",
    )


@key_files.command()
@click.argument("code")
@click.option("--name", required=True, help="What the key is called here, for --me.")
@with_context("venue", "data")
def enrol(context: VerbContext, code: str, name: str) -> None:
    """Make a key of your own and enrol it with the CODE of an invitation.

    \b
    Example:
      gpubourse keys enrol 8hQ2…xZ --name seller
    """
    if len(code) != CODE_LENGTH:
        raise VerbFailed(
            USAGE,
            f"{code!r} is no code of an invitation.",
            f"Copy it whole, {CODE_LENGTH} signs; a clerk's "
            f"`{context.line('keys', 'invite', 'PARTY', '--holder', 'PERSON', me=CLERKS[0])}` "
            "makes another.",
        )
    caller = VenueCaller(context)
    context.output.document(_enrol(caller, code, name))


@key_files.command()
@click.argument("name")
@click.option("--party", required=True)
@click.option("--holder", required=True, metavar="PERSON")
@click.option("--scopes", default=DEFAULT_SCOPES, show_default=True, metavar="LIST")
@with_context("venue", "me", "data")
def new(context: VerbContext, name: str, party: str, holder: str, scopes: str) -> None:
    """Invite and enrol in one step, where both people sit at this machine.

    \b
    Example:
      gpubourse keys new seller --party p-0002 --holder "Hu Min" --scopes read,seller --me clerk-1
    """
    caller = VenueCaller(context)
    _must_be_free(context, name)
    args = _invitation(party, holder, scopes, name)
    code = caller.command("principal.invite", "POST", "/v1/principals/invite", args)["result"][
        "code"
    ]
    context.output.document(_enrol(caller, code, name))


@key_files.command()
@click.argument("principal")
@with_context("venue", "me", "data", "acts")
def revoke(context: VerbContext, principal: str) -> None:
    """End a key for good: its sessions end within a second.

    \b
    Example:
      gpubourse keys revoke k-0107 --me clerk-1
    """
    act(
        VenueCaller(context),
        "principal.revoke",
        path_to("principals", principal, "revoke"),
        {},
        lambda _: f"{principal} may do nothing any more.",
        principal=principal,
    )


def _invitation(party: str, holder: str, scopes: str, label: str) -> dict[str, Any]:
    named = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    if not named:
        raise VerbFailed(USAGE, "A key without a scope opens nothing.", "Say --scopes read,trade.")
    for scope in named:
        if scope not in SCOPES:
            advice = f"{did_you_mean(scope, SCOPES)} There are: {', '.join(SCOPES)}.".strip()
            raise VerbFailed(USAGE, f"There is no scope {scope!r}.", advice)
    return {"party": party, "holder": holder, "scopes": named, "label": label}


def _enrol(caller: VenueCaller, code: str, name: str) -> dict[str, Any]:
    """Make the key, let the venue know its public half, and keep the file."""
    path = _must_be_free(caller.context, name)
    private = new_private_key()
    reply = caller.send(
        "/v1/principals/enrol", {"code": code, "public_key": public_key_of(private)}
    )
    done = reply["result"]
    try:
        write_key_file(
            path, KeyFile(done["party"], done["principal"], caller.venue["venue"], private)
        )
    except (KeyFileError, OSError) as error:
        raise VerbFailed(
            NOT_ALLOWED,
            f"{done['principal']} is enrolled, but {path} cannot be written: {error}.",
            f"Revoke it: {caller.context.line('keys', 'revoke', done['principal'])}",
        ) from None
    caller.context.output.write(
        f"{done['principal']} acts for {done['party']} ({', '.join(done['scopes'])}): "
        f"say --me {name}. The key lies in {path}."
    )
    return reply


def _must_be_free(context: VerbContext, name: str) -> Path:
    candidates = folders(context.data)
    folder = next((folder for folder in candidates if (folder / KEY_FILES).is_dir()), candidates[0])
    try:
        path = key_file_path(folder / KEY_FILES, name)
    except KeyFileError as error:
        raise VerbFailed(USAGE, str(error)) from None
    if path.exists():
        raise VerbFailed(USAGE, f"There is a key {path} already.", "Choose another --name.")
    return path
