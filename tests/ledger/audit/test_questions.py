"""What an auditor asks of a journal: replay, history, who, as-of, the trial balance."""

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.server.audit_rules import venue_folding
from ledger.audit.as_of import AheadOfJournal, BadAsOf, as_of, nanos, position_of
from ledger.audit.state_at import ReplayFailed, replay, state_at
from ledger.audit.thing_history import chain_of_title, history
from ledger.audit.trial_balance import trial_balance
from ledger.audit.who import NoSuchPosition, who
from ledger.events import ProposalApproved, ProposalMade
from ledger.exports.hledger_journal import HledgerJournal
from ledger.exports.walk import source_of, whole
from ledger.journal.memory import MemoryJournal
from tests.exchange.ground import NOON_NS
from tests.ledger.audit.scene import SignedFloor
from tests.ledger.exports.kept_lines import KeptLines

FOLDING = venue_folding()


pytestmark = pytest.mark.xdist_group("questions")  # one week is written once


def test_replay_gives_the_state_and_every_attested_hash(
    week: SignedFloor, journal: MemoryJournal
) -> None:
    told = replay(journal, FOLDING)

    assert told["state_hash"] == FOLDING.forms[1](week.venue)
    assert len(told["attestations"]) == 6
    assert all(attestation["equal"] for attestation in told["attestations"])
    attested = told["attestations"][2]
    assert replay(journal, FOLDING, attested["upto_position"])["state_hash"] == attested["attested"]


def test_a_journal_that_does_not_fold_says_where(week: SignedFloor) -> None:
    journal = week.journal()
    position = next(row.position for row in journal.read() if row.topic == "delivered")
    row = journal.store.rows[position - 1]
    strange = row.state.replace(b"x-000001", b"x-000009")
    journal.store.rows[position - 1] = row._replace(state=strange)

    with pytest.raises(ReplayFailed, match=f"position {position} "):
        state_at(journal, FOLDING)


def test_a_units_history_is_its_own_and_its_boards(journal: MemoryJournal) -> None:
    told = history(journal, FOLDING, "u-000001")

    topics = [one["topic"] for one in told]
    assert topics == [
        "unit_registered", "unit_graded", "provenance_graded", "title_issued", "title_transferred",
    ]  # fmt: skip
    assert [(one["op"], one["principal"]) for one in told][-1] == ("settlement.accept", "k-0005")
    links = [(link["from_party"], link["to_party"]) for link in chain_of_title(told)]
    assert links == [("", "p-0002"), ("p-0002", "p-0004")]


def test_a_leased_nodes_history_holds_its_lease(journal: MemoryJournal) -> None:
    topics = [one["topic"] for one in history(journal, FOLDING, "n-0005")]

    assert topics == ["node_registered", "title_issued", "lease_granted"]
    assert [one["topic"] for one in history(journal, FOLDING, "u-000034")][-1] == "lease_granted"
    assert history(journal, FOLDING, "x-000001")[-1]["topic"] == "trade_settled"
    assert history(journal, FOLDING, "n-0099") == []


def test_the_chain_of_title_has_each_holder_with_the_instant_and_the_price(
    week: SignedFloor, journal: MemoryJournal
) -> None:
    lines = history(journal, FOLDING, "n-0001")
    moved = [one for one in lines if one["topic"] in ("title_issued", "title_transferred")]

    issued, sold = chain_of_title(lines)

    assert [(one["position"], one["at_ns"]) for one in (issued, sold)] == [
        (one["position"], one["at_ns"]) for one in moved
    ]
    assert issued["at_ns"] < sold["at_ns"]
    assert (issued["thing"], issued["from_party"], issued["price_minor"]) == ("n-0001", "", 0)
    assert issued["to_party"] == sold["from_party"] == "p-0002"
    assert (sold["thing"], sold["to_party"], sold["settlement"]) == ("n-0001", "p-0004", "x-000001")
    assert sold["price_minor"] > 0


def test_who_stands_behind_a_position(week: SignedFloor, journal: MemoryJournal) -> None:
    settled = history(journal, FOLDING, "x-000001")[-1]["position"]

    behind = who(journal, FOLDING, settled)

    assert (behind["party"], behind["op"]) == ("p-0004", "settlement.accept")
    assert behind["is_signed"] is True
    assert behind["faults"] == []
    assert behind["signed"].startswith('gpubourse-v1\n{"args":{"settlement":"x-000001"}')
    assert who(journal, FOLDING, 1)["op"] == ""
    with pytest.raises(NoSuchPosition):
        who(journal, FOLDING, week.writer.position + 1)


def test_who_names_proposer_and_approvers() -> None:
    floor = SignedFloor()
    args = {"party": "p-0002", "kyc_tier": 3}
    floor.happen(
        ProposalMade(
            "z-000001", "party.tier", "p-0001", "k-0001", "", NOON_NS, ["scope:comply"], args
        )
    )
    floor.happen(ProposalApproved("z-000001", "p-0001", "k-0002"))

    behind = who(floor.journal(), FOLDING, floor.writer.position)

    assert behind["proposal"] == {
        "proposal": "z-000001",
        "op": "party.tier",
        "proposer": {"party": "p-0001", "principal": "k-0001"},
        "position": floor.writer.position - 1,
        "approvers": [
            {"party": "p-0001", "principal": "k-0002", "position": floor.writer.position}
        ],
    }


def test_an_instant_means_the_last_batch_not_later(
    week: SignedFloor, journal: MemoryJournal
) -> None:
    batch = next(each for each in week.batches if each.op == "settlement.accept")
    inside = batch.first_position
    assert position_of(journal, FOLDING, str(inside)) == inside - 1
    assert position_of(journal, FOLDING, str(batch.last_position)) == batch.last_position
    assert position_of(journal, FOLDING, "2000-01-01T00:00:00Z") == 0
    with pytest.raises(AheadOfJournal, match=f"ends at position {week.writer.position}$"):
        position_of(journal, FOLDING, "2100-01-01T00:00:00Z")
    found = week.batches[1]
    seconds, rest = divmod(found.at_ns, 1_000_000_000)
    assert seconds == 1_731_643_200  # 2024-11-15T12:00:00+08:00
    text = f"2024-11-15T12:00:00.{rest:09d}+08:00"
    assert position_of(journal, FOLDING, text) == found.last_position
    for wrong in (str(week.writer.position + 1), "yesterday", "2024-13-01T00:00:00Z", "2024-11-15"):
        with pytest.raises(BadAsOf):
            position_of(journal, FOLDING, wrong)


def test_an_instant_is_read_to_the_nanosecond() -> None:
    assert nanos("1970-01-01T00:00:01.000000007Z") == 1_000_000_007
    assert nanos("2026-12-01T00:00:00+08:00") == 1_796_054_400_000_000_000


def test_what_a_party_had_at_a_position(week: SignedFloor, journal: MemoryJournal) -> None:
    batch = next(each for each in week.batches if each.op == "settlement.accept")

    before = as_of(journal, FOLDING, batch.first_position - 1, "p-0004")
    after = as_of(journal, FOLDING, batch.last_position, "p-0004")

    assert before["titles"] == []
    [title] = after["titles"]
    node = week.venue.register.nodes["n-0001"]
    assert (title["thing"], title["site"]) == ("n-0001", node.site)
    assert [lease["lease"] for lease in after["leases"]] == ["l-0001"]
    accounts = {row["account"] for row in before["cash"]} - {
        row["account"] for row in after["cash"]
    }
    assert accounts == {"p-0004/escrow/x-000001"}


def test_the_trial_balance_is_the_venues(week: SignedFloor, journal: MemoryJournal) -> None:
    told = trial_balance(journal, FOLDING)

    assert told["sum_minor"] == 0
    accounts = {row["account"]: row["balance_minor"] for row in told["accounts"]}
    assert accounts == week.venue.register.accounts


def test_hledger_adds_it_up_to_the_same(journal: MemoryJournal, tmp_path: Path) -> None:
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("no hledger: apt install hledger")
    book = tmp_path / "cash.journal"
    source = source_of(journal, FOLDING)
    assert source is not None
    kept = KeptLines(HledgerJournal(source))
    whole(journal, FOLDING, source, kept)
    lines = kept.all()
    book.write_text("\n".join(lines) + "\n", "utf-8")

    assert accepted(program, book)

    wrong = [line.replace("= -828.00 CNY", "= -829.00 CNY") for line in lines]
    assert wrong != lines
    book.write_text("\n".join(wrong) + "\n", "utf-8")
    assert not accepted(program, book)


def accepted(program: str, book: Path) -> bool:
    caller = [program, "check", "--strict", "-f", book]
    return subprocess.run(caller, capture_output=True, check=False).returncode == 0
