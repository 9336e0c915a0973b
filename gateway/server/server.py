"""The whole venue in one process: journal, engine, views, gateway. `open_server` opens it in order.

What was opened is closed in the opposite order, however far the opening came.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from exchange.engine.batch_writer import Request
from exchange.engine.clock import Clock, SystemClock
from exchange.engine.engine import Engine
from exchange.engine.group_decider import ClockJumped
from exchange.views.reader import Reader
from gateway.addresses import is_this_machine, plain_address
from gateway.interpreter import Optimised, must_keep_asserts
from gateway.machine_faults import in_words, must_be_writable
from gateway.routes.parts import Parts
from gateway.server.assembly import assemble
from gateway.server.attester_process import AttesterProcess
from gateway.server.descriptors import TooFewDescriptors, raise_descriptors
from gateway.server.history_process import HistoryProcess
from gateway.server.listener import TAKEN, Listener
from gateway.server.notary_process import NotaryProcess
from gateway.server.postgres_supervisor import PostgresSupervisor
from gateway.server.published_log import NO_LOG, begin_log
from gateway.server.views_process import ViewsProcess
from gateway.settings import Limits, Settings
from gpubourse.key_files import (
    KeyFile,
    KeyFileError,
    key_file_path,
    new_private_key,
    read_key_file,
    write_key_file,
)
from gpubourse.places import ADDRESS
from ledger.authority.holder_name import are_two_people
from ledger.caller import Caller
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.embedded.server_user import EmbeddedUnavailable
from ledger.ids import VENUE_PARTY
from ledger.journal.checkpoint import PostgresCheckpoints
from ledger.journal.migrations import SchemaRefused, migrate
from ledger.journal.personal_names import Personal, PostgresPersonal
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from ledger.journal.writer_lock import other_engine
from ledger.logins.role_passwords import with_logins

PLACE: Final = "cn-1"  # how every venue's name begins; chance adds what tells it from others
SUFFIX_BYTES: Final = 4
CLERKS: Final = {"clerk-1": "k-0001", "clerk-2": "k-0002"}  # the first two of an empty journal
OPENING: Final = {
    "currency": "CNY",
    "zone": "Asia/Shanghai",
    "minor_digits": 2,
    "legal_name": "GPU Bourse",
}
WATCH_S: Final = 0.5  # how soon an engine that stopped for good ends the process
PORTS: Final = 65_536
PORTS_TRIED: Final = 20
OWN_READS: Final = 2  # of the views at once, for no caller: how far they are, and the backfill
METRICS_HOST: Final = "127.0.0.1"  # they are for this machine alone

Log = Callable[[str], None]


class CannotOpen(Exception):
    """The server does not open: the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class VenueServer:
    """An open server. `url` is where it answers; `close` ends it in order."""

    url: str
    metrics_port: int  # 0: no port was free
    parts: Parts
    engine: Engine
    dsn: str
    _stack: AsyncExitStack

    async def until_over(self, ended: "asyncio.Future[Any]") -> None:
        """Until *ended* is done, or the engine has stopped for good."""
        while not ended.done() and not self.engine.stop_reason:
            await asyncio.wait({ended}, timeout=WATCH_S)

    async def close(self) -> None:
        """Close the sockets, let the engine finish, stop what was started."""
        await self._stack.aclose()


async def open_server(
    settings: Settings,
    *,
    log: Log = lambda _: None,
    clock: Clock | None = None,
    speed: Callable[[], int] = lambda: 1,
    limits: Limits | None = None,
) -> VenueServer:
    """Open journal, engine, views and gateway; an empty journal is opened as a venue.

    `log` gets each step in a line. Raises CannotOpen.
    """
    limits = limits or Limits()
    must_be_safe(settings)
    must_be_runnable(limits)
    stack = AsyncExitStack()
    try:
        return await _open(settings, log, clock or SystemClock(), speed, limits, stack)
    except (
        EmbeddedUnavailable,
        JournalUnavailable,
        SchemaRefused,
        ClockJumped,
        KeyFileError,
    ) as error:
        await stack.aclose()
        raise CannotOpen(str(error)) from error
    except OSError as error:
        await stack.aclose()
        if not (words := in_words(error)):
            raise
        raise CannotOpen(words) from error
    except BaseException:
        await stack.aclose()
        raise


def must_be_runnable(limits: Limits) -> None:
    """Refuse an interpreter without its asserts, and a system with too few descriptors."""
    try:
        must_keep_asserts()
        raise_descriptors(limits)
    except (Optimised, TooFewDescriptors) as error:
        raise CannotOpen(str(error)) from None


def must_be_safe(settings: Settings) -> None:
    """Refuse to listen beyond this machine in the clear, and a proxy without an address."""
    for proxy in settings.proxies:
        if not plain_address(proxy):
            raise CannotOpen(
                f"{proxy!r} is no IP address: --behind-proxy names the one from which the proxy "
                "connects."
            )
    is_here = is_this_machine(settings.host)
    if not is_here and not settings.tls_cert and not settings.is_behind_proxy:
        raise CannotOpen(
            f"{settings.host} is reachable from other machines: say --tls-cert FILE, or "
            "--behind-proxy ADDRESS where a proxy speaks TLS."
        )


async def _open(
    settings: Settings,
    log: Log,
    clock: Clock,
    speed: Callable[[], int],
    limits: Limits,
    stack: AsyncExitStack,
) -> VenueServer:
    await asyncio.to_thread(must_be_writable, settings.data_folder)
    supervisor = PostgresSupervisor(EmbeddedPostgres(settings.data_folder, log), log)
    dsn = settings.database_url or await _start_server(supervisor, stack)
    await asyncio.to_thread(migrate, dsn, log)
    if settings.database_url:
        dsn = await asyncio.to_thread(_by_own_logins, dsn, settings.data_folder, log)
    own, stored = await asyncio.to_thread(lambda: (PostgresJournal(dsn), _reading_journal(dsn)))
    stack.push_async_callback(asyncio.to_thread, stored.close)
    await asyncio.to_thread(_must_be_of_kind, stored, settings)
    log("engine: reading the journal")
    checkpoints = PostgresCheckpoints(dsn)
    engine = Engine(own, clock=clock, checkpoints=checkpoints, accept_jump=settings.accept_jump)
    await engine.start()
    notary = NotaryProcess(dsn, settings.data_folder, log, settings.witness_policy)
    stack.push_async_callback(notary.stop)  # behind the engine: the log holds what that ends with
    stack.push_async_callback(engine.stop)
    personal = PostgresPersonal(dsn)
    if not engine.venue.register.venue:
        await _open_venue(engine, settings, personal, log)
    reader = await _open_views(dsn, limits, log, stack)
    published = NO_LOG
    if settings.publishes_log:
        published = await begin_log(notary, stored, settings, log)
        attester = AttesterProcess(dsn, settings.data_folder, engine, log)
        await attester.start()
        stack.push_async_callback(attester.stop)
    history = HistoryProcess(dsn, log)
    stack.push_async_callback(history.stop)
    parts = await assemble(
        settings,
        limits,
        engine,
        journal=stored,
        keep=own.keep,
        personal=personal,
        reader=reader,
        clock=clock,
        speed=speed,
        log=published,
        past_states=history,
    )
    stack.callback(parts.pools.close)
    parts.heartbeat.start()
    url = await _serve(parts, stack, log)
    metrics_port = parts.metrics.serve(METRICS_HOST, settings.metrics_port)
    stack.callback(parts.metrics.close)
    if settings.metrics_port not in (0, metrics_port):
        log(f"Port {settings.metrics_port} is taken: metrics are {_served_on(metrics_port)}.")
    _write_address(settings.data_folder, url, stack)
    return VenueServer(url, metrics_port, parts, engine, dsn, stack)


def _by_own_logins(dsn: str, folder: Path, log: Log) -> str:
    """The address by which each part logs on as itself; what the server does not give is told."""
    if other_engine(dsn):
        return dsn  # it lives by the passwords that there are; ours ends in a moment
    found, missing = with_logins(dsn, folder)
    for words in missing:
        log(f"database: {words}")
    return found


def _served_on(port: int) -> str:
    return f"served on {port} instead" if port else "not served, for no port near it is free"


async def _open_views(dsn: str, limits: Limits, log: Log, stack: AsyncExitStack) -> Reader:
    views = ViewsProcess(dsn, log)
    await views.start()
    stack.push_async_callback(views.stop)
    reader = Reader(
        dsn,
        connections=limits.database_reads + OWN_READS,
        statement_ms=limits.views_query_ms,
    )
    await reader.open()
    stack.push_async_callback(reader.close)
    return reader


async def _start_server(supervisor: PostgresSupervisor, stack: AsyncExitStack) -> str:
    stack.push_async_callback(supervisor.stop)
    return await supervisor.start()


def _reading_journal(dsn: str) -> PostgresJournal:
    return PostgresJournal.for_door(dsn)


def _must_be_of_kind(journal: PostgresJournal, settings: Settings) -> None:
    """A live venue's journal is not for the demo, nor a demo's for `run`: position 1 says which."""
    first = next(journal.read(0, 1), None)
    if first is None:
        return
    kind = "demo" if b'"kind":"demo"' in first.state else "live"
    if kind != settings.kind:
        verb = "demo" if kind == "demo" else "run"
        raise CannotOpen(
            f"This journal is a {kind} venue's: open it with `gpubourse {verb}`, "
            "or name another folder with --data."
        )


async def _open_venue(engine: Engine, settings: Settings, personal: Personal, log: Log) -> None:
    """Two clerks' keys into DATA/keys, then the first batch of the journal."""
    holders = settings.holders
    if len(holders) != len(CLERKS) or not are_two_people(*holders):
        raise CannotOpen(
            "A new venue needs the names of two people who hold its first two keys, not one name "
            "in two spellings: --holders NAME,NAME."
        )
    keys = await asyncio.to_thread(_clerk_keys, settings.data_folder / "keys")
    clerks = []
    for (name, key), holder in zip(keys.items(), holders, strict=True):
        holder_sha256 = await asyncio.to_thread(personal.holder_sha256, holder)
        clerks.append({"holder_sha256": holder_sha256, "public_key": key.public_key, "label": name})
    venue = keys["clerk-1"].venue
    args: dict[str, Any] = {**OPENING, "venue": venue, "kind": settings.kind, "clerks": clerks}
    await engine.submit(Request("venue.open", args, Caller()))
    register = engine.venue.register
    assert register.venue_party == VENUE_PARTY, "the first party of a journal"
    assert register.clerks == list(CLERKS.values()), "the first two keys of a journal"
    for principal, holder in zip(register.clerks, holders, strict=True):
        await asyncio.to_thread(personal.note, principal, holder)
    log(f"venue: {venue} is open; its two clerks' keys lie in {settings.data_folder / 'keys'}")
    log("venue: the second key belongs in another person's hands: what matters here takes two")


def _clerk_keys(folder: Path) -> dict[str, KeyFile]:
    """The two keys: those that lie there already, else new ones, written before they are used.

    They bear the name of the venue that is opened with them: its own, so that what was signed for
    one venue says nothing at another.
    """
    paths = {name: key_file_path(folder, name) for name in CLERKS}
    keys = {name: read_key_file(path) for name, path in paths.items() if path.exists()}
    named = {key.venue for key in keys.values()} or {f"{PLACE}-{token_hex(SUFFIX_BYTES)}"}
    if len(named) > 1:
        raise KeyFileError(
            f"The clerks' keys in {folder} are of two venues, {' and '.join(sorted(named))}: "
            "keep the two of one, or none."
        )
    for name, principal in CLERKS.items():
        if name not in keys:
            (venue,) = named
            key = KeyFile(VENUE_PARTY, principal, venue, new_private_key())
            write_key_file(paths[name], key)
            keys[name] = read_key_file(paths[name])
    return {name: keys[name] for name in CLERKS}


async def _serve(parts: Parts, stack: AsyncExitStack, log: Log) -> str:
    """Listen on the port that is set, or on the next free one, and say that it is another."""
    settings = parts.settings
    secure = _tls(settings.tls_cert) if settings.tls_cert else None
    listener = Listener(parts, secure)
    stack.push_async_callback(listener.close)
    stack.push_async_callback(parts.heartbeat.stop)
    ports = range(settings.port, min(settings.port + PORTS_TRIED, PORTS))
    try:
        taken = await listener.open(settings.host, ports)
    except OSError as error:
        if error.errno not in TAKEN:
            text = f"{settings.host} cannot be listened on: {error}. Name an address of this "
            raise CannotOpen(f"{text}machine with --host.") from None
        raise CannotOpen(
            f"No port from {ports[0]} to {ports[-1]} is free on {settings.host}: "
            "name one with --port."
        ) from None
    if settings.port not in (0, taken):
        log(f"Port {settings.port} is taken: the venue listens on {taken} instead.")
    parts.metrics.watch("connections", "Open connections that are no sockets", listener.__len__)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if secure else 'http'}://{host}:{taken}/"


def _tls(path: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.options |= ssl.OP_NO_RENEGOTIATION  # it costs us much, and who asks for it little
    try:
        context.load_cert_chain(path)
    except (OSError, ssl.SSLError) as error:
        raise CannotOpen(
            f"{path} holds no certificate with its key: {error}. Give a PEM file with both."
        ) from error
    return context


def _write_address(folder: Path, url: str, stack: AsyncExitStack) -> None:
    """Write down for the other verbs on this machine where this server answers, while it does."""
    path = folder / ADDRESS
    path.write_text(f"{url}\n", "utf-8")

    def forget() -> None:
        with suppress(OSError):
            if path.read_text("utf-8") == f"{url}\n":  # another engine may have opened meanwhile
                path.unlink()

    stack.callback(forget)
