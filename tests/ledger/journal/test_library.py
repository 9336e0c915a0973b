"""The `eventsourcing` library: its test cases on our recorder, its recorder on our store."""

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.tests.persistence import ApplicationRecorderTestCase
from psycopg.conninfo import conninfo_to_dict

from ledger.journal.postgres import PostgresJournal
from tests.ledger.journal.rows import row

pytestmark = pytest.mark.postgres


class TestTheLibrarysOwnCases(ApplicationRecorderTestCase[PostgresJournal]):
    """What the library asks of every application recorder."""

    @pytest.fixture(autouse=True)
    def _database(self, postgres_dsn: str) -> None:
        self.dsn = postgres_dsn

    def new_originator_id(self) -> str:
        return f"order:{super().new_originator_id()}"

    def create_recorder(self) -> PostgresJournal:
        recorder = PostgresJournal(self.dsn)
        self.addCleanup(recorder.close)
        return recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


def stock(dsn: str, user: str) -> PostgresApplicationRecorder:
    """The library's recorder as it comes, with its own datastore."""
    terms = {name: str(term) for name, term in conninfo_to_dict(dsn).items()}
    datastore = PostgresDatastore(
        *(terms["dbname"], terms["host"], terms["port"], user, ""),
        pool_size=2,
        originator_id_type="text",
    )
    return PostgresApplicationRecorder(datastore)


def test_a_stock_recorder_reads_our_events(postgres_dsn: str) -> None:
    ours = PostgresJournal(postgres_dsn)
    ours.take_fence()
    rows = [row(1, "unit:u-000001", 1), row(2, "unit:u-000002", 1), row(3, "unit:u-000001", 2)]
    ours.append(rows)
    theirs = stock(postgres_dsn, "auditor")
    with theirs.datastore:
        assert theirs.max_notification_id() == 3
        seen = [
            (found.id, found.originator_id, found.originator_version, found.topic, found.state)
            for found in theirs.select_notifications(start=1, limit=10)
        ]
        assert seen == [tuple(each) for each in rows]
        assert [event.state for event in theirs.select_events("unit:u-000001")] == [
            rows[0].state,
            rows[2].state,
        ]
        with theirs.subscribe(gt=2) as subscription:
            assert next(iter(subscription)).id == 3
            ours.append([row(4, "unit:u-000001", 3)])
            assert next(subscription).id == 4
    ours.close()


def test_a_stock_writer_fails_at_once(postgres_dsn: str) -> None:
    """Even the owner: no sequence gives the library positions that the fence did not."""
    theirs = stock(postgres_dsn, "postgres")
    with theirs.datastore:
        theirs.create_table()
        event = StoredEvent("unit:u-000001", 1, "unit_renamed", b"{}")
        with pytest.raises(IntegrityError, match="notification_id"):
            theirs.insert_events([event])
    with psycopg.connect(postgres_dsn) as owner:
        assert owner.execute("SELECT count(*) FROM stored_events").fetchone() == (0,)
