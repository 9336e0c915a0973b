"""The buyer's own dump beside what was sold: the same cards, of the same grade?"""

from copy import deepcopy

import pytest

from exchange.answer import answer
from ledger.base64url import sha256_text
from ledger.caller import Caller
from ledger.commands import AcceptDelivery
from ledger.events import DeliveryAccepted, Event
from ledger.inventory import read_report
from ledger.refusals import Reason, Refused
from ledger.settlement import acceptance
from ledger.settlement.acceptance import matched, strong_key
from ledger.things.thing import reclass
from tests.ledger.ground import AS_BUYER, BUYER, DatedRegister, command, decide, sold_key
from tests.ledger.settlement.test_delivery_versus_payment import X, delivered
from tests.ledger.things.dumps import block, dump, real, several

STRANGE = "1654423009999"
PART = "692-2G520-0200-000"


def digest(raw: bytes) -> str:
    return sha256_text(raw)


def with_report(raw: bytes) -> tuple[AcceptDelivery, Caller]:
    return AcceptDelivery(X, digest(raw)), Caller(party=BUYER, attachment=raw)


def delivered_as(raw: bytes) -> DatedRegister:
    """`n-0003`, sold and delivered, holds the eight cards of a dump."""
    register = delivered()
    for unit, reading in zip(register.nodes["n-0003"].units, read_report(raw).units, strict=True):
        record = register.units[unit]
        del register.strong_keys[record.vendor, record.serial, record.board_part_number]
        record.serial = reading.serial or ""
        record.board_part_number = reading.board_part_number or ""
        record.uuid = reading.uuid or ""
        register.strong_keys[record.vendor, record.serial, record.board_part_number] = unit
    return register


def accepted(events: list[Event]) -> DeliveryAccepted:
    assert isinstance(events[0], DeliveryAccepted)
    return events[0]


@pytest.mark.parametrize(("grade", "letter"), [("A", "A"), ("C", "C"), ("U", "U"), ("", "U")])
def test_a_unit_that_was_never_graded_counts_as_unknown(grade: str, letter: str) -> None:
    raw = real("nvidia-smi-q_H100SXMx8.txt")
    register = delivered_as(raw)
    for unit in register.nodes["n-0003"].units:
        register.units[unit].grade = grade

    assert accepted(decide(register, *with_report(raw))).grade_sold == letter


def test_a_real_dump_of_the_same_eight_cards_is_accepted() -> None:
    raw = real("nvidia-smi-q_H100SXMx8.txt")

    event = accepted(command(delivered_as(raw), *with_report(raw)))

    assert len(event.units_seen) == 8
    assert event.report_sha256 == digest(raw)
    assert matched(event) == "8 of 8 match, same grade"
    assert answer("settlement.accept", [event])[1]["compared"] == "8 of 8 match, same grade"


def test_one_strange_serial_of_eight_is_refused_and_nothing_changes() -> None:
    raw = real("nvidia-smi-q_H100SXMx8.txt")
    register = delivered_as(raw)
    lost = register.units["u-000005"].serial
    before = deepcopy(register)

    with pytest.raises(Refused) as no:
        decide(register, *with_report(raw.replace(lost.encode(), STRANGE.encode())))

    assert no.value.reason is Reason.units_differ
    assert no.value.context["missing"] == strong_key("nvidia", lost, PART)
    assert no.value.context["strange"] == strong_key("nvidia", STRANGE, PART)
    assert no.value.detail.startswith(
        f"7 of 8 match. Sold and not in the report: u-000005 (nvidia/{lost}/"
    )
    assert register == before


def test_a_worse_grade_is_said_and_refuses_nothing() -> None:
    healthy = dump(*several(8))
    worn = healthy.replace(b"Correctable Error              : 0", b"Correctable Error : 2", 1)

    event = accepted(command(delivered_as(healthy), *with_report(worn)))

    assert matched(event) == "8 of 8 match, grade B in the report, sold as A"


def test_the_keys_alone_will_do() -> None:
    keys = [sold_key(slot) for slot in range(8)]
    typed = [f" NVIDIA/{key.partition('/')[2].lower()} " for key in keys]

    event = accepted(command(delivered(), AcceptDelivery(X, units_seen=typed), AS_BUYER))

    assert event.units_seen == keys
    assert matched(event) == "8 of 8 match"


def test_keys_that_lack_a_card_are_refused() -> None:
    keys = [sold_key(slot) for slot in range(7)]

    with pytest.raises(Refused) as no:
        decide(delivered(), AcceptDelivery(X, units_seen=keys), AS_BUYER)

    assert no.value.context["missing"] == sold_key(7)
    assert no.value.context["strange"] == ""


def test_a_buyer_may_take_it_unseen() -> None:
    event = accepted(command(delivered(), AcceptDelivery(X), AS_BUYER))

    assert event.units_seen == []
    assert matched(event) == ""


def test_other_cards_in_the_report_do_not_matter() -> None:
    keys = [sold_key(slot) for slot in range(8)]

    event = accepted(
        command(delivered(), AcceptDelivery(X, units_seen=[*keys, "nvidia/1/2"]), AS_BUYER)
    )

    assert matched(event) == "8 of 8 match"


@pytest.mark.parametrize(
    ("order", "raw", "reason"),
    [
        (AcceptDelivery(X, "A" * 43), b"", Reason.unknown_document),
        (AcceptDelivery(X, "A" * 43), b"other bytes", Reason.bad_field),
        (AcceptDelivery(X, digest(b"hello")), b"hello", Reason.not_recognised),
        (
            AcceptDelivery(X, digest(dump(block(), stamp="Thu Nov 14 07:00:14 2030"))),
            dump(block(), stamp="Thu Nov 14 07:00:14 2030"),
            Reason.report_from_future,
        ),
    ],
)
def test_a_report_that_cannot_be_used_is_refused(order, raw, reason) -> None:
    with pytest.raises(Refused) as no:
        decide(delivered(), order, Caller(party=BUYER, attachment=raw))

    assert no.value.reason is reason


def test_a_hash_without_its_report_is_refused_by_name() -> None:
    with pytest.raises(Refused) as no:
        decide(delivered(), AcceptDelivery(X, "A" * 43), AS_BUYER)

    assert (no.value.reason, no.value.field) == (Reason.unknown_document, "/report_sha256")


def test_a_card_without_a_serial_is_known_by_its_uuid() -> None:
    raw = dump(*several(8))
    register = delivered_as(raw)
    card = register.units["u-000008"]
    card.serial, card.identity = "", "medium"  # sold while known by its UUID alone
    reclass(register, register.things["n-0003"])
    reclass(register, register.things["n-0003"])

    event = accepted(command(register, *with_report(raw)))

    assert event.units_seen[7] == card.uuid
    assert matched(event) == "8 of 8 match, same grade"


def test_a_list_that_one_event_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptance, "COMPARED_MOST", 7)
    keys = [sold_key(slot) for slot in range(8)]

    with pytest.raises(Refused) as no:
        decide(delivered(), AcceptDelivery(X, units_seen=keys), AS_BUYER)

    assert no.value.reason is Reason.too_large
