"""One act of one person: announced, confirmed where it moves something, done once, reported."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.figures import instant, money, ranges
from gateway.cli.options import VerbContext
from gateway.cli.venue_caller import VenueCaller, path_of
from ledger.base64url import text64

CLERKS: Final = ("clerk-1", "clerk-2")
QUESTION: Final = "Go ahead?"
ENDED_BY: Final = {  # why an act ended an order that nobody cancelled
    "eligibility": "what it offers is of another class now, or its owner's; offer it anew there",
    "hold": "what it offers is barred",
    "rules": "its party may not trade there any more",
}
JUDGED_WHEN_DONE: Final = ("principal.invite",)  # no command of the engine: it has no dry run


def act(
    caller: VenueCaller,
    op: str,
    path: str,
    args: dict[str, Any],
    done: Callable[[dict[str, Any]], str],
    *,
    method: str = "POST",
    before: str | Callable[[dict[str, Any]], str] = "",
    raw: bytes = b"",
    then: Callable[[dict[str, Any]], Sequence[str]] = lambda _: (),
    turn: Callable[[dict[str, Any]], str] = lambda _: "",
    **path_args: str,
) -> dict[str, Any]:
    """Carry out one command and write its outcome; *done* words the result of an accepted one.

    *before* states what will happen; it is given where money or title moves, and must be
    confirmed. Where it is a function it words what the venue says of a dry run, so that the sums
    are the venue's own; "" from it: nothing would change, and nothing is asked. What would be
    refused is refused before it is announced, --yes or not.
    *raw* is a report that goes along as it is. With --dry-run the venue judges it, as it would
    judge the command itself, and does nothing. *then* names the lines that may come next, once it
    is done, all for whoever typed this one; *turn* says whose turn it is else, and what they type.
    """
    context = caller.context
    preview: dict[str, Any] = {}
    is_judged = context.is_dry or (bool(before) and not context.key)
    if is_judged and op not in JUDGED_WHEN_DONE:
        preview = _preview(caller, op, path, args, method=method, raw=raw, **path_args)
    announced = _announced(context, before, preview if is_judged else None)
    if announced:
        context.output.log(announced)
    elif context.is_dry:
        context.output.log(f"Would send {in_members(op, {**args, **path_args})}.")
    if context.is_dry:
        _log_judged(caller, op, {**args, **path_args}, preview)
        return {}
    if announced:
        context.output.confirm(QUESTION, is_yes=context.is_yes)
    if raw:
        reply = caller.upload(op, path, raw, args, **path_args)
    else:
        reply = caller.command(op, method, path, args, **path_args)
    context.output.document(reply)
    write_outcome(caller, reply["result"], done)
    if not is_waiting(reply["result"]):
        for line in then(reply["result"]):
            context.output.log(f"Next: {line}")
        if words := turn(reply["result"]):
            context.output.log(words)
    return reply


def _announced(
    context: VerbContext,
    before: str | Callable[[dict[str, Any]], str],
    preview: dict[str, Any] | None,
) -> str:
    """What is said before an act; *preview* is None where it may be done already: with --key."""
    if before and preview is None:
        return repeated_words(context)
    needs = (preview or {}).get("needs", [])
    if callable(before):
        words = before(preview or {})
        return words and by_preview(words) + (f" {_waits(needs)}" if needs else "")
    if before and needs:
        return f"{_waits(needs)} Then this is done: {before}"
    return before and f"To be done: {before}"


def _waits(needs: Sequence[str]) -> str:
    """That an act is not done by one person alone."""
    return f"It waits as a proposal until another person has signed, too ({', '.join(needs)})."


def by_preview(words: str) -> str:
    """What an act would cost or bring, with whose sum it is: the venue's, never one made here."""
    return f"By the venue's preview: {words}"


def repeated_words(context: VerbContext) -> str:
    """What is announced of a line with --key."""
    return f"Asks again under the key {context.key}."


def _log_judged(
    caller: VenueCaller, op: str, args: dict[str, Any], preview: dict[str, Any]
) -> None:
    """That the venue would take a command, by its answer to a dry run; {} where it has none."""
    if preview:
        needs = ", ".join(preview["needs"])
        also = f" It would wait for another person's signature ({needs})." if needs else ""
        caller.context.output.log(f"The venue would take this; nothing was done.{also}")
    else:
        caller.must_have_key_file()
        caller.context.output.log("Nothing was sent.")
    apart = ("dry_run", "op", "needs")
    sums = {name: value for name, value in preview.items() if name not in apart}
    shown = {"dry_run": True, "op": op, "args": args, "preview": sums}
    caller.context.output.document({**shown, "needs": preview.get("needs", [])})


def _preview(
    caller: VenueCaller,
    op: str,
    path: str,
    args: dict[str, Any],
    *,
    method: str,
    raw: bytes,
    **path_args: str,
) -> dict[str, Any]:
    """What the venue says of a dry run of a command."""
    dry = {**args, "dry_run": True}
    if raw:
        reply = caller.upload(op, path, raw, dry, **path_args)
    else:
        reply = caller.command(op, method, path, dry, **path_args)
    result: dict[str, Any] = reply["result"]
    return result


def in_members(op: str, args: dict[str, Any]) -> str:
    """An op with its members as a person reads them: `order.cancel (order o-000912)`."""
    members = ", ".join(f"{name} {plain(value)}" for name, value in args.items() if value != "")
    return f"{op} ({members})" if members else op


def write_outcome(
    caller: VenueCaller, result: dict[str, Any], done: Callable[[dict[str, Any]], str]
) -> None:
    """What came of it: done, or waiting for others, with the exact lines that complete it."""
    if is_waiting(result):
        caller.context.output.write(f"{result['proposal']} waits for another person's signature.")
        write_approvals(caller, [result["proposal"]], result["needs"])
    else:
        caller.context.output.write(done(result))
    write_ended_orders(caller, result)


def write_ended_orders(caller: VenueCaller, result: dict[str, Any]) -> None:
    """The orders that an act ended besides, and why."""
    for ended in result.get("ended_orders", []):
        caller.context.output.write(
            f"It ended {ended['order']} of {ended['party']} on {ended['market']}: "
            f"{ENDED_BY.get(ended['reason'], ended['reason'])}."
        )


def is_waiting(result: dict[str, Any]) -> bool:
    """Whether a command has become a proposal that waits for other people's signatures."""
    return "needs" in result and "proposal" in result


def write_approvals(caller: VenueCaller, proposals: Sequence[str], needs: list[str]) -> None:
    """What completes these proposals: one line for each signature that is due.

    A demo's offices sign by themselves: there nothing is left to do, but for a party's own second.
    """
    write = caller.context.output.write
    is_demo = caller.venue["kind"] == "demo"
    if is_demo and any(need.startswith("scope:") for need in needs):
        write("The demo's offices answer it by themselves within an hour of the demo's time.")
        needs = [need for need in needs if not need.startswith("scope:")]
    if not needs:
        return
    write(
        "This line completes it, by the key of another person:"
        if len(needs) == 1
        else "These lines complete it, each by the key of another person:"
    )
    others = [name for name in CLERKS if name != caller.context.me]
    for at, need in enumerate(needs):
        name = others[at % len(others)] if need.startswith("scope:") else f"KEY-OF-{need[6:]}"
        write(f"  {approve_line(caller.context, proposals, name)}")


def approve_line(context: VerbContext, proposals: Sequence[str], name: str) -> str:
    """`gpubourse operator approve z-000007 --me clerk-1`.

    Several that follow one another are a range: `z-000007..z-000009 --yes`.
    """
    sure = ["--yes"] if len(proposals) > 1 else []
    return context.line("operator", "approve", *ranges(proposals), *sure, me=name)


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
