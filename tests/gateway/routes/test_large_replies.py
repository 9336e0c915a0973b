"""A reply that takes long to make is paid for by its bytes, wherever it comes from."""

import json
from collections.abc import Hashable

import pytest

from gateway.access.limits import TokenBuckets, TokensLeft
from gpubourse.key_files import new_command_key
from tests.gateway.bare_client import bare_client
from tests.gateway.town import Town

OP, PATH = "order.cancel_all", "/v1/orders/cancel_all"


@pytest.fixture
def charged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Hashable, int]]:
    """Each charge for a reply: the bucket, whose, and the size."""
    found: list[tuple[str, Hashable, int]] = []
    charge = TokenBuckets.charge_reply

    def noted(buckets: TokenBuckets, paid: TokensLeft, size: int, now_ns: int) -> TokensLeft:
        found.append((paid.bucket, paid.caller, size))
        return charge(buckets, paid, size, now_ns)

    monkeypatch.setattr(TokenBuckets, "charge_reply", noted)
    return found


async def test_every_way_to_a_commands_reply_is_charged(
    town: Town, charged: list[tuple[str, Hashable, int]]
) -> None:
    """Done, judged by a dry run, repeated, asked for by its key; over REST and the socket."""
    party, principal = town.keys["trader"].party, town.keys["trader"].principal
    token, key = await town.log_on("trader"), new_command_key()

    async def rest(key: str, **args: bool) -> int:
        headers = town.signed("trader", OP, args, key=key)
        _, told, _ = await town.ask("POST", PATH, token=token, body=args, **headers)
        return len(json.dumps(told, separators=(",", ":")))

    sizes = [await rest(key), await rest(key), await rest(new_command_key(), dry_run=True)]
    _, told, _ = await town.ask("GET", f"/v1/commands/{key}", token=token)
    sizes.append(len(json.dumps(told, separators=(",", ":"))))
    async with bare_client(town) as client:
        await client.hello()
        await client.ask("logon", token=token)
        args = {"dry_run": True}
        for name, members in ((key, {}), (new_command_key(), {}), (new_command_key(), args)):
            told = await client.ask(OP, key=name, args=members)
            sizes.append(len(json.dumps(told, separators=(",", ":"))))

    own = [("cancels", party)] * 3
    assert [each[:2] for each in charged] == [*own, ("reads", principal), *own]
    assert [each[2] for each in charged] == sizes


async def test_who_was_sent_much_waits_before_he_is_sent_more(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.access.limits.SMALL_REPLY_BYTES", 0)
    monkeypatch.setattr("gateway.access.limits.REPLY_BYTES_PER_S", 20)
    town.clock.stand_still()
    token = await town.log_on("trader")
    statuses = []
    for _ in range(2):
        headers = town.signed("trader", OP, {})
        status, told, sent = await town.ask("POST", PATH, token=token, body={}, **headers)
        statuses.append(status)
    assert statuses == [200, 429]
    assert told["context"]["bucket"] == "cancels"
    assert int(sent["Retry-After"]) >= 1
