"""Each place where `audit verify` may find fault is tried by a tampering that makes it speak.

The places are found by walking `ledger/audit`: each call of `breach`. One that no tampering of the
table reaches fails, so that a new check comes with the journal that it is there to refuse. The
chain is made anew after each tampering that is not about it: whoever tampers would do so.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from exchange.engine.checkpoint_codec import pack
from exchange.engine.replay import recover, save
from gateway.server.audit_rules import ACT_RULES
from ledger.act_checks.act_checks import ActChecks
from ledger.audit.audit_fold import AuditFold
from ledger.audit.beside_checks import Beside
from ledger.audit.check_result import CheckResult, VerifyReport
from ledger.audit.commit_checks import Expected
from ledger.audit.invariant_checks import InvariantChecks
from ledger.audit.verify import NOTHING_BESIDE, verify
from ledger.base64url import any_bytes64, sha256_text
from ledger.definitions.release_facts import Definitions
from ledger.events import Event, LogLossAccepted, TradeUnwound
from ledger.ids import AccountName
from ledger.invariants import Breach
from ledger.journal.commit_chain import inherited_commit, next_commit
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import Commit, SavedState
from ledger.views.audit_snapshot import AuditSnapshot
from tests.house.sources import ROOT
from tests.ledger.audit.rooted import SECRET, attest_days
from tests.ledger.audit.scene import REPORT, RIDER, SignedFloor, a_week, week_folding
from tests.ledger.journal.rows import chain_anew, cut_store
from tests.ledger.views.shadowed import Rows, shadow_of

FOLDING: Final = week_folding()
AUDIT: Final = ROOT / "ledger/audit"
Place = tuple[str, int]  # file, line

pytestmark = pytest.mark.xdist_group("verify")


@dataclass
class Tampered:
    """The week's journal in somebody's hands, and what the auditor is handed beside it."""

    journal: MemoryJournal
    folding: AuditFold[Any] = FOLDING
    expected: list[Expected] = field(default_factory=list)
    beside: Beside = NOTHING_BESIDE
    keeps_chain: bool = False  # the chain stays as it was written
    salt_secret: bytes | None = None

    def find(self, topic: str, count: int = 0) -> int:
        """The position of an event, by its topic."""
        return [row.position for row in self.journal.store.rows if row.topic == topic][count]

    def cut_at(self, topic: str) -> int:
        """End the journal with the batch that ends with the last such event; its position."""
        store, head = self.journal.store, self.find(topic, -1)
        cut_store(store, next(n for n, c in enumerate(store.commits, 1) if c.last_position == head))
        return head

    def row(self, position: int, /, **members: Any) -> None:
        rows = self.journal.store.rows
        rows[position - 1] = rows[position - 1]._replace(**members)

    def event(self, position: int, **members: Any) -> None:
        """Other members in a stored event, in its canonical form; None: left out."""
        told = msgspec.json.decode(self.journal.store.rows[position - 1].state) | members
        told = {name: value for name, value in told.items() if value is not None}
        self.row(position, state=msgspec.json.encode(told))

    def command(self, number: int, **members: Any) -> None:
        commands = self.journal.store.commands
        commands[number] = commands[number]._replace(**members)

    def commit(self, number: int, **members: Any) -> None:
        commits = self.journal.store.commits
        commits[number] = commits[number]._replace(**members)
        self.keeps_chain = True

    def judged(self) -> VerifyReport:
        if not self.keeps_chain:
            chain_anew(self.journal.store)  # as whoever tampers does last
        return verify(
            self.journal,
            self.folding,
            beside=self.beside,
            expected=self.expected,
            salt_secret=self.salt_secret,
        )


# --- rows


def place_skipped(week: Tampered) -> None:
    position = week.find("cash_posted", -1)
    week.row(position, position=position + 1)


def version_skipped(week: Tampered) -> None:
    row = week.journal.store.rows[-1]
    week.row(row.position, version=row.version + 1)


def topic_of_nobody(week: Tampered) -> None:
    week.row(week.journal.head(), topic="banana_ripened")


def bytes_that_are_no_event(week: Tampered) -> None:
    week.row(week.journal.head(), state=b"{")


def bytes_in_another_form(week: Tampered) -> None:
    row = week.journal.store.rows[-1]
    week.row(row.position, state=row.state.replace(b",", b", ", 1))


def time_that_goes_back(week: Tampered) -> None:
    """The whole last batch, which is one event."""
    week.event(week.journal.head(), at_ns=1)


def cause_of_another_batch(week: Tampered) -> None:
    week.event(week.find("state_attested", -1), cause=1)


def time_of_another_batch(week: Tampered) -> None:
    position = week.find("state_attested", -1)
    told = msgspec.json.decode(week.journal.store.rows[position - 1].state)
    week.event(position, at_ns=told["at_ns"] + 1)


# --- commits


def chain_that_is_not_computed(week: Tampered) -> None:
    week.commit(2, chain=b"\x01" * 32)


def epoch_that_goes_back(week: Tampered) -> None:
    week.commit(3, epoch=0)


def commit_that_begins_elsewhere(week: Tampered) -> None:
    week.commit(4, first_position=1)


def commit_that_is_missing(week: Tampered) -> None:
    week.journal.store.commits.pop()
    week.keeps_chain = True


def commit_that_begins_inside_a_batch(week: Tampered) -> None:
    commits = week.journal.store.commits
    commit = commits[1]
    middle = commit.first_position
    assert commit.last_position > middle
    halves = [commit._replace(last_position=middle), commit._replace(first_position=middle + 1)]
    commits[1:2] = halves


def commit_without_its_last_event(week: Tampered) -> None:
    del week.journal.store.rows[-1]
    week.keeps_chain = True


def commit_whose_last_place_is_empty(week: Tampered) -> None:
    head = week.cut_at("cash_posted")
    week.row(head, position=head - 1)


def commits_beyond_the_head(week: Tampered) -> None:
    commits = week.journal.store.commits
    first = commits[-1].last_position + 1
    commits.append(Commit(first, first, 1, bytes(32)))
    week.keeps_chain = True


def _inherited(week: Tampered, upto: int) -> None:
    """All up to a position as a release left it that kept no chain, and nobody's mark behind it."""
    store = week.journal.store
    count = week.journal.count_commands(upto)
    after = [commit for commit in store.commits if commit.first_position > upto]
    store.commits[:] = [inherited_commit(store.rows[:upto], store.commands[:count], upto, count)]
    for commit in after:
        rows = store.rows[commit.first_position - 1 : commit.last_position]
        last = week.journal.count_commands(commit.last_position)
        store.commits.append(next_commit(store.commits[-1], 1, rows, store.commands[count:last]))
        count = last
    week.keeps_chain = True


def old_journal_that_nobody_marked(week: Tampered) -> None:
    _inherited(week, week.journal.head())


def old_journal_that_goes_on_unmarked(week: Tampered) -> None:
    _inherited(week, week.journal.store.commits[-3].last_position)


def pair_beyond_the_end(week: Tampered) -> None:
    week.expected = [Expected(week.journal.head() + 9, bytes(32))]


def pair_of_another_history(week: Tampered) -> None:
    week.expected = [Expected(week.journal.head(), bytes(32))]


# --- replay, hashes, views


def event_that_does_not_fold(week: Tampered) -> None:
    week.event(week.find("delivery_accepted"), settlement="x-000009")


def form_of_nobody(week: Tampered) -> None:
    week.event(week.find("state_attested", -1), form=99)


def hash_of_another_position(week: Tampered) -> None:
    position = week.find("state_attested", -1)
    week.event(position, upto_position=position - 2)


def hash_of_another_state(week: Tampered) -> None:
    week.event(week.find("state_attested", -1), state_sha256="0" * 43)


def root_of_another_state(week: Tampered) -> None:
    batch, week.salt_secret = attest_days(week.journal)[-1], SECRET
    week.event(batch.first_position, state_sha256="0" * 43)


def root_attested_twice(week: Tampered) -> None:
    *_, other, last = attest_days(week.journal)
    upto = msgspec.json.decode(other.rows[0].state)["upto_position"]
    week.event(last.first_position, upto_position=upto)


def root_where_no_day_was_closed(week: Tampered) -> None:
    week.event(attest_days(week.journal)[0].first_position, upto_position=300)


def views_that_differ(week: Tampered) -> None:
    """Each compared view, without a row."""
    empty: dict[str, dict[str, Any]] = {view.name: {} for view in FOLDING.views}
    week.beside = Beside(views=AuditSnapshot(week.journal.head(), FOLDING.views, empty))


def views_beyond_the_last_position(week: Tampered) -> None:
    far = AuditSnapshot(week.journal.head() + 1, FOLDING.views, {})
    week.beside = Beside(views=far)


def rows_that_differ(week: Tampered) -> None:
    def change(rows: Rows) -> None:
        (holds,) = [row for name, row in rows if name == "venue"]
        holds["zone"] = "Mars"

    week.beside = Beside(rows=shadow_of(week.journal, change))


def rows_beyond_the_last_position(week: Tampered) -> None:
    rows = shadow_of(week.journal, list)
    week.cut_at("cash_posted")
    week.beside = Beside(rows=rows)


def rows_that_cannot_be_made(week: Tampered) -> None:
    """A silence moves the deadline of a sale of which only its end was told."""
    rows = shadow_of(week.journal, list)

    def add(event: Event, position: int) -> None:
        raise KeyError("state")

    rows.add = add  # type: ignore[method-assign]
    week.beside = Beside(rows=rows)


def views_that_cannot_be_read(week: Tampered) -> None:
    week.beside = Beside(unread="the database's user lacks a right")


def _saved(week: Tampered, **members: Any) -> None:
    """The state at the end, saved as the engine does, and then changed."""
    found = recover(week.journal)
    last = week.journal.store.commits[-1]
    new = save(found.venue, found.versions, last)
    saved = SavedState(
        new.position, new.form, new.codec_version, new.state_sha256, new.chain, is_whole=True
    )
    blob = members.pop("blob", new.blob)
    week.journal.store.saved[saved._replace(**members)] = blob


def state_saved_beyond_the_end(week: Tampered) -> None:
    _saved(week, position=week.journal.head() + 1)


def state_of_another_history(week: Tampered) -> None:
    _saved(week, chain=bytes(32))


def state_whose_bytes_are_damaged(week: Tampered) -> None:
    _saved(week, is_whole=False)


def state_with_another_hash(week: Tampered) -> None:
    _saved(week, state_sha256=bytes(32))


def state_with_other_bytes(week: Tampered) -> None:
    """A month's end that no state hash is over."""
    found = recover(week.journal)
    found.venue.month_ends_ns += 1
    _saved(week, blob=pack(found.venue, found.versions))


def definition_that_differs(week: Tampered) -> None:
    released = Definitions.released()
    facts = {name: fact for name, fact in released.facts.items() if "append_only" not in name}
    week.beside = Beside(definitions=Definitions(released.major, facts), released=released)


def journal_without_an_event(week: Tampered) -> None:
    week.journal = MemoryJournal()


# --- what stands beside the events


def report_that_is_gone(week: Tampered) -> None:
    del week.journal.store.reports[sha256(REPORT).digest()]


def report_of_nobody_with_other_bytes(week: Tampered) -> None:
    week.journal.store.reports[sha256(b"one").digest()] = b"another file"


def report_with_other_bytes(week: Tampered) -> None:
    week.journal.store.reports[sha256(REPORT).digest()] = b"another file"


def name_that_was_swapped(week: Tampered) -> None:
    week.journal.store.name_hashes[RIDER] = bytes(32)


def name_of_nobody(week: Tampered) -> None:
    week.journal.store.name_hashes["k-7777"] = bytes(32)


def fence_that_went_back(week: Tampered) -> None:
    week.journal.store.epoch = 0


# --- money


def _also_posted(week: Tampered, *rows: tuple[str, int]) -> None:
    """The auditor's own books read more out of an event than the venue did."""
    was = FOLDING.postings[TradeUnwound]
    more = [(AccountName(account), amount_minor) for account, amount_minor in rows]
    postings = {**FOLDING.postings, TradeUnwound: lambda event: [*was(event), *more]}
    week.folding = FOLDING._replace(postings=postings)


def postings_that_do_not_balance(week: Tampered) -> None:
    _also_posted(week, ("p-0002/available", 1))


def account_below_nothing(week: Tampered) -> None:
    _also_posted(week, ("p-0099/available", -1), ("p-0002/available", 1))


def accounts_that_differ(week: Tampered) -> None:
    _also_posted(week, ("p-0002/available", -1), ("p-0003/available", 1))


def deposit_that_is_none(week: Tampered) -> None:
    week.event(week.find("cash_posted", 0), kind="withdraw")


def loss_accepted_at_another_end(week: Tampered) -> None:
    """Who accepted it named a commit that this journal never had."""
    head = week.cut_at("state_attested")
    stored = msgspec.json.decode(week.journal.store.rows[-1].state)
    fact = LogLossAccepted(
        origin="gpubourse/cn-1/0000000000000000",
        size=head + 1,
        root_sha256="A" * 43,
        common_size=head - 1,
        journal_position=head - 1,
        journal_chain="A" * 43,
        reason="a disk",
        at_ns=stored["at_ns"],
        cause=stored.get("cause", 0),
    )
    week.row(head, topic="log_loss_accepted", state=msgspec.json.encode(fact))


# --- who asked


def command_row_that_came_twice(week: Tampered) -> None:
    store = week.journal.store
    store.commands.insert(1, store.commands[0])


def command_beyond_the_last_batch(week: Tampered) -> None:
    store, head = week.journal.store, week.cut_at("state_attested")
    store.commands.append(store.commands[-1]._replace(key="late", first_position=head))


def batch_whose_command_is_gone(week: Tampered) -> None:
    del week.journal.store.commands[-1]


def command_with_another_end(week: Tampered) -> None:
    week.command(-1, last_position=week.journal.head())


def command_before_the_first_batch(week: Tampered) -> None:
    store = week.journal.store
    store.commands.insert(0, store.commands[0]._replace(first_position=0, last_position=0))


def command_beyond_the_head(week: Tampered) -> None:
    store = week.journal.store
    far = store.rows[-1].position + 100
    last = store.commands[-1]._replace(key="late", first_position=far, last_position=far)
    store.commands.append(last)


def _ridden(week: Tampered) -> tuple[bytes, bytes]:
    """The log-on that a command rode on: its name, and what is kept under it."""
    (session,) = {each.session for each in week.journal.store.commands} - {""}
    name = any_bytes64(session)
    return name, week.journal.store.reports[name]


def _ride_on(week: Tampered, raw: bytes) -> None:
    """The commands that rode on the log-on ride on another, which is kept."""
    store = week.journal.store
    store.reports[sha256(raw).digest()] = raw
    for number, each in enumerate(store.commands):
        if each.session:
            week.command(number, session=sha256_text(raw))


def logon_that_is_gone(week: Tampered) -> None:
    del week.journal.store.reports[_ridden(week)[0]]


def logon_with_other_bytes(week: Tampered) -> None:
    name, raw = _ridden(week)
    week.journal.store.reports[name] = raw + b" "


def logon_of_somebody_else(week: Tampered) -> None:
    _ride_on(week, _ridden(week)[1].replace(RIDER.encode(), b"k-0003"))


def logon_that_nobody_signed(week: Tampered) -> None:
    _ride_on(week, _ridden(week)[1][:-64] + bytes(64))


def key_used_twice(week: Tampered) -> None:
    first = week.journal.store.commands[-2]
    week.command(-1, party=first.party, key=first.key)


def hash_of_other_bytes(week: Tampered) -> None:
    week.command(-1, command_sha256=bytes(32))


def batch_of_another_command(week: Tampered) -> None:
    position = week.journal.store.commands[-1].first_position
    week.event(position, command_sha256="0" * 43)


def bytes_that_are_no_document(week: Tampered) -> None:
    week.command(-1, signed=b"gpubourse-v0\n{}")


def name_that_was_not_signed(week: Tampered) -> None:
    week.command(-1, op="order.cancel_all")


def body_that_was_not_signed(week: Tampered) -> None:
    week.command(-1, body_sha256=bytes(32))


def principal_of_another_party(week: Tampered) -> None:
    week.command(-1, principal="k-0004")


def signature_that_does_not_hold(week: Tampered) -> None:
    week.command(-1, signature=bytes(64))


def command_that_is_not_signed(week: Tampered) -> None:
    week.command(-1, signature=b"")


def key_by_an_older_rule(week: Tampered) -> None:
    week.event(week.find("principal_enrolled", -1), public_key_rule=None)


def key_that_is_no_point(week: Tampered) -> None:
    week.event(week.find("principal_enrolled", 1), public_key="A" * 43)


def _line(line: str) -> Callable[[Tampered], None]:
    """A state that breaks a line (which of them do: tests/ledger/test_invariants.py)."""

    def broken(week: Tampered) -> None:
        week.folding = FOLDING._replace(sweep=lambda state: [Breach(line, "it does not hold")])

    broken.__name__ = f"line_{line}_broken"
    return broken


LINES: Final = tuple(InvariantChecks(FOLDING)._results)
TAMPERINGS: Final[list[tuple[Callable[[Tampered], None], str]]] = [
    (place_skipped, "positions"),
    (version_skipped, "versions"),
    (topic_of_nobody, "bytes"),
    (bytes_that_are_no_event, "bytes"),
    (bytes_in_another_form, "bytes"),
    (time_that_goes_back, "stamps"),
    (cause_of_another_batch, "stamps"),
    (time_of_another_batch, "stamps"),
    (chain_that_is_not_computed, "chain"),
    (epoch_that_goes_back, "chain"),
    (commit_that_begins_elsewhere, "chain"),
    (commit_that_is_missing, "chain"),
    (commit_that_begins_inside_a_batch, "chain"),
    (commit_without_its_last_event, "chain"),
    (commit_whose_last_place_is_empty, "chain"),
    (commits_beyond_the_head, "chain"),
    (old_journal_that_nobody_marked, "chain"),
    (old_journal_that_goes_on_unmarked, "chain"),
    (pair_beyond_the_end, "expected"),
    (pair_of_another_history, "expected"),
    (event_that_does_not_fold, "replay"),
    (form_of_nobody, "I14 state hashes"),
    (hash_of_another_position, "I14 state hashes"),
    (hash_of_another_state, "I14 state hashes"),
    (root_of_another_state, "form 2 roots"),
    (root_attested_twice, "form 2 roots"),
    (root_where_no_day_was_closed, "form 2 roots"),
    (views_that_differ, "views"),
    (views_beyond_the_last_position, "views"),
    (rows_that_differ, "view rows"),
    (rows_beyond_the_last_position, "view rows"),
    (rows_that_cannot_be_made, "view rows"),
    (views_that_cannot_be_read, "view rows"),
    (state_saved_beyond_the_end, "saved states"),
    (state_of_another_history, "saved states"),
    (state_whose_bytes_are_damaged, "saved states"),
    (state_with_another_hash, "saved states"),
    (state_with_other_bytes, "saved states"),
    (definition_that_differs, "definitions"),
    (journal_without_an_event, "judged"),
    (report_of_nobody_with_other_bytes, "raw reports"),
    (postings_that_do_not_balance, "postings"),
    (account_below_nothing, "postings"),
    (accounts_that_differ, "trial balance"),
    (deposit_that_is_none, "money at the bank"),
    (loss_accepted_at_another_end, "chain"),
    (command_row_that_came_twice, "I16 commands"),
    (command_beyond_the_last_batch, "I16 commands"),
    (batch_whose_command_is_gone, "I16 commands"),
    (command_with_another_end, "I16 commands"),
    (command_before_the_first_batch, "I16 commands"),
    (command_beyond_the_head, "I16 commands"),
    (logon_that_is_gone, "log-ons"),
    (logon_with_other_bytes, "log-ons"),
    (logon_of_somebody_else, "log-ons"),
    (logon_that_nobody_signed, "log-ons"),
    (report_that_is_gone, "raw reports"),
    (report_with_other_bytes, "raw reports"),
    (name_that_was_swapped, "names"),
    (name_of_nobody, "names"),
    (fence_that_went_back, "fence"),
    (key_used_twice, "I16 commands"),
    (hash_of_other_bytes, "signed documents"),
    (batch_of_another_command, "signed documents"),
    (bytes_that_are_no_document, "signed documents"),
    (name_that_was_not_signed, "signed documents"),
    (body_that_was_not_signed, "signed documents"),
    (principal_of_another_party, "signatures"),
    (signature_that_does_not_hold, "signatures"),
    (command_that_is_not_signed, "signatures"),
    (key_by_an_older_rule, "public keys"),
    (key_that_is_no_point, "public keys"),
    *((_line(line), line) for line in LINES),
]
# What else must speak: a journal cannot break the one without the other.
ALSO: Final[dict[str, set[str]]] = {
    "topic_of_nobody": {"replay"},
    "bytes_that_are_no_event": {"replay"},
    "place_skipped": {"I16 commands"},
    "logon_with_other_bytes": {"raw reports"},
    "commit_whose_last_place_is_empty": {"positions", "I16 commands"},
    "postings_that_do_not_balance": {"trial balance"},
    "account_below_nothing": {"trial balance"},
    "deposit_that_is_none": {"I4"},
    "loss_accepted_at_another_end": {"acts"},
    "key_used_twice": {"signed documents", "signatures", "signed args", "rights"},
    "principal_of_another_party": {"signed documents", "rights"},
    # the checks of acts, each with tamperings of its own in tests/ledger/act_checks
    "time_that_goes_back": {"times"},
    "event_that_does_not_fold": {"signed args"},
    "batch_whose_command_is_gone": {"acts"},
    "logon_that_is_gone": {"unsigned commands"},
    "bytes_that_are_no_document": {"signed args"},
    "name_that_was_not_signed": {"acts", "signed args"},
    "command_that_is_not_signed": {"unsigned commands"},
}
OF_ACTS: Final = {each["name"] for each in ActChecks(ACT_RULES, MemoryJournal()).checks()}
# What is about an object that stands at no position.
PLACELESS: Final = {
    "definition_that_differs",
    "journal_without_an_event",
    "views_that_cannot_be_read",
    "report_of_nobody_with_other_bytes",
}
TELLS: Final = {"rules"}  # says from where the rules are demanded; it finds no fault


@pytest.fixture(scope="module")
def week() -> SignedFloor:
    return a_week()


@pytest.mark.parametrize(("tamper", "name"), TAMPERINGS, ids=[t.__name__ for t, _ in TAMPERINGS])
def test_each_tampering_is_found_by_the_check_that_is_there_for_it(
    week: SignedFloor, tamper: Callable[[Tampered], None], name: str
) -> None:
    tampered = Tampered(week.journal())
    tamper(tampered)
    report = tampered.judged()

    failed = {check["name"]: check["detail"] for check in report["checks"] if not check["ok"]}
    assert set(failed) == {name} | ALSO.get(tamper.__name__, set())
    assert not report["ok"]
    assert failed[name].startswith("position ") == (tamper.__name__ not in PLACELESS)
    assert "None" not in failed[name]


def test_an_untouched_week_fails_no_check(week: SignedFloor) -> None:
    tampered = Tampered(week.journal(), expected=[Expected(0, bytes(32))])

    assert [check for check in tampered.judged()["checks"] if not check["ok"]] == []


@pytest.mark.long
def test_every_place_that_finds_fault_has_a_tampering_that_reaches_it(
    week: SignedFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: set[Place] = set()
    spoke: set[str] = set()
    breach = CheckResult.breach

    def heard(self: CheckResult, position: int | None, detail: str) -> None:
        caller = sys._getframe(1)
        reached.add((Path(caller.f_code.co_filename).name, caller.f_lineno))
        spoke.add(self.name)
        breach(self, position, detail)

    monkeypatch.setattr(CheckResult, "breach", heard)
    names: set[str] = set()
    for tamper, _ in TAMPERINGS:
        tampered = Tampered(week.journal())
        tamper(tampered)
        names |= {check["name"] for check in tampered.judged()["checks"]}

    silent = {where for where, lines in places() if not reached & lines}
    assert not silent, "plant what each of these is there to find, in TAMPERINGS"
    assert spoke - OF_ACTS == names - TELLS - OF_ACTS


def places() -> Iterator[tuple[str, set[Place]]]:
    """Each call of `breach` in the audit: its name, and the lines on which it stands."""
    for path in sorted(AUDIT.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "breach":
                assert node.end_lineno is not None
                lines = range(node.lineno, node.end_lineno + 1)
                yield f"{path.name}:{node.lineno}", {(path.name, line) for line in lines}


def test_the_walk_finds_the_places() -> None:
    assert len(list(places())) >= 40
