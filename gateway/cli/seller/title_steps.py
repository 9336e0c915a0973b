"""What each thing without a title waits for, in the venue's own words, and the line that asks."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from gateway.cli.exit_codes import NOT_ALLOWED
from gateway.cli.figures import counted
from gateway.cli.venue_caller import Problem, VenueCaller
from ledger.things.gpu_models import BOARD_FORMS

KINDS_MOST: Final = 8  # of untitled things that differ: the venue is asked once about each kind
_ISSUE: Final = "title.issue"
_SITE: Final = "node.site"


class Waiting(NamedTuple):
    """What a thing waits for: title, or the word of the operator of its site."""

    proposal: str
    operator: str  # "": it is title

    @property
    def short(self) -> str:
        """In a few words, for a table."""
        whom = f"{self.operator}: " if self.operator else "title "
        return f"{whom}waits as {self.proposal}"

    @property
    def sentence(self) -> str:
        """In a sentence."""
        if self.operator:
            return (
                f"it waits for {self.operator} to agree, by {self.proposal}, that it stands at "
                "their site."
            )
        return f"title waits as {self.proposal} for the venue's clerks to approve it."


def waiting_things(caller: VenueCaller, units: Iterable[dict[str, Any]] = ()) -> dict[str, Waiting]:
    """What each thing waits for; *units* wait with their server."""
    found: dict[str, Waiting] = {}
    for row in caller.rows("/v1/proposals", state="waiting"):
        if row["op"] == _ISSUE:
            found |= dict.fromkeys(row["args"]["things"], Waiting(row["proposal"], ""))
        elif row["op"] == _SITE:
            operator = row["needs"][0].partition(":")[2]
            waiting = Waiting(row["proposal"], operator)
            found |= dict.fromkeys(row["args"]["nodes"], waiting)
    return found | {
        unit["unit"]: found[unit["node"]]
        for unit in units
        if unit["node"] in found and unit["unit"] not in found
    }


def write_untitled(
    caller: VenueCaller,
    nodes: Iterable[dict[str, Any]],
    units: Iterable[dict[str, Any]],
    waiting: dict[str, Waiting],
) -> None:
    """A line for each kind of thing without a title: what is so, and the next step."""
    kinds: dict[tuple[Any, ...], list[str]] = {}
    homes = {}
    for node in nodes:
        homes[node["node"]] = node
        if not node["owner"] and node["model"]:
            _add(kinds, node["node"], node, node["gpus"], waiting)
    for unit in units:
        if unit["owner"]:
            continue
        home = homes.get(unit["node"])
        if home is not None and home["form"] in BOARD_FORMS:
            _add(kinds, home["node"], home, home["gpus"], waiting)
        else:
            _add(kinds, unit["unit"], unit, 1, waiting)
    for at, (kind, things) in enumerate(kinds.items()):
        if at == KINDS_MOST:
            rest = sum(map(len, list(kinds.values())[KINDS_MOST:]))
            caller.context.output.write(f"{counted(rest, 'thing')} more without a title: --site.")
            break
        others = f" (and {counted(len(things) - 1, 'other')} alike)" if len(things) > 1 else ""
        caller.context.output.write(f"{things[0]}{others}: {_step(caller, things, kind[0])}")


def _add(
    kinds: dict[tuple[Any, ...], list[str]],
    thing: str,
    row: dict[str, Any],
    gpus: int,
    waiting: dict[str, Waiting],
) -> None:
    own = waiting.get(thing), tuple(row["holds"]), row["model"], row["identity"], gpus
    things = kinds.setdefault(own, [])
    if thing not in things:
        things.append(thing)


def _step(caller: VenueCaller, things: list[str], waiting: Waiting | None) -> str:
    """What it waits for, as the venue says it when it is asked for the title."""
    if waiting is not None:
        return waiting.sentence
    args = {"things": things[:1], "dry_run": True}
    no_title = _rejected(caller, things[0]) or "no title was asked for yet"
    try:
        caller.command(_ISSUE, "POST", "/v1/titles/issue", args)
    except Problem as no:
        if no.code == NOT_ALLOWED:  # the key that reads may not ask
            return f"{no_title}; its registrant's own key may ask."
        return caller.context.own_lines(str(no.members.get("detail") or no))
    line = caller.context.line("operator", "title", *things[:KINDS_MOST])
    return f"{no_title}: {line}"


def _rejected(caller: VenueCaller, thing: str) -> str:
    """That the last request for a thing's title was rejected, in words; "" where none was."""
    found = ""
    for row in caller.rows("/v1/proposals", state="rejected"):
        if row["op"] == _ISSUE and thing in row["args"]["things"]:
            by = next((a["party"] for a in row["approvals"] if a["verdict"] == "rejected"), "")
            whom = f" by {by}" if by else ""
            found = f"its title was asked for by {row['proposal']} and rejected{whom}; ask anew"
    return found
