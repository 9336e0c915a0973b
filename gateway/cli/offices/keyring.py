"""Keys: made here, never sent; what the venue learns is the public half, under somebody's name."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.confirmed_act import CLERKS, act, is_waiting, path_to, when, write_approvals
from gateway.cli.exit_codes import NOT_ALLOWED, USAGE, VerbFailed
from gateway.cli.nearest import did_you_mean
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import Problem, VenueCaller
from gpubourse.key_files import (
    KeyFile,
    KeyFileError,
    key_file_path,
    new_private_key,
    public_key_of,
    read_key_file,
    replace_pending,
    write_key_file,
)
from gpubourse.places import HERE, KEY_FILES, folders, kept_key_files, key_file
from ledger.ids import VENUE_PARTY
from ledger.offices import SCOPES

DEFAULT_SCOPES = "read,trade"
CODE_LENGTH: Final = 43  # 32 bytes in base64url
NUMBER: Final = re.compile(r"k-[0-9]{4,12}")


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
            "proposal": key_file.proposal,
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
        [
            (
                row["name"],
                row["party"],
                row["principal"] or f"waits as {row['proposal']}",
                row["venue"],
                row["path"],
            )
            for row in rows
        ],
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
    caller = VenueCaller(context)
    there = "" if caller.address == HERE else f" --venue {caller.address}"
    act(
        caller,
        "principal.invite",
        "/v1/principals/invite",
        _invitation(party, holder, scopes, label),
        lambda done: (
            f"Hand this to {holder}: gpubourse keys enrol {done['code']} --name NAME{there}\n"
            f"It serves once, until {when(caller, done['expires_ns'])} by the clock on the wall."
        ),
    )


@key_files.command()
@click.argument("code", metavar="CODE")
@click.option("--name", required=True, help="What the key is called here, for --me.")
@with_context("venue", "data")
def enrol(context: VerbContext, code: str, name: str) -> None:
    """Make a key of your own and enrol it with the CODE of an invitation.

    A key of the venue waits for another administrator. Once it is approved it has a number: say
    that in place of the CODE, with the same --name, and it can be used.

    \b
    Example:
      gpubourse keys enrol 8hQ2…xZ --name seller
      gpubourse keys enrol k-0007 --name clerk-3
    """
    caller = VenueCaller(context)
    if NUMBER.fullmatch(code):
        context.output.document(_number(caller, code, name))
        return
    if len(code) != CODE_LENGTH:
        raise VerbFailed(
            USAGE,
            f"{code!r} is no code of an invitation.",
            f"Copy it whole, {CODE_LENGTH} signs; a clerk's "
            f"`{context.line('keys', 'invite', 'PARTY', '--holder', 'PERSON', me=CLERKS[0])}` "
            "makes another.",
        )
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
    venue = caller.venue["venue"]
    if is_waiting(done):
        # the venue's keys alone wait for a second signature (docs/decisions/0014)
        _keep(caller, path, KeyFile(VENUE_PARTY, "", venue, private, done["proposal"]))
        _write_pending(caller, done, name, path)
        return reply
    _keep(caller, path, KeyFile(done["party"], done["principal"], venue, private))
    caller.context.output.write(
        f"{done['principal']} acts for {done['party']} ({', '.join(done['scopes'])}): "
        f"say --me {name}. The key lies in {path}."
    )
    return reply


def _keep(caller: VenueCaller, path: Path, key_file: KeyFile) -> None:
    """Write the key's file; where that fails, say how what nobody can sign with is ended."""
    try:
        write_key_file(path, key_file)
    except (KeyFileError, OSError) as error:
        line = caller.context.line
        is_enrolled = f"{key_file.principal} is enrolled, but"
        advice = f"Revoke it: {line('keys', 'revoke', key_file.principal)}"
        if key_file.proposal:
            is_enrolled = f"{key_file.proposal} waits, but"
            no = line("operator", "reject", key_file.proposal, me="CLERK")
            advice = f"Let it be rejected: {no}"
        raise VerbFailed(
            NOT_ALLOWED, f"{is_enrolled} {path} cannot be written: {error}.", advice
        ) from None


def _write_pending(caller: VenueCaller, done: dict[str, Any], name: str, path: Path) -> None:
    """A key of the venue: whose yes it waits for, where it lies, and how it comes into use."""
    write, line = caller.context.output.write, caller.context.line
    write(f"{done['proposal']} waits for another administrator of the venue. The key is in {path}.")
    if caller.context.me or caller.venue["kind"] == "demo":
        write_approvals(caller, [done["proposal"]], done["needs"])
    else:
        write("This line completes it, by a clerk other than who made the invitation:")
        write(f"  {line('operator', 'approve', done['proposal'], me='CLERK')}")
    after = line("keys", "enrol", "NUMBER", "--name", name, me="")
    write(
        f"Who approves it reads the key's number, such as k-0107. Then, unless it was here: {after}"
    )


def _number(caller: VenueCaller, principal: str, name: str) -> dict[str, Any]:
    """Give a key that waited its number, once the venue lets it log on under that; the session."""
    context = caller.context
    path = key_file(name, context.data)
    try:
        kept = read_key_file(path)
    except KeyFileError as error:
        raise VerbFailed(NOT_ALLOWED, str(error), "`gpubourse keys list` shows them.") from None
    if kept.principal:
        raise VerbFailed(USAGE, f"{name} is {kept.principal} already.", f"Say --me {name}.")
    trial = VenueCaller(context, replace(kept, principal=principal, proposal=""))
    try:
        session = trial.get("/v1/auth/session")
    except Problem as no:
        if no.reason != "bad_signature":
            raise
        raise VerbFailed(
            NOT_ALLOWED,
            f"{principal} is not the number of {name}: {kept.proposal} is not approved yet, or "
            "the key has another number.",
            f"`{context.line('operator', 'proposals', '--state', 'approved', me='CLERK')}` "
            "lists what was approved: the line is a clerk's.",
        ) from None
    replace_pending(path, trial.must_have_key_file())
    context.output.write(
        f"{principal} acts for {kept.party} ({', '.join(session['result']['scopes'])}): "
        f"say --me {name}."
    )
    return session


def number_pending(context: VerbContext, proposal: str, venue: str, principal: str) -> str:
    """The words on a key that was approved: in use already where it lies in this data folder."""
    for path in kept_key_files(context.data):
        try:
            kept = read_key_file(path)
        except KeyFileError:
            continue
        if (kept.proposal, kept.venue, kept.principal) == (proposal, venue, ""):
            replace_pending(path, replace(kept, principal=principal, proposal=""))
            return f"It is in use here: say --me {path.name}."
    return f"Tell its holder: `gpubourse keys enrol {principal} --name NAME`, or the page."


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
