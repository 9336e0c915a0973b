"""Looking at a market: the ladder in words, and feeds as lines of JSON."""

import json

from tests.exchange.ground import LEASE
from tests.gateway.cli.served import Served


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
    assert served.line("watch", "weather/beijing", "--count", "1", code=1)
