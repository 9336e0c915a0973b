"""What the market's ops bring, and what ties it to their args (`ledger/acts/tie.py`)."""

from typing import Final

from exchange import commands as m
from exchange import events as e
from ledger.acts.ledger_ties import NOTHING
from ledger.acts.tie import COMPUTED, Signatory, Tie, if_given

_ENDED: Final = (
    *("market", "lots", "hold", "freed_minor", "freed_nodes", "total_lots", "price_ticks"),
)


def _only_rests(command: m.PlaceOrder, signer: Signatory, fact: e.OrderAccepted) -> object:
    return "" if command.post_only == "none" else command.post_only


def _fewer(command: m.CancelAll, signer: Signatory, fact: e.OrderCancelled) -> object:
    """One of the orders that were named, if any were."""
    is_named = not command.orders or fact.order in command.orders
    return fact.order if is_named else list(command.orders)


def _there(command: m.CancelAll, signer: Signatory, fact: e.OrderCancelled) -> object:
    return command.market or COMPUTED


def _new_total(command: m.AmendOrder, signer: Signatory, fact: e.OrderAmended) -> object:
    return COMPUTED if command.lots is None else command.lots


def _new_price(command: m.AmendOrder, signer: Signatory, fact: e.OrderAmended) -> object:
    return COMPUTED if command.price_ticks is None else command.price_ticks


def _new_end(command: m.AmendOrder, signer: Signatory, fact: e.OrderAmended) -> object:
    return COMPUTED if command.expires_ns is None else command.expires_ns


INSTRUMENT_NEW: Final = (
    Tie(
        e.InstrumentListed,
        computed=(
            *("kind", "model", "grade", "provenance", "delivery_point", "gpus_per_lot"),
            *("starts_ns", "ends_ns", "hours", "lot_size", "last_trade_ns"),
        ),
    ),
)
ORDER_NEW: Final = (
    Tie(
        e.OrderAccepted,
        signer=("party", "principal", "key"),
        read={"post_only": _only_rests, "nodes": if_given("nodes")},
        computed=("order", "group", "priority", "hold", "held_minor", "line"),
    ),
)
ORDER_AMEND: Final = (
    Tie(
        e.OrderAmended,
        signer=("party",),
        read={"lots": _new_total, "price_ticks": _new_price, "expires_ns": _new_end},
        computed=(
            *("market", "open_lots", "priority", "nodes", "hold", "held_minor", "freed_minor"),
        ),
    ),
    Tie(e.OrderCancelled, case="user", signer=("party",), computed=(*_ENDED, "reason")),
    NOTHING,
)
ORDER_CANCEL: Final = (
    Tie(e.OrderCancelled, case="user", signer=("party",), computed=(*_ENDED, "reason")),
)
ORDER_CANCEL_ALL: Final = (
    Tie(
        e.OrderCancelled,
        case="user",
        signer=("party",),
        read={"order": _fewer, "market": _there},
        computed=(*_ENDED[1:], "reason"),
        may_repeat=True,
    ),
    NOTHING,
)
