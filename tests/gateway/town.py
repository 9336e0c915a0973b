"""A whole gateway on a journal in memory: the floor, real keys, a real server on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.engine.checkpoint_codec import pack, restored
from exchange.engine.clock import Clock
from exchange.engine.engine import Engine
from exchange.views.reader import Reader
from gateway.access.limits import RATES, TokenRate
from gateway.routes.openapi import FILES
from gateway.routes.parts import Parts
from gateway.server.assembly import assemble
from gateway.server.audit_rules import venue_folding
from gateway.server.listener import Listener
from gateway.settings import Limits, Settings
from gpubourse import documents
from gpubourse.key_files import KeyFile, new_command_key, public_key_of
from gpubourse.wire import encode, outward
from ledger.authority.public_key import PUBLIC_KEY_RULE
from ledger.events import PrincipalEnrolled
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.personal_names import MemoryPersonal
from ledger.questions.state_history import PastPage, Question, StateHistory
from tests.exchange.ground import LEASE, Floor
from tests.waiting import PATIENCE_S

SCOPES = {
    "clerk": ["read", "admin", "operate", "comply", "audit"],
    "auditor": ["read", "audit"],
    "seller": ["read", "trade", "seller"],
    "trader": ["read", "trade"],
    "reader": ["read"],
    "maker": ["read", "trade", "seller"],
    "far": ["read"],
}


class TownClock(Clock):
    """Venue time goes on from the floor's last stamp; wall time is the machine's."""

    def __init__(self, from_ns: int) -> None:
        self._from_ns = from_ns
        self._begun_ns = time.monotonic_ns()
        self._ahead_ns = 0
        self._still_ns: int | None = None

    def now_ns(self) -> int:
        return self._from_ns + time.monotonic_ns() - self._begun_ns

    def wall_ns(self) -> int:
        machine_ns = time.time_ns() if self._still_ns is None else self._still_ns
        return machine_ns + self._ahead_ns

    def stand_still(self) -> int:
        """Stop the gateway's wall clock, here: no token comes back unless `skip` is called."""
        self._still_ns = time.time_ns()
        return self.wall_ns()

    def skip(self, length_ns: int) -> None:
        """Set the gateway's wall clock ahead; the venue's own time goes on as it did."""
        self._ahead_ns += length_ns

    def go_on(self, length_ns: int) -> None:
        """Let the venue's own time go on by so much at once; the gateway's wall clock stays."""
        self._from_ns += length_ns


@dataclass
class Town:
    """The running gateway, and everybody's keys."""

    url: str
    parts: Parts
    engine: Engine
    floor: Floor
    keys: dict[str, KeyFile]
    http: aiohttp.ClientSession
    clock: TownClock
    listener: Listener
    store: MemoryStore

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def lift_rates(self) -> None:
        """Let a test that walks many routes walk on: rates have tests of their own."""
        self.parts.buckets.rates = dict.fromkeys(RATES, TokenRate(10**6, 10**6))

    async def log_on(self, name: str, **changes: Any) -> str:
        """A token for one of the keys; *changes* go into the logon document."""
        key = self.keys[name]
        async with self.http.post(f"{self.url}/v1/auth/challenge", json={}) as response:
            challenge = (await response.json())["result"]["challenge"]
        document = documents.logon_document(
            challenge=challenge,
            party=key.party,
            principal=key.principal,
            scopes=SCOPES.get(name, []),  # none: all that it has
            ttl_s=60,
            venue="cn-1",
        )
        document |= changes
        body = {"document": document, "signature": documents.sign(key.private_key, document)}
        async with self.http.post(f"{self.url}/v1/auth/session", json=body) as response:
            told = await response.json()
            assert response.status == 200, told
            return str(told["result"]["token"])

    def signed(
        self, name: str, op: str, args: dict[str, Any], *, key: str = "", age_ns: int = 0
    ) -> dict[str, str]:
        """The headers of a signed command."""
        signer = self.keys[name]
        issued_ns = self.clock.wall_ns() - age_ns
        command = key or new_command_key()
        document = documents.command_document(
            args=outward(args),
            issued_ns=issued_ns,
            key=command,
            op=op,
            party=signer.party,
            principal=signer.principal,
            valid_ms=5_000,
            venue="cn-1",
        )
        return {
            "Idempotency-Key": command,
            "Command-Issued-Ns": str(issued_ns),
            "Command-Signature": documents.sign(signer.private_key, document),
        }

    async def ask(
        self, method: str, path: str, *, token: str = "", body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any], Any]:
        """Status, body and headers of one request; *headers* with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        raw = body if isinstance(body, bytes) or body is None else encode(body)
        if raw is not None and "Content-Type" not in sent:
            sent["Content-Type"] = "application/json"
        async with self.http.request(method, self.url + path, data=raw, headers=sent) as response:
            if response.ok and response.content_type in FILES:  # of the log: no JSON
                text = (await response.read()).decode("latin-1")
                return response.status, text, response.headers  # type: ignore[return-value]
            return response.status, await response.json(content_type=None), response.headers

    async def order(self, name: str, token: str, **args: Any) -> dict[str, Any]:
        """Place an order by REST; its result."""
        body = {"market": LEASE, **args}
        headers = self.signed(name, "order.new", body)
        status, told, _ = await self.ask("POST", "/v1/orders", token=token, body=body, **headers)
        assert status == 201, told
        result: dict[str, Any] = told["result"]
        return result


class PastStatesHere:
    """What the process beside a gateway does, in a town without a database."""

    def __init__(self, journal: MemoryJournal) -> None:
        self._history = StateHistory(
            journal,
            venue_folding(),
            keep=lambda venue: pack(venue, {}),
            restore=lambda blob: restored(blob)[0],
        )

    async def query(self, _: str, question: Question) -> PastPage:
        return self._history.page(question, bool)


@asynccontextmanager
async def town_of(
    tmp_path: Path,
    limits: Limits | None = None,
    reader: Reader | None = None,
    proxies: tuple[str, ...] = (),
    before: Callable[[Floor], None] = lambda floor: None,
    *,
    store: MemoryStore | None = None,
    port: int = 0,
) -> AsyncIterator[Town]:
    """A gateway on a floor with two owners, two buyers, and a key for each sort of person.

    *before* the doors open more may happen on the floor. Opened again on the *store* of one
    before, it goes on with what is there, at the same *port*.
    """
    floor = Floor(enrols=False)
    keys = enrol(floor)
    before(floor)
    journal = floor.journal() if store is None else MemoryJournal(store)
    clock = TownClock(floor.writer.at_ns)
    engine = Engine(journal, clock=clock)
    await engine.start()
    parts = await assemble(
        Settings(data_folder=tmp_path, proxies=proxies),
        limits or Limits(),
        engine,
        journal=MemoryJournal(journal.store),
        keep=journal.keep,
        personal=MemoryPersonal(),
        reader=reader,
        clock=clock,
        speed=lambda: 1,
        past_states=PastStatesHere(MemoryJournal(journal.store)),
    )
    parts.heartbeat.start()
    listener = Listener(parts)
    port = await listener.open("127.0.0.1", [port])
    url = f"http://127.0.0.1:{port}"
    try:
        async with opened_to(
            url, parts, engine, floor, keys, clock, listener, journal.store
        ) as town:
            yield town
    finally:
        await parts.heartbeat.stop()
        await listener.close()
        await engine.stop()
        await asyncio.sleep(0)


@asynccontextmanager
async def opened_to(
    url: str,
    parts: Parts,
    engine: Engine,
    floor: Floor,
    keys: dict[str, KeyFile],
    clock: TownClock,
    listener: Listener,
    store: MemoryStore | None = None,
) -> AsyncIterator[Town]:
    """A town at an address where a gateway answers already."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as http:
        yield Town(url, parts, engine, floor, keys, http, clock, listener, store or MemoryStore())


def enrol(floor: Floor) -> dict[str, KeyFile]:
    """A key for each sort of person."""
    parties = {
        "clerk": "p-0001",
        "auditor": "p-0001",
        "seller": floor.owners[0],
        "maker": floor.owners[1],
        "trader": floor.buyers[0],
        "reader": floor.buyers[1],
        "far": floor.buyers[1],
    }
    keys: dict[str, KeyFile] = {}
    for number, (name, party) in enumerate(parties.items(), 3):
        private_key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        keys[name] = KeyFile(party, f"k-{number:04d}", "cn-1", private_key)
        floor.happen(
            PrincipalEnrolled(
                party=party,
                principal=f"k-{number:04d}",
                holder_sha256="C" * 42 + "A",
                public_key=public_key_of(private_key),
                scopes=SCOPES[name],
                ip_allow=["10.0.0.0/8", "nonsense"] if name == "far" else [],
                signing="session" if name == "maker" else "every",
                label=name,
                valid_to_ns=0,
                public_key_rule=PUBLIC_KEY_RULE,
            )
        )
    return keys
