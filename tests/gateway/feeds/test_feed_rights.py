"""Who hears which feed: every feed times every sort of reader, and every right that comes and goes.

A feed that is new has no row until it is asked for here: the first test says so.
"""

from typing import Any, NamedTuple

import pytest

from gateway.feeds.channel import read_name
from ledger.events import (
    Event,
    LeaseEnded,
    LeaseGranted,
    PartyReinstated,
    PartySuspended,
    ProvenanceGraded,
    TitleIssued,
    TitleTransferred,
)
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, Floor, server
from tests.gateway.bare_client import bare_client
from tests.gateway.feeds.hub_ground import HubGround, session_with
from tests.gateway.town import Town
from tests.reach import Reach

OWNER, OTHER = "p-0002", "p-0003"
UNIT, NODE = "u-000001", "n-0001"

# --- feeds times readers

ALL, READ, OWN, AUDIT, OWN_STREAM = "all", "read", "own", "audit", "own stream"
FEEDS = {  # one of each kind: how WIRE 5 opens it; the private ones are the owner's
    f"ticker/{LEASE}": ALL,
    f"book.10.0/{LEASE}": ALL,
    f"book.full.0/{LEASE}": READ,
    f"trades/{LEASE}": ALL,
    f"candles.1h/{LEASE}": ALL,
    "instruments/venue": ALL,
    f"orders/{OWNER}": OWN,
    f"fills/{OWNER}": OWN,
    f"settlements/{OWNER}": OWN,
    f"cash/{OWNER}": OWN,
    f"units/{OWNER}": OWN,
    f"units/{UNIT}": OWN,
    f"ledger/party:{OWNER}": OWN_STREAM,
    f"ledger/unit:{UNIT}": AUDIT,
    "ledger/*": AUDIT,
}
READERS = {
    "nobody": None,
    "owner": session_with(OWNER, "read"),
    "owner who trades": session_with(OWNER, "trade", "seller"),
    "other": session_with(OTHER, "read"),
    "other who trades": session_with(OTHER, "trade"),
    "auditor": session_with("p-0001", "audit"),
    "compliance": session_with("p-0001", "comply"),
    "operator": session_with("p-0001", "operate"),
}
NO, SCOPE, YOURS = "no_session", "scope_missing", "not_your_party"
TOLD = {  # in the order of READERS
    ALL: ("", "", "", "", "", "", "", ""),
    READ: (NO, "", SCOPE, "", SCOPE, "", SCOPE, SCOPE),
    OWN: (NO, "", SCOPE, YOURS, SCOPE, "", "", ""),
    AUDIT: (NO, SCOPE, SCOPE, SCOPE, SCOPE, "", SCOPE, SCOPE),
    OWN_STREAM: (NO, "", SCOPE, SCOPE, SCOPE, "", SCOPE, SCOPE),
}


def answer_to(ground: HubGround, feed: str, session: Any) -> str:
    """The code with which a feed is refused to a session; "" if it is open."""
    name = read_name(feed)
    try:
        ground.hub.channel(name).must_be_open_to(name, session)
    except Refused as no:
        return no.reason.name
    return ""


def test_every_channel_has_its_row() -> None:
    channels = HubGround(Floor()).hub.channels
    assert {read_name(feed).channel for feed in FEEDS} == set(channels)
    overridden = {
        name for name, channel in channels.items() if "must_be_open_to" in vars(type(channel))
    }
    assert not overridden, "one place says who may read"


@pytest.mark.parametrize("feed", FEEDS)
def test_each_feed_is_open_to_whom_it_is_said_to_be(feed: str) -> None:
    ground = HubGround(Floor())
    told = {name: answer_to(ground, feed, session) for name, session in READERS.items()}
    assert told == dict(zip(READERS, TOLD[FEEDS[feed]], strict=True))


async def test_without_read_a_socket_gets_none_of_its_own_feeds(town: Town) -> None:
    party = town.keys["seller"].party
    feeds = [feed for feed, right in FEEDS.items() if right in {OWN, OWN_STREAM}]
    assert town.engine.venue.register.things[NODE].owner == party == OWNER  # type: ignore[index]
    for scopes, code in ((["seller"], SCOPE), (["read"], None)):
        token = await town.log_on("seller", scopes=scopes)
        async with bare_client(town) as line:
            await line.ask(op="logon", token=token)
            told = await line.ask(op="subscribe", feeds=feeds, id=2)
        rows = told["result"]["feeds"]
        assert [row["feed"] for row in rows] == feeds
        assert {row.get("error", {}).get("code") for row in rows} == {code}


# --- rights that come and go


def lease(number: int, lessor: str, lessee: str, node: str = NODE) -> LeaseGranted:
    return LeaseGranted(
        f"l-{number:04d}", lessor, lessee, node, [], 1, 2, 1, 0, 0, 0, lessor, 0, 0, "", "", 8
    )


def ended(number: int, lessee: str) -> LeaseEnded:
    return LeaseEnded(f"l-{number:04d}", lessee, 0, 0)


def sold(to: str, seller: str = OWNER, *, node: str = "", unit: str = "") -> TitleTransferred:
    return TitleTransferred(
        node=node,
        unit=unit,
        from_party=seller,
        to_party=to,
        settlement="",
        basis="transfer",
        price_minor=0,
        subject_to=[],
        effective_ns=0,
    )


def issued(holder: str, node: str) -> TitleIssued:
    return TitleIssued(
        node=node, holder=holder, basis="opening", document_sha256="", effective_ns=0
    )


class Way(NamedTuple):
    """How rights to a unit come or go: what happens, who loses it thereby and who has it then."""

    before: list[Event]
    event: Event
    unit: str = UNIT
    loses: str = ""
    gains: str = ""
    keeps: tuple[str, ...] = ()


NEW_NODE, NEW_UNIT = "n-0009", "u-000065"
UNTITLED = server(9, OWNER)[:-1]
WAYS = {
    "the node is sold": Way([], sold(OTHER, node=NODE), loses=OWNER, gains=OTHER),
    "title is issued to its registrant": Way(
        UNTITLED, issued(OWNER, NEW_NODE), NEW_UNIT, keeps=(OWNER,)
    ),
    "title is issued to another": Way(
        UNTITLED, issued(OTHER, NEW_NODE), NEW_UNIT, loses=OWNER, gains=OTHER
    ),
    "it is leased": Way([], lease(1, OWNER, "p-0004"), gains="p-0004", keeps=(OWNER,)),
    "its lease ends": Way(
        [lease(1, OWNER, "p-0004")], ended(1, "p-0004"), loses="p-0004", keeps=(OWNER,)
    ),
    "one of two leases ends": Way(
        [lease(1, OWNER, "p-0004"), lease(2, OWNER, "p-0004")],
        ended(1, "p-0004"),
        keeps=(OWNER, "p-0004"),
    ),
    "it is sold to its lessee, and from its owner": Way(
        [lease(1, OWNER, OTHER)], sold(OTHER, node=NODE), loses=OWNER, keeps=(OTHER,)
    ),
    "a lessee's lease ends who owns it": Way(
        [lease(1, OWNER, OWNER)], ended(1, OWNER), keeps=(OWNER,)
    ),
    "its owner is suspended": Way([], PartySuspended(OWNER, "papers"), keeps=(OWNER,)),
    "its owner is reinstated": Way(
        [PartySuspended(OWNER, "papers")], PartyReinstated(OWNER, "papers"), keeps=(OWNER,)
    ),
    "another node is sold": Way([], sold(OTHER, node="n-0002"), keeps=(OWNER,)),
}
REACH = Reach(lost=4, gained=3, kept=8)


@REACH.demanded
def test_a_right_that_goes_ends_the_feed_and_says_why_and_one_that_comes_opens_it() -> None:
    for way, (before, event, unit, loses, gains, keeps) in WAYS.items():
        ground = HubGround(Floor())
        feed = f"units/{unit}"
        ground.happen(*before)
        readers = {
            party: ground.joined(feed, session_with(party, "read"))
            for party in {loses, *keeps} - {""}
        }
        readers["overseer"] = ground.joined(feed, session_with("p-0001", "audit"))
        if gains:
            assert answer_to(ground, feed, session_with(gains, "read")) == YOURS, way
        for _, pipe in readers.values():
            pipe.read()

        ground.happen(event)
        heard = {party: pipe.read() for party, (_, pipe) in readers.items()}
        ground.happen(ProvenanceGraded(unit, "P2", []))

        if loses:
            REACH.met("lost")
            outbox, pipe = readers[loses]
            assert heard[loses][0]["kind"] == "delta", f"{way}: what ends a right is heard"
            last = heard[loses][-1]
            assert (last["kind"], last["seq"]) == ("end", heard[loses][-2]["seq"]), way
            assert last["error"]["code"] == YOURS, way
            assert not pipe.read(), f"{way}: who has lost it hears no more"
            assert feed not in outbox.held
            assert answer_to(ground, feed, session_with(loses, "read")) == YOURS
        if gains:
            REACH.met("gained")
            assert answer_to(ground, feed, session_with(gains, "read")) == ""
        for party in (*keeps, "overseer"):
            REACH.met("kept")
            assert all(message["kind"] == "delta" for message in heard[party]), way
            [message] = readers[party][1].read()
            assert message["body"][0]["topic"] == "provenance_graded", way
