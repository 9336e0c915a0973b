"""The second signature: what waits for it, and a yes, a no, or a change of mind."""

import re
from typing import Any, Final, get_args

import click

from gateway.cli.confirmed_act import act, path_to, plain, when
from gateway.cli.exit_codes import NOT_FOUND, SOME_REFUSED, USAGE, VerbFailed
from gateway.cli.figures import counted, ranges
from gateway.cli.offices.keyring import number_pending
from gateway.cli.offices.proposal_words import ProposalWords
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import Problem, VenueCaller
from ledger.words import ProposalState

RANGE_MARK: Final = ".."
PROPOSAL: Final = re.compile(r"z-([0-9]{1,12})")
MADE: Final = {  # what an approval brought that the next line names; the rest was asked for
    "payment": "Its payment is {}.",
    "principal": "Its key is {}.",
    "proposal": "{} waits now.",
}
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
    words = ProposalWords(caller)
    context.output.table(
        ("proposal", "asks that", "asked by", "waits for", "until"),
        [
            (
                row["proposal"],
                words.request(row),
                words.proposer(row),
                words.due(row["needs"]) if row["state"] == "waiting" else "-",
                when(caller, row["expires_ns"]),
            )
            for row in found
        ],
    )


@click.command()
@click.argument("proposals", nargs=-1, required=True, metavar="PROPOSAL…")
@with_context("venue", "me", "data", "acts")
def approve(context: VerbContext, proposals: tuple[str, ...]) -> None:
    """Sign PROPOSAL as another person; with the last signature it is judged and done.

    What is proposed is shown first; of one, saying this line is the yes, of several you are asked
    once. A range is all of it that waits: z-000003..z-000009. If some are refused, it ends 7.

    \b
    Example:
      gpubourse operator approve z-000001 --me clerk-2
      gpubourse operator approve z-000003..z-000009 z-000012 --me clerk-2
    """
    _decide(context, proposals, "approve", "approved and done")


@click.command()
@click.argument("proposals", nargs=-1, required=True, metavar="PROPOSAL…")
@with_context("venue", "me", "data", "acts")
def reject(context: VerbContext, proposals: tuple[str, ...]) -> None:
    """Say no to PROPOSAL; several, or a range, as in `approve`.

    \b
    Example:
      gpubourse operator reject z-000001 --me clerk-2
    """
    _decide(context, proposals, "reject", "rejected")


@click.command()
@click.argument("proposals", nargs=-1, required=True, metavar="PROPOSAL…")
@with_context("venue", "me", "data", "acts")
def withdraw(context: VerbContext, proposals: tuple[str, ...]) -> None:
    """Take one's own PROPOSAL back; several as in `approve`. Cash goes by `operator withdrawal`.

    \b
    Example:
      gpubourse operator withdraw z-000001 --me seller
    """
    _decide(context, proposals, "withdraw", "withdrawn")


def _decide(context: VerbContext, words: tuple[str, ...], verb: str, done: str) -> None:
    """Show what is proposed and give one verdict on each; one that is refused stops no other."""
    caller = VenueCaller(context)
    caller.must_have_key_file()
    if len(words) == 1 and RANGE_MARK not in words[0]:
        _decide_one(caller, words[0], verb, done)
        return
    names, rows = _meant(caller, words)
    wording = ProposalWords(caller)
    for name in names:
        if name in rows:
            context.output.log(wording.sentence(rows[name]))
    if not context.is_dry:
        question = f"{verb.capitalize()} these {counted(len(names), 'proposal')}?"
        context.output.confirm(question, is_yes=context.is_yes)
    items: list[dict[str, Any]] = []
    codes: list[int] = []
    with context.output.progress(verb, len(names)) as steps:
        for at, name in enumerate(names):
            steps.reach(at, name)
            try:
                items.append({"proposal": name, "ok": True, **_sent(caller, name, verb, done)})
            except Problem as no:
                context.output.log(f"{name}: {no}")
                items.append({"proposal": name, "ok": False, "error": no.members})
                codes.append(no.code)
        steps.reach(len(names))
    context.output.document({"items": items})
    if codes:
        raise SystemExit(SOME_REFUSED if len(codes) < len(names) else codes[0])


def _decide_one(caller: VenueCaller, proposal: str, verb: str, done: str) -> None:
    found = caller.get(path_to("proposals", proposal))["result"]
    if found["state"] == "waiting":
        caller.context.output.log(ProposalWords(caller).sentence(found))

    def in_words(result: dict[str, Any]) -> str:
        words = outcome_in_words(proposal, result, done)
        words += _late_yes(caller, found, verb)
        return f"{words}{_approved_principal(caller, proposal, result)}"

    path = path_to("proposals", proposal, verb)
    act(caller, f"proposal.{verb}", path, {}, in_words, proposal=proposal)


def _late_yes(caller: VenueCaller, proposal: dict[str, Any], verb: str) -> str:
    """How a no to servers at one's own site becomes a yes; of other proposals nothing."""
    if proposal["op"] != "node.site" or verb != "reject":
        return ""
    nodes, site = proposal["args"]["nodes"], proposal["args"]["site"]
    line = caller.context.line("operator", "node-site", *nodes, "--site", site)
    return f" If that was a mistake, you may still say yes within a day:\n  {line}"


def _approved_principal(caller: VenueCaller, proposal: str, result: dict[str, Any]) -> str:
    """How a key that was approved comes into use; of other proposals nothing."""
    principal = (result.get("outcome") or {}).get("principal")
    if not principal:
        return ""
    return f" {number_pending(caller.context, proposal, caller.venue['venue'], principal)}"


def _sent(caller: VenueCaller, proposal: str, verb: str, done: str) -> dict[str, Any]:
    """The reply to one verdict of several; its outcome is said at once."""
    args = {"dry_run": True} if caller.context.is_dry else {}
    op, path = f"proposal.{verb}", path_to("proposals", proposal, verb)
    reply = caller.command(op, "POST", path, args, of=proposal, proposal=proposal)
    taken = f"The venue would take this of {proposal}; nothing was done."
    words = taken
    if not args:
        words = outcome_in_words(proposal, reply["result"], done)
        words += _approved_principal(caller, proposal, reply["result"])
    caller.context.output.write(words)
    return reply


def outcome_in_words(proposal: str, result: dict[str, Any], done: str) -> str:
    """What a verdict did; an approval may still leave it waiting for others."""
    if result.get("state") == "waiting":
        return f"{proposal} still waits for another signature."
    outcome = dict(result.get("outcome") or {})
    words = f"{proposal} is {done}." + _titles_in_words(outcome.pop("titles", []))
    made = [MADE[name].format(plain(outcome[name])) for name in MADE if outcome.get(name)]
    return " ".join([words, *made])


def _titles_in_words(titles: list[dict[str, Any]]) -> str:
    """Who has title to what now; a fleet's servers in a few words."""
    by_holder: dict[str, list[str]] = {}
    for title in titles:
        by_holder.setdefault(title["holder"], []).append(title["thing"])
    sentences = (
        f" {who} has title to {', '.join(ranges(each))}." for who, each in by_holder.items()
    )
    return "".join(sentences)


def _meant(
    caller: VenueCaller, words: tuple[str, ...]
) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """The proposals that these words name, each once and in order, and the rows of those that wait.

    Of a range those that wait; what is named alone is meant, waiting or not. Raises: VerbFailed.
    """
    spans = [_span(word) for word in words]
    rows = {row["proposal"]: row for row in caller.rows("/v1/proposals", state="waiting")}
    by_number = sorted((_number(name), name) for name in rows)
    names: dict[str, None] = {}
    for word, (first, last) in zip(words, spans, strict=True):
        if RANGE_MARK not in word:
            names[word] = None
            continue
        found = [name for number, name in by_number if first <= number <= last]
        if not found:
            raise VerbFailed(
                NOT_FOUND,
                f"None of {word} waits for a signature.",
                f"`{caller.context.line('operator', 'proposals')}` lists those that do.",
            )
        names |= dict.fromkeys(found)
    return list(names), rows


def _span(word: str) -> tuple[int, int]:
    """The first and last number of a word; of one id both are its own."""
    first, _, last = word.partition(RANGE_MARK)
    both = (_number(first), _number(last or first))
    if both[0] > both[1]:
        raise VerbFailed(USAGE, f"{word} runs backwards.", "Say the lower number first.")
    return both


def _number(name: str) -> int:
    found = PROPOSAL.fullmatch(name)
    if found is None:
        raise VerbFailed(
            USAGE, f"{name!r} names no proposal.", "Say it like z-000003, or z-000003..z-000009."
        )
    return int(found[1])
