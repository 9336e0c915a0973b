"""The bytes that an order leaves in the journal, and the args that ask for it, stand here.

Stored bytes are for ever: a struct may be declared in another way, and must still write these.
"""

from typing import Any

import msgspec
import pytest

from exchange.commands import PlaceOrder
from exchange.engine.batch_writer import codec_for
from exchange.events import OrderAccepted, OrderAmended, OrderCancelled, OrderExpired, Traded
from ledger.events import Event
from ledger.journal.protocol import JournalRow

BID = OrderAccepted(
    market="L.H100SXM8.CN-BJ.2024-12",
    order="o-000001",
    key="k1",
    party="p-0002",
    principal="k-0003",
    group="p-0001",
    side="bid",
    time_in_force="gtc",
    lots=2,
    price_ticks=1302,
    priority=7,
)
ASK = OrderAccepted(
    market="T.H100SXM8.A1.CN-BJ",
    order="o-000002",
    key="k2",
    party="p-0002",
    principal="k-0003",
    group="p-0001",
    side="ask",
    time_in_force="gtd",
    lots=2,
    price_ticks=1035,
    priority=8,
    nodes=["n-0001", "n-0002"],
    hold="h-000001",
    held_minor=5,
    expires_ns=9,
    post_only="reject",
    label="a",
    type="limit",
    cancel_on_disconnect=True,
    delivery="in_place",
)
AMENDED = OrderAmended(
    market="L.H100SXM8.CN-BJ.2024-12",
    order="o-000001",
    lots=3,
    open_lots=2,
    price_ticks=1300,
    expires_ns=0,
    priority=9,
    nodes=[],
    party="p-0002",
    hold="h-000001",
    held_minor=10,
    freed_minor=-4,
)
TRADED = Traded(
    market="T.H100SXM8.A1.CN-BJ",
    ask="o-000002",
    bid="o-000001",
    price_ticks=1035,
    lots=1,
    trade="t-000001",
    mode="continuous",
    taker="ask",
    notional_minor=100,
    ask_fee_minor=0,
    bid_fee_minor=1,
    nodes=["n-0001"],
    seller="p-0002",
    buyer="p-0003",
    seller_group="p-0002",
    buyer_group="p-0001",
    hold="h-000001",
    settlement="x-000001",
    escrow_minor=101,
    freed_minor=0,
)
CANCELLED = OrderCancelled(
    market="L.H100SXM8.CN-BJ.2024-12",
    order="o-000001",
    lots=2,
    reason="user",
    party="p-0002",
    hold="h-000001",
    freed_minor=3,
    freed_nodes=[],
)
EXPIRED = OrderExpired(
    market="T.H100SXM8.A1.CN-BJ",
    order="o-000002",
    lots=2,
    reason="gtd",
    party="p-0002",
    hold="",
    freed_minor=0,
    freed_nodes=["n-0001", "n-0002"],
)

STORED: dict[str, tuple[Event, bytes]] = {
    "order_accepted, with its defaults": (
        BID,
        b'{"market":"L.H100SXM8.CN-BJ.2024-12","order":"o-000001","key":"k1","party":"p-0002",'
        b'"principal":"k-0003","group":"p-0001","side":"bid","time_in_force":"gtc","lots":2,'
        b'"price_ticks":1302,"priority":7,"at_ns":5,"cause":4}',
    ),
    "order_accepted, each member told": (
        ASK,
        b'{"market":"T.H100SXM8.A1.CN-BJ","order":"o-000002","key":"k2","party":"p-0002",'
        b'"principal":"k-0003","group":"p-0001","side":"ask","time_in_force":"gtd","lots":2,'
        b'"price_ticks":1035,"priority":8,"nodes":["n-0001","n-0002"],"hold":"h-000001",'
        b'"held_minor":5,"expires_ns":9,"post_only":"reject","label":"a",'
        b'"cancel_on_disconnect":true,"delivery":"in_place","at_ns":5,"cause":4}',
    ),
    "order_amended": (
        AMENDED,
        b'{"market":"L.H100SXM8.CN-BJ.2024-12","order":"o-000001","lots":3,"open_lots":2,'
        b'"price_ticks":1300,"expires_ns":0,"priority":9,"nodes":[],"party":"p-0002",'
        b'"hold":"h-000001","held_minor":10,"freed_minor":-4,"at_ns":5,"cause":4}',
    ),
    "traded": (
        TRADED,
        b'{"market":"T.H100SXM8.A1.CN-BJ","ask":"o-000002","bid":"o-000001","price_ticks":1035,'
        b'"lots":1,"trade":"t-000001","mode":"continuous","taker":"ask","notional_minor":100,'
        b'"ask_fee_minor":0,"bid_fee_minor":1,"nodes":["n-0001"],"seller":"p-0002",'
        b'"buyer":"p-0003","seller_group":"p-0002","buyer_group":"p-0001","hold":"h-000001",'
        b'"settlement":"x-000001","escrow_minor":101,"freed_minor":0,"at_ns":5,"cause":4}',
    ),
    "traded, between the related": (
        msgspec.structs.replace(TRADED, is_related=True),
        b'{"market":"T.H100SXM8.A1.CN-BJ","ask":"o-000002","bid":"o-000001","price_ticks":1035,'
        b'"lots":1,"trade":"t-000001","mode":"continuous","taker":"ask","notional_minor":100,'
        b'"ask_fee_minor":0,"bid_fee_minor":1,"nodes":["n-0001"],"seller":"p-0002",'
        b'"buyer":"p-0003","seller_group":"p-0002","buyer_group":"p-0001","hold":"h-000001",'
        b'"settlement":"x-000001","escrow_minor":101,"freed_minor":0,"is_related":true,'
        b'"at_ns":5,"cause":4}',
    ),
    "order_cancelled": (
        CANCELLED,
        b'{"market":"L.H100SXM8.CN-BJ.2024-12","order":"o-000001","lots":2,"reason":"user",'
        b'"party":"p-0002","hold":"h-000001","freed_minor":3,"freed_nodes":[],'
        b'"at_ns":5,"cause":4}',
    ),
    "order_cancelled, with its terms": (
        msgspec.structs.replace(CANCELLED, total_lots=3, price_ticks=1300),
        b'{"market":"L.H100SXM8.CN-BJ.2024-12","order":"o-000001","lots":2,"reason":"user",'
        b'"party":"p-0002","hold":"h-000001","freed_minor":3,"freed_nodes":[],"total_lots":3,'
        b'"price_ticks":1300,"at_ns":5,"cause":4}',
    ),
    "order_expired": (
        EXPIRED,
        b'{"market":"T.H100SXM8.A1.CN-BJ","order":"o-000002","lots":2,"reason":"gtd",'
        b'"party":"p-0002","hold":"","freed_minor":0,"freed_nodes":["n-0001","n-0002"],'
        b'"at_ns":5,"cause":4}',
    ),
}


@pytest.mark.parametrize("name", STORED)
def test_an_event_is_stored_in_these_bytes_and_read_from_them(name: str) -> None:
    event, stored = STORED[name]
    codec = codec_for("cn-1")
    topic = codec.topic_of[type(event)]

    assert codec.encode(event, 5, 4, "") == stored
    row = JournalRow(6, codec.stream(event), 1, topic, stored)
    assert codec.decode(row) == msgspec.structs.replace(event, at_ns=5, cause=4)
    assert row.stream == f"market:{event.market}"  # type: ignore[attr-defined]


ASKED: dict[str, Any] = {
    "market": "T.H100SXM8.A1.CN-BJ",
    "side": "ask",
    "price_ticks": 1035,
    "lots": 2,
    "type": "iceberg",
    "time_in_force": "gtd",
    "expires_ns": 9,
    "post_only": "reject",
    "nodes": ["n-0001", "n-0002"],
    "delivery": "in_place",
    "self_trade": "cancel_newest",
    "label": "a",
    "cancel_on_disconnect": True,
}


def test_the_args_of_an_order_have_these_members_in_this_order_and_these_defaults() -> None:
    least = {name: ASKED[name] for name in ("market", "side", "price_ticks", "lots")}

    assert list(PlaceOrder.__struct_fields__) == [*ASKED, "dry_run"]
    assert msgspec.to_builtins(msgspec.convert(ASKED, PlaceOrder)) == ASKED
    assert msgspec.to_builtins(msgspec.convert(least, PlaceOrder)) == least
    assert msgspec.convert(least, PlaceOrder) == PlaceOrder(
        market="T.H100SXM8.A1.CN-BJ",
        side="ask",
        price_ticks=1035,
        lots=2,
        type="limit",
        time_in_force="gtc",
        expires_ns=0,
        post_only="none",
        nodes=[],
        delivery="",
        self_trade="",
        label="",
        cancel_on_disconnect=False,
    )
