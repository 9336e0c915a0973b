"""The auditor's reads: the journal's rows, who signed for them, balances; a key's first answer.

No index leads to every id and serial that an event may name. So a page of a search looks at so many
positions and no more, however few rows it finds there, and says where the next one goes on.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from aiohttp import web
from msgspec.structs import replace

from exchange.answer import answer
from exchange.engine.stored_answer import answerable_batch
from exchange.events import TOPICS as MARKET_TOPICS
from gateway import wire
from gateway.access.command_intake import KEY
from gateway.feeds.thing_channels import entry
from gateway.problems import ProblemRaised
from gateway.routes.query import (
    CURSOR,
    NEW_ENOUGH,
    PAGE,
    POSITION,
    Began,
    Instant,
    QueryMember,
    bad_cursor,
    began_by,
)
from gateway.routes.request import ApiRequest, Route
from gateway.routes.view_reads import read_page, record_of
from gpubourse.wire import compact, encode
from ledger.base64url import any_bytes64, bytes64, text64
from ledger.events import TOPICS as REGISTER_TOPICS
from ledger.journal.batches import last_position_by
from ledger.journal.protocol import CommandRow, Journal, JournalRow, JournalUnavailable
from ledger.questions.state_history import Question
from ledger.refusals import Reason, Refused, sentence_of
from ledger.shapes import whole_number
from ledger.state_map.subjects import NAMED, VENUE, WITH_ID, kind_of, nearest_subject
from ledger.views.lists.cash_listings import TRIAL_BALANCE
from ledger.views.lists.filter_values import PARTY, Form, one_of
from ledger.views.lists.journal_listings import EVENTS, FOUND
from ledger.views.lists.pages import Page, Paging

KEY_SHOWN: Final = 64  # of what is no key
SIGNATURE_BYTES: Final = 64


async def events(request: ApiRequest) -> web.Response:
    """Rows of the journal from a position on, each with its exact `entry`."""
    first, to = request.query.get("from", 1), request.query.get("to")
    if "topic" in request.query:
        values = {"topic": request.query["topic"], "from_position": first}
        if to is not None:
            values["to_position"] = to
        paging = Paging(limit=request.limit, cursor=request.place)
        return request.reply_page(
            await read_page(request, lambda reader: reader.page(EVENTS, paging, **values))
        )
    began = _began(request)
    first = max(first, began.key + 1)
    journal = request.parts.journal
    last = min(began.position, to or wire.NUMBER_MOST)
    upto = min(last, first + request.limit - 1)
    shown = await in_thread(request, lambda: shown_rows(journal.read(first - 1, upto)))
    more = began.next(upto) if upto < last else None
    return request.reply_page(Page(began.position, began.at_ns, shown, more))


async def search(request: ApiRequest) -> web.Response:
    """Events newest first, from the part of the journal that one page may look at."""
    query, began = request.query, _began(request)
    oldest, newest = await _wanted(request, began.position)
    last = min(newest, began.key or newest)
    first = max(oldest, last - request.parts.limits.search_positions + 1)
    values: dict[str, str] = {name: query[name] for name in ("topic", "party") if name in query}
    if "names" in query:
        values["quoted"] = compact(query["names"]).decode()
    found = await read_page(
        request,
        lambda reader: reader.page(
            FOUND, Paging(request.limit), from_position=first, to_position=last, **values
        ),
    )
    behind = _behind(found, first)
    following = began.next(behind) if behind >= oldest else None
    page = Page(began.position, began.at_ns, found.json, following)
    return request.reply_page(page, looked_from=behind + 1)


async def _wanted(request: ApiRequest, head: int) -> tuple[int, int]:
    """The first and the last position that `from`, `to`, `since` and `until` leave."""
    query = request.query
    first, last = query.get("from", 1), min(query.get("to", head), head)
    if "since" in query:
        first = max(first, await _last_before(request, query["since"], head) + 1)
    if "until" in query:
        last = min(last, await _last_before(request, query["until"], head))
    return first, last


async def _last_before(request: ApiRequest, at_ns: int, head: int) -> int:
    """The last position before an instant; 0: there was no venue yet."""
    journal, codec = request.parts.journal, request.parts.codec
    found: int = await in_thread(request, lambda: last_position_by(journal, codec, at_ns - 1, head))
    return found


def _behind(found: Page, first: int) -> int:
    """Where to go on: below the last row of a full page, else below all that was looked at."""
    last_shown: int = found.values()[-1]["position"] if found.next else first
    return last_shown - 1


async def stream(request: ApiRequest) -> web.Response:
    """One stream, oldest first; the own party's is open to its party."""
    wanted = request.path("stream")
    session = request.must_be_logged_on()
    if wanted != f"party:{session.party}":
        request.must_have("audit")
    began, limit = _began(request), request.limit
    journal = request.parts.journal

    def read() -> Page:
        rows = journal.read_stream(wanted, began.key, limit + 1)
        published = [row for row in rows if row.position <= began.position]
        more = began.next(published[limit - 1].version) if len(published) > limit else None
        return Page(began.position, began.at_ns, shown_rows(published[:limit]), more)

    return request.reply_page(await in_thread(request, read))


async def signature(request: ApiRequest) -> web.Response:
    """Who asked for a position, in the exact bytes that were signed."""
    position = _not_ahead(request, path_position(request))
    found = await in_thread(request, lambda: request.parts.journal.command_at(position))
    if found is None:
        return request.reply({"position": position, "by": "engine"})
    return request.reply(await in_thread(request, lambda: _signed(request, found)))


async def trial_balance(request: ApiRequest) -> web.Response:
    """Every account with a balance; their sum is 0."""
    return request.reply_record(
        await record_of(request, lambda reader: reader.record(TRIAL_BALANCE))
    )


async def state(request: ApiRequest) -> web.Response:
    """Every subject, with all that was known of it at a position (form 2); the head's if none."""
    return await _past(request, Question(_last_of(request, "position")))


async def diff(request: ApiRequest) -> web.Response:
    """What is otherwise between two positions, subject by subject, field by field."""
    first, last = request.query.get("from", 1), _last_of(request, "to")
    if first > last:
        text = "from lies behind to: name the earlier position first."
        raise Refused(Reason.bad_combination, text, field="/from")
    return await _past(request, Question(last, since=first))


async def _past(request: ApiRequest, question: Question) -> web.Response:
    """A page of a past state, by the process that folds it; refuses `not_yet` until it is there."""
    session, query = request.must_be_logged_on(), request.query
    if request.parts.past_states is None:
        raise ProblemRaised(
            "not_yet", "This venue folds no past states: its journal lies in no database."
        )
    wanted = replace(
        question,
        subject=query.get("subject", ""),
        kind=query.get("kind", ""),
        after=_behind_page(request.place)[1] if request.place else "",
        limit=request.limit,
    )
    page = await request.parts.past_states.query(session.party, wanted)
    if page.folded is not None:
        raise ProblemRaised(
            "not_yet",
            sentence_of(
                "The state of {position:,} is made from the events before it; {folded:,} of them "
                "are read. Ask again.",
                position=question.position,
                folded=page.folded,
            ),
        )
    following = text64(f"{question.position} {page.next}".encode()) if page.next else None
    return request.reply_page(Page(page.position, page.at_ns, bytes(page.rows), following))


def _last_of(request: ApiRequest, member: str) -> int:
    """The position of a past state: as told, else that of the pages before, else the head's."""
    named = request.query.get(member)
    if request.place:
        position, _ = _behind_page(request.place)
        if named not in (None, position):
            raise bad_cursor()
        named = position
    return _not_ahead(request, request.parts.hub.position if named is None else named)


def _behind_page(place: str) -> tuple[int, str]:
    """The position of a page of a past state, and the subject that it ended with."""
    try:
        text, _, subject = any_bytes64(place).decode().partition(" ")
    except ValueError:
        raise bad_cursor() from None
    position = whole_number(text, wire.NUMBER_MOST)
    if not position or not kind_of(subject) or text64(f"{text} {subject}".encode()) != place:
        raise bad_cursor()
    return position, subject


def _not_ahead(request: ApiRequest, position: int) -> int:
    head = request.parts.hub.position
    if position > head:
        raise Refused(
            Reason.as_of_ahead,
            sentence_of("The head is {position}: ask for what is there.", position=head),
        )
    return position


async def first_answer(request: ApiRequest) -> web.Response:
    """The first answer to a key, read without sending the command again."""
    session = request.must_be_logged_on()
    key = request.path("key")
    if not KEY.fullmatch(key):
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "A key is 1 to 64 letters, digits, '.', '_', '-': no command can be sent under "
                "{key!r}.",
                key=key[:KEY_SHOWN],
            ),
        )
    if request.parts.intake.is_out(session.party, key):
        raise ProblemRaised("unavailable", key=key)
    found = await in_thread(request, lambda: request.parts.journal.commands([(session.party, key)]))
    if not found:
        raise Refused(
            Reason.unknown_key,
            sentence_of("No command was accepted under {key!r}: it is safe to send.", key=key),
        )
    row = found[0]
    span = row.first_position, row.last_position
    batch = await in_thread(request, lambda: answerable_batch(request.parts.journal, *span, row.op))
    status, result = answer(row.op, batch.events)
    body = {"op": row.op, "status": status, "result": result}
    return request.charged(request.reply(body, position=batch.last_position, at_ns=batch.at_ns))


def path_position(request: ApiRequest) -> int:
    """The position that the path names; refuses `bad_field`."""
    try:
        return int(POSITION.read(request.path("position")))
    except ValueError as error:
        raise Refused(
            Reason.bad_field, sentence_of("position {error}.", error=error), field="/position"
        ) from None


def _began(request: ApiRequest) -> Began:
    """As the cursor says, else here and now. Refuses `bad_cursor`."""
    hub = request.parts.hub
    return began_by(request.place, Began(hub.position, hub.at_ns))


def shown_row(row: JournalRow) -> dict[str, Any]:
    """A row as auditors read it: `entry` is its exact form, whatever else is shown."""
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


def shown_rows(rows: Iterable[JournalRow]) -> bytes:
    """Rows in their wire form: 1,000 of them are the work of a thread, not of the loop."""
    return encode([shown_row(row) for row in rows])


def _signed(request: ApiRequest, row: CommandRow) -> dict[str, Any]:
    enrolled = request.parts.auth.directory.enrolled(row.principal)
    body: dict[str, Any] = {
        "op": row.op,
        "party": row.party,
        "principal": row.principal,
        "key": row.key,
        "session": row.session,
        "received_ns": row.received_ns,
        "signed": row.signed.decode(),
        "signature": text64(row.signature),
        "public_key": enrolled.public_key if enrolled else None,
        "first_position": row.first_position,
        "last_position": row.last_position,
    }
    logon = _logon(request.parts.journal, row.session) if not row.signature else None
    if logon is not None:
        signed, raw = logon[:-SIGNATURE_BYTES], logon[-SIGNATURE_BYTES:]
        body["logon"] = {"signed": signed[:-1].decode(), "signature": text64(raw)}
    return body


def _logon(journal: Journal, session: str) -> bytes | None:
    name = bytes64(session, 32)
    return journal.kept(name) if name is not None else None


async def in_thread(request: ApiRequest, call: Callable[[], Any]) -> Any:
    """What the journal says, in the caller's turn; its calls block."""
    try:
        async with request.read_turn():
            return await request.in_pool("audit", call)
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error


_TOPIC: Final = QueryMember(
    "topic", one_of((*REGISTER_TOPICS, *MARKET_TOPICS)), "rows of that alone"
)
_BETWEEN: Final = (
    QueryMember("from", POSITION, "rows from that position on"),
    QueryMember("to", POSITION, "rows up to that position"),
)
_NAMED: Final = Form(r"[^\x00-\x1f\x7f]{1,128}", "1 to 128 characters on one line")
_SEARCH: Final = (
    _TOPIC,
    QueryMember("party", PARTY, "who asked for it"),
    QueryMember("names", _NAMED, "what the event names, as a whole value"),
    *_BETWEEN,
    QueryMember("since", Instant(), "rows from then on"),
    QueryMember("until", Instant(), "rows before then"),
)


class Subject(NamedTuple):
    """A subject of form 2, as a certificate names it."""

    def read(self, text: str) -> str:
        if not kind_of(text):
            near = nearest_subject(text)
            raise ValueError(f"is a subject such as {near or 'n-0003 or account/p-0002/available'}")
        return text

    def schema(self) -> dict[str, Any]:
        form = "^(venue|[a-z]-[0-9]{1,18}|[a-z_]{1,16}/[^\\x00-\\x1f]{1,256})$"
        return {
            "type": "string",
            "pattern": form,
            "description": "n-0003, account/p-0002/available",
        }


_OF_SUBJECTS: Final = (
    QueryMember(
        "kind", one_of((VENUE, *sorted({*NAMED, *WITH_ID}))), "subjects of that kind alone"
    ),
    QueryMember("subject", Subject(), "that one alone"),
)
_ROUTES: Final = (
    ("/v1/audit/events", events, "The journal's rows", ("audit",), (*_BETWEEN, _TOPIC, *PAGE)),
    ("/v1/audit/search", search, "Events, newest first", ("audit",), (*_SEARCH, *PAGE)),
    ("/v1/audit/streams/{stream}", stream, "One stream", (), PAGE),
    ("/v1/audit/signatures/{position}", signature, "Who signed", ("audit",), ()),
    ("/v1/audit/trial_balance", trial_balance, "All accounts", ("audit",), ()),
    (
        "/v1/audit/state",
        state,
        "The state at a position",
        ("audit",),
        (
            QueryMember("position", POSITION, "the state there; the head's without it"),
            *_OF_SUBJECTS,
            *PAGE,
        ),
    ),
    (
        "/v1/audit/diff",
        diff,
        "What changed between two positions",
        ("audit",),
        (*_BETWEEN, *_OF_SUBJECTS, *PAGE),
    ),
    ("/v1/commands/{key}", first_answer, "The first answer to a key", (), ()),
)
ROUTES: Final = [
    Route(
        "GET", path, handler, summary, scopes, True,
        query=(*query, *NEW_ENOUGH), is_page=CURSOR in query,
    )
    for path, handler, summary, scopes, query in _ROUTES
]  # fmt: skip
