"""Title to a fleet: all that can have one goes into one proposal, and what cannot says why."""

from typing import Any, Final

from gateway.cli.confirmed_act import write_approvals
from gateway.cli.figures import counted
from gateway.cli.venue_caller import Problem, VenueCaller
from ledger.things.gpu_models import BOARD_FORMS

THINGS_MOST: Final = 4_000  # of one proposal, which is one event of at most 55,000 bytes
DRY_RUNS_MOST: Final = 64  # dry runs to find those that a refusal means
REASONS: Final = {  # why a thing that was registered has no title yet
    "medium": "identity is medium: import a report that shows serial and board part number",
    "weak": "identity is weak: import a report that shows serial and board part number",
    "no market": "no market: its board is not whole, or its model is not listed",
}


def no_titles() -> dict[str, Any]:
    """The document of no title asked for."""
    return {"proposals": [], "waiting": [], "without": {}, "refused": []}


def request_titles(caller: VenueCaller, site: str, digests: set[str]) -> dict[str, Any]:
    """Ask for title to all that these reports show at the site and that can have one.

    The document: `proposals` that were made (each with its things and what it needs), `waiting`
    ones that name some of them already, how many are `without` by reason, what was `refused`.
    """
    document = no_titles()
    found, document["without"] = _without_title(caller, site, digests)
    waiting = _waiting(caller)
    document["waiting"] = sorted({waiting[thing] for thing in found if thing in waiting})
    wanted = [thing for thing in found if thing not in waiting]
    for begin in range(0, len(wanted), THINGS_MOST):
        things = _grantable(caller, wanted[begin : begin + THINGS_MOST], document["refused"])
        if not things:
            continue
        of = f"title-{begin // THINGS_MOST}"
        args = {"things": things, "basis": "opening"}
        result = caller.command("title.issue", "POST", "/v1/titles/issue", args, of)["result"]
        document["proposals"].append({**result, "things": things})
    _write(caller, document)
    return document


def _without_title(
    caller: VenueCaller, site: str, digests: set[str]
) -> tuple[list[str], dict[str, int]]:
    """What has no title and may be asked for; how many may not, by reason."""
    forms = {row["model"]: row["form"] for row in caller.rows("/v1/models")}
    nodes = {row["node"]: row for row in caller.rows("/v1/nodes", site=site)}
    found: dict[str, None] = {}
    without: dict[str, set[str]] = {}
    for unit in caller.rows("/v1/units", site=site):
        if unit["report_sha256"] not in digests or unit["state"] == "retired" or unit["owner"]:
            continue
        node = nodes.get(unit["node"])
        whole = node if node is not None and node["asset_class"] else None
        name = whole["node"] if whole else unit["unit"]
        identity = whole["identity"] if whole else unit["identity"]
        if (whole or unit)["registrant"] != caller.party:
            continue
        if not whole and forms.get(unit["model"], BOARD_FORMS[0]) in BOARD_FORMS:
            without.setdefault("no market", set()).add(name)
        elif identity != "strong":
            without.setdefault(identity, set()).add(name)
        else:
            found[name] = None
    return list(found), {reason: len(things) for reason, things in without.items()}


def _waiting(caller: VenueCaller) -> dict[str, str]:
    """Each thing whose title was asked for -> the proposal that waits."""
    return {
        thing: row["proposal"]
        for row in caller.rows("/v1/proposals", state="waiting")
        if row["op"] == "title.issue"
        for thing in row["args"]["things"]
    }


def _grantable(caller: VenueCaller, things: list[str], refused: list[dict[str, str]]) -> list[str]:
    """The things to which the venue would take a claim; those that it refuses join *refused*.

    All are judged at once; if the venue says no, halves are, down to the thing that is meant.
    """
    good: list[str] = []
    parts = [things]
    dry_runs = 0
    while parts:
        part = parts.pop()
        dry_runs += 1
        try:
            args = {"things": part, "basis": "opening", "dry_run": True}
            caller.command("title.issue", "POST", "/v1/titles/issue", args, f"look-{dry_runs}")
        except Problem as no:
            if len(part) == 1 or dry_runs >= DRY_RUNS_MOST:
                refused += [{"thing": thing, "why": str(no)} for thing in part]
                continue
            half = len(part) // 2
            parts += [part[half:], part[:half]]
        else:
            good += part
    return good


def _write(caller: VenueCaller, document: dict[str, Any]) -> None:
    write = caller.context.output.write
    for no in document["refused"]:
        write(f"No title to {no['thing']}: {no['why']}")
    for reason, number in sorted(document["without"].items()):
        write(f"No title to {counted(number, 'thing')}: {REASONS[reason]}.")
    if document["waiting"]:
        write(f"Title was asked for before: {', '.join(document['waiting'])} waits.")
    made = document["proposals"]
    if not made:
        return
    number = sum(len(each["things"]) for each in made)
    names = [each["proposal"] for each in made]
    write(f"Title to {counted(number, 'thing')} waits as {', '.join(names)}.")
    needs = max((each["needs"] for each in made), key=len)
    write_approvals(caller, names, needs)
