"""A session, a ticket, an invitation: none outlives the right that it was made from."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.routes.system import ROUTES
from gpubourse import documents
from gpubourse.key_files import KeyFile
from ledger.base64url import any_bytes64
from ledger.durations import HOUR_NS
from ledger.events import PrincipalRevoked, RoleGranted, RoleRevoked
from ledger.ids import PartyId, PrincipalId
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import bare_client
from tests.gateway.town import SCOPES, Town, town_of
from tests.signing_keys import private_key, public_key


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(tmp_path) as running:
        yield running


async def act(
    town: Town, name: str, path: str, op: str, args: dict[str, Any], **inpath: str
) -> Any:
    """A signed command of one of the keys, whatever comes of it: status and body."""
    token = await town.log_on(name)
    headers = town.signed(name, op, args | inpath)
    status, told, _ = await town.ask("POST", path, token=token, body=args, **headers)
    return status, told


async def invited(town: Town, by: str, **invite: Any) -> str:
    """The code of an invitation."""
    status, told = await act(town, by, "/v1/principals/invite", "principal.invite", invite)
    assert status == 201, told
    return str(told["result"]["code"])


async def enrolled(town: Town, name: str, **invite: Any) -> None:
    """One more key of a party, by the clerk's invitation; from now on it may log on by its name."""
    code = await invited(town, "clerk", holder=name, **invite)
    body = {"code": code, "public_key": public_key(name)}
    status, told, _ = await town.ask("POST", "/v1/principals/enrol", body=body)
    assert status == 201, told
    made = told["result"]
    town.keys[name] = KeyFile(made["party"], made["principal"], "cn-1", private_key(name))
    SCOPES[name] = invite["scopes"]


async def revoke(town: Town, name: str) -> None:
    principal = town.keys[name].principal
    path = f"/v1/principals/{principal}/revoke"
    status, told = await act(town, "clerk", path, "principal.revoke", {}, principal=principal)
    assert status == 200, told


# --- the ways in which a guest's right ends: the guest may read, trade and administer


async def by_revocation(town: Town) -> None:
    await revoke(town, "guest")


async def by_time(town: Town) -> None:
    town.clock.go_on(2 * HOUR_NS)


WAYS: list[Callable[[Town], Awaitable[None]]] = [by_revocation, by_time]


@pytest.fixture
async def guest(town: Town) -> Town:
    await enrolled(
        town,
        "guest",
        party=town.keys["trader"].party,
        scopes=["read", "trade", "admin"],
        valid_to_ns=str(town.clock.now_ns() + HOUR_NS),
    )
    return town


@pytest.mark.parametrize("end", WAYS)
async def test_no_route_answers_a_session_whose_key_has_ended(
    guest: Town, end: Callable[[Town], Awaitable[None]]
) -> None:
    """Over the routing table: each route that takes a session."""
    town, token = guest, await guest.log_on("guest")
    town.lift_rates()
    status, told, _ = await town.ask("GET", "/v1/auth/session", token=token)
    assert status == 200, told
    await end(town)

    walked = 0
    for route in ROUTES:
        if not route.needs_session:
            continue
        path = route.path.split("{")[0] + "x-1" if "{" in route.path else route.path
        headers = town.signed("guest", route.op or "order.new", {})
        status, told, _ = await town.ask(
            route.method, path, token=token, body=None if route.method == "GET" else {}, **headers
        )
        if status == 404 and told["code"] == "unknown_route":
            continue  # a path of another form
        assert (status, told["code"]) == (401, "no_session"), route
        walked += 1
    assert walked > 40


@pytest.mark.parametrize("end", WAYS)
async def test_a_socket_closes_when_its_key_ends(
    guest: Town, end: Callable[[Town], Awaitable[None]]
) -> None:
    town, token = guest, await guest.log_on("guest")
    async with bare_client(town) as line:
        assert (await line.ask(op="logon", token=token))["ok"]
        await line.ask(op="subscribe", feeds=[f"cash/{town.keys['guest'].party}"])
        await end(town)
        assert await line.close_code() == 4001


@pytest.mark.parametrize("end", WAYS)
async def test_a_ticket_is_worth_nothing_once_its_key_has_ended(
    guest: Town, end: Callable[[Town], Awaitable[None]]
) -> None:
    town, token = guest, await guest.log_on("guest")
    _, told, _ = await town.ask("POST", "/v1/auth/ticket", token=token, body={})
    await end(town)

    async with bare_client(town) as line:
        reply = await line.ask(op="logon", ticket=told["result"]["ticket"])
    assert (reply["ok"], reply["error"]["code"]) == (False, "no_session")


@pytest.mark.parametrize("end", WAYS)
async def test_a_key_that_has_ended_logs_on_no_more(
    guest: Town, end: Callable[[Town], Awaitable[None]]
) -> None:
    await end(guest)

    with pytest.raises(AssertionError, match="bad_signature"):
        await guest.log_on("guest")


@pytest.mark.parametrize("end", WAYS)
async def test_an_invitation_is_worth_nothing_once_its_maker_has_ended(
    guest: Town, end: Callable[[Town], Awaitable[None]]
) -> None:
    town = guest
    code = await invited(town, "guest", holder="Someone", scopes=["read", "admin"])
    await end(town)
    known = len(town.engine.venue.register.principals)

    body = {"code": code, "public_key": public_key("someone")}
    for _ in range(2):  # the code is spent
        status, told, _ = await town.ask("POST", "/v1/principals/enrol", body=body)
        assert (status, told["code"]) == (401, "challenge_spent")
    assert len(town.engine.venue.register.principals) == known


@pytest.mark.parametrize("end", WAYS)
async def test_the_engine_refuses_an_enrolment_that_the_gateway_let_by(
    guest: Town, end: Callable[[Town], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    town = guest
    code = await invited(town, "guest", holder="Someone", scopes=["read", "admin"])
    await end(town)
    monkeypatch.setattr(town.parts.auth.directory, "may", lambda *asked: True)

    body = {"code": code, "public_key": public_key("someone")}
    status, told, _ = await town.ask("POST", "/v1/principals/enrol", body=body)
    assert (status, told["code"]) == (401, "bad_signature")


async def test_an_invitation_of_who_logged_off_still_serves(guest: Town) -> None:
    """The right to invite is the key's; the session was its way in."""
    code = await invited(guest, "guest", holder="Someone", scopes=["read"])
    body = {"code": code, "public_key": public_key("someone")}

    status, told, _ = await guest.ask("POST", "/v1/principals/enrol", body=body)

    assert status == 201, told


async def test_a_session_ends_when_its_party_loses_the_office_behind_a_scope(town: Town) -> None:
    """Over the scopes that rest on an office."""
    directory, party = town.parts.auth.directory, PartyId(town.keys["trader"].party)
    clerk = await town.log_on("clerk")
    for role, scope in (("cashier", "operate"), ("regulator", "comply"), ("auditor", "audit")):
        directory.apply(RoleGranted(party=party, role=role, basis="test"))
        # the town's own register learns of it, too, so that the enrolment is lawful
        town.engine.venue.register.parties[party].roles[role] = None
        name = f"holder of {scope}"
        await enrolled(town, name, party=party, scopes=["read", scope])
        whole = await town.log_on(name)
        part = await town.log_on(name, scopes=["read"])
        assert (await town.ask("GET", "/v1/cash", token=whole))[0] in {200, 503}

        directory.apply(RoleRevoked(party=party, role=role, basis="test"))

        status, told, _ = await town.ask("GET", "/v1/auth/session", token=whole)
        assert (status, told["code"]) == (401, "no_session"), scope
        status, told, _ = await town.ask("GET", "/v1/auth/session", token=part)
        assert status == 200, "what rests on no office goes on"
        with pytest.raises(AssertionError, match="scope_missing"):
            await town.log_on(name)
    status, told, _ = await town.ask("GET", "/v1/auth/session", token=clerk)
    assert status == 200, told


async def test_audit_that_a_clerk_gave_rests_on_no_office(town: Town) -> None:
    directory, party = town.parts.auth.directory, PartyId(town.keys["trader"].party)
    await enrolled(town, "given", party=party, scopes=["audit"])
    token = await town.log_on("given")
    directory.apply(RoleGranted(party=party, role="auditor", basis="test"))
    directory.apply(RoleRevoked(party=party, role="auditor", basis="test"))

    status, told, _ = await town.ask("GET", "/v1/auth/session", token=token)

    assert (status, told["result"]["scopes"]) == (200, ["audit"])


async def test_a_session_that_ends_while_its_evidence_is_stored_opens_no_socket(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The maker's log-on is kept, off the loop; meanwhile its key is revoked."""
    loop, key = asyncio.get_running_loop(), town.keys["maker"]

    async def revoked() -> None:
        event = PrincipalRevoked(party=PartyId(key.party), principal=PrincipalId(key.principal))
        town.parts.auth.directory.apply(event)

    monkeypatch.setattr(
        town.parts.sockets,
        "keep",
        lambda evidence: asyncio.run_coroutine_threadsafe(revoked(), loop).result(),
    )
    async with bare_client(town) as line:
        challenge = (await line.hello())["challenge"]
        await line.ws.send_json(logon_by_document(key, challenge, SCOPES["maker"]))
        assert await line.close_code() == 4001


def logon_by_document(key: KeyFile, challenge: str, scopes: list[str]) -> dict[str, Any]:
    document = documents.logon_document(
        challenge=challenge,
        party=key.party,
        principal=key.principal,
        scopes=scopes,
        ttl_s=60,
        venue="cn-1",
    )
    signature = documents.sign(key.private_key, document)
    return {"op": "logon", "id": 1, "document": document, "signature": signature}


# --- where from


async def test_a_socket_from_a_forbidden_address_is_closed_4003(town: Town) -> None:
    key = town.keys["far"]
    async with bare_client(town) as line:
        challenge = (await line.hello())["challenge"]
        reply = await line.ask(**logon_by_document(key, challenge, ["read"]))
        assert (reply["ok"], reply["error"]["code"]) == (False, "ip_not_allowed")
        assert await line.close_code() == 4003


# --- what a challenge tells


async def test_a_challenge_tells_nothing_of_whom_it_is_asked_for(town: Town) -> None:
    asked: list[dict[str, str]] = [
        {},
        {"principal": town.keys["clerk"].principal},
        {"principal": town.keys["trader"].principal},
        {"principal": "k-9999"},
        {"principal": "nobody"},
    ]
    for body in asked:
        status, told, _ = await town.ask("POST", "/v1/auth/challenge", body=body)
        assert status == 200
        assert set(told["result"]) == {"challenge", "expires_ns"}
        assert len(told["result"]["challenge"]) == 43


async def test_a_challenge_made_for_one_principal_serves_no_other(town: Town) -> None:
    body = {"principal": town.keys["seller"].principal}
    for name, served in (("trader", False), ("seller", True)):
        _, told, _ = await town.ask("POST", "/v1/auth/challenge", body=body)
        word = told["result"]["challenge"]
        if served:
            assert await town.log_on(name, challenge=word)
        else:
            with pytest.raises(AssertionError, match="challenge_spent"):
                await town.log_on(name, challenge=word)


async def test_an_empty_list_asks_for_all_that_is_in_force(town: Town) -> None:
    token = await town.log_on("clerk", scopes=[])

    _, told, _ = await town.ask("GET", "/v1/auth/session", token=token)

    assert told["result"]["scopes"] == SCOPES["clerk"]


# --- who is invited


@pytest.mark.parametrize("nobody", ["\u2060", "\u200b", "\u00ad"])
async def test_nobody_is_not_invited(town: Town, nobody: str) -> None:
    args = {"holder": nobody, "scopes": ["read"]}

    status, told = await act(town, "clerk", "/v1/principals/invite", "principal.invite", args)

    assert (status, told["code"]) == (400, "bad_shape")


async def test_two_spellings_are_one_holder(town: Town) -> None:
    party = town.keys["trader"].party
    for number, holder in enumerate(("Chen Jing", "CHEN JING", "ｃｈｅｎ jing")):
        code = await invited(town, "clerk", holder=holder, party=party, scopes=["read"])
        body = {"code": code, "public_key": public_key(f"key {number}")}
        status, told, _ = await town.ask("POST", "/v1/principals/enrol", body=body)
        assert status == 201, told
    register = town.engine.venue.register
    added = register.parties[PartyId(party)].principals[-3:]

    assert len({register.principals[each].holder_sha256 for each in added}) == 1


async def test_every_signature_can_be_checked_when_its_key_has_ended(town: Town) -> None:
    """Over each position: what somebody signed is served with the key that it was signed with."""
    town.lift_rates()
    await enrolled(town, "guest", party=town.keys["trader"].party, scopes=["read", "trade"])
    guest = await town.log_on("guest")
    await town.order("guest", guest, side="bid", price_ticks=1000, lots=1)
    maker = await town.log_on("maker")
    args = {"market": LEASE, "side": "ask", "price_ticks": 1302, "lots": 1}
    status, told, _ = await town.ask(
        "POST", "/v1/orders", token=maker, body=args, Idempotency_Key="maker-1"
    )
    assert status == 201, told
    for name in ("guest", "maker"):
        await revoke(town, name)
    token = await town.log_on("auditor", ttl_s=3_600)

    signers: Counter[str] = Counter()
    for position in range(1, town.engine.head + 1):
        _, told, _ = await town.ask("GET", f"/v1/audit/signatures/{position}", token=token)
        found = told["result"]
        if found.get("by") == "engine":
            continue
        document = found.get("logon", found)
        key = Ed25519PublicKey.from_public_bytes(any_bytes64(found["public_key"]))
        key.verify(any_bytes64(document["signature"]), document["signed"].encode())
        signers[found["principal"]] += 1
    for name in ("guest", "maker", "clerk"):
        assert signers[town.keys[name].principal], f"nothing of {name} was met"
