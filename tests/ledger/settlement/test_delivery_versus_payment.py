"""A title trade from its opening to both legs or neither: every state, every verb, every clock."""

import itertools
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.commands import (
    AcceptDelivery,
    Command,
    ConfirmDelivery,
    FailSettlement,
    InstructDelivery,
)
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import (
    CustodyMoved,
    DeliveryAccepted,
    DeliveryInstructed,
    Event,
    SettlementFailed,
    TitleTransferred,
    TradeUnwound,
)
from ledger.refusals import Reason, Refused
from ledger.rights.lease import grant_lease
from ledger.settlement.delivery_versus_payment import TRANSITIONS, open_settlement
from tests.ledger.ground import (
    AS_BUYER,
    AS_OPERATOR,
    AS_SELLER,
    AS_VENUE,
    BUYER,
    DAWN_NS,
    SELLER,
    DatedRegister,
    advance,
    command,
    decide,
    fold,
    give_cash,
    ground,
    happen,
    kinds,
    rows,
)
from tests.reach import Reach

X = "x-000031"
NOTIONAL, FEE = 82_800_000, 82_800


def opened(
    *, days: int = 2, hours: int = 72, delivery: str = "", things: list[str] | None = None
) -> tuple[DatedRegister, list[Event]]:
    """DOMAIN 3's trade: one lot at 103,500.00 yuan per GPU; its cash lies in escrow."""
    register = ground()
    give_cash(register, f"{BUYER}/escrow/{X}", NOTIONAL + FEE)
    sold = things or ["n-0003"]
    gpus = sum(len(register.things[thing].units) for thing in sold)
    events = open_settlement(
        register,
        register.moment,
        settlement=X,
        trade="t-000031",
        market="T.H100SXM8.A1.CN-BJ",
        seller=SELLER,
        buyer=BUYER,
        things=sold,
        lots=len(sold),
        price_minor_per_gpu=NOTIONAL // gpus,
        notional_minor=NOTIONAL,
        buyer_fee_minor=FEE,
        seller_fee_minor=0,
        settlement_days=days,
        inspection_h=hours,
        is_related=False,
        delivery=delivery,
    )
    return register, happen(register, events)


def delivered() -> DatedRegister:
    register, _ = opened()
    command(register, ConfirmDelivery(X), AS_OPERATOR)
    return register


def in_state(state: str) -> DatedRegister:
    """A register whose settlement is in that state."""
    register, _ = opened(delivery="carrier" if state == "open" else "")
    if state == "inspecting":
        command(register, ConfirmDelivery(X), AS_OPERATOR)
    elif state == "failed":
        command(register, FailSettlement(X, "no access to the site"), AS_VENUE)
    elif state == "settled":
        command(register, ConfirmDelivery(X), AS_OPERATOR)
        command(register, AcceptDelivery(X), AS_BUYER)
    elif state == "unwound":
        command(register, FailSettlement(X, "no access to the site"), AS_VENUE)
        advance(register, DAWN_NS + 3 * DAY_NS)
    return register


def state_of(register: DatedRegister) -> str:
    return register.settlements[X].state if X in register.settlements else "gone"


def test_in_place_is_instructed_at_the_trade() -> None:
    register, events = opened()

    assert kinds(events) == ["SettlementOpened", "DeliveryInstructed"]
    assert events[1] == DeliveryInstructed(X, "in_place", "", DAWN_NS + 2 * DAY_NS)
    assert register.things["n-0003"].settlement == X


def test_without_days_or_hours_it_settles_in_its_own_batch() -> None:
    register, events = opened(days=0, hours=0)

    assert kinds(events) == ["SettlementOpened", "TitleTransferred", "TradeSettled"]
    assert register.things["n-0003"].owner == BUYER
    assert register.things["n-0003"].settlement == ""
    assert not register.settlements


def test_acceptance_moves_title_and_cash_in_one_batch() -> None:
    register = delivered()

    events = command(register, AcceptDelivery(X), AS_BUYER)

    assert kinds(events) == ["DeliveryAccepted", "TitleTransferred", "TradeSettled"]
    title = events[1]
    assert isinstance(title, TitleTransferred)
    assert (title.node, title.from_party, title.to_party) == ("n-0003", SELLER, BUYER)
    assert (title.basis, title.price_minor, title.subject_to) == ("sale", NOTIONAL, [])
    assert rows(events[2]) == [
        ("p-0042/escrow/x-000031", -82_882_800),
        ("p-0007/available", 82_800_000),
        ("cn-1/fees", 82_800),
    ]
    assert register.things["n-0003"].owner == BUYER
    assert register.things["n-0003"].last_sale_ns == DAWN_NS
    assert register.owned == {
        (SELLER, "L40S", "CN-BJ"): ["u-000009", "u-000010"],
        (BUYER, "H100SXM8", "CN-BJ"): ["n-0003"],
    }


def test_single_cards_change_hands_one_by_one() -> None:
    register, _ = opened(days=0, hours=0, things=["u-000009", "u-000010"])

    assert register.things["u-000009"].owner == register.things["u-000010"].owner == BUYER
    assert register.things["n-0003"].owner == SELLER


def test_a_silent_buyer_has_accepted_when_his_time_is_over() -> None:
    register = delivered()

    assert advance(register, DAWN_NS + 72 * HOUR_NS - 1) == []
    events = advance(register, DAWN_NS + 72 * HOUR_NS)

    assert kinds(events) == ["DeliveryAccepted", "TitleTransferred", "TradeSettled"]
    assert events[0].by_timeout
    assert register.things["n-0003"].owner == BUYER


def test_no_delivery_fails_it_and_no_cure_unwinds_it() -> None:
    register, _ = opened()

    failed = advance(register, DAWN_NS + 2 * DAY_NS)
    assert failed == [SettlementFailed(X, SELLER, "not delivered in time", DAWN_NS + 5 * DAY_NS)]

    assert advance(register, DAWN_NS + 5 * DAY_NS - 1) == []
    (unwound,) = advance(register, DAWN_NS + 5 * DAY_NS)
    assert rows(unwound) == [
        ("p-0042/escrow/x-000031", -82_882_800),
        ("p-0042/available", 82_882_800),
    ]
    assert register.things["n-0003"].owner == SELLER
    assert register.things["n-0003"].settlement == ""


def test_a_buyer_who_was_sent_other_cards_is_not_charged_by_the_clock() -> None:
    register = delivered()
    failed_ns = register.moment.at_ns
    command(register, FailSettlement(X, "one card differs"), AS_VENUE)
    assert state_of(register) == "failed"

    facts = advance(register, failed_ns + 3 * DAY_NS)

    assert kinds(facts) == ["TradeUnwound"]
    assert rows(facts[0])[1] == ("p-0042/available", 82_882_800)
    assert register.things["n-0003"].owner == SELLER


def test_a_cure_has_the_three_days_and_comes_once() -> None:
    register, _ = opened()
    advance(register, DAWN_NS + 3 * DAY_NS)

    (cure,) = command(register, InstructDelivery(X), AS_SELLER)
    assert cure.due_ns == DAWN_NS + 5 * DAY_NS
    assert state_of(register) == "delivering"

    assert kinds(advance(register, DAWN_NS + 5 * DAY_NS)) == ["SettlementFailed", "TradeUnwound"]


def test_a_cured_delivery_settles() -> None:
    register, _ = opened()
    advance(register, DAWN_NS + 3 * DAY_NS)
    command(register, InstructDelivery(X), AS_SELLER)
    command(register, ConfirmDelivery(X), AS_OPERATOR)

    events = command(register, AcceptDelivery(X), AS_BUYER)

    assert kinds(events)[-1] == "TradeSettled"
    assert advance(register, DAWN_NS + 30 * DAY_NS) == []


def test_a_carrier_moves_custody_to_the_buyer() -> None:
    register, _ = opened(delivery="carrier")
    command(register, InstructDelivery(X, "carrier", "s-0002"), AS_SELLER)

    events = command(register, ConfirmDelivery(X, "A" * 43), AS_BUYER)  # he operates s-0002

    assert events[1] == CustodyMoved("n-0003", "p-0050", BUYER, "s-0002")
    assert register.things["n-0003"].site == "s-0002"
    assert register.things["n-0003"].owner == SELLER  # custody is not title


@pytest.mark.parametrize("caller", [AS_OPERATOR, AS_VENUE])
def test_the_operator_or_the_venues_custodian_confirms(caller) -> None:
    register, _ = opened()

    (event,) = command(register, ConfirmDelivery(X), caller)

    assert event.inspect_until_ns == DAWN_NS + 72 * HOUR_NS


@pytest.mark.parametrize(
    ("order", "caller", "reason"),
    [
        (InstructDelivery("x-000099"), AS_SELLER, Reason.unknown_settlement),
        (ConfirmDelivery("x-000099"), AS_OPERATOR, Reason.unknown_settlement),
        (AcceptDelivery("x-000099"), AS_BUYER, Reason.unknown_settlement),
        (FailSettlement("x-000099", "lost"), AS_VENUE, Reason.unknown_settlement),
        (InstructDelivery(X), AS_BUYER, Reason.not_your_party),
        (InstructDelivery(X, "pigeon"), AS_SELLER, Reason.bad_field),
        (InstructDelivery(X, "carrier"), AS_SELLER, Reason.unknown_site),
        (InstructDelivery(X, "carrier", "s-0009"), AS_SELLER, Reason.unknown_site),
        (ConfirmDelivery(X), AS_SELLER, Reason.not_your_party),
        (ConfirmDelivery(X), AS_BUYER, Reason.not_your_party),
        (AcceptDelivery(X), AS_SELLER, Reason.not_your_party),
        (FailSettlement(X, "lost"), AS_SELLER, Reason.role_missing),
    ],
)
def test_who_may_not(order: Command, caller, reason: Reason) -> None:
    register, _ = opened()
    before = deepcopy(register)

    with pytest.raises(Refused) as no:
        decide(register, order, caller)

    assert no.value.reason is reason
    assert register == before


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (InstructDelivery(X, "pigeon"), "/mode"),
        (InstructDelivery(X, "in_place", "s-0002"), "/to_site"),
    ],
)
def test_a_refused_instruction_names_the_member(order: InstructDelivery, field: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(in_state("open"), order, AS_SELLER)

    assert (refused.value.reason, refused.value.field) == (Reason.bad_field, field)


def test_single_cards_do_not_travel() -> None:
    register, _ = opened(things=["u-000009"], delivery="carrier")

    with pytest.raises(Refused) as no:
        decide(register, InstructDelivery(X, "carrier", "s-0002"), AS_SELLER)

    assert no.value.reason is Reason.bad_combination


BY_COMMAND = {
    "instruct": (InstructDelivery(X), AS_SELLER),
    "cure": (InstructDelivery(X), AS_SELLER),
    "deliver": (ConfirmDelivery(X), AS_OPERATOR),
    "accept": (AcceptDelivery(X), AS_BUYER),
    "fail": (FailSettlement(X, "lost"), AS_VENUE),
}
BY_CLOCK = {"timeout": "TradeSettled", "unwind": "TradeUnwound"}
STATES = ["open", "delivering", "inspecting", "failed", "settled", "unwound"]


@pytest.mark.parametrize(
    ("state", "verb"), list(itertools.product(STATES, [*BY_COMMAND, *BY_CLOCK]))
)
def test_every_state_and_verb(state: str, verb: str) -> None:
    register = in_state(state)
    becomes = TRANSITIONS.get((state, verb), "")
    if verb in BY_CLOCK:
        deadline = {"inspecting": 72 * HOUR_NS, "failed": 3 * DAY_NS}.get(state, 0)
        facts = kinds(advance(register, DAWN_NS + deadline))
        assert (BY_CLOCK[verb] in facts) == bool(becomes)
        return
    if state in ("open", "failed") and verb in ("instruct", "cure"):
        becomes = "delivering"  # one command: the state tells which of the two it is
    if not becomes:
        with pytest.raises(Refused) as no:
            decide(register, *BY_COMMAND[verb])
        assert no.value.reason is Reason.wrong_state
        assert no.value.context["state"] == state
        return
    command(register, *BY_COMMAND[verb])
    assert state_of(register) == ("gone" if becomes == "settled" else becomes)


def test_a_sale_names_the_leases_it_is_subject_to() -> None:
    register = delivered()
    give_cash(register, f"{BUYER}/available", 100)
    happen(
        register,
        grant_lease(
            register,
            register.numbers(),
            trade="t-000040",
            lessor=SELLER,
            lessee=BUYER,
            things=["n-0003"],
            from_ns=DAWN_NS + DAY_NS,
            to_ns=DAWN_NS + 9 * DAY_NS,
            price_minor_per_gpu_hour=0,
            rent_minor=0,
            lessee_fee_bp=0,
            lessor_fee_bp=0,
            prepaid_minor=0,
            deposit_minor=100,
            hold="",
        ),
    )

    events = command(register, AcceptDelivery(X), AS_BUYER)

    assert events[1].subject_to == ["l-0001"]


def _count(told: list[Event]) -> None:
    """How this flow ended, and what came on the way."""
    failures = [event for event in told if isinstance(event, SettlementFailed)]
    by_clock = [event for event in failures if event.reason == "not delivered in time"]
    REACH.met("failed_by_the_clock", len(by_clock))
    for event in told:
        if isinstance(event, DeliveryAccepted):
            REACH.met("settled_by_silence" if event.by_timeout else "settled_by_word")
            REACH.met("settled_after_a_cure", bool(failures))
        elif isinstance(event, TradeUnwound):
            REACH.met("unwound")


acts = st.sampled_from(["deliver", "deliver", "accept", "accept", "instruct", "fail", "wait"])
days = st.sampled_from([0, 0, 0, 0, 0, 1, 2, 4])
flows = st.lists(st.tuples(acts, days), min_size=2, max_size=8)


REACH = Reach(
    settled_by_word=2,
    settled_by_silence=8,
    settled_after_a_cure=1,
    failed_by_a_clerk=10,
    failed_by_the_clock=30,
    unwound=40,
    refused=200,
)


@REACH.demanded
@settings(max_examples=400, derandomize=True)
@given(st.sampled_from(["", "", "carrier"]), flows)
def test_any_flow_ends_with_both_legs_or_neither(delivery: str, flow: list) -> None:
    """`happen` checks each line of DOMAIN 6 on the way; then time runs out, and replay agrees."""
    register, told = opened(delivery=delivery)
    for act, days in flow:
        told += advance(register, register.moment.at_ns + days * DAY_NS)
        if act == "wait":
            continue
        try:
            told += command(register, *BY_COMMAND[act])
        except Refused:
            REACH.met("refused")
            continue
        REACH.met("failed_by_a_clerk", act == "fail")
    told += advance(register, register.moment.at_ns + 30 * DAY_NS)

    is_sold = register.things["n-0003"].owner == BUYER
    _count(told)
    assert not register.settlements
    assert register.available_minor(SELLER) == (NOTIONAL if is_sold else 0)
    assert register.available_minor(BUYER) == (0 if is_sold else NOTIONAL + FEE)
    replayed = ground()
    give_cash(replayed, f"{BUYER}/escrow/{X}", NOTIONAL + FEE)
    replayed.moment.at_ns = register.moment.at_ns
    for event in told:
        fold(replayed, event)
    assert replayed.accounts == register.accounts
    assert replayed.owned == register.owned
