"""Form 1 of the state is frozen: one small state and its hash stand here for every Python."""

from exchange.state_form import FORM, rows, state_sha256
from ledger.durations import DAY_NS
from tests.exchange.ground import TITLE, Floor

PINNED_ROWS = [
    b'["balance","cn-1/external",-2000000000000000]',
    b'["balance","p-0002/available",1000000000000000]',
    b'["balance","p-0003/available",999999888614097]',
    b'["balance","p-0003/deposit/l-0001",1934400]',
    b'["balance","p-0003/escrow/x-000001",82882800]',
    b'["balance","p-0003/on_hold/h-000003",18823366]',
    b'["balance","p-0003/rent_escrow/l-0001",7745337]',
    b'["lease","l-0001","p-0002","p-0003",["n-0001"],1732982400000000000,1735660800000000000,'
    b'1300,7737600,"agreed",1732982400000000000]',
    b'["order","o-000005","L.H100SXM8.CN-BJ.2024-12","p-0003","bid",1264,2,2,3,[],18823366,'
    b"1731726000000000000]",
    b'["order","o-000006","L.H100SXM8.CN-BJ.2024-12","p-0002","ask",1400,1,1,4,["n-0003"],0,0]',
    b'["settlement","x-000001","t-000002","p-0002","p-0003",["n-0002"],82800000,82800,0,'
    b'"delivering"]',
    b'["title","n-0001","p-0002"]',
    b'["title","n-0002","p-0002"]',
    b'["title","n-0003","p-0002"]',
]
PINNED_SHA256 = "MY5jprAXfcK1bRZZVnl8g2d7Rdn1S3k-SluUZQdA34E"


def small() -> Floor:
    """Three servers: one leased, one sold and not yet delivered, one on offer; a bid that rests."""
    floor = Floor(owners=1, buyers=1, nodes=3)
    owner, buyer = floor.owners[0], floor.buyers[0]
    floor.ask(owner, 1, 1300)
    floor.bid(buyer, 1, 1300)
    floor.ask(owner, 1, 1035, market=TITLE, nodes=["n-0002"])
    floor.bid(buyer, 1, 1035, market=TITLE)
    expires_ns = (floor.writer.at_ns // DAY_NS + 1) * DAY_NS + 3 * 3_600_000_000_000
    floor.bid(buyer, 2, 1264, time_in_force="gtd", expires_ns=expires_ns)
    floor.ask(owner, 1, 1400, nodes=["n-0003"])
    return floor


def test_the_rows_of_a_small_state_are_those_written_here() -> None:
    assert FORM == 1
    assert rows(small().venue) == PINNED_ROWS


def test_its_hash_is_the_same_on_every_python() -> None:
    assert state_sha256(small().venue) == PINNED_SHA256
