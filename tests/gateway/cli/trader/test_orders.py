"""Buying, ordering, cancelling as a person types it, against a gateway that serves."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.cli.market_search import FoundMarket
from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.seller.offers import order_in_words
from gateway.cli.trader.orders import ENDING_SHOWN
from gateway.cli.venue_caller import VenueCaller
from ledger.ids import MarketSymbol
from tests.exchange.ground import LEASE, TITLE
from tests.gateway.cli.lines import said
from tests.gateway.cli.served import Served

MONTH = LEASE.rpartition(".")[2]


def test_buying_says_the_whole_cost_first_and_then_what_came_of_it(served: Served) -> None:
    served.line("order", LEASE, "ask", "2", "--price-ticks", "1302", "--yes", me="seller")

    told = served.line("buy", "8", "H100", MONTH, "CN-BJ", "--limit", "80000", "--yes", me="trader")

    assert (
        f"By the venue's preview: bids for 1 lot (8 GPUs) on {LEASE} at 13.44 yuan a GPU-hour "
        "(79,994.88 yuan a server-month): 79,994.88 yuan, a fee of at most 79.99 yuan, "
        "a deposit of 19,998.72 yuan; 100,073.59 yuan goes on hold."
    ) in told.stderr
    assert "is filled; 1 lot filled: 1 at 13.02 yuan a GPU-hour." in told.stdout


def test_without_a_yes_nothing_is_sent(served: Served) -> None:
    words = ("buy", "8", "H100", MONTH, "CN-BJ", "--limit", "80000")

    assert "Nothing was done" in served.line(*words, me="trader", typed="n\n", code=130).stderr
    assert "nobody was there to say yes" in served.line(*words, me="trader", code=2).stderr
    assert served.document("book", LEASE)["result"]["bids"] == []


def test_a_dry_run_tells_and_sends_nothing(served: Served) -> None:
    words = ("buy", "8", "H100", MONTH, "CN-BJ", "--limit", "75000", "--dry-run")

    found = served.document(*words, me="trader")

    assert found["dry_run"] is True
    assert found["args"] == {
        "market": LEASE,
        "side": "bid",
        "type": "limit",
        "price_ticks": 1260,
        "lots": 1,
        "time_in_force": "gtc",
    }
    assert served.document("book", LEASE)["result"]["bids"] == []


def test_with_json_the_reply_stands_alone_on_stdout(served: Served) -> None:
    found = served.document("order", LEASE, "ask", "1", "--price", "75000", "--yes", me="seller")

    assert found["result"]["state"] == "open"
    assert found["result"]["price_ticks"] == 1261, "75,000.00 yuan is 1,260.08 fen here"


def test_a_bid_below_the_least_rent_is_refused_with_it(served: Served) -> None:
    told = served.line("buy", "8", LEASE, "--limit", "59.51", me="trader", code=2).stderr
    assert "is no price: the least here is 59.52 yuan a server-month" in told
    assert "A rent here is for the whole server and the whole month, not for a GPU-hour." in told


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("buy", "7", "H100", MONTH, "CN-BJ", "--limit", "1"), 2, "8 GPUs a lot"),
        (("buy", "8", "H100", "2031-01", "CN-BJ", "--limit", "1"), 4, "No market fits"),
        (("buy", "8", "H100", MONTH, "--limit", "1"), 2, "names no market"),
        (
            ("buy", "8", "B900", MONTH, "CN-BJ", "--limit", "1"),
            4,
            "B900 is no model that",
        ),
        (("buy", "8", "H100", MONTH, "CN-BJ", "--limit", "dear"), 2, "is no amount"),
        (("order", TITLE, "bid", "1", "--price", "103550"), 2, "lies between two"),
        (("order", TITLE, "bid", "1"), 2, "has one price"),
        (("order", TITLE, "bid", "1", "--price", "1", "--until", "2024-12-01"), 2, "go together"),
        (("order", "T.NONE.A1.CN-BJ", "bid", "1", "--price-ticks", "1"), 4, "unknown_market"),
        (("cancel",), 2, "Which orders?"),
        (("cancel", "o-999999"), 4, "unknown_order"),
    ],
)
def test_a_mistake_is_two_sentences_and_an_exit_code(
    served: Served, words: tuple[str, ...], code: int, why: str
) -> None:
    flags = () if words[0] == "cancel" else ("--yes",)

    told = served.line(*words, *flags, me="trader", code=code)

    assert why in told.stderr
    assert "Traceback" not in told.stderr


def test_an_order_for_what_is_not_owned_is_refused_with_its_code(served: Served) -> None:
    words = ("order", TITLE, "ask", "1", "--price", "103500", "--node", "n-0008", "--yes")

    assert "not_the_owner" in served.line(*words, me="seller", code=1).stderr


def test_advice_for_whoever_is_refused_can_be_typed_as_it_stands(served: Served) -> None:
    line = ("order", TITLE, "ask", "1", "--price", "103500", "--node", "n-0001", "--yes")
    served.line(*line, me="seller")

    told = served.line(*line, me="seller", code=1).stderr

    assert "`gpubourse amend o-000001 --price YUAN --me seller`" in told
    assert "`gpubourse cancel o-000001 --me seller`" in told


def test_an_order_beyond_the_cash_is_refused(served: Served) -> None:
    words = ("order", TITLE, "bid", "250", "--price", "100000000", "--yes")

    assert "notional_limit" in served.line(*words, me="trader", code=1).stderr


def test_a_key_of_the_wrong_scope_ends_3(served: Served) -> None:
    words = ("order", TITLE, "bid", "1", "--price", "103500", "--yes")

    assert "scope_missing" in served.line(*words, me="reader", code=3).stderr


def test_without_a_key_or_with_a_strange_one_it_ends_3(served: Served) -> None:
    words = ("buy", "8", "H100", MONTH, "CN-BJ", "--limit", "1", "--yes")

    assert "needs somebody who signs" in served.line(*words, code=3).stderr
    strange = served.line(*words, me="nobody", code=3)
    names = ", ".join(sorted(served.town.keys))
    assert f"--me chooses one of these: {names}." in strange.stderr


def test_a_key_that_others_can_read_is_refused(served: Served) -> None:
    (served.data / "keys" / "trader").chmod(0o644)

    told = served.line("cancel", "--all", me="trader", code=3)

    assert "chmod 600" in told.stderr


def test_cancelling_by_name_and_all(served: Served) -> None:
    for _ in range(3):
        served.line("order", LEASE, "ask", "1", "--price-ticks", "1302", "--yes", me="seller")

    assert "o-000001 is cancelled." in served.line("cancel", "o-000001", me="seller").stdout
    all_ = served.line("cancel", "--all", "--yes", me="seller").stdout
    assert "Cancelled: o-000002, o-000003." in all_
    none = served.line("cancel", "--all", me="seller")  # nothing to ask about
    assert "Nothing was cancelled: no such order was open." in none.stdout


def test_a_cancel_of_many_names_them_first_and_asks(served: Served) -> None:
    for symbol, ticks, count in ((LEASE, "1302", ENDING_SHOWN), (TITLE, "1035", 1)):
        for _ in range(count):
            line = ("order", symbol, "bid", "1", "--price-ticks", ticks, "--yes")
            served.line(*line, me="trader")
    other = f"o-{ENDING_SHOWN + 1:06}"

    unasked = served.line("cancel", "--all", me="trader", code=2).stderr
    assert f"{ENDING_SHOWN + 1} orders would end: o-000001, bid 1 lot on {LEASE} at " in unasked
    assert "yuan a server-month); o-000002, bid" in unasked
    assert "; and 1 more order." in unasked
    assert "nobody was there to say yes" in unasked
    dry = served.line("cancel", "--market", TITLE, "--dry-run", me="trader").stderr
    sold = "at 103,500.00 yuan a GPU"
    assert f"1 order would end: {other}, bid 1 lot on {TITLE} {sold}." in dry
    assert "nothing was done" in dry
    (level,) = served.document("book", LEASE)["result"]["bids"]
    assert level[1] == ENDING_SHOWN
    done = served.line("cancel", "--market", TITLE, "--yes", me="trader")
    assert done.stdout == f"Cancelled: {other}.\n"


def test_the_same_key_again_is_not_done_twice(served: Served) -> None:
    words = ("order", LEASE, "ask", "1", "--price-ticks", "1302", "--key", "mine-1", "--yes")

    first = served.document(*words, me="seller")
    second = served.document(*words, me="seller")

    assert second["replayed"] is True
    assert second["result"] == first["result"]
    assert served.document("book", LEASE)["result"]["asks"] == [[1302, 1, 1, 0]]


def test_no_venue_at_the_address_ends_5() -> None:
    caller = said("book", TITLE, env={"GPUBOURSE_VENUE": "http://127.0.0.1:1"})

    assert caller.exit_code == 5
    assert "No venue answers at http://127.0.0.1:1" in caller.stderr
    assert "gpubourse run" in caller.stderr


def test_an_address_that_is_none_ends_2() -> None:
    assert said("book", TITLE, env={"GPUBOURSE_VENUE": "here"}).exit_code == 2


def test_only_markets_that_are_open_are_named_and_those_of_the_place_first(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `buy` cannot mean is answered with what it can: no month that has begun is among it."""
    rows_of = VenueCaller.rows

    def with_one_that_began(
        caller: VenueCaller, path: str, **terms: Any
    ) -> Iterator[dict[str, Any]]:
        for row in rows_of(caller, path, **terms):
            yield {**row, "market": "L.H100SXM8.CN-BJ.2020-01", "last_trade_ns": "1"}
            yield row

    monkeypatch.setattr(VenueCaller, "rows", with_one_that_began)
    told = served.line("buy", "8", "H100", "2099-01", "CN-BJ", "--limit", "1", me="trader", code=4)

    named = [word.strip(",.") for word in told.stderr.split() if word.startswith("L.")]
    assert named == sorted(named)
    assert all(".CN-BJ." in symbol for symbol in named)
    venue = served.town.floor.venue
    for symbol in named:
        last_ns = venue.markets[MarketSymbol(symbol)].spec.last_trade_ns
        assert last_ns is not None
        assert last_ns > served.town.floor.writer.at_ns
    open_ = [name for name, each in venue.markets.items() if each.spec.last_trade_ns]
    assert len(named) == len(open_)


def test_gpus_that_cut_a_server_are_answered_with_what_does_not(served: Served) -> None:
    told = served.line("buy", "7", LEASE, "--limit", "75000", me="trader", code=2).stderr
    assert "Ask for 8." in told
    told = served.line("buy", "12", LEASE, "--limit", "75000", me="trader", code=2).stderr
    assert "Ask for 8 or 16." in told


def test_what_may_not_rest_is_not_said_to_be_held(served: Served) -> None:
    """Of an ioc or fok the sums are the most that is spent, and what it does not meet ends."""
    served.line("order", LEASE, "ask", "2", "--price-ticks", "1302", "--yes", me="seller")
    words = ("order", LEASE, "bid", "3", "--price-ticks", "1302", "--yes")

    fok = served.line(*words, "--tif", "fok", me="trader")
    assert "yuan is spent. It would meet nobody now, and end at once." in fok.stderr
    assert "on hold" not in fok.stderr
    assert "is expired; 3 lots not filled." in fok.stdout
    ioc = served.line(*words, "--tif", "ioc", me="trader")
    assert "2 lots at 13.02 yuan a GPU-hour now. The rest would end at once." in ioc.stderr
    assert "is expired; 2 lots filled: 2 at 13.02 yuan a GPU-hour; 1 lot not filled." in ioc.stdout


def test_when_an_order_ends_is_said_before(served: Served) -> None:
    words = ("buy", "8", LEASE, "--limit", "70000", "--tif", "gtd", "--yes")

    assert "go together" in served.line(*words, me="trader", code=2).stderr
    told = served.line(*words, "--until", "2024-11-20", me="trader")
    assert "It ends at 2024-11-20 00:00:00+08:00." in told.stderr
    assert "go together" in (
        served.line(*words[:-3], "--until", "2024-11-20", me="trader", code=2).stderr
    )


def test_orders_that_were_not_cancelled_are_named(served: Served) -> None:
    for _ in range(2):
        served.line("order", LEASE, "ask", "1", "--price-ticks", "1302", "--yes", me="seller")

    some = served.line("cancel", "o-1", "o-9", "o-000009", me="seller", code=7)
    assert "Cancelled: o-000001." in some.stdout
    assert "No open order of yours: o-000009." in some.stderr
    none = served.line("cancel", "o-1", "o-9", me="seller", code=4)
    assert "No open order of yours: o-000001, o-000009." in none.stderr
    elsewhere = served.line("cancel", "o-2", "--market", TITLE, "--yes", me="seller", code=4)
    assert "No open order of yours that fits: o-000002." in elsewhere.stderr


def test_what_a_changed_order_met_before_is_no_news() -> None:
    market = FoundMarket(
        VenueCaller(VerbContext(output=Output(is_json=False))),
        {
            "market": TITLE,
            "kind": "title",
            "gpus_per_lot": 8,
            "lot_size": 8,
            "tick_minor": 10_000,
        },
    )
    stands = {"order": "o-000001", "fills": [], "lots": 4, "held_minor": 0}

    def told(**members: Any) -> str:
        return order_in_words(market._caller, market, stands | members)

    assert told(state="open", filled_lots=1, open_lots=3) == (
        "o-000001 is open; 1 lot filled before; 3 lots open."
    )
    assert told(state="cancelled", filled_lots=2, open_lots=0, lots=2) == (
        "o-000001 is cancelled; 2 lots filled before."
    )
    assert told(state="cancelled", filled_lots=2, open_lots=0) == (
        "o-000001 is cancelled; 2 lots filled before; 2 lots not filled."
    )


def test_a_price_for_the_whole_server_is_told_before_anything_is_asked(served: Served) -> None:
    served.line("order", TITLE, "ask", "1", "--price", "70800", "--yes", me="maker")
    served.line("order", TITLE, "bid", "1", "--price", "70800", "--yes", me="trader")
    words = ("order", TITLE, "ask", "1")

    told = served.line(*words, "--price", "566400", me="seller", typed="n\n", code=130).stderr

    assert told.index("Mind the price: ") < told.index("Go ahead?")
    assert (
        "Mind the price: 566,400.00 yuan a GPU is about 8 times the last price, 70,800.00 yuan a "
        "GPU, "
    ) in told
    assert "Is this the price of the whole server of 8 GPUs? A price here is for one GPU." in told


def test_a_price_far_too_low_and_a_rent_of_one_gpu_are_told(served: Served) -> None:
    served.line("order", TITLE, "ask", "1", "--price", "70800", "--yes", me="maker")
    served.line("order", LEASE, "ask", "1", "--price", "80000", "--yes", me="maker")
    dry = ("--dry-run",)

    sold = served.line("order", TITLE, "ask", "1", "--price", "100", *dry, me="seller").stderr
    rent = ("buy", "8", "H100", MONTH, "CN-BJ", "--limit", "10000", *dry)
    fair = served.line("order", TITLE, "ask", "1", "--price", "71000", *dry, me="seller").stderr

    assert (
        "Mind the price: the best ask, 70,800.00 yuan a GPU, is about 708 times 100.00 yuan a GPU."
    ) in sold
    assert "Is this the rent of one GPU? A rent here is for the whole server of 8 GPUs." in (
        served.line(*rent, me="trader").stderr
    )
    assert "Mind the price" not in fair


def test_a_class_is_taken_as_it_is_printed(served: Served) -> None:
    bid = ("--price", "70000", "--dry-run")

    bought = served.document(
        *("buy", "8", "h100sxm8.a1", "CN-BJ", "--limit", "70000", "--dry-run"), me="trader"
    )
    ordered = served.document("order", "H100SXM8.A1.cn-bj", "bid", "1", *bid, me="trader")
    without = served.line("order", "H100SXM8.A1", "bid", "1", *bid, me="trader", code=2).stderr
    twice = ("buy", "8", "H100SXM8.A1", "A0", "CN-BJ", "--limit", "70000")

    assert bought["args"]["market"] == ordered["args"]["market"] == TITLE
    assert "'H100SXM8.A1' is a class: a market is a class at one delivery point." in without
    assert "T.H100SXM8.A1.CN-BJ" in without
    assert "A0 is a second class, beside A1." in served.line(*twice, me="trader", code=2).stderr
