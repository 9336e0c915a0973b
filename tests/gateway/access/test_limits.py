"""Token buckets, by a clock that is handed in."""

import pytest

from gateway.access.command_intake import bucket_of
from gateway.access.limits import OWED_MOST, RATES, TokenBuckets, TokenRate
from ledger.durations import SECOND_NS


def test_a_burst_then_the_refill_and_what_is_left_is_told() -> None:
    buckets = TokenBuckets({"orders": TokenRate(4, 2)})

    assert [buckets.take("orders", "p-1", 0).tokens for _ in range(4)] == [3, 2, 1, 0]
    empty = buckets.take("orders", "p-1", 0)
    assert empty.retry_after_ms == 500
    assert buckets.take("orders", "p-1", SECOND_NS // 2).retry_after_ms == 0
    assert buckets.take("orders", "p-1", SECOND_NS // 2).retry_after_ms == 500
    assert buckets.policy("orders") == '"orders";q=4;w=2'


def test_a_token_is_there_at_its_instant_and_not_a_billionth_before() -> None:
    buckets = TokenBuckets({"orders": TokenRate(1, 1)})

    assert buckets.take("orders", "p-1", 0).retry_after_ms == 0
    assert buckets.take("orders", "p-1", SECOND_NS - 1).retry_after_ms == 1
    assert buckets.take("orders", "p-1", SECOND_NS).retry_after_ms == 0


def test_one_caller_does_not_draw_from_anothers() -> None:
    buckets = TokenBuckets({"orders": TokenRate(1, 1)})

    assert buckets.take("orders", "p-1", 0).retry_after_ms == 0
    assert buckets.take("orders", "p-1", 0).retry_after_ms > 0
    assert buckets.take("orders", "p-2", 0).retry_after_ms == 0


def test_a_request_dearer_than_a_full_bucket_is_granted_when_it_is_full() -> None:
    buckets = TokenBuckets({"reads": TokenRate(10, 10)})

    assert buckets.take("reads", "k-1", 0, cost=50).retry_after_ms == 0
    assert buckets.take("reads", "k-1", 0, cost=1).retry_after_ms == 100


def test_a_clock_that_goes_back_gives_nothing() -> None:
    buckets = TokenBuckets({"reads": TokenRate(1, 1)})

    assert buckets.take("reads", "k-1", 5 * SECOND_NS).retry_after_ms == 0
    assert buckets.take("reads", "k-1", 0).retry_after_ms == 1_000
    assert buckets.take("reads", "k-1", 5 * SECOND_NS).retry_after_ms == 1_000


def test_cancels_have_a_bucket_of_their_own() -> None:
    assert bucket_of("order.cancel") == bucket_of("order.cancel_all") == "cancels"
    assert bucket_of("order.new") == bucket_of("order.amend") == "orders"
    assert bucket_of("deposit.new") == "commands"


def test_what_is_charged_behind_the_work_is_owed_and_paid_first() -> None:
    buckets = TokenBuckets({"feeds": TokenRate(10, 2)})

    assert buckets.charge("feeds", "p-1", 0, 4).tokens == 6
    owed = buckets.charge("feeds", "p-1", 0, 10)
    assert (owed.tokens, owed.retry_after_ms) == (0, 2_000)
    assert buckets.charge("feeds", "p-1", SECOND_NS, 0).retry_after_ms == 1_000
    assert buckets.take("feeds", "p-1", SECOND_NS).retry_after_ms == 1_500
    assert buckets.charge("feeds", "p-1", 2 * SECOND_NS, 0).retry_after_ms == 0
    assert buckets.charge("feeds", "p-2", 0, 0).tokens == 10


def test_nobody_owes_more_than_so_many_bursts() -> None:
    buckets = TokenBuckets({"feeds": TokenRate(10, 2)})

    owed = [buckets.charge("feeds", "p-1", 0, 10**9) for _ in range(3)][-1]
    assert owed.retry_after_ms == OWED_MOST * 10 * 1_000 // 2


def test_a_large_reply_costs_what_comes_back_while_its_bytes_are_sent() -> None:
    buckets = TokenBuckets()
    for bucket, cost in (("cancels", 244), ("orders", 97), ("commands", 4), ("reads", 24)):
        full = buckets.rates[bucket].burst
        paid = buckets.take(bucket, "p-1", 0)
        assert buckets.charge_reply(paid, 4_096, 0) == paid, "a small one costs no more"
        assert buckets.charge_reply(paid, 200_000, 0).tokens == max(0, full - 1 - cost), bucket
        assert buckets.take(bucket, "p-2", 0).tokens == full - 1, "another's own"


@pytest.mark.parametrize("bucket", list(RATES))
def test_t_is_the_whole_seconds_until_each_bucket_is_full_again(bucket: str) -> None:
    """From one token that is lacking to an empty one, and to one that owes."""
    rate = RATES[bucket]
    for cost in (1, rate.refill, rate.refill + 1, rate.burst, 3 * rate.burst):
        left = TokenBuckets().charge(bucket, "p-1", 0, cost)
        buckets = TokenBuckets()
        buckets.charge(bucket, "p-1", 0, cost)
        early = buckets.take(bucket, "p-1", (left.full_s - 1) * SECOND_NS, 0)
        full = buckets.take(bucket, "p-1", left.full_s * SECOND_NS, 0)

        assert left.full_s > 0
        assert early.tokens < rate.burst
        assert (full.tokens, full.full_s) == (rate.burst, 0)
