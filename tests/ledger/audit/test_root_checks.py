"""Attested roots of form 2: with the salt key each is made again, without it that is said."""

import pytest

from ledger.audit.check_result import Check
from ledger.audit.state_at import NAME, NOT_CHECKED, replay
from ledger.audit.verify import verify
from ledger.events import StateAttested
from ledger.journal.memory import MemoryJournal
from ledger.state_map.attested_days import attested_days
from tests.ledger.audit.rooted import SECRET, attest_days
from tests.ledger.audit.scene import a_week, week_folding

pytestmark = pytest.mark.xdist_group("verify")
FOLDING = week_folding()


def rooted_week() -> MemoryJournal:
    journal = a_week().journal()
    assert len(attest_days(journal)) == 6
    return journal


def of_roots(journal: MemoryJournal, secret: bytes | None, judged_from: int = 1) -> Check:
    verdict = verify(journal, FOLDING, salt_secret=secret, judged_from=judged_from)
    others = [check for check in verdict["checks"] if check["name"] != NAME and not check["ok"]]
    assert not others
    (found,) = (check for check in verdict["checks"] if check["name"] == NAME)
    return found


def test_each_root_is_made_again_with_the_salt_key() -> None:
    found = of_roots(rooted_week(), SECRET)

    assert (found["ok"], found["checked"]) == (True, True)
    assert found["detail"] == "6 attested, each of a day's close, once, and as folded"


def test_without_the_salt_key_it_is_said_that_nothing_is_known() -> None:
    found = of_roots(rooted_week(), None)

    assert (found["ok"], found["checked"]) == (True, False)
    assert found["detail"].startswith(NOT_CHECKED)
    assert "as folded" not in found["detail"]


def test_a_journal_without_roots_lacks_no_key() -> None:
    found = of_roots(a_week().journal(), None)

    assert (found["ok"], found["checked"]) == (True, True)
    assert found["detail"].startswith("0 attested")


def test_under_another_salt_key_no_root_comes_again() -> None:
    journal = rooted_week()
    days = attested_days(journal)
    found = of_roots(journal, bytes(32))

    first = days.roots[days.closes[0]]
    assert not found["ok"]
    assert found["detail"].startswith(f"position {first.position}: the root of position ")
    assert "(and 5 more)" in found["detail"]


def test_a_root_before_the_part_that_is_judged_is_not_judged() -> None:
    journal = rooted_week()
    last = max(root.position for root in attested_days(journal).roots.values())
    found = of_roots(journal, bytes(32), judged_from=last)

    assert found["detail"].startswith(f"position {last}: ")
    assert "more)" not in found["detail"]


def test_a_stop_closes_no_day_and_its_state_has_no_root() -> None:
    floor = a_week()
    stop = floor.writer.attest(floor.writer.at_ns + 1)
    root = StateAttested("cn-1", 2, stop.first_position - 1, "A" * 43)
    forged = floor.writer.note([root], floor.writer.at_ns + 1)
    journal = floor.journal()
    for batch in (stop, forged):
        journal.append(batch.rows)
    found = of_roots(journal, None)

    assert not found["ok"]
    assert found["detail"].startswith(f"position {forged.first_position}: ")
    assert "where no day was closed" in found["detail"]
    assert len(attested_days(journal).closes) == 6


def test_a_root_lies_behind_by_any_number_of_events() -> None:
    journal = rooted_week()
    days = attested_days(journal)

    assert sorted(days.roots) == days.closes
    assert not days.waiting()
    assert min(root.position - close for close, root in days.roots.items()) > 1


def test_a_replay_compares_no_root_and_says_so() -> None:
    told = replay(rooted_week(), FOLDING)["attestations"]

    assert [each["equal"] for each in told if each["form"] == 2] == [None] * 6
    assert all(each["equal"] is True for each in told if each["form"] == 1)
