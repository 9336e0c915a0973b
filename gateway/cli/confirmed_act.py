"""One act of one person: announced, confirmed where it moves something, done once, reported."""

import os
import shlex
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.figures import instant, money
from gateway.cli.options import VerbContext
from gateway.cli.venue_caller import VenueCaller, path_of
from ledger.base64url import text64

CLERKS: Final = ("clerk-1", "clerk-2")
QUESTION: Final = "Go ahead?"


def act(
    caller: VenueCaller,
    op: str,
    path: str,
    args: dict[str, Any],
    done: Callable[[dict[str, Any]], str],
    *,
    method: str = "POST",
    before: str = "",
    raw: bytes = b"",
    **path_args: str,
) -> dict[str, Any]:
    """Carry out one command and write its outcome; *done* words the result of an accepted one.

    *before* states what will happen; it is given where money or title moves, and must be
    confirmed. *raw* is a report that goes along as it is.
    """
    context = caller.context
    sentence = before or f"Would send {op} {args | path_args}."
    if before or context.is_dry:
        context.output.log(sentence)
    if context.is_dry:
        context.output.document({"dry_run": True, "op": op, "args": {**args, **path_args}})
        return {}
    if before:
        context.output.confirm(QUESTION, is_yes=context.is_yes)
    if raw:
        reply = caller.upload(op, path, raw, args, **path_args)
    else:
        reply = caller.command(op, method, path, args, **path_args)
    context.output.document(reply)
    write_outcome(caller, reply["result"], done)
    return reply


def write_outcome(
    caller: VenueCaller, result: dict[str, Any], done: Callable[[dict[str, Any]], str]
) -> None:
    """What came of it: done, or waiting for others, with the exact lines that complete it."""
    if "needs" in result and "proposal" in result:
        caller.context.output.write(f"{result['proposal']} waits for another person's signature.")
        write_approvals(caller, result["proposal"], result["needs"])
    else:
        caller.context.output.write(done(result))


def write_approvals(caller: VenueCaller, proposal: str, needs: list[str]) -> None:
    """The line that completes a proposal, one for each signature that is due."""
    others = [name for name in CLERKS if name != caller.context.me]
    for at, need in enumerate(needs):
        name = others[at % len(others)] if need.startswith("scope:") else f"KEY-OF-{need[6:]}"
        caller.context.output.write(f"  {approve_line(caller.context, proposal, name)}")


def approve_line(context: VerbContext, proposal: str, name: str) -> str:
    """`gpubourse operator approve z-000007 --me clerk-2`, with the flags that this verb was given.

    What came from the environment is there for the next line, too.
    """
    words = ["gpubourse", "operator", "approve", proposal, "--me", name]
    if context.data is not None and not os.environ.get("GPUBOURSE_DATA"):
        words += ["--data", str(context.data)]
    if context.venue and not os.environ.get("GPUBOURSE_VENUE"):
        words += ["--venue", context.venue]
    return shlex.join(words)


def digest_of(path: Path) -> str:
    """A document's SHA-256, base64url: the paper itself stays where it is."""
    try:
        with path.open("rb") as file:
            found = sha256()
            while block := file.read(1 << 20):
                found.update(block)
    except OSError as error:
        raise VerbFailed(USAGE, f"{path} cannot be read: {error.strerror}.", "Check it.") from None
    return text64(found.digest())


def yuan(caller: VenueCaller, minor: int) -> str:
    """An amount of the venue's currency, in words."""
    return money(minor, caller.venue["currency"], caller.venue.get("minor_digits", 2))


def when(caller: VenueCaller, at_ns: int | str) -> str:
    """An instant in the venue's zone."""
    return instant(at_ns, caller.venue["zone"])


def path_to(collection: str, name: str, *verb: str) -> str:
    """`/v1/settlements/x-000031/accept`."""
    return path_of(collection, name, *verb)


def plain(value: Any) -> str:
    """A result's member in words: lists with commas, members of an object side by side."""
    if isinstance(value, dict):
        return " ".join(plain(each) for each in value.values() if each not in ("", None, [], 0))
    return ", ".join(map(plain, value)) if isinstance(value, list) else str(value)
