"""The second signature: what waits for it, and a yes, a no, or a change of mind."""

from typing import Any, get_args

import click

from gateway.cli.confirmed_act import act, path_to, plain, when
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import VenueCaller
from ledger.words import ProposalState

STATES = click.Choice(get_args(ProposalState))


@click.command()
@click.option("--state", type=STATES, default="waiting", show_default=True)
@with_context("venue", "me", "data")
def proposals(context: VerbContext, state: str) -> None:
    """List what waits for a second signature.

    \b
    Example:
      gpubourse operator proposals --me clerk-2
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    found = list(caller.rows("/v1/proposals", state=state))
    context.output.document({"position": caller.position, "rows": found, "next": None})
    if not found:
        context.output.write(f"No proposal is {state}.")
        return
    context.output.table(
        ("proposal", "op", "by", "args", "needs", "until"),
        [
            (
                row["proposal"],
                row["op"],
                f"{row['party']} {row['principal']}",
                plain(row["args"]),
                ", ".join(row["needs"]),
                when(caller, row["expires_ns"]),
            )
            for row in found
        ],
    )


@click.command()
@click.argument("proposal")
@with_context("venue", "me", "data", "acts")
def approve(context: VerbContext, proposal: str) -> None:
    """Sign PROPOSAL as another person; with the last signature it is judged and done.

    What is proposed is shown first; saying this line is the yes.

    \b
    Example:
      gpubourse operator approve z-000001 --me clerk-2
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    found = caller.get(path_to("proposals", proposal))["result"]
    sentence = f"{proposal}: {found['op']} of {found['party']} ({found['principal']})"
    context.output.log(f"{sentence}: {plain(found['args'])}.")
    _decide(caller, proposal, "approve", "approved and done")


@click.command()
@click.argument("proposal")
@with_context("venue", "me", "data", "acts")
def reject(context: VerbContext, proposal: str) -> None:
    """Say no to PROPOSAL.

    \b
    Example:
      gpubourse operator reject z-000001 --me clerk-2
    """
    _decide(VenueCaller(context), proposal, "reject", "rejected")


@click.command()
@click.argument("proposal")
@with_context("venue", "me", "data", "acts")
def withdraw(context: VerbContext, proposal: str) -> None:
    """Take one's own PROPOSAL back.

    \b
    Example:
      gpubourse operator withdraw z-000001 --me seller
    """
    _decide(VenueCaller(context), proposal, "withdraw", "withdrawn")


def _decide(caller: VenueCaller, proposal: str, verb: str, done: str) -> None:
    """Send one verdict; an approval may still leave it waiting for others."""

    def in_words(result: dict[str, Any]) -> str:
        if result.get("state") == "waiting":
            return f"{proposal} still waits for another signature."
        outcome = {name: plain(value) for name, value in (result.get("outcome") or {}).items()}
        return f"{proposal} is {done}." + "".join(f" {n}: {v}." for n, v in outcome.items())

    path = path_to("proposals", proposal, verb)
    act(caller, f"proposal.{verb}", path, {}, in_words, proposal=proposal)
