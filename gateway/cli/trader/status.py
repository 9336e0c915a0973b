"""Whether a venue is open, who one is there, and what waits for one."""

from collections import Counter
from typing import Any, Final

import click

from gateway.cli.confirmed_act import when, yuan
from gateway.cli.exit_codes import UNAVAILABLE
from gateway.cli.figures import counted, ranges
from gateway.cli.options import VerbContext, with_context
from gateway.cli.trader.list_frame import account_of
from gateway.cli.venue_caller import VenueCaller, path_of
from gateway.contract.page_words import in_page_words
from ledger.durations import DAY_NS

OVER = ("settled", "unwound")
REJECTED_SHOWN_NS: Final = 30 * DAY_NS  # so long after it was made a rejected proposal is told of


@click.command()
@with_context("venue", "me", "data")
def status(context: VerbContext) -> None:
    """Say whether the venue is open and in which phase its markets are; with --me who you are.

    With --me also what waits for you: signatures, deliveries, inspections, open orders, cash. Ends
    5 if the venue is not ready.

    \b
    Example:
      gpubourse status
      gpubourse status --me trader
    """
    caller = VenueCaller(context)
    output = context.output
    venue = caller.venue
    ready = caller.probe("/readyz")
    phases = Counter(str(row["phase"]) for row in caller.rows("/v1/markets"))
    me = _me(caller) if context.me else None
    document: dict[str, Any] = {
        "venue": {name: venue[name] for name in ("venue", "kind", "currency", "zone", "version")},
        "url": caller.address,
        "position": caller.position,
        "at_ns": str(venue["at_ns"]),
        "is_ready": bool(ready["ready"]),
        "reason": str(ready.get("reason") or ""),
        "phases": dict(phases),
        "me": me,
        "waiting": None if me is None else _waiting(caller, me["scopes"]),
    }
    output.document(document)
    if not context.is_json:
        _write(caller, document)
    if not document["is_ready"]:
        raise SystemExit(UNAVAILABLE)


def _me(caller: VenueCaller) -> dict[str, Any]:
    """The signer, as the venue knows them."""
    session = caller.get("/v1/auth/session")["result"]
    party = caller.get(path_of("parties", caller.party))["result"]
    return {
        "name": caller.context.me,
        "principal": session["principal"],
        "party": party["party"],
        "legal_name": party["legal_name"],
        "kyc_tier": party["kyc_tier"],
        "roles": party["roles"],
        "scopes": session["scopes"],
        "is_suspended": party["is_suspended"],
    }


def _waiting(caller: VenueCaller, scopes: list[str]) -> dict[str, Any]:
    """What waits for the signer, whose key opens *scopes*, and what of theirs is under way."""
    me = caller.party
    opens = {f"scope:{scope}" for scope in scopes} | {f"party:{me}"}
    principal = caller.must_have_key_file().principal
    waiting = list(caller.rows("/v1/proposals", state="waiting"))
    proposals = [
        row["proposal"]
        for row in waiting
        if row["principal"] != principal and opens & set(row["needs"])
    ]
    own = [
        {name: row[name] for name in ("proposal", "op", "needs", "expires_ns")}
        for row in waiting
        if row["party"] == me and row["proposal"] not in proposals
    ]
    # Who oversees the venue reads everybody's rows: here stand the signer's own party's.
    settlements = [
        {"settlement": row["settlement"], "state": row["state"], "next": _next(caller, row, me)}
        for row in caller.rows("/v1/settlements", party=me)
        if row["state"] not in OVER
    ]
    balances: Counter[str] = Counter()
    for row in caller.rows("/v1/cash", party=me):
        balances[row["kind"]] += row["balance_minor"]
    return {
        "proposals": proposals,
        "own_proposals": own,
        "rejected": [
            {name: row[name] for name in ("proposal", "op")}
            for row in caller.rows("/v1/proposals", state="rejected")
            if row["party"] == me
            and int(row["at_ns"]) + REJECTED_SHOWN_NS > int(caller.venue["at_ns"])
        ],
        "settlements": settlements,
        "withdrawals": [
            {
                "payment": row["payment"],
                "party": row["party"],
                "amount_minor": row["amount_minor"],
                "to_account": account_of(row),
                "at_ns": row["at_ns"],
                "next": _confirmation(caller, row["payment"]) if "operate" in scopes else "",
            }
            for row in caller.rows("/v1/withdrawals", state="instructed")
        ],
        "open_orders": sum(1 for _ in caller.rows("/v1/orders", state="open", party=me)),
        "available_minor": balances["available"],
        "on_hold_minor": balances["on_hold"],
    }


def _next(caller: VenueCaller, row: dict[str, Any], me: str) -> str:
    """The line that this party says next for a settlement; "" where it is another's turn."""
    name, line = row["settlement"], caller.context.line
    if row["state"] in ("open", "failed") and row["seller"] == me:
        return line("settle", "instruct", name)
    if row["state"] == "inspecting" and row["buyer"] == me:
        return line("settle", "accept", name, "--report", "FILE")
    if row["state"] == "delivering" and row["seller"] == me and _custodian(caller, row) == me:
        return line("settle", "deliver", name)
    return ""


def _custodian(caller: VenueCaller, row: dict[str, Any]) -> str:
    """Who holds what was sold, and so confirms its delivery."""
    kind, thing = ("nodes", row["nodes"][0]) if row["nodes"] else ("units", row["units"][0])
    return str(caller.get(path_of(kind, thing))["result"]["custodian"])


def _write(caller: VenueCaller, found: dict[str, Any]) -> None:
    write, line = caller.context.output.write, caller.context.line
    venue = found["venue"]
    stand = "open" if found["is_ready"] else f"NOT ready ({found['reason'] or 'not said why'})"
    write(
        f"{venue['venue']} ({venue['kind']}, {venue['currency']}, {venue['zone']}) at "
        f"{found['url']} is {stand}; position {found['position']:,}, "
        f"{when(caller, found['at_ns'])}."
    )
    by_phase = ", ".join(f"{number} {phase}" for phase, number in sorted(found["phases"].items()))
    write(f"Markets: {by_phase or 'none is listed yet'}.")
    me, waiting = found["me"], found["waiting"]
    if me is None or waiting is None:
        write("Say --me NAME to see who you are there, and what waits for you.")
        return
    write(
        f"You are {me['name']}: {me['principal']} of {me['party']} ({me['legal_name']}), tier "
        f"{me['kyc_tier']}, {', '.join(me['roles']) or 'no role yet'}; your key opens "
        f"{', '.join(me['scopes'])}."
    )
    if me["is_suspended"]:
        write(f"{me['party']} is suspended: ask the venue.")
    write(
        f"{yuan(caller, waiting['available_minor'])} available, "
        f"{yuan(caller, waiting['on_hold_minor'])} on hold; "
        f"{counted(waiting['open_orders'], 'open order')}."
    )
    for proposal in waiting["proposals"]:
        write(f"Waits for a signature: {line('operator', 'approve', proposal)}")
    _write_own(caller, waiting["own_proposals"])
    if rejected := waiting["rejected"]:
        names = ", ".join(ranges(sorted(each["proposal"] for each in rejected)))
        write(
            f"Rejected, of what you asked for in the last 30 days: {names}: "
            f"{line('operator', 'proposals', '--state', 'rejected')}"
        )
    for each in waiting["settlements"]:
        do = each["next"] or f"it is another's turn; whose and until when: {line('settle', 'list')}"
        write(f"{each['settlement']} is {each['state']}: {do}")
        if each["state"] == "inspecting" and each["next"]:
            silence = in_page_words("settlement", "then_inspecting_you")
            write(f"{silence} Until when: {line('settle', 'list')}")
    for each in waiting["withdrawals"]:
        write(_leaving(caller, each))
    if not any(
        waiting[name]
        for name in ("proposals", "own_proposals", "rejected", "settlements", "withdrawals")
    ):
        write("Nothing waits for you.")


def _confirmation(caller: VenueCaller, payment: str) -> str:
    """What the cashier says once the bank has paid."""
    return caller.context.line("operator", "withdrawal", "confirm", payment, "--reference", "REF")


def _leaving(caller: VenueCaller, each: dict[str, Any]) -> str:
    """Money on its way out: how much, whose, to which account, and whose turn it is."""
    text = (
        f"{each['payment']} of {each['party']}: {yuan(caller, each['amount_minor'])} is on its way "
        f"to {each['to_account'] or 'an account that was not named'} since "
        f"{when(caller, each['at_ns'])}; "
    )
    if each["next"]:
        return f"{text}once the bank has paid it: {each['next']}"
    return f"{text}the cashier says when the bank has paid it."


def _write_own(caller: VenueCaller, own: list[dict[str, Any]]) -> None:
    """What this party asked for and others have to answer; many in one line."""
    if not own:
        return
    soonest = min(own, key=lambda each: int(each["expires_ns"]))
    names = ", ".join(ranges(sorted(each["proposal"] for each in own)))
    caller.context.output.write(
        f"Of your own {names} {'waits' if len(own) == 1 else 'wait'} for others until "
        f"{when(caller, soonest['expires_ns'])}: "
        f"{caller.context.line('operator', 'proposals')}"
    )
