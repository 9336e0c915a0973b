"""What an event states, changed in its own form, and all that is derived from it made anew."""

from tests.ledger.audit.tampering.hands import Hands, is_deposit


def a_seller_who_did_not_sell(hands: Hands) -> int:
    position = hands.find("trade_settled")
    hands.event(position, seller="p-0009")
    return position


def a_giver_who_does_not_own(hands: Hands) -> int:
    position = hands.find("title_transferred")
    hands.event(position, from_party="p-0009")
    return position


def a_deposit_recorded_twice(hands: Hands) -> int:
    """Another reference becomes one that the bank had given already."""
    position = hands.find("cash_posted", is_deposit)
    first = next(row for row in hands.store.rows if row.topic == "cash_posted")
    while position == first.position:
        position = hands.find("cash_posted", is_deposit)
    hands.event(position, reference=hands.read(first.position)["reference"])
    return position


def a_trade_at_another_price(hands: Hands) -> int:
    position = hands.find("traded")
    hands.event(position, price_ticks=hands.read(position)["price_ticks"] + 1)
    return position


def an_entry_out_of_balance(hands: Hands) -> int:
    position = hands.find("cash_posted")
    (one, minor), *others = hands.read(position)["postings"]
    hands.event(position, postings=[[one, minor + 1], *others])
    return position


def an_amount_that_was_not_signed(hands: Hands) -> int:
    position = hands.find("cash_posted", is_deposit)
    rows = [[account, 999 * minor] for account, minor in hands.read(position)["postings"]]
    hands.event(position, postings=rows)
    return position


def a_deposit_for_another_party(hands: Hands) -> int:
    position = hands.find("cash_posted", is_deposit)
    (bank, out), (account, minor) = hands.read(position)["postings"]
    other = "p-0100" if not account.startswith("p-0100") else "p-0101"
    hands.event(position, postings=[[bank, out], [f"{other}/available", minor]])
    return position


def a_name_that_was_not_signed(hands: Hands) -> int:
    position = hands.find("party_registered", lambda event: event["party"] != "p-0001")
    hands.event(position, legal_name="Somebody Else")
    return position


def a_reference_that_was_not_signed(hands: Hands) -> int:
    position = hands.find("cash_posted", is_deposit)
    hands.event(position, reference="another")
    return position


def a_tier_that_was_not_signed(hands: Hands) -> int:
    position = hands.find("kyc_tier_set")
    hands.event(position, evidence_sha256="A" * 43)
    return position


def an_approver_who_did_not_sign(hands: Hands) -> int:
    position = hands.find("proposal_approved")
    hands.event(position, principal="k-0007")
    return position


def a_key_that_had_ended(hands: Hands) -> int:
    position = hands.find("principal_enrolled", lambda event: event["valid_to_ns"] > 0)
    hands.event(position, valid_to_ns=hands.read(position)["at_ns"] + 1)
    return position


def a_key_without_its_scopes(hands: Hands) -> int:
    position = hands.find("principal_enrolled", lambda event: "trade" in event["scopes"])
    hands.event(position, scopes=["read"])
    return position


def a_key_that_is_no_point(hands: Hands) -> int:
    position = hands.find("principal_enrolled")
    hands.event(position, public_key="A" * 43)
    return position


def a_deposit_turned_round(hands: Hands) -> int:
    position = hands.find("cash_posted", is_deposit)
    hands.event(position, kind="withdraw")
    return position


def a_payment_of_nobody(hands: Hands) -> int:
    position = hands.find("payment_confirmed")
    hands.event(position, payment="w-000999")
    return position


def a_hash_of_another_state(hands: Hands) -> int:
    hands.attests_anew = False
    position = hands.find("state_attested", lambda event: bool(event["form"] == 1))
    hands.event(position, state_sha256="0" * 43)
    return position


def a_grade_that_no_report_gives(hands: Hands) -> int:
    """What the engine found by its own rules, and nobody signed."""
    position = hands.find("unit_graded")
    grade = hands.read(position)["grade"]
    hands.event(position, grade="B" if grade == "A" else "A")
    return position
