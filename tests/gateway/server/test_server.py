"""The whole house on PostgreSQL: opened empty, used by its clerks, closed, opened again."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest

from gateway.notary.log_folder import VERIFIERS
from gateway.server.server import CannotOpen, VenueServer, _clerk_keys, open_server
from gateway.settings import Settings
from gpubourse import Client, Refused, connect
from gpubourse.kept_leaves import Leaf
from gpubourse.key_files import (
    KeyFile,
    KeyFileError,
    new_private_key,
    public_key_of,
    write_key_file,
)
from gpubourse.places import LOG, NOTARY
from ledger.commands import VENUE_NAME
from ledger.log.receipt import proven, read_receipt
from ledger.log.verifier import read_verifiers
from tests.waiting import until

pytestmark = pytest.mark.postgres


def settings(folder: Path, dsn: str, **more: Any) -> Settings:
    given = {"holders": ("Li Wei", "Zhang San"), "port": 0, "metrics_port": 0, **more}
    return Settings(data_folder=folder, database_url=dsn, **given)


def clerk(server: VenueServer, folder: Path, number: int) -> Client:
    return connect(server.url, key=folder / "keys" / f"clerk-{number}")


async def enrolled(server: VenueServer, folder: Path, party: str, scopes: list[str]) -> KeyFile:
    """A key that its own holder made, by the clerk's invitation."""
    private_key = new_private_key()
    async with clerk(server, folder, 1) as one:
        invite = {"holder": f"Holder of {party}", "scopes": scopes, "party": party}
        made = await one.send("POST", "/v1/principals/invite", "principal.invite", invite)
        async with connect(server.url) as visitor:
            body = {"code": made["code"], "public_key": public_key_of(private_key)}
            told = await visitor.post("/v1/principals/enrol", body)
    key = KeyFile(party, told["principal"], server.parts.market_views.identity.venue, private_key)
    write_key_file(folder / "keys" / party, key)
    return key


async def test_an_empty_folder_becomes_a_venue_and_stays_one(
    tmp_path: Path, postgres_dsn: str
) -> None:
    server = await open_server(settings(tmp_path, postgres_dsn))
    try:
        assert (tmp_path / "address").read_text() == f"{server.url}\n"
        async with clerk(server, tmp_path, 1) as one, clerk(server, tmp_path, 2) as two:
            args = {
                "legal_name": "West Compute",
                "kind": "company",
                "jurisdiction": "CN",
                "registration_no": "91-1",
            }
            party = (await one.send("POST", "/v1/parties", "party.new", args))["party"]
            grant = {"role": "owner", "basis": "papers"}
            path = f"/v1/parties/{party}/grant_role"
            caller = await one.send("POST", path, "party.grant_role", grant, party=party)
            proposal = caller["proposal"]
            approve = f"/v1/proposals/{proposal}/approve"
            with pytest.raises(Refused) as refused:
                await one.send("POST", approve, "proposal.approve", {}, proposal=proposal)
            assert refused.value.code == "same_holder"
            two.position = one.position  # what one has seen, the other asks for
            waiting = [row async for row in two.rows("/v1/proposals", state="waiting")]
            assert [row["proposal"] for row in waiting] == [proposal]
            await two.send("POST", approve, "proposal.approve", {}, proposal=proposal)
            deposit = {"party": party, "amount_minor": 100_000_00, "reference": "BANK-1"}
            await one.send("POST", "/v1/deposits", "deposit.new", deposit)
            balance = await one.get("/v1/audit/trial_balance")
            assert (len(balance["accounts"]), balance["sum_minor"]) == (2, 0)
        key = await enrolled(server, tmp_path, party, ["read", "trade"])
        async with connect(server.url, key=key) as own:
            roles = (await own.get(f"/v1/parties/{party}"))["roles"]
            assert roles == ["owner"]
            accounts = [row async for row in own.rows("/v1/cash")]
            assert [row["balance_minor"] for row in accounts] == [100_000_00]
            assert [row["party"] async for row in own.rows("/v1/parties")] == [party]
            with pytest.raises(Refused) as refused:
                await own.get("/v1/parties/p-0001")
            assert refused.value.code == "unknown_party"
        head = server.engine.head
    finally:
        await server.close()
    assert not (tmp_path / "address").exists()

    server = await open_server(settings(tmp_path, postgres_dsn, holders=("", "")))
    try:
        assert server.engine.head >= head
        async with connect(server.url, key=key) as own:
            assert [row["balance_minor"] async for row in own.rows("/v1/cash")] == [100_000_00]
    finally:
        await server.close()


def test_each_new_venue_has_a_name_of_its_own_which_its_keys_bear(tmp_path: Path) -> None:
    named = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        venues = {key.venue for key in _clerk_keys(folder).values()}
        assert venues == {key.venue for key in _clerk_keys(folder).values()}, "keys that lie there"
        (venue,) = venues
        assert re.fullmatch(VENUE_NAME, venue)
        named.append(venue)
    assert named[0] != named[1]
    (tmp_path / "one" / "clerk-2").write_bytes((tmp_path / "other" / "clerk-2").read_bytes())
    with pytest.raises(KeyFileError, match="of two venues"):
        _clerk_keys(tmp_path / "one")


async def test_a_port_that_the_system_chose_is_told(tmp_path: Path, postgres_dsn: str) -> None:
    server = await open_server(settings(tmp_path, postgres_dsn, port=0, metrics_port=0))
    try:
        metrics = f"http://127.0.0.1:{server.metrics_port}/metrics"
        async with aiohttp.ClientSession() as http, http.get(metrics) as answer:
            assert (answer.status, "gpubourse_" in await answer.text()) == (200, True)
    finally:
        await server.close()


async def test_a_report_that_is_refused_is_not_kept(tmp_path: Path, postgres_dsn: str) -> None:
    server = await open_server(settings(tmp_path, postgres_dsn))
    try:
        raw = b"not a report of any GPU\n" * 3
        async with clerk(server, tmp_path, 1) as one:
            with pytest.raises(Refused) as refused:
                await one.upload("/v1/imports", "import.new", raw, {"site": "s-0001"})
        assert refused.value.code == "role_missing"  # the venue owns no GPUs
        assert server.parts.journal.kept(sha256(raw).digest()) is None
    finally:
        await server.close()


async def test_what_cannot_open_says_why(tmp_path: Path, postgres_dsn: str) -> None:
    with pytest.raises(CannotOpen, match="--holders"):
        await open_server(settings(tmp_path, postgres_dsn, holders=("", "")))
    with pytest.raises(CannotOpen, match="--behind-proxy"):
        await open_server(settings(tmp_path, postgres_dsn, host="0.0.0.0"))
    with pytest.raises(CannotOpen, match="is down or went away"):
        await open_server(settings(tmp_path, "postgresql://127.0.0.1:1/none"))
    server = await open_server(settings(tmp_path, postgres_dsn))
    await server.close()
    with pytest.raises(CannotOpen, match="gpubourse run"):
        await open_server(settings(tmp_path, postgres_dsn, kind="demo"))


TAMPERED = {  # what something else did to the journal -> what the start says of it
    "DELETE FROM stored_events WHERE notification_id = 2": "it has holes",
    "UPDATE commands SET label = 'x'": "broken at what ends at position",
    "UPDATE commits SET chain = sha256('x')": "broken at what ends at position",
    "UPDATE stored_events SET topic = topic || 'x'": "broken at what ends at position",
    "DELETE FROM stored_events WHERE notification_id > 3": "something else wrote or cut it",
}


@pytest.mark.parametrize("statement", TAMPERED)
async def test_a_journal_that_is_not_whole_is_not_served(
    tmp_path: Path, postgres_dsn: str, statement: str
) -> None:
    server = await open_server(settings(tmp_path, postgres_dsn))
    args = {
        "legal_name": "West Compute",
        "kind": "company",
        "jurisdiction": "CN",
        "registration_no": "91-1",
    }
    async with clerk(server, tmp_path, 1) as one:
        await one.send("POST", "/v1/parties", "party.new", args)
    await server.close()
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        for table in ("stored_events", "commands", "commits"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only".encode())
        connection.execute("DELETE FROM checkpoints")
        assert connection.execute(statement.encode()).rowcount

    with pytest.raises(CannotOpen, match=TAMPERED[statement]) as refused:
        await open_server(settings(tmp_path, postgres_dsn))
    assert "`gpubourse audit verify` tells" in str(refused.value)


async def test_a_second_house_finds_the_journal_held(tmp_path: Path, postgres_dsn: str) -> None:
    server = await open_server(settings(tmp_path, postgres_dsn))
    try:
        with pytest.raises(CannotOpen) as refused:
            await open_server(settings(tmp_path, postgres_dsn))
        assert "engine" in str(refused.value)
        async with connect(server.url) as visitor:
            assert visitor.venue.venue == server.engine.venue.register.venue
    finally:
        await server.close()


async def test_a_venue_with_a_log_binds_itself_with_each_reply(
    tmp_path: Path, postgres_dsn: str
) -> None:
    """From the first reply on; by the same leaf after a restart; by none once its keys are gone."""
    terms = settings(tmp_path, postgres_dsn, publishes_log=True)
    args = {
        "legal_name": "West Compute",
        "kind": "company",
        "jurisdiction": "CN",
        "registration_no": "91-1",
    }

    async def sent(server: VenueServer, client: Client) -> Leaf | None:
        await client.send("POST", "/v1/parties", "party.new", args, key="west")
        return client.leaves.get("west")

    async def log_of(client: Client) -> dict[str, Any]:
        told: dict[str, Any] = (await client._rest.probe("/readyz"))["log"]
        return told

    server = await open_server(terms)
    try:
        async with clerk(server, tmp_path, 1) as one:
            first = await sent(server, one)
            assert first is not None

            async def covered() -> bool:
                return ((await log_of(one))["entries"] or 0) >= first.position

            await until(covered, "a head that covers it")
            receipt = await one.receipt("west")
            verifiers = read_verifiers((tmp_path / LOG / VERIFIERS).read_bytes())
            assert proven(read_receipt(receipt), verifiers).entry.row.topic == "party_registered"
    finally:
        await server.close()

    server = await open_server(terms)
    try:
        async with clerk(server, tmp_path, 1) as one:
            assert await sent(server, one) == first
    finally:
        await server.close()

    (tmp_path / NOTARY / "salt.key").rename(tmp_path / "elsewhere")
    server = await open_server(terms)
    try:
        async with clerk(server, tmp_path, 1) as one:
            assert await sent(server, one) is None

            async def rests() -> bool:
                return bool((await log_of(one))["refused"])

            await until(rests, "the notary's refusal")
    finally:
        await server.close()
