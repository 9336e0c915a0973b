"""Verify: a whole journal passes; whatever was touched afterwards is named, with its position."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from exchange.engine.batch_writer import Batch
from exchange.engine.replay import recover, replayed, save
from exchange.events import PartyRegrouped
from gateway.server.views_process import view_rules
from ledger.audit.beside_checks import Beside
from ledger.audit.check_result import VerifyReport
from ledger.audit.commit_checks import Expected, NoSuchCommit
from ledger.audit.progress import rows_upto
from ledger.audit.verify import verify
from ledger.base64url import text64
from ledger.durations import DAY_NS
from ledger.events import GroupChanged, JournalUpgraded, StateAttested
from ledger.journal.commit_chain import inherited_commit
from ledger.journal.memory import MemoryJournal
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, Commit, Journal, SavedState
from ledger.views.audit_snapshot import AuditSnapshot
from ledger.views.runner import Runner
from tests.exchange.ground import LEASE
from tests.ledger.audit.scene import (
    NAME,
    RIDER,
    SALT,
    SignedFloor,
    a_week,
    folding_of,
    week_folding,
)
from tests.ledger.journal.rows import chain_anew, cut_store

FOLDING = week_folding()


pytestmark = pytest.mark.xdist_group("verify")  # one week is written once


@pytest.fixture
def written(postgres_dsn: str, week: SignedFloor) -> str:
    """The week in a database."""
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in week.batches:
        journal.append(batch.rows, [batch.command] if batch.command else [])
    for raw in week.raws:
        journal.keep(raw)
    journal.close()
    note(postgres_dsn, RIDER, NAME)
    return postgres_dsn


def note(dsn: str, subject: str, name: str) -> None:
    """A person's name, with the salt that the week's hash was made with."""
    tamper(
        dsn,
        "INSERT INTO personal (subject, salt, name, compared)"
        f" VALUES ('{subject}', '{SALT.decode()}', '{name}', '{name}')",
    )


def judged(dsn: str, views: AuditSnapshot | None = None) -> VerifyReport:
    journal = PostgresJournal.for_auditor(dsn)
    try:
        return verify(journal, FOLDING, beside=Beside(views=views))
    finally:
        journal.close()


def failed(verdict: VerifyReport) -> dict[str, str]:
    return {check["name"]: check["detail"] for check in verdict["checks"] if not check["ok"]}


def told(verdict: VerifyReport, name: str) -> str:
    (found,) = (check["detail"] for check in verdict["checks"] if check["name"] == name)
    return found


def first_of(journal: MemoryJournal, topic: str) -> int:
    return next(row.position for row in journal.read() if row.topic == topic)


def tamper(dsn: str, *statements: str) -> None:
    """As the database's superuser, who can do what the roles and triggers forbid."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in ("stored_events", "commands", "commits", "reports", "fence"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            assert connection.execute(statement.encode()).rowcount != 0


def test_a_whole_journal_passes_and_names_its_state(week: SignedFloor) -> None:
    heard: list[tuple[int, int]] = []

    verdict = verify(week.journal(), FOLDING, progress=lambda *told: heard.append(told))

    assert failed(verdict) == {}
    assert verdict["ok"]
    assert verdict["positions"] == week.writer.position
    assert verdict["state_hash"] == FOLDING.forms[1](week.venue)
    assert heard[-1] == (week.writer.position, week.writer.position)
    told = {check["name"]: check["detail"] for check in verdict["checks"]}
    assert told["judged"] == f"{week.writer.position:,} events, from the first on"
    attested = sum(
        isinstance(event, StateAttested) for each in week.batches for event in each.events
    )
    assert attested > 1
    commands = sum(each.command is not None for each in week.batches)
    assert told["acts"].startswith(f"{commands:,} commands' batches hold ")
    assert told["rights"].startswith(f"{commands:,} commands came in their time")
    assert told["I1"].endswith(f"; whole states swept: {attested + 1:,}")


def test_a_long_reading_tells_how_far_it_has_come(
    week: SignedFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.audit.progress.PROGRESS_EVERY", 10)
    heard: list[int] = []
    last = week.writer.position

    for _ in rows_upto(week.journal(), last, lambda position, _: heard.append(position)):
        pass

    assert heard == [*range(10, last + 1, 10), last]


class Living(MemoryJournal):
    """A journal whose engine goes on: it writes before and after the commands are read."""

    def __init__(self, batches: list[Batch]) -> None:
        super().__init__()
        self._batches = batches
        self.take_fence()

    def go_on(self, count: int = 1) -> None:
        for batch in self._batches[:count]:
            self.append(batch.rows, [batch.command] if batch.command else [])
        del self._batches[:count]

    def read_commands(self, after: int = 0) -> Iterator[CommandRow]:
        self.go_on()
        found = list(super().read_commands(after))
        self.go_on()
        return iter(found)


def test_a_journal_that_grows_meanwhile_is_judged_as_it_stood(week: SignedFloor) -> None:
    asked_for = [n for n, batch in enumerate(week.batches) if batch.command is not None]
    count = next(n for n in asked_for if n + 1 in asked_for)  # two more commands come
    journal = Living(list(week.batches))
    journal.store.reports |= week.journal().store.reports
    journal.go_on(count)
    verdict = verify(journal, FOLDING)

    assert failed(verdict) == {}
    assert verdict["positions"] == week.batches[count - 1].last_position
    assert journal.head() == week.batches[count + 3].last_position, "commands are read twice"


def test_an_empty_journal_is_nothing_to_verify_unless_that_is_allowed() -> None:
    verdict = verify(MemoryJournal(), FOLDING)

    assert failed(verdict) == {"judged": "nothing to verify: the journal is empty"}
    assert verdict["positions"] == 0
    assert verify(MemoryJournal(), FOLDING, allow_empty=True)["ok"]


def test_what_is_judged_from_a_position_on_is_told_and_what_is_not(week: SignedFloor) -> None:
    """A forged signature before it is not looked for; the chain of it still is."""
    journal = week.journal()
    commits = journal.store.commits
    asked = [n for n, batch in enumerate(week.batches) if batch.command is not None]
    store, first = journal.store, commits[asked[1]].first_position
    pair = Expected(first - 1, commits[asked[1] - 1].chain)
    bare = verify(journal, FOLDING, judged_from=first)
    vouched = verify(journal, FOLDING, judged_from=first, expected=[pair])

    assert failed(bare) == failed(vouched) == {}
    assert told(bare, "judged").startswith(f"from position {first:,} on.")
    assert told(bare, "judged").endswith(f"expect a pair of position {first - 1:,}")
    assert told(vouched, "judged").endswith("vouches for them")
    assert bare["state_hash"] == FOLDING.forms[1](week.venue)

    store.commands[0] = store.commands[0]._replace(signature=bytes(64))
    assert list(failed(verify(journal, FOLDING, judged_from=first))) == ["chain"]
    chain_anew(store)
    assert failed(verify(journal, FOLDING, judged_from=first)) == {}
    found = failed(verify(journal, FOLDING, judged_from=first, expected=[pair]))
    assert list(found) == ["expected"]
    assert list(failed(verify(journal, FOLDING))) == ["signatures"]

    store.commands[-1] = store.commands[-1]._replace(signature=bytes(64))
    chain_anew(store)
    assert list(failed(verify(journal, FOLDING, judged_from=first))) == ["signatures"]


def test_only_the_first_position_of_a_commit_is_judged_from(week: SignedFloor) -> None:
    journal = week.journal()
    head = journal.head()
    commit = next(c for c in journal.store.commits if c.last_position > c.first_position)

    assert verify(journal, FOLDING, judged_from=head + 1)["ok"]
    with pytest.raises(NoSuchCommit, match=f"Nothing stands at position {head + 2:,}"):
        verify(journal, FOLDING, judged_from=head + 2)
    nearest = f"{commit.first_position:,} and {commit.last_position + 1:,}"
    with pytest.raises(NoSuchCommit, match=nearest):
        verify(journal, FOLDING, judged_from=commit.first_position + 1)


def test_where_only_a_hash_differs_the_span_of_it_is_told_and_pairs_make_it_smaller(
    week: SignedFloor,
) -> None:
    """A standing bid is for less than was asked, and the whole chain is made anew behind it."""
    journal = week.journal()
    pairs = kept(journal)
    store = journal.store
    row = next(row for row in store.rows if b'"order":"o-000007"' in row.state)
    attested = [each.position for each in store.rows if each.topic == "state_attested"]
    before = max(each for each in attested if each < row.position)
    after = min(each for each in attested if each > row.position)
    changed = row.state.replace(b'"price_ticks":1000', b'"price_ticks":999')
    assert changed != row.state
    store.rows[row.position - 1] = row._replace(state=changed)
    chain_anew(store)
    inside = [pair for pair in pairs if before < pair.position < after]
    found = failed(verify(journal, FOLDING))
    narrow = failed(verify(journal, FOLDING, expected=inside))

    assert found["I14 state hashes"].endswith(f"lies in positions {before + 1:,} to {after:,}")
    batch = next(b for b in week.batches if b.first_position <= row.position <= b.last_position)
    span = f"lies in positions {batch.first_position:,} to {batch.last_position:,}"
    assert narrow["I14 state hashes"].endswith(span)
    assert f"up to position {batch.first_position - 1:,} it is the same" in narrow["expected"]


@pytest.mark.postgres
def test_a_flipped_byte_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "cash_posted")
    tamper(
        written,
        "UPDATE stored_events SET state = set_byte(state, octet_length(state) / 2,"
        f" get_byte(state, octet_length(state) / 2) # 1) WHERE notification_id = {position}",
    )

    assert not judged(written)["ok"]


def test_no_flipped_byte_of_a_settlement_goes_unseen(week: SignedFloor) -> None:
    """Each byte, also where whoever flipped it made the chain anew behind it."""
    journal = week.journal()
    store = journal.store
    position = first_of(journal, "trade_settled")
    attested = next(row.position for row in store.rows[position:] if row.topic == "state_attested")
    cut_store(store, next(n for n, c in enumerate(store.commits, 1) if c.last_position >= attested))
    first = next(n for n, c in enumerate(store.commits) if c.last_position >= position)
    row = store.rows[position - 1]
    unseen = []
    for place in range(len(row.state)):
        touched = bytearray(row.state)
        touched[place] ^= 1
        store.rows[position - 1] = row._replace(state=bytes(touched))
        chain_anew(store, first)
        if verify(journal, FOLDING)["ok"]:
            unseen.append(bytes(touched))

    assert not unseen


@pytest.mark.postgres
def test_a_missing_row_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "delivery_accepted")
    tamper(written, f"DELETE FROM stored_events WHERE notification_id = {position}")

    found = failed(judged(written))

    assert found["positions"].startswith(f"position {position + 1}: it stands where {position} ")
    assert "settlement:x-000001" in found["versions"]


@pytest.mark.postgres
def test_a_doubled_version_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "delivered")
    tamper(
        written,
        "ALTER TABLE stored_events DROP CONSTRAINT stored_events_pkey",
        "UPDATE stored_events SET originator_version = originator_version - 1"
        f" WHERE notification_id = {position}",
    )

    found = failed(judged(written))

    assert found["versions"].startswith(f"position {position}: settlement:x-000001 version 2")


@pytest.mark.postgres
def test_a_forged_signature_is_found(written: str, week: SignedFloor) -> None:
    tamper(
        written,
        "UPDATE commands SET signature = set_byte(signature, 5, get_byte(signature, 5) # 1)"
        " WHERE op = 'settlement.accept'",
    )

    found = failed(judged(written))

    assert list(found) == ["chain", "signatures"]
    assert "does not hold" in found["signatures"]


@pytest.mark.postgres
def test_a_command_put_in_anothers_mouth_is_found(written: str) -> None:
    tamper(written, "UPDATE commands SET principal = 'k-0003' WHERE op = 'settlement.accept'")

    found = failed(judged(written))

    assert "principal differs" in found["signed documents"]
    assert "k-0003 was no principal of p-0004" in found["signatures"]


@pytest.mark.postgres
def test_a_command_without_its_row_is_found(written: str) -> None:
    tamper(written, "DELETE FROM commands WHERE op = 'settlement.accept'")

    found = failed(judged(written))

    assert list(found) == ["chain", "I16 commands", "acts"]
    assert "has no row" in found["I16 commands"]


@pytest.mark.postgres
def test_a_wrong_attested_hash_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "state_attested")
    right = next(row for row in week.journal().read() if row.position == position).state
    digest = right.split(b'"state_sha256":"')[1][:43].decode()
    tamper(
        written,
        "UPDATE stored_events SET state ="
        f" replace(convert_from(state, 'UTF8'), '{digest}', '{'0' * 43}')::bytea"
        f" WHERE notification_id = {position}",
    )

    found = failed(judged(written))

    assert list(found) == ["chain", "I14 state hashes"]
    assert found["I14 state hashes"].startswith(f"position {position}: attested 0000")


@pytest.mark.postgres
def test_a_title_that_moves_without_its_cash_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "title_transferred")
    tamper(
        written,
        "UPDATE stored_events SET state ="
        " replace(convert_from(state, 'UTF8'), '\"x-000001\"', '\"x-000002\"')::bytea"
        f" WHERE notification_id = {position}",
    )

    assert "I7" in failed(judged(written))


@pytest.mark.postgres
def test_the_views_are_held_against_the_replay(written: str) -> None:
    runner = Runner(written, view_rules())
    runner.open()
    runner.catch_up()
    runner.close()
    assert judged(written, views_of(written))["ok"]

    with psycopg.connect(written, autocommit=True) as connection:
        connection.execute(
            "UPDATE views.accounts SET balance_minor = 7 WHERE account = 'p-0004/available'"
        )
        connection.execute("UPDATE views.titles SET holder = 'p-0099' WHERE thing = 'n-0001'")
    found = failed(judged(written, views_of(written)))

    assert list(found) == ["views"]
    assert "titles n-0001: the view shows p-0099, the replay gives p-000" in found["views"]
    assert "1 more" in found["views"]


def views_of(dsn: str) -> AuditSnapshot:
    return AuditSnapshot.of(dsn, FOLDING.views)


@pytest.mark.postgres
def test_each_column_of_each_compared_view_is_held_against_the_replay(written: str) -> None:
    """Over the compared views: one row of each loses or gains something in each column."""
    runner = Runner(written, view_rules())
    runner.open()
    runner.catch_up()
    runner.close()
    snapshot = views_of(written)
    verdict = judged(written, snapshot)
    assert failed(verdict) == {}
    (told,) = (check["detail"] for check in verdict["checks"] if check["name"] == "views")
    journal = PostgresJournal.for_auditor(written)
    venue = replayed(journal)
    journal.close()
    tried = 0
    for view in FOLDING.views:
        rows = snapshot.shown[view.name]
        assert f"{view.name} {len(rows):,}" in told
        key, row = next(iter(rows.items()))
        for column in range(len(row)):
            other = [*row[:column], "another", *row[column + 1 :]]
            shown = {**snapshot.shown, view.name: {**rows, key: other}}
            (difference,) = snapshot._replace(shown=shown).differences(venue)
            assert difference.startswith(f"{view.name} {key}: ")
            tried += 1
        for changed in ({**rows, "nobody's": row}, {name: rows[name] for name in [*rows][1:]}):
            shown = {**snapshot.shown, view.name: changed}
            assert list(snapshot._replace(shown=shown).differences(venue))
    assert tried > 30


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "name", "text"),
    [
        ("DELETE FROM reports", "raw reports", "is not kept"),
        (
            "INSERT INTO commands SELECT party, 'extra', op, body_sha256, command_sha256,"
            " principal, session, label, received_ns, signed, signature, 100000, 100000"
            " FROM commands LIMIT 1",
            "I16 commands",
            "1 commands stand beyond the last position",
        ),
        (
            "INSERT INTO commands SELECT party, 'extra', op, body_sha256, command_sha256,"
            " principal, session, label, received_ns, signed, signature, 0, 0"
            " FROM commands LIMIT 1",
            "I16 commands",
            "1 commands stand before the first position",
        ),
        (
            "INSERT INTO commits VALUES (100001, 100000, 1, sha256('x'))",
            "chain",
            "a commit ends at 100001",
        ),
        ("UPDATE personal SET name = 'Mallory'", "names", f"another name is noted for {RIDER}"),
        ("UPDATE personal SET subject = 'k-7777'", "names", "whom no event names"),
        ("UPDATE fence SET epoch = 0", "fence", "it stands at 0"),
        ("DELETE FROM fence", "fence", "there is none"),
    ],
)
def test_what_stands_beside_the_events_is_held_against_them(
    written: str, statement: str, name: str, text: str
) -> None:
    assert judged(written)["ok"]
    tamper(written, statement)

    verdict = judged(written)

    assert text in failed(verdict)[name]
    assert set(failed(verdict)) <= {name, "log-ons", "unsigned commands"}
    assert verdict["chain"] == "", "nobody keeps the name of what is not whole"


@pytest.mark.postgres
def test_an_erased_name_is_told_and_is_no_breach(written: str) -> None:
    def told() -> str:
        verdict = judged(written)
        assert verdict["ok"]
        (found,) = (check["detail"] for check in verdict["checks"] if check["name"] == "names")
        return found

    before = told()
    assert before.startswith("1 noted")
    tamper(written, "DELETE FROM personal")

    assert told().startswith("0 noted")


@pytest.mark.postgres
def test_a_fence_that_was_raised_is_told(written: str) -> None:
    tamper(written, "UPDATE fence SET epoch = epoch + 3")
    verdict = judged(written)

    assert verdict["ok"]
    (found,) = (check["detail"] for check in verdict["checks"] if check["name"] == "fence")
    assert found == "it stands at 4; raised 3 times since the last commit"


def kept(journal: Journal) -> list[Expected]:
    """Every pair that a journal ever told."""
    return [Expected(commit.last_position, commit.chain) for commit in journal.read_commits()]


def test_a_pair_that_was_kept_is_found_again(week: SignedFloor) -> None:
    journal = week.journal()
    pairs = kept(journal)
    verdict = verify(journal, FOLDING, expected=[*pairs, Expected(0, bytes(32))])

    assert failed(verdict) == {}
    assert (verdict["position"], verdict["chain"]) == (journal.head(), text64(pairs[-1].chain))


def test_a_journal_that_differs_by_one_order_is_another_history(week: SignedFloor) -> None:
    """The same commands before it, and as many events: all that is told up to there agrees."""
    ours, theirs = a_week(), a_week()
    for floor, price_ticks in ((ours, 998), (theirs, 997)):
        floor.bid(floor.buyers[0], 1, price_ticks, market=LEASE)
        floor.pass_time(floor.writer.at_ns + DAY_NS)
    pairs, journal = kept(ours.journal()), theirs.journal()
    common = len(week.batches)

    assert failed(verify(journal, FOLDING, expected=pairs[:common])) == {}
    for pair in pairs[common:]:
        assert list(failed(verify(journal, FOLDING, expected=[pair]))) == ["expected"]


def test_a_state_that_was_saved_behind_any_commit_is_the_replays(week: SignedFloor) -> None:
    """Also where the next event is of a stream that the saved one knows: it is read ahead."""
    floor, journal = a_week(), week.journal()
    replaying = MemoryJournal()
    replaying.take_fence()
    for batch in floor.batches:
        last = replaying.append(batch.rows, [batch.command] if batch.command else [])
        found = recover(replaying)
        new = save(found.venue, found.versions, last)
        saved = SavedState(
            new.position, new.form, new.codec_version, new.state_sha256, new.chain, is_whole=True
        )
        journal.store.saved[saved] = new.blob
    verdict = verify(journal, FOLDING)

    assert failed(verdict) == {}
    assert told(verdict, "saved states").startswith(f"{len(floor.batches)}, each of this history")


def test_an_older_backup_lacks_what_was_told(week: SignedFloor) -> None:
    journal = week.journal()
    last = kept(journal)[-1]
    cut_store(journal.store, len(journal.store.commits) - 3)
    verdict = verify(journal, FOLDING, expected=[last])

    assert list(failed(verdict)) == ["expected"]
    assert f"the journal ends at {verdict['positions']}" in failed(verdict)["expected"]


def test_a_tail_that_was_cut_and_replaced_is_another_history(week: SignedFloor) -> None:
    """Each event of the new tail is lawful, and so is its chain: the pair alone tells."""
    ours, theirs = a_week(), a_week()
    ours.bid(ours.buyers[0], 1, 998, market=LEASE)
    theirs.bid(theirs.buyers[0], 1, 997, market=LEASE)
    journal = ours.journal()
    told = kept(journal)[-1]
    cut_store(journal.store, len(week.batches))
    for batch in theirs.batches[len(week.batches) :]:
        journal.append(batch.rows, [batch.command] if batch.command else [])

    assert failed(verify(journal, FOLDING)) == {}
    found = failed(verify(journal, FOLDING, expected=[told]))
    assert list(found) == ["expected"]
    assert found["expected"].endswith("another history")


def test_a_position_that_ends_no_commit_is_the_askers_mistake() -> None:
    journal = MemoryJournal()
    journal.take_fence()
    floor = a_week()
    batch = next(batch for batch in floor.batches if len(batch.rows) > 2)
    before = [each for each in floor.batches if each.last_position < batch.first_position]
    for each in (*before, batch):
        journal.append(each.rows, [each.command] if each.command else [])
    nearest = f"{batch.first_position - 1:,} and {batch.last_position:,}"

    with pytest.raises(NoSuchCommit, match=nearest):
        verify(journal, FOLDING, expected=[Expected(batch.first_position, bytes(32))])


def test_the_commits_themselves_are_held_against_what_they_store(week: SignedFloor) -> None:
    def judge(change: Callable[[list[Commit]], None]) -> str:
        journal = week.journal()
        journal.store.epoch = 9
        change(journal.store.commits)
        found = failed(verify(journal, FOLDING))
        assert list(found) == ["chain"], found
        return found["chain"]

    last = len(week.journal().store.commits) - 1

    def replaced(n: int, **members: object) -> Callable[[list[Commit]], None]:
        def change(commits: list[Commit]) -> None:
            commits[n] = commits[n]._replace(**members)  # type: ignore[arg-type]

        return change

    assert "its chain is" in judge(replaced(2, chain=b"\x01" * 32))
    assert "its chain is" in judge(replaced(last, epoch=7))
    assert "comes too late" in judge(replaced(3, epoch=0))
    assert "its commit begins at" in judge(replaced(4, first_position=1))
    assert "its commit begins at" in judge(lambda commits: commits.pop(3) and None)
    assert "no commit stores it" in judge(lambda commits: commits.pop() and None)


def test_events_that_were_cut_from_under_their_commit_are_missed(week: SignedFloor) -> None:
    journal = week.journal()
    count = len(journal.store.rows) - len(week.batches[-1].rows)
    del journal.store.rows[count:]

    found = failed(verify(journal, FOLDING))
    assert "no event stands there" in found["chain"]


def test_an_old_journal_without_its_mark_is_a_breach(week: SignedFloor) -> None:
    journal = week.journal()
    counts = len(journal.store.rows), len(journal.store.commands)
    first = inherited_commit(journal.store.rows, journal.store.commands, *counts)
    journal.store.commits[:] = [first]

    found = failed(verify(journal, FOLDING))
    assert "journal_upgraded does not follow" in found["chain"]


def test_an_old_journal_says_from_where_the_rules_are_demanded() -> None:
    floor = a_week()
    journal = floor.journal()
    journal.store.commits.clear()
    head = journal.take_fence()
    marked = floor.writer.upgraded(head.commit)
    journal.append(marked.rows)
    verdict = verify(journal, FOLDING)

    assert failed(verdict) == {}
    (rules,) = [check["detail"] for check in verdict["checks"] if check["name"] == "rules"]
    assert f"from position {head.position + 1:,} on" in rules
    (acts,) = [check["detail"] for check in verdict["checks"] if check["name"] == "acts"]
    assert f"; not asked of {len(floor.batches):,} batches of an older release" in acts


def left_in_its_old_group(monkeypatch: pytest.MonkeyPatch) -> SignedFloor:
    """As the first release wrote it: a party moved, and its order did not."""
    floor = a_week()
    first, second = floor.owners[0], floor.buyers[0]
    floor.bid(second, 1, 1)
    with monkeypatch.context() as patched:
        patched.setattr("exchange.follow_ups.regrouped", lambda venue, parties: [])
        floor.happen(GroupChanged(second, first))
    floor.keep(floor.writer.attest(floor.writer.at_ns + 1))
    return floor


def test_an_order_that_was_left_in_its_old_group_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = left_in_its_old_group(monkeypatch)
    found = failed(verify(floor.journal(), folding_of(floor)))

    assert set(found) == {"I19"}
    assert "another group" in found["I19"]


def test_what_an_older_release_left_there_is_no_breach_and_goes_over_at_the_upgrade(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = left_in_its_old_group(monkeypatch)
    journal = floor.journal()
    journal.store.commits.clear()
    head = journal.take_fence()
    marked = floor.writer.upgraded(head.commit)
    journal.append(marked.rows)
    attested = floor.writer.attest(floor.writer.at_ns + 1)
    journal.append(attested.rows)

    kinds = [type(event) for event in marked.events]
    assert kinds[0] is JournalUpgraded
    assert set(kinds[1:]) == {PartyRegrouped}
    assert failed(verify(journal, FOLDING)) == {}


def test_a_trade_inside_a_group_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = a_week()
    seller, buyer = floor.owners[0], floor.buyers[0]
    for order in list(floor.venue.orders.values()):
        floor.tell(order.party, "order.cancel", order=order.order)
    floor.bid(buyer, 1, 1300)
    with monkeypatch.context() as patched:
        patched.setattr("exchange.follow_ups.regrouped", lambda venue, parties: [])
        floor.happen(GroupChanged(buyer, seller))
    floor.ask(seller, 1, 1300)  # it meets what was left behind

    assert not floor.venue.orders
    assert "says" in failed(verify(floor.journal(), folding_of(floor)))["I19"]
