"""The gateway over HTTP: logging on, commands, public reads, and every kind of no."""

import asyncio

import pytest

from ledger.journal.personal_names import MemoryPersonal
from tests.exchange.ground import LEASE
from tests.gateway.town import Town
from tests.signing_keys import public_key

SECOND_NS = 1_000_000_000


async def test_a_visitor_reads_the_public_half_and_no_more(town: Town) -> None:
    status, told, headers = await town.ask("GET", "/v1/venue")
    assert (status, told["result"]["venue"], told["result"]["currency"]) == (200, "cn-1", "CNY")
    assert headers["Ledger-Position"] == str(told["position"])
    assert headers["RateLimit-Policy"] == '"anonymous";q=40;w=4'

    _, listed, _ = await town.ask("GET", "/v1/instruments?kind=lease")
    assert LEASE in [row["market"] for row in listed["rows"]]
    status, problem, headers = await town.ask("GET", "/v1/units")
    assert (status, problem["code"]) == (401, "no_session")
    assert headers["Content-Type"].startswith("application/problem+json")


async def test_a_signed_order_trades_and_its_reply_says_so(town: Town) -> None:
    seller, trader = await town.log_on("seller"), await town.log_on("trader")
    caller = await town.order("seller", seller, side="ask", price_ticks=1302, lots=2)
    assert (caller["state"], caller["open_lots"]) == ("open", 2)

    args = {"market": LEASE, "side": "bid", "price_ticks": 1302, "lots": 1}
    headers = town.signed("trader", "order.new", args)
    status, told, replied = await town.ask("POST", "/v1/orders", token=trader, body=args, **headers)

    assert status == 201
    assert told["result"]["state"] == "filled"
    assert told["result"]["fills"][0]["price_ticks"] == 1302
    assert isinstance(told["at_ns"], str)
    assert replied["Location"] == f"/v1/orders/{told['result']['order']}"
    assert replied["Ledger-Position"] == str(told["position"])
    path = f"/v1/markets/{LEASE}/book?min_position={told['position']}"
    _, book, _ = await town.ask("GET", path)
    assert book["result"]["asks"] == [[1302, 1, 1, 0]]
    assert book["result"]["bids"] == []
    _, tape, _ = await town.ask("GET", f"/v1/markets/{LEASE}/trades")
    assert [row["price_ticks"] for row in tape["rows"]] == [1302]
    assert "seller" not in tape["rows"][0]


async def test_the_same_key_again_brings_the_first_answer(town: Town) -> None:
    token = await town.log_on("seller")
    args = {"market": LEASE, "side": "ask", "price_ticks": 1302, "lots": 1}
    headers = town.signed("seller", "order.new", args)
    key = headers["Idempotency-Key"]

    _, first, _ = await town.ask("POST", "/v1/orders", token=token, body=args, **headers)
    again = town.signed("seller", "order.new", args, key=key)
    status, second, _ = await town.ask("POST", "/v1/orders", token=token, body=args, **again)
    assert (status, second["replayed"]) == (200, True)
    assert second["result"] == first["result"]
    assert second["position"] == first["position"]

    other = {**args, "lots": 2}
    headers = town.signed("seller", "order.new", other, key=key)
    status, problem, _ = await town.ask("POST", "/v1/orders", token=token, body=other, **headers)
    assert (status, problem["code"]) == (409, "key_reused")

    _, caller, _ = await town.ask("GET", f"/v1/commands/{key}", token=token)
    assert caller["result"]["result"] == first["result"]
    for no_key in ("bad%20key", "k" * 65, "%E9%94%AE"):
        status, problem, _ = await town.ask("GET", f"/v1/commands/{no_key}", token=token)
        assert (status, problem["code"]) == (400, "bad_field"), no_key
    status, problem, _ = await town.ask("GET", "/v1/commands/none", token=token)
    assert (status, problem["code"]) == (404, "unknown_key")


ARGS = {"market": LEASE, "side": "ask", "price_ticks": 1302, "lots": 1}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"market":"\xff"}', "bad_shape"),
        (b'{"lots":1,"lots":2}', "bad_shape"),
        (b'{"lots":1.0}', "bad_shape"),
        (b'{"lots":99999999999999999999}', "bad_shape"),
        (b"[]", "bad_shape"),
        (b'{"expires_ns":5}', "bad_field"),
    ],
)
async def test_a_body_that_is_not_strict_is_refused_unsigned(
    town: Town, body: bytes, code: str
) -> None:
    token = await town.log_on("seller")

    status, problem, _ = await town.ask("POST", "/v1/orders", token=token, body=body)

    assert (status, problem["code"]) == (400, code)
    assert town.engine.head == town.parts.hub.position


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"colour": "red"}, "bad_shape"),
        ({"lots": "1"}, "bad_shape"),
        ({"floor_ticks": 5}, "bad_field"),
        ({"side": "up"}, "bad_field"),
        ({"market": "L.NONE.CN-BJ.2024-12"}, "unknown_market"),
        ({"lots": 900}, "too_many_lots"),
    ],
)
async def test_an_order_that_no_rule_allows_is_refused_by_its_reason(
    town: Town, change: dict[str, object], code: str
) -> None:
    token = await town.log_on("seller")
    args = {**ARGS, **change}
    headers = town.signed("seller", "order.new", args)

    _, problem, _ = await town.ask("POST", "/v1/orders", token=token, body=args, **headers)

    assert problem["code"] == code
    assert problem["type"] == f"/problems/{code}"
    assert problem["instance"].startswith("/requests/")


async def test_a_command_must_be_signed_now_by_its_own_key(town: Town) -> None:
    token = await town.log_on("seller")

    async def refused(**headers: str) -> str:
        _, told, _ = await town.ask("POST", "/v1/orders", token=token, body=ARGS, **headers)
        return str(told["code"])

    good = town.signed("seller", "order.new", ARGS)
    assert await refused() == "key_missing"
    assert await refused(Idempotency_Key="a b") == "key_missing"
    assert await refused(Idempotency_Key="k") == "bad_signature"
    assert await refused(**town.signed("trader", "order.new", ARGS)) == "bad_signature"
    assert await refused(**town.signed("seller", "order.amend", ARGS)) == "bad_signature"
    assert await refused(**good | {"Command-Issued-Ns": "7"}) == "bad_signature"
    assert await refused(**good | {"Command-Issued-Ns": "07"}) == "bad_field"
    assert await refused(**good | {"Command-Valid-Ms": "90000"}) == "bad_signature"
    late = town.signed("seller", "order.new", ARGS, age_ns=6_000_000_000)
    assert await refused(**late) == "too_late"
    early = town.signed("seller", "order.new", ARGS, age_ns=-3_000_000_000)
    assert await refused(**early) == "clock_ahead"


async def test_where_the_principal_signs_by_session_orders_ride_on_it(town: Town) -> None:
    token = await town.log_on("maker")

    status, told, _ = await town.ask(
        "POST", "/v1/orders", token=token, body=ARGS, Idempotency_Key="maker-1"
    )
    assert status == 201, told
    auditor = await town.log_on("auditor")
    _, signed, _ = await town.ask("GET", f"/v1/audit/signatures/{told['position']}", token=auditor)
    assert signed["result"]["signature"] == ""
    assert signed["result"]["logon"]["signed"].startswith("gpubourse-v1\n")
    status, problem, _ = await town.ask(
        "POST",
        "/v1/withdrawals",
        token=token,
        body={"amount_minor": 1, "to_account": "ICBC"},
        Idempotency_Key="m-2",
    )
    assert (status, problem["code"]) == (401, "bad_signature")


async def test_a_cancel_never_needs_more_than_the_session(town: Town) -> None:
    token = await town.log_on("seller")
    order = await town.order("seller", token, side="ask", price_ticks=1302, lots=1)

    status, told, _ = await town.ask(
        "DELETE", f"/v1/orders/{order['order']}", token=token, Idempotency_Key="c-1"
    )

    assert (status, told["result"]["state"], told["result"]["cause"]) == (200, "cancelled", "user")


async def test_a_key_of_the_wrong_scope_opens_nothing(town: Town) -> None:
    token = await town.log_on("reader")
    args = {"market": LEASE, "side": "bid", "price_ticks": 1302, "lots": 1}
    headers = town.signed("reader", "order.new", args)

    status, problem, _ = await town.ask("POST", "/v1/orders", token=token, body=args, **headers)
    assert (status, problem["code"]) == (403, "scope_missing")
    status, problem, _ = await town.ask("GET", "/v1/audit/events", token=token)
    assert (status, problem["code"]) == (403, "scope_missing")
    status, problem, _ = await town.ask("GET", "/v1/audit/streams/party:p-0001", token=token)
    assert (status, problem["code"]) == (403, "scope_missing")
    own = town.keys["reader"].party
    status, told, _ = await town.ask("GET", f"/v1/audit/streams/party:{own}", token=token)
    assert (status, told["rows"][0]["topic"]) == (200, "party_registered")


async def test_a_stream_is_read_page_by_page(town: Town) -> None:
    """A page asks the journal for its own rows and one more, which says that there are some."""
    token = await town.log_on("auditor")
    address = "/v1/audit/streams/party:p-0001"
    _, whole, _ = await town.ask("GET", address, token=token)
    assert len(whole["rows"]) > 2
    assert whole["next"] is None
    rows, cursor = [], ""
    for _ in whole["rows"]:
        _, page, _ = await town.ask("GET", f"{address}?limit=1{cursor}", token=token)
        rows += page["rows"]
        cursor = f"&cursor={page['next']}"
    assert rows == whole["rows"]
    assert page["next"] is None


async def test_the_auditor_reads_rows_and_who_signed_for_them(town: Town) -> None:
    seller = await town.log_on("seller")
    order = await town.order("seller", seller, side="ask", price_ticks=1302, lots=1)
    token = await town.log_on("auditor")
    head = town.engine.head

    _, page, _ = await town.ask(
        "GET", f"/v1/audit/events?from={head}&limit=1&min_position={head}", token=token
    )
    row = page["rows"][0]
    assert (row["topic"], row["event"]["order"]) == ("order_accepted", order["order"])
    assert isinstance(row["event"]["at_ns"], str)
    assert f'"at_ns":{row["at_ns"]}' in row["entry"]
    _, signed, _ = await town.ask("GET", f"/v1/audit/signatures/{head}", token=token)
    assert signed["result"]["principal"] == town.keys["seller"].principal
    assert signed["result"]["public_key"] == town.keys["seller"].public_key
    _, engine, _ = await town.ask("GET", "/v1/audit/signatures/1", token=token)
    assert engine["result"]["by"] == "engine"
    status, problem, _ = await town.ask("GET", "/v1/audit/signatures/999999", token=token)
    assert (status, problem["code"]) == (400, "as_of_ahead")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": ["read", "admin"]}, "scope_missing"),
        ({"party": "p-0001"}, "bad_signature"),
        ({"principal": "k-9999"}, "bad_signature"),
        ({"venue": "cn-2"}, "bad_signature"),
        ({"challenge": "A" * 43}, "challenge_spent"),
        ({"ttl_s": 100_000}, "bad_field"),
        ({"v": "1"}, "bad_shape"),
        ({"colour": "red"}, "bad_shape"),
    ],
)
async def test_a_logon_that_is_not_right_opens_nothing(
    town: Town, change: dict[str, object], code: str
) -> None:
    with pytest.raises(AssertionError, match=code):
        await town.log_on("trader", **change)


async def test_a_session_ends_when_it_is_ended(town: Town) -> None:
    token = await town.log_on("trader")
    _, told, _ = await town.ask("GET", "/v1/auth/session", token=token)
    assert told["result"]["party"] == town.keys["trader"].party
    assert told["result"]["buckets"]["orders"] == 400

    await town.ask("DELETE", "/v1/auth/session", token=token)
    status, problem, _ = await town.ask("GET", "/v1/auth/session", token=token)
    assert (status, problem["code"]) == (401, "no_session")


async def test_a_session_has_its_time(town: Town) -> None:
    token = await town.log_on("trader", ttl_s=60)
    status, told, _ = await town.ask("GET", "/v1/auth/session", token=token)
    assert status == 200, told
    town.clock.skip(60 * SECOND_NS)

    status, problem, _ = await town.ask("GET", "/v1/auth/session", token=token)

    assert (status, problem["code"], problem["retryable"]) == (401, "session_expired", True)


async def test_a_key_may_be_bound_to_addresses(town: Town) -> None:
    with pytest.raises(AssertionError, match="ip_not_allowed"):
        await town.log_on("far")


async def test_a_body_in_another_form_is_not_read(town: Town) -> None:
    token = await town.log_on("seller")
    for path, kind in (("/v1/orders", "text/plain"), ("/v1/imports?site=s-0001", "image/png")):
        status, problem, _ = await town.ask(
            "POST", path, token=token, body=b"{}", Content_Type=kind, Idempotency_Key="k"
        )
        assert (status, problem["code"]) == (415, "bad_media_type")


async def test_a_body_beyond_its_limit_is_not_read(town: Town) -> None:
    token = await town.log_on("seller")

    status, problem, _ = await town.ask("POST", "/v1/orders", token=token, body=b" " * (2 << 20))

    assert (status, problem["code"]) == (413, "too_large")


async def test_an_invitation_makes_a_key_once(town: Town) -> None:
    clerk = await town.log_on("clerk")
    invite = {
        "holder": "Li  Wei",
        "scopes": ["read", "trade"],
        "party": town.keys["trader"].party,
        "label": "second",
    }
    headers = town.signed("clerk", "principal.invite", invite)
    status, told, _ = await town.ask(
        "POST", "/v1/principals/invite", token=clerk, body=invite, **headers
    )
    assert status == 201, told
    enrol = {"code": told["result"]["code"], "public_key": public_key("a stranger")}

    status, made, _ = await town.ask("POST", "/v1/principals/enrol", body=enrol)
    assert status == 201, made
    assert made["result"]["party"] == town.keys["trader"].party
    assert isinstance(town.parts.personal, MemoryPersonal)
    assert town.parts.personal.names == {made["result"]["principal"]: "Li Wei"}
    auditor = await town.log_on("auditor")
    path = f"/v1/audit/signatures/{made['position']}?min_position={made['position']}"
    _, signed, _ = await town.ask("GET", path, token=auditor)
    assert signed["result"]["principal"] == town.keys["clerk"].principal
    assert '"op":"logon"' in signed["result"]["logon"]["signed"]
    journal = b"".join(row.state for row in town.parts.journal.read())
    assert b"Wei" not in journal
    status, again, _ = await town.ask("POST", "/v1/principals/enrol", body=enrol)
    assert (status, again["result"]) == (200, made["result"]), "whose reply was lost asks again"
    assert again["position"] == made["position"]
    another = enrol | {"public_key": public_key("another")}
    status, problem, _ = await town.ask("POST", "/v1/principals/enrol", body=another)
    assert (status, problem["code"]) == (401, "challenge_spent")


async def test_a_read_waits_for_a_position_and_then_says_not_yet(town: Town) -> None:
    token = await town.log_on("seller")
    next_one = f"/v1/markets?min_position={town.engine.head + 1}&wait_ms=10000"
    waiting = asyncio.create_task(town.ask("GET", next_one))
    await town.order("seller", token, side="ask", price_ticks=1302, lots=1)
    status, told, _ = await waiting
    assert (status, told["position"]) == (200, town.engine.head)

    status, problem, headers = await town.ask(
        "GET", f"/v1/markets?min_position={town.engine.head + 1000}&wait_ms=200"
    )

    assert (status, problem["code"], problem["retryable"]) == (503, "not_yet", True)
    come = f"The venue has come to position {town.engine.head:,}, and not to"
    assert problem["detail"].startswith(come), "its views are not behind"
    assert headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/nothing", 404, "unknown_route"),
        ("/v1/markets/T.X.A1.CN-BJ", 404, "unknown_market"),
        (f"/v1/markets/{LEASE}/book?depth=51", 400, "bad_field"),
        (f"/v1/markets/{LEASE}/book?depth=full", 401, "no_session"),
        (f"/v1/markets/{LEASE}/candles?interval=2m", 400, "bad_field"),
        ("/v1/markets?as_of=5", 400, "bad_field"),
        ("/v1/markets?kind=title&kind=lease", 400, "bad_shape"),
        ("/../gateway/server/app.py", 404, "unknown_route"),
        ("/%2e%2e/app.py", 404, "unknown_route"),
        ("/problems/no_such", 404, "unknown_route"),
    ],
)
async def test_what_is_not_there_is_said_in_words(
    town: Town, path: str, status: int, code: str
) -> None:
    found, problem, _ = await town.ask("GET", path)

    assert (found, problem["code"]) == (status, code)


async def test_too_many_requests_hear_when_to_come_again(town: Town) -> None:
    town.clock.stand_still()
    seen = [await town.ask("GET", "/v1/venue") for _ in range(60)]
    status, problem, headers = next(answer for answer in seen if answer[0] != 200)

    assert (status, problem["code"], problem["context"]["bucket"]) == (
        429,
        "rate_limited",
        "anonymous",
    )
    assert int(headers["Retry-After"]) >= 1
    assert headers["RateLimit"].startswith('"anonymous";r=0')


async def test_a_browsers_write_must_come_from_our_page(town: Town) -> None:
    key = town.keys["trader"]
    body = {"document": {}, "signature": ""}
    for origin, code in ((None, "bad_shape"), ("http://evil.test", "origin_not_allowed")):
        headers = {"Origin": origin} if origin else {}
        _, problem, _ = await town.ask("POST", "/v1/auth/browser", body=body, **headers)
        assert problem["code"] == code
    assert key.party


async def test_alive_and_ready_and_what_it_speaks(town: Town) -> None:
    status, alive, _ = await town.ask("GET", "/livez")
    assert (status, alive) == (200, {"alive": True})
    status, ready, _ = await town.ask("GET", "/readyz")
    assert (status, ready["ready"]) == (200, True)
    _, told, _ = await town.ask("GET", "/problems/insufficient_cash")
    assert told["title"] == "Not enough cash"


async def test_the_console_comes_with_a_strict_policy(town: Town) -> None:
    for path, kind in (("/", "text/html"), ("/main.js", "text/javascript")):
        async with town.http.get(f"{town.url}{path}") as response:
            assert response.status == 200
            assert response.content_type == kind
            policy = response.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"
