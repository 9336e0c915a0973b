"""Differences, unsettled trades, corrections and the balance by both times, asked of a journal."""

from typing import Any

import pytest

from exchange.events import TOPICS as MARKET_TOPICS
from gateway.server.audit_rules import venue_folding
from ledger.audit.as_of import NoSuchParty, as_of, position_of
from ledger.audit.thing_history import history
from ledger.audit.trial_balance import EFFECTIVE, RECORDED, trial_balance
from ledger.cash.effective_time import effective_ns
from ledger.durations import DAY_NS
from ledger.events import (
    TOPICS,
    CashPosted,
    NodeSiteSet,
    OwnershipDeclared,
    UnitIdentified,
    UsageMetered,
)
from ledger.journal.memory import MemoryJournal
from ledger.questions.corrections import CORRECTING, STATEMENTS, corrections
from ledger.questions.open_settlements import unsettled
from ledger.questions.state_difference import difference
from tests.exchange.ground import Floor
from tests.ledger.act_checks.forgery import an_office_day
from tests.ledger.audit.scene import SignedFloor

FOLDING = venue_folding()
pytestmark = pytest.mark.xdist_group("questions")  # one week is written once


def position_with(journal: MemoryJournal, topic: str) -> int:
    return next(row.position for row in journal.read() if row.topic == topic)


def test_a_difference_tells_what_a_batch_changed_field_by_field(journal: MemoryJournal) -> None:
    at = position_with(journal, "delivery_accepted")
    last = position_with(journal, "trade_settled")

    told = difference(journal, FOLDING, at - 1, last)
    found = {each["subject"]: each for each in told["subjects"]}

    assert (told["from_position"], told["to_position"]) == (at - 1, last)
    assert found["x-000001"]["change"] == "gone"
    moved = {each["field"]: each for each in found["n-0001"]["fields"]}
    assert (moved["lot.owner"]["before"], moved["lot.owner"]["after"]) == ("p-0002", "p-0004")
    assert moved["lot.settlements"]["removed"] == ["x-000001"]
    assert found["account/cn-1/fees"]["kind"] == "account"
    gone = [each for each in told["subjects"] if each["change"] == "gone"]
    assert "account/p-0004/escrow/x-000001" in [each["subject"] for each in gone]


def test_one_subject_is_asked_alone_and_nothing_is_between_a_moment_and_itself(
    journal: MemoryJournal,
) -> None:
    head = journal.head()
    told = difference(journal, FOLDING, 1, head, "n-0001")
    assert [each["subject"] for each in told["subjects"]] == ["n-0001"]
    assert difference(journal, FOLDING, head, head)["subjects"] == []


def test_subjects_stand_by_kind_and_number(journal: MemoryJournal) -> None:
    told = difference(journal, FOLDING, 1, journal.head())
    units = [each["subject"] for each in told["subjects"] if each["kind"] == "unit"]
    assert units == sorted(units)
    kinds = [each["kind"] for each in told["subjects"]]
    assert kinds == sorted(kinds)


def test_an_open_settlement_tells_its_age_and_what_it_waits_for(journal: MemoryJournal) -> None:
    opened = position_with(journal, "settlement_opened")
    ends = position_with(journal, "delivered") - 1
    told = unsettled(journal, FOLDING, ends)
    first = told["settlements"][0]

    assert (first["settlement"], first["opened_position"]) == ("x-000001", opened)
    assert first["age_ns"] == told["at_ns"] - first["opened_ns"] > 0
    assert (first["state"], first["next_party"]) == ("delivering", first["seller"])
    assert not first["is_overdue"]
    assert unsettled(journal, FOLDING, ends, DAY_NS)["settlements"] == []
    assert unsettled(journal, FOLDING, opened - 1)["settlements"] == []
    later = unsettled(journal, FOLDING, position_with(journal, "delivered"))["settlements"][0]
    assert (later["state"], later["next_party"]) == ("inspecting", later["buyer"])


# Facts that say how things go on. Each new kind of fact stands here or in `STATEMENTS`.
GO_ON = {
    "venue_opened", "rule_set", "model_listed", "party_registered", "kyc_tier_set",
    "role_granted", "role_revoked", "party_suspended", "party_reinstated", "principal_enrolled",
    "principal_revoked", "group_changed", "site_registered", "site_status_set", "report_filed",
    "unit_inspected", "identity_conflict_found", "unit_graded", "provenance_filed",
    "provenance_verified", "provenance_graded", "custody_moved", "title_issued",
    "title_transferred", "hold_placed", "hold_released", "lease_granted", "lease_commenced",
    "usage_metered", "lease_ended", "payment_confirmed", "delivery_instructed", "delivered",
    "delivery_accepted", "trade_settled", "settlement_failed", "proposal_made",
    "proposal_approved", "proposal_rejected", "proposal_withdrawn", "proposal_lapsed",
    "time_advanced", "venue_resumed", "state_attested", "nothing_to_do", "journal_upgraded",
    "period_closed", "log_loss_accepted",
    *MARKET_TOPICS,
}  # fmt: skip


def test_each_fact_corrects_or_goes_on() -> None:
    stating = {FOLDING.codec.topic_of[kind] for kind in STATEMENTS}
    assert stating | GO_ON == {*TOPICS, *MARKET_TOPICS}
    assert not stating & GO_ON
    assert set(CORRECTING) <= set(STATEMENTS)


def test_each_correcting_fact_names_what_it_corrects() -> None:
    floor = Floor()
    owner, buyer = floor.owners[0], floor.buyers[0]
    shared: Any = {"share_bp": 1_000, "control": False, "document_sha256": "A" * 43}
    floor.happen(OwnershipDeclared(owner, owner=owner, owned=buyer, **shared))
    declared = floor.writer.position
    floor.happen(OwnershipDeclared(owner, owner=owner, owned=buyer, **{**shared, "share_bp": 900}))
    unit = next(iter(floor.venue.register.units.values()))
    names: Any = {"serial": "NEW", "board_part_number": "", "uuid": "", "identity": "weak"}
    floor.happen(UnitIdentified(unit.unit, **names))
    floor.happen(NodeSiteSet(unit.node, floor.venue.register.nodes[unit.node].site, owner))
    entry = next(
        position
        for batch in floor.batches
        for position, event in enumerate(batch.events, batch.first_position)
        if isinstance(event, CashPosted)
    )
    back: Any = [("cn-1/external", 5), (f"{owner}/available", -5)]
    written: Any = ("cn-1", "j-000099", "reversal", "wrong party", back, entry)
    floor.happen(CashPosted(*written))
    journal = floor.journal()

    told = corrections(journal, FOLDING, journal.head())["corrections"]

    assert [(each["topic"], each["subject"]) for each in told] == [
        ("ownership_declared", f"{owner} of {buyer}"),
        ("unit_identified", unit.unit),
        ("node_site_set", unit.node),
        ("cash_posted", "j-000099"),
    ]
    assert told[0]["corrects_position"] == declared
    assert told[1]["corrects_topic"] == "unit_registered"
    assert told[2]["corrects_topic"] == "node_registered"
    assert told[3]["corrects_position"] == entry
    assert told[0]["what"] == "900 basis points, without control"
    assert corrections(journal, FOLDING, declared)["corrections"] == []


def test_a_deposit_taken_back_is_a_correction_that_says_why() -> None:
    office = an_office_day()
    journal = office.journal()

    told = corrections(journal, venue_folding(), journal.head())["corrections"]

    (back,) = [each for each in told if each["topic"] == "cash_posted"]
    assert back["what"] == "the deposit bank-78 is taken back: of another party"
    assert (back["op"], back["corrects_topic"]) == ("proposal.approve", "cash_posted")
    assert back["corrects_position"] < back["position"]


def test_a_balance_is_by_recorded_or_by_effective_time_and_says_which() -> None:
    floor = Floor()
    lessor, lessee = floor.owners[0], floor.buyers[0]
    floor.ask(lessor, 1, 1_302)
    floor.bid(lessee, 1, 1_302)
    [lease] = floor.venue.register.leases.values()
    floor.pass_time(lease.to_ns + 5 * DAY_NS)
    journal = floor.journal()
    metered = [
        (row.position, FOLDING.codec.decode(row))
        for row in journal.read()
        if row.topic == "usage_metered"
    ]
    position, late = next((at, each) for at, each in metered if each.at_ns > lease.to_ns)
    assert isinstance(late, UsageMetered)
    assert effective_ns(late) + 1 == late.to_ns <= lease.to_ns < late.at_ns

    def earned(found: Any) -> int:
        rows = {row["account"]: row["balance_minor"] for row in found["accounts"]}
        return int(rows["cn-1/fees"])

    recorded = trial_balance(journal, FOLDING, position - 1)
    effective = trial_balance(journal, FOLDING, by=EFFECTIVE, effective_upto_ns=lease.to_ns)
    whole = trial_balance(journal, FOLDING)
    assert (recorded["by"], effective["by"]) == (RECORDED, EFFECTIVE)
    assert effective["upto_ns"] == lease.to_ns
    assert earned(recorded) < earned(effective) == earned(whole)
    assert [each["sum_minor"] for each in (recorded, effective, whole)] == [0, 0, 0]
    # What was recorded by then was effective by then, and more was not: two questions, two sums.
    assert effective["later_entries"] > 0


def test_position_1_is_a_position_and_who_was_not_there_yet_is_told_so(
    journal: MemoryJournal,
) -> None:
    assert position_of(journal, FOLDING, "1") == 1
    assert position_of(journal, FOLDING, "0") == 0
    with pytest.raises(NoSuchParty, match=r"no such party: .* at position 1; it was at \d+"):
        as_of(journal, FOLDING, 1, "p-0002")
    with pytest.raises(NoSuchParty, match="no such party: no party p-9999 was registered"):
        as_of(journal, FOLDING, journal.head(), "p-9999")


def test_a_history_reads_its_streams_and_not_the_whole_journal(
    week: SignedFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = week.journal()
    read, spans = journal.read, []

    def counted(after: int = 0, upto: int | None = None) -> Any:
        spans.append((journal.head() if upto is None else upto) - after)
        return read(after, upto)

    monkeypatch.setattr(journal, "read", counted)
    for subject in ("u-000001", "n-0005", "p-0002", "x-000001", "l-0001"):
        assert history(journal, FOLDING, subject), subject

    assert max(spans, default=0) <= 1, "at most the first event of a batch"
