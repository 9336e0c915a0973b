"""The auditor's reads: the journal's rows, who signed for them, balances; a key's first answer."""

import asyncio
from typing import Any, Final

from aiohttp import web

from exchange.answer import answer
from gateway import wire
from gateway.feeds.thing_channels import entry
from gateway.problems import ProblemRaised
from gateway.routes.request import ApiRequest, Route
from gateway.routes.view_reads import page_of, record_of
from ledger.base64url import bytes64, text64
from ledger.events import Event
from ledger.journal.protocol import CommandRow, Journal, JournalRow, JournalUnavailable
from ledger.refusals import Reason, Refused
from ledger.views.lists.cash_listings import TRIAL_BALANCE
from ledger.views.lists.journal_listings import EVENTS
from ledger.views.lists.pages import Page

KEY_MOST: Final = 64
SIGNATURE_BYTES: Final = 64


async def events(ask: ApiRequest) -> web.Response:
    """Rows of the journal from a position on, each with its exact `entry`."""
    ask.must_have("audit")
    await ask.be_new_enough()
    query = ask.query
    if "topic" in query:
        topic_page = await page_of(
            ask,
            EVENTS,
            topic=query["topic"],
            from_position=ask.whole("from", 1, 1, wire.NUMBER_MOST),
            to_position=ask.whole("to", 0, 0, wire.NUMBER_MOST) or "",
        )
        return ask.tell_page(topic_page)
    first = ask.whole("from", 1, 1, wire.NUMBER_MOST)
    if "cursor" in query:
        first = max(first, ask.whole("cursor", first, 1, wire.NUMBER_MOST))
    limit = ask.paging_limit()
    last = min(ask.parts.hub.position, ask.whole("to", wire.NUMBER_MOST, 1, wire.NUMBER_MOST))
    upto = min(last, first + limit - 1)
    rows = await _in_thread(lambda: list(ask.parts.journal.read(first - 1, upto)))
    more = str(upto + 1) if upto < last else None
    shown = [shown_row(row) for row in rows]
    return ask.tell_page(_page_of_journal(ask, ask.parts.hub.position, shown, more))


async def stream(ask: ApiRequest) -> web.Response:
    """One stream, oldest first; the own party's is open to its party."""
    wanted = ask.path("stream")
    session = ask.must_be_logged_on()
    if wanted != f"party:{session.party}":
        ask.must_have("audit")
    await ask.be_new_enough()
    after = ask.whole("cursor", 0, 0, wire.NUMBER_MOST)
    limit = ask.paging_limit()
    position = ask.parts.hub.position
    rows = await _in_thread(lambda: ask.parts.journal.read_stream(wanted, after))
    seen = [row for row in rows if row.position <= position]
    more = str(seen[limit - 1].version) if len(seen) > limit else None
    shown = [shown_row(row) for row in seen[:limit]]
    return ask.tell_page(_page_of_journal(ask, position, shown, more))


async def signature(ask: ApiRequest) -> web.Response:
    """Who asked for a position, in the exact bytes that were signed."""
    ask.must_have("audit")
    position = int(ask.path("position"))
    if position > ask.parts.hub.position:
        raise Refused(
            Reason.as_of_ahead, f"The head is {ask.parts.hub.position}: ask for what is there."
        )
    found = await _in_thread(lambda: ask.parts.journal.command_at(position))
    if found is None:
        return ask.tell({"position": position, "by": "engine"})
    return ask.tell(await _in_thread(lambda: _signed(ask, found)))


async def trial_balance(ask: ApiRequest) -> web.Response:
    """Every account with a balance; their sum is 0."""
    ask.must_have("audit")
    return ask.tell_record(await record_of(ask, lambda reader: reader.record(TRIAL_BALANCE)))


async def first_answer(ask: ApiRequest) -> web.Response:
    """The first answer to a key, asked for without sending the command again."""
    session = ask.must_be_logged_on()
    key = ask.path("key")
    if ask.parts.intake.is_out(session.party, key):
        raise ProblemRaised("unavailable", key=key)
    found = await _in_thread(lambda: ask.parts.journal.commands([(session.party, key)]))
    if not found:
        raise Refused(
            Reason.unknown_key,
            f"No command was accepted under {key[:KEY_MOST]!r}: it is safe to send.",
        )
    row = found[0]
    batch = await _in_thread(lambda: _events(ask, row))
    status, result = answer(row.op, batch)
    body = {"op": row.op, "status": status, "result": result}
    return ask.tell(body, position=row.last_position, at_ns=batch[0].at_ns)


def shown_row(row: JournalRow) -> dict[str, Any]:
    """A row as auditors see it: `entry` is its exact form, whatever else is shown."""
    state = wire.decode_stored(row.state)
    return {
        "position": row.position,
        "stream": row.stream,
        "version": row.version,
        "topic": row.topic,
        "at_ns": state["at_ns"],
        "event": state,
        "entry": entry(row),
    }


def _page_of_journal(
    ask: ApiRequest, position: int, rows: list[dict[str, Any]], following: str | None
) -> Page:
    return Page(position, ask.parts.hub.at_ns, wire.encode(rows), following)


def _events(ask: ApiRequest, row: CommandRow) -> list[Event]:
    rows = ask.parts.journal.read(row.first_position - 1, row.last_position)
    return [ask.parts.codec.decode(each) for each in rows]


def _signed(ask: ApiRequest, row: CommandRow) -> dict[str, Any]:
    entry_of = ask.parts.auth.directory.find(row.principal)
    told: dict[str, Any] = {
        "op": row.op,
        "party": row.party,
        "principal": row.principal,
        "key": row.key,
        "session": row.session,
        "received_ns": row.received_ns,
        "signed": row.signed.decode(),
        "signature": text64(row.signature),
        "public_key": entry_of.public_key if entry_of else None,
        "first_position": row.first_position,
        "last_position": row.last_position,
    }
    logon = _logon(ask.parts.journal, row.session) if not row.signature else None
    if logon is not None:
        signed, raw = logon[:-SIGNATURE_BYTES], logon[-SIGNATURE_BYTES:]
        told["logon"] = {"signed": signed[:-1].decode(), "signature": text64(raw)}
    return told


def _logon(journal: Journal, session: str) -> bytes | None:
    name = bytes64(session, 32)
    return journal.kept(name) if name is not None else None


async def _in_thread(call: Any) -> Any:
    """What the journal says; its calls block."""
    try:
        return await asyncio.to_thread(call)
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error


_ROUTES: Final = (
    ("/v1/audit/events", events, "The journal's rows", ("audit",), ("from", "to", "topic"), True),
    ("/v1/audit/streams/{stream}", stream, "One stream", (), (), True),
    (r"/v1/audit/signatures/{position:\d{1,16}}", signature, "Who signed", ("audit",), (), False),
    ("/v1/audit/trial_balance", trial_balance, "All accounts", ("audit",), (), False),
    ("/v1/commands/{key}", first_answer, "The first answer to a key", (), (), False),
)
ROUTES: Final = [
    Route("GET", path, handler, summary, scopes, True, query=query, is_page=is_page)
    for path, handler, summary, scopes, query, is_page in _ROUTES
]
