"""Looking at a market: the ladder in words, and feeds as lines of JSON."""

import json

from gateway.cli.trader import watch
from gateway.feeds import market_channels, party_channels, thing_channels
from gateway.feeds.channel import Channel
from tests.exchange.ground import LEASE
from tests.gateway.cli.served import Served

CHANNEL_FILES = (market_channels, party_channels, thing_channels)  # imported: they are known


def test_an_empty_side_is_said_in_words(served: Served) -> None:
    told = served.line("book", LEASE).stdout

    assert "no asks" in told
    assert "no bids" in told
    assert f"{LEASE} is continuous: 0 lots asked, 0 bid; never traded." in told


def test_the_ladder_shows_a_gpu_hour_and_a_server_month(served: Served) -> None:
    served.line("order", LEASE, "ask", "2", "--price-ticks", "1302", "--yes", me="seller")

    told = served.line("book", LEASE).stdout

    (ask,) = [line for line in told.splitlines() if line.startswith("ask")]
    assert ask.split() == ["ask", "13.02", "yuan", "77,495.04", "yuan", "2"]


def test_a_bound_counts_the_markets_that_fit(served: Served) -> None:
    whole = served.document("markets")["rows"]
    wanted = served.document("markets", "--point", "cn-bj")
    assert 1 < len(wanted["rows"]) <= len(whole)
    assert wanted["next"] is None

    cut = served.document("markets", "--point", "CN-BJ", "--most", "1")
    assert cut["rows"] == wanted["rows"][:1]
    assert cut["next"] == cut["rows"][0]["market"]
    told = served.line("markets", "--point", "CN-BJ", "--most", "1")
    assert "Shown: 1 row; there are more" in told.stderr


def test_the_document_is_the_venues_own(served: Served) -> None:
    found = served.document("book", LEASE)

    assert list(found["result"]) == ["market", "seq", "phase", "bids", "asks", "crc"]


def test_a_feed_is_a_line_of_json_for_each_message(served: Served) -> None:
    served.line("order", LEASE, "ask", "1", "--price-ticks", "1302", "--yes", me="seller")

    lines = served.line("watch", f"book.10.0/{LEASE}", "--count", "1").stdout.splitlines()

    (message,) = [json.loads(line) for line in lines]
    assert message["kind"] == "snapshot"
    assert message["body"]["asks"] == [[1302, 1, 1, 0]]
    assert isinstance(message["at_ns"], str)


def test_a_feed_of_ones_own_needs_a_key(served: Served) -> None:
    assert served.line("watch", "orders", code=3)
    told = served.line("watch", "orders", "--count", "1", me="seller").stdout
    assert json.loads(told)["feed"] == f"orders/{served.town.keys['seller'].party}"


def test_a_feed_that_is_none_is_refused(served: Served) -> None:
    told = served.line("watch", "weather/beijing", "--count", "1", code=2).stderr
    assert "There is no feed 'weather/beijing'" in told
    assert "ticker" in told
    assert "ticker/T.H100SXM8.A1.CN-BJ" in served.line("watch", "ticker", code=2).stderr


def test_the_feeds_are_those_of_the_gateway() -> None:
    known = {*watch.OF_A_MARKET, *watch.OF_THE_VENUE, *watch.OF_A_PARTY, *watch.OF_A_THING}

    def channels(kind: type[Channel]) -> set[str]:
        below = {name for each in kind.__subclasses__() for name in channels(each)}
        return below | ({kind.name} if "name" in vars(kind) else set())

    assert known == channels(Channel)
