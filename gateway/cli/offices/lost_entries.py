"""`gpubourse operator accept-loss`: what the journal lost of its log, shown and accepted by two."""

from typing import Any

import click

from gateway.cli.confirmed_act import act
from gateway.cli.exit_codes import NOT_FOUND, VerbFailed
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import VenueCaller


@click.command("accept-loss")
@click.option("--reason", required=True, metavar="TEXT", help="What happened; all may read it.")
@with_context("venue", "me", "data", "acts")
def accept_loss(context: VerbContext, reason: str) -> None:
    """Let the log go on under a new name where the journal lost what it has. Takes two.

    For a journal that lost its tail (a fail-over, an old backup), when nothing brings it back:
    the notary signs no more until then. What it holds is read from it and shown; nobody types a
    hash. The older log stays published, and its last head with it.

    \b
    Example:
      gpubourse operator accept-loss --reason "fail-over at 03:10, no backup" --me clerk-1
    """
    caller = VenueCaller(context)
    found = _lost(caller)
    args = {
        **found,
        "journal_position": caller.venue["position"],
        "journal_chain": caller.venue["chain"],
        "reason": reason,
    }
    act(
        caller,
        "log.accept_loss",
        "/v1/log/losses",
        args,
        lambda _: f"{found['origin']} has ended; its notary begins another log within seconds.",
        before=(
            f"{found['origin']} ends at {found['size']:,} entries. {in_words(args)} It stays "
            "published, and a new log begins, which names it; readers and witnesses see that."
        ),
    )


def in_words(args: dict[str, Any]) -> str:
    """What is lost, in positions."""
    common, size = args.get("common_size", 0), args["size"]
    if not common:
        return "How many of them this journal has still is not known: the published log is away."
    missing = size - common
    positions = f"position {size:,}" if missing == 1 else f"positions {common + 1:,} to {size:,}"
    return (
        f"Of these the journal lost {positions} ({missing:,} in all): it went on differently "
        f"behind position {common:,}, and they never come back."
    )


def _lost(caller: VenueCaller) -> dict[str, Any]:
    """What the notary holds and the journal does not have. VerbFailed where there is no such."""
    log = caller.probe("/readyz").get("log")
    if log is None:
        raise VerbFailed(NOT_FOUND, "This venue publishes no log: there is nothing to accept.")
    if log["lost"] is None:
        raise VerbFailed(
            NOT_FOUND,
            "The journal has all that its log has signed: nothing was lost."
            if not log["refused"]
            else "The notary rests for another reason than a loss: the venue's log says which.",
            "Nothing is to be accepted.",
        )
    lost: dict[str, Any] = log["lost"]
    return lost
