"""Near misses: of a name that is not there, the nearest three that are."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

NEAREST_MOST: Final = 3
ALIKE: Final = 0.6  # from here on two names are a near miss of each other
NAME: Final = re.compile(r"[a-z]-[0-9]{4,}|[TL]\.[A-Z0-9.-]*[A-Z0-9]")


class NameList(NamedTuple):
    """Where the names stand that a refusal of one may have meant, and the verb that shows them."""

    path: str
    member: str
    verb: str
    terms: Mapping[str, str] = {}  # what narrows the list to those that may be meant
    takes_me: bool = True  # whether the verb wants to know who asks
    states: tuple[str, ...] = ()  # only rows in one of them; (): in any
    having: Mapping[str, Any] = {}  # only rows that say so
    own: str = ""  # the member that must name the caller's party
    strange: str = ""  # the member that must not name the caller, the principal


# the code of a refusal -> the names there are
LISTS: Final = {
    "unknown_market": NameList("/v1/instruments", "market", "gpubourse markets", takes_me=False),
    "unknown_party": NameList("/v1/parties", "party", "gpubourse operator parties"),
    "unknown_site": NameList("/v1/site_directory", "site", "gpubourse sites --all"),
    "unknown_node": NameList("/v1/nodes", "node", "gpubourse inventory"),
    "unknown_unit": NameList("/v1/units", "unit", "gpubourse inventory"),
    "unknown_order": NameList("/v1/orders", "order", "gpubourse orders"),
    "unknown_lease": NameList("/v1/leases", "lease", "gpubourse leases"),
    "unknown_settlement": NameList("/v1/settlements", "settlement", "gpubourse settle list"),
    "unknown_proposal": NameList(
        "/v1/proposals", "proposal", "gpubourse operator proposals", {"state": "waiting"}
    ),
    "unknown_payment": NameList("/v1/withdrawals", "payment", "gpubourse withdrawals"),
    "unknown_principal": NameList(
        "/v1/principals", "principal", "gpubourse keys list", takes_me=False
    ),
}


_ORDERS, _PROPOSALS = LISTS["unknown_order"], LISTS["unknown_proposal"]
_SETTLEMENTS, _PAYMENTS = LISTS["unknown_settlement"], LISTS["unknown_payment"]
_FREE = NameList(
    "/v1/holdings", "thing", "gpubourse holdings", having={"orders": [], "settlement": None}
)
_NODES = LISTS["unknown_node"]._replace(having={"owner": None})  # without a title
_UNITS = LISTS["unknown_unit"]._replace(having={"owner": None})

# a verb that acts, the code of its refusal -> the names of what it can be done to
USABLE: Final = {
    ("amend", "unknown_order"): _ORDERS._replace(states=("open",)),
    ("cancel", "unknown_order"): _ORDERS._replace(states=("open",)),
    ("sell", "unknown_node"): _FREE,
    ("sell", "unknown_unit"): _FREE,
    ("order", "unknown_node"): _FREE,
    ("order", "unknown_unit"): _FREE,
    ("settle instruct", "unknown_settlement"): _SETTLEMENTS._replace(
        states=("open", "failed"), own="seller"
    ),
    ("settle deliver", "unknown_settlement"): _SETTLEMENTS._replace(states=("delivering",)),
    ("settle accept", "unknown_settlement"): _SETTLEMENTS._replace(
        states=("inspecting",), own="buyer"
    ),
    ("operator fail", "unknown_settlement"): _SETTLEMENTS._replace(
        states=("open", "delivering", "inspecting")
    ),
    ("operator approve", "unknown_proposal"): _PROPOSALS._replace(strange="principal"),
    ("operator reject", "unknown_proposal"): _PROPOSALS._replace(strange="principal"),
    ("operator withdraw", "unknown_proposal"): _PROPOSALS._replace(own="party"),
    ("operator title", "unknown_node"): _NODES,
    ("operator title", "unknown_unit"): _UNITS,
    ("operator node-site", "unknown_node"): _NODES,
    ("operator withdrawal confirm", "unknown_payment"): _PAYMENTS._replace(states=("instructed",)),
    ("operator withdrawal refuse", "unknown_payment"): _PAYMENTS._replace(states=("instructed",)),
    ("keys revoke", "unknown_principal"): LISTS["unknown_principal"]._replace(
        having={"is_revoked": False}
    ),
}


def names_for(verb: str, code: str) -> NameList | None:
    """Where the names stand that a verb may have meant, by the code of its refusal."""
    return USABLE.get((verb, code)) or LISTS.get(code)


def nearest(word: str, names: Iterable[str]) -> list[str]:
    """Of *names* the three most like *word* in any case, the most alike first; [] for none."""
    by_small = {name.lower(): name for name in names}
    found = get_close_matches(word.lower(), by_small, NEAREST_MOST, ALIKE)
    return [by_small[each] for each in found]


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """`Did you mean n-0003 or n-0004?`; "" where nothing is near."""
    found = nearest(word, names)
    return f"Did you mean {any_of(found)}?" if found else ""


def any_of(names: list[str]) -> str:
    """`A, B or C`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def names_in(sentence: str) -> list[str]:
    """The ids and symbols in a sentence."""
    return NAME.findall(sentence)
