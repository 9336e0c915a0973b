"""The law of the public picture: after every batch and every start it is what the engine holds.

A seeded flow places, amends and cancels in title and lease markets over two months, past the end
of a window. Every member of every row and feed is compared, none is exempt, and what the flow must
have met is counted.
"""

from typing import Any

import msgspec
import pytest

from exchange.books.state import Venue
from exchange.engine.replay import (
    NewCheckpoint,
    last_positions,
    naming_attestation,
    recover,
    save,
)
from gateway.market_picture.market_views import MarketViews
from tests.exchange.ground import LEASE
from tests.gateway.feeds.followed import (
    BOOKS,
    CANDLES,
    Followed,
    book_of,
    instrument_of,
    levels_of,
    ticker_of,
)
from tests.reach import Reach

START_EVERY = 60  # batches between two starts from the journal
REACH = Reach(
    batches=1_000,
    starts_from_the_journal=10,
    starts_from_a_checkpoint=10,
    OrderAccepted=200,
    OrderAmended=30,
    OrderCancelled=40,
    OrderExpired=40,
    Traded=80,
    PhaseChanged=600,
    RuleSet=12,
    InstrumentListed=20,
    phases_in_a_delta=600,
    days_begun_anew=6,
    prices_moved_since_the_opening=40,
    markets_gone=3,
)
Picture = dict[str, dict[str, Any]]


def rows(views: MarketViews) -> Picture:
    """Every row of every public read of the market, by market."""
    return {
        symbol: {
            "market": views.market(symbol),
            "ticker": views.ticker(symbol),
            "instrument": views.instrument(symbol),
            "book": views.book(symbol, None),
            "best ten": views.book(symbol, 10),
        }
        for symbol in views.by_market
    }


class Law:
    """Compares, and counts what it was shown."""

    def __init__(self, seed: int) -> None:
        self.followed = Followed(seed)
        self.checked = 0
        self.saved: NewCheckpoint | None = None
        self.lots: dict[str, int] = {}  # market -> traded that day, a batch ago
        self.markets: set[str] = set()

    def run(self) -> None:
        """The whole flow, each batch checked."""
        self.followed.run(self.check)
        REACH.met("batches", self.checked)
        REACH.saw(kind for kind, times in self.followed.met.items() for _ in range(times))

    def check(self) -> None:
        """The picture that lived through it, one begun from the state, and the client's copy."""
        followed, venue = self.followed, self.followed.floor.venue
        expected = self._expected(venue)
        must_be_the_same(rows(followed.views), expected)
        begun = MarketViews()
        begun.fill(venue, followed.floor.writer.at_ns, followed.floor.batch_ends())
        must_be_the_same(rows(begun), expected)
        self._copied(expected)
        assert followed.orders.open == venue.orders
        self.checked += 1
        if self.checked % START_EVERY == 0:
            self._start(expected)
        self._count(expected)

    def _expected(self, venue: Venue) -> Picture:
        followed, at_ns = self.followed, self.followed.floor.writer.at_ns
        expected: Picture = {}
        for symbol, market in venue.markets.items():
            ticker = ticker_of(venue, market, followed.day(symbol), at_ns)
            phase, since_ns = followed.phases[symbol]
            assert market.phase == phase
            seq = followed.touched_at[symbol]
            names = iter(followed.views.instrument(symbol))
            expected[symbol] = {
                "market": ticker | {"phase_since_ns": since_ns},
                "ticker": ticker,
                "instrument": instrument_of(venue, market, at_ns, names),
                "book": book_of(market, seq, None),
                "best ten": book_of(market, seq, 10),
            }
        return expected

    def _copied(self, expected: Picture) -> None:
        copy, followed = self.followed.copy, self.followed
        for symbol, told in expected.items():
            for feed, depth in BOOKS.items():
                book = copy.books[f"{feed}/{symbol}"]
                engines = followed.floor.venue.markets[symbol].book
                assert book.phase == told["ticker"]["phase"], (feed, symbol)
                assert [list(level) for level in book.bids] == levels_of(engines.bids)[:depth]
                assert [list(level) for level in book.asks] == levels_of(engines.asks)[:depth]
            must_be_the_same({symbol: copy.tickers[symbol]}, {symbol: told["ticker"]})
            must_be_the_same({symbol: copy.instruments[symbol]}, {symbol: told["instrument"]})
            assert copy.tapes[symbol] == followed.tape(symbol)
            assert copy.candles[symbol] == followed.hours(symbol), CANDLES

    def _start(self, expected: Picture) -> None:
        """A gateway that starts now, from the first event and from a checkpoint of before."""
        floor = self.followed.floor
        journal = floor.journal()
        for saved in (None, self.saved):
            found = recover(journal, saved, pytest.fail)
            touched = [market.touched for market in found.venue.markets.values()]
            begun = MarketViews()
            begun.fill(found.venue, found.moment.at_ns, last_positions(journal, touched))
            must_be_the_same(rows(begun), expected)
        REACH.met("starts_from_the_journal")
        REACH.met("starts_from_a_checkpoint", self.saved is not None)
        last, _ = journal.commits_around(floor.writer.position)
        assert last is not None
        self.saved = save(floor.venue, floor.writer.versions, last)
        naming = naming_attestation(floor.venue.register.venue, self.saved)
        floor.keep(floor.writer.note([naming], floor.writer.at_ns + 1))

    def _count(self, expected: Picture) -> None:
        for symbol, told in expected.items():
            lots, reference = told["ticker"]["lots"], told["ticker"]["reference_ticks"]
            REACH.met("days_begun_anew", lots < self.lots.get(symbol, 0))
            was = told["instrument"]["first_reference_ticks"]
            REACH.met("prices_moved_since_the_opening", reference != was)
            self.lots[symbol] = lots
        REACH.met("markets_gone", len(self.markets - set(expected)))
        self.markets = set(expected)


def must_be_the_same(seen: dict[str, Any], expected: dict[str, Any], where: str = "") -> None:
    """Fail with the one member that differs."""
    assert list(seen) == list(expected), where
    for name, value in expected.items():
        if isinstance(value, dict) and isinstance(seen[name], dict):
            must_be_the_same(seen[name], value, f"{where} {name}")
        else:
            assert _plain(seen[name]) == _plain(value), f"{where} {name}"


def _plain(value: Any) -> Any:
    """Tuples as the lists that they are on the wire."""
    return msgspec.json.decode(msgspec.json.encode(value))


@REACH.demanded
def test_after_every_batch_and_every_start_the_public_picture_is_the_engines() -> None:
    for seed in (1, 2, 3):
        Law(seed).run()


def test_a_picture_that_is_begun_shows_the_markets_that_are_left() -> None:
    followed = Followed(4)
    followed.run(lambda: None)
    begun = MarketViews()
    begun.fill(followed.floor.venue, followed.floor.writer.at_ns, followed.floor.batch_ends())

    assert LEASE not in followed.views.by_market
    assert list(begun.by_market) == list(followed.views.by_market)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 200])
def test_the_end_of_a_batch_is_found_however_long_it_is(length: int) -> None:
    followed = Followed(5)
    floor = followed.floor
    for _ in range(length):
        floor.bid(floor.buyers[0], 1, 1299)
    floor.tell(floor.buyers[0], "order.cancel_all")
    batch = floor.batches[-1]
    journal = floor.journal()

    assert len(batch.events) == length
    assert last_positions(journal, [batch.first_position]) == {
        batch.first_position: batch.last_position
    }
    floor.bid(floor.buyers[0], 1, 1299)
    assert last_positions(floor.journal(), [batch.first_position]) == {
        batch.first_position: batch.last_position
    }
