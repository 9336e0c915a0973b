"""What the gateway reads: rows under the wire's names, pages that agree, the position with them."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import psycopg
import pytest

from exchange.views.market_listings import FILLS, ORDER_WITH_FILLS, ORDERS, TRADES
from exchange.views.reader import Reader
from gateway.server.views_process import ViewsProcess, view_rules
from ledger.journal.postgres import PostgresJournal
from ledger.views.lists.cash_listings import CASH, LEASES, PAYMENTS, POSTINGS, TRIAL_BALANCE
from ledger.views.lists.journal_listings import EVENTS
from ledger.views.lists.pages import BadCursor, Cursor, Paging, pack
from ledger.views.lists.right_listings import CHAIN
from ledger.views.lists.settlement_listings import SETTLEMENTS
from ledger.views.lists.thing_listings import HOLDINGS, NODES, UNITS
from ledger.views.lists.venue_listings import PROPOSALS
from ledger.views.runner import Runner
from tests.ledger.views.flow import HOUR_NS, MARKET, START_NS, cut, whole_flow
from tests.ledger.views.reading import reader_of
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.postgres
ROWS = whole_flow()


@pytest.fixture
async def reader(postgres_dsn: str) -> AsyncIterator[Reader]:
    """A reader of views that hold the whole flow."""
    async with reader_of(postgres_dsn, [(ROWS, [])]) as found:
        yield found


async def test_every_answer_bears_its_position(reader: Reader) -> None:
    for page in (await reader.page(UNITS), await reader.page(CASH), await reader.page(ORDERS)):
        assert page.position == len(ROWS)
        assert page.at_ns > START_NS


async def test_a_unit_says_who_owns_it_and_what_it_is(reader: Reader) -> None:
    unit = (await reader.record(UNITS, unit="u-000001", party="p-0042")).value()
    assert unit is not None
    assert (unit["owner"], unit["site"], unit["delivery_point"]) == ("p-0042", "s-0001", "CN-BJ")
    assert (unit["grade"], unit["provenance"], unit["state"]) == ("A", "P2", "ready")
    assert unit["report_sha256"] == "r" * 43  # an older report that came later is history
    assert (await reader.record(UNITS, unit="u-000001", party="p-0099")).value() is None
    assert (await reader.record(UNITS, unit="u-000009")).value() is None


async def test_a_node_has_the_worst_of_its_units(reader: Reader) -> None:
    (node,) = (await reader.page(NODES, site="s-0001")).values()
    assert node["units"] == ["u-000001", "u-000002"]
    assert (node["grade"], node["provenance"], node["asset_class"]) == ("B", "P0", "H100SXM8.B0")
    (holding,) = (await reader.page(HOLDINGS, party="p-0042")).values()
    assert (holding["thing"], holding["gpus"], holding["basis"]) == ("n-0001", 2, "sale")


async def test_the_chain_of_title_is_the_boards(reader: Reader) -> None:
    links = (await reader.page(CHAIN, thing="u-000002")).values()
    assert [(link["from_party"], link["to_party"], link["price_minor"]) for link in links] == [
        ("", "p-0007", 0),
        ("p-0007", "p-0042", 2_000),
    ]


async def test_a_units_history_holds_its_boards_rights_and_leases(reader: Reader) -> None:
    topics = [row["topic"] for row in (await reader.history("u-000002")).values()]
    assert topics == [
        "unit_registered", "unit_inspected", "unit_graded", "title_issued", "title_transferred",
        "lease_granted", "lease_commenced", "usage_metered", "lease_ended",
    ]  # fmt: skip
    (event,) = (await reader.page(EVENTS, topic="venue_opened")).values()
    assert event["event"]["currency"] == "CNY"


async def test_orders_trades_and_fills(reader: Reader) -> None:
    states = {row["order"]: row["state"] for row in (await reader.page(ORDERS)).values()}
    assert states == {"o-000001": "filled", "o-000002": "filled", "o-000003": "cancelled"}
    bid = (await reader.record(ORDER_WITH_FILLS, key="key-o-000002", party="p-0042")).value()
    assert bid is not None
    assert [(fill["fill"], fill["role"], fill["fee_minor"]) for fill in bid["fills"]] == [
        ("t-000001.bid", "taker", 2)
    ]
    (fill,) = (await reader.page(FILLS, party="p-0007")).values()
    assert (fill["fill"], fill["role"]) == ("t-000001.ask", "maker")
    (trade,) = (await reader.page(TRADES, market=MARKET)).values()
    assert "buyer" not in trade
    for interval in ("1m", "1d"):
        (candle,) = await reader.candles(MARKET, interval)
        assert candle.close_ticks == 1_000
    assert candle.open_ns == START_NS  # midnight in the venue's zone


async def test_settlements_leases_proposals_and_money(reader: Reader) -> None:
    (settlement,) = (await reader.page(SETTLEMENTS, party="p-0007")).values()
    assert (settlement["state"], settlement["mode"]) == ("settled", "in_place")
    (lease,) = (await reader.page(LEASES, party="p-0007", state="ended")).values()
    assert (lease["earned_minor"], lease["returned_minor"], lease["energy_wh"]) == (480, 481, 7)
    (proposal,) = (await reader.page(PROPOSALS, party="p-0001")).values()
    assert (proposal["state"], len(proposal["approvals"])) == ("approved", 1)
    balance = (await reader.record(TRIAL_BALANCE)).value()
    assert balance is not None
    assert balance["sum_minor"] == 0
    accounts = {row["account"]: row["balance_minor"] for row in balance["accounts"]}
    assert accounts["p-0042/withdrawing/y-000001"] == 5_000
    (withdrawal,) = (await reader.page(PAYMENTS, party="p-0042")).values()
    assert withdrawal["state"] == "instructed"


async def test_a_silence_moves_the_deadline_that_a_person_must_meet(postgres_dsn: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    upto = next(row.position for row in ROWS if row.topic == "delivery_instructed") - 1
    journal.append(ROWS[:upto])
    journal.close()
    runner = Runner(postgres_dsn, view_rules())
    runner.open()
    runner.catch_up()
    runner.close()
    reader = Reader(postgres_dsn)
    await reader.open()
    found = (await reader.record(SETTLEMENTS, settlement="x-000001")).value()
    await reader.close()
    assert found is not None
    silence_ns = found["due_ns"] - (START_NS + 48 * HOUR_NS)
    assert silence_ns == HOUR_NS + 60_000_000_000  # silent for an hour, until the next batch


async def test_pages_agree_and_end(reader: Reader) -> None:
    whole = [row["position"] for row in (await reader.page(POSTINGS)).values()]
    met: list[int] = []
    cursor = ""
    while True:
        page = await reader.page(POSTINGS, Paging(limit=3, cursor=cursor))
        met += [row["position"] for row in page.values()]
        if page.next is None:
            break
        cursor = page.next
    assert met == whole
    with pytest.raises(BadCursor):
        await reader.page(POSTINGS, Paging(cursor="nonsense"))


@pytest.mark.parametrize("key", [1, "n-0001"])
async def test_a_cursor_that_no_page_gave_is_refused(reader: Reader, key: int | str) -> None:
    head = (await reader.progress()).position
    strange = pack(Cursor(head + (isinstance(key, int)), 1, key))

    with pytest.raises(BadCursor):
        await reader.page(POSTINGS, Paging(cursor=strange))
    late = await reader.page(TRADES, Paging(from_ns=START_NS + 1_000 * HOUR_NS))
    assert late.values() == []


async def test_the_process_follows_the_journal_and_ends_when_told(postgres_dsn: str) -> None:
    reader, views = Reader(postgres_dsn), ViewsProcess(postgres_dsn)
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    await reader.open()
    await views.start()
    try:
        assert not await reader.wait_for(1, timeout_s=0.0)
        for group in cut(ROWS, 20):
            await asyncio.to_thread(journal.append, group)
            assert await reader.wait_for(group[-1].position, timeout_s=PATIENCE_S)
        assert (await reader.progress()).position == len(ROWS)
    finally:
        await views.stop()
        await reader.close()
        journal.close()
    assert not views.is_alive


PARENT = """
import asyncio, os, signal, sys
from gateway.server.views_process import ViewsProcess

async def main():
    await ViewsProcess(sys.argv[1]).start()
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_the_process_ends_with_its_parent_however_that_ends(postgres_dsn: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    journal.append(ROWS)
    journal.close()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, postgres_dsn], stdin=subprocess.PIPE, text=True
    )
    wait_until(lambda: taken_by_another(postgres_dsn), "its process keeps the views")
    parent.communicate("die\n", timeout=PATIENCE_S)
    assert parent.returncode == -signal.SIGKILL
    wait_until(lambda: not taken_by_another(postgres_dsn), "the process ends with its parent")


@pytest.mark.parametrize("ending", ["SIGTERM", "the parent's pipe"])
def test_the_process_ends_in_order_while_its_input_is_open(postgres_dsn: str, ending: str) -> None:
    """A thread that waits for standard input holds its lock while Python ends: a fatal error."""
    words = [sys.executable, "-m", "gateway.server.views_process"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(f"{postgres_dsn}\n")
        process.stdin.flush()
        wait_until(lambda: taken_by_another(postgres_dsn), "its process keeps the views")
        if ending == "SIGTERM":
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
        _, told = process.communicate(timeout=PATIENCE_S)  # closes its input
    assert process.returncode == 0, told
    assert "Fatal" not in told


def taken_by_another(dsn: str) -> bool:
    """Whether another process keeps the views: seen from aside, so as to be in nobody's way."""
    with psycopg.connect(dsn) as looking:
        (count,) = looking.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
            " AND application_name LIKE 'gpubourse views%'"
        ).fetchone() or (0,)
    return bool(count)
