"""The transparency log (WIRE 3): as it lies in its folder, under `/log/`; and receipts made of it.

Whoever has the log's key checks a receipt alone and offline. It holds the entry, so it is for whom
the entry is about: whoever sent the command whose batch begins there, and auditors.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from aiohttp import web

from gateway.notary.log_folder import VERIFIERS, LogFolder
from gateway.problems import ProblemRaised
from gateway.routes.audit_reads import in_thread, path_position
from gateway.routes.query import NEW_ENOUGH
from gateway.routes.request import ApiRequest, Route
from gpubourse.places import LOG
from ledger.journal.protocol import Journal
from ledger.log.entry import ENTRY_BYTES_MOST, LENGTH_BYTES
from ledger.log.log_check import LogFault, NotPublished
from ledger.log.merkle import HASH_BYTES
from ledger.log.note import NOTE_BYTES_MOST, BadNote, read_note
from ledger.log.older_logs import ACCEPTANCE, OLDER_MOST, older_path
from ledger.log.receipt import RECEIPT_BYTES_MOST, receipt_of
from ledger.log.tiles import (
    HEAD,
    LEVELS_MOST,
    TILE_WIDTH,
    BundlePlace,
    TilePlace,
    head_path,
    read_number_path,
)
from ledger.log.tree_head import read_head_text
from ledger.log.verifier import VERIFIERS_BYTES_MOST
from ledger.refusals import Reason, Refused, sentence_of
from ledger.shapes import whole_number

Answer = Callable[[ApiRequest], Awaitable[web.StreamResponse]]
TEXT: Final = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}
FOR_EVER: Final = {
    "Content-Type": "application/octet-stream",
    "Cache-Control": "public, max-age=31536000, immutable",
}
FOR_ITS_READER: Final = FOR_EVER | {"Cache-Control": "private, max-age=31536000, immutable"}
OWN_TEXT: Final = TEXT | {"Cache-Control": "private, no-cache"}
KEPT: Final = TEXT | {"Cache-Control": "public, max-age=31536000, immutable"}


async def newest_head(request: ApiRequest) -> web.Response:
    """The newest tree head, as the log signed it."""
    return await _file(request, HEAD, NOTE_BYTES_MOST, TEXT)


async def acceptance(request: ApiRequest) -> web.Response:
    """The receipt of the event that accepted an older log's loss."""
    return await _file(request, ACCEPTANCE, RECEIPT_BYTES_MOST, KEPT)


async def verifiers(request: ApiRequest) -> web.Response:
    """The log's public keys, a line each."""
    return await _file(request, VERIFIERS, VERIFIERS_BYTES_MOST, TEXT)


async def kept_head(request: ApiRequest) -> web.Response:
    """An older tree head, by its size."""
    size, width = _number_and_width(request)
    if width != TILE_WIDTH:
        raise _not_there(request)
    return await _file(request, head_path(size), NOTE_BYTES_MOST, KEPT)


async def tile(request: ApiRequest) -> web.Response:
    """The hashes of a tile."""
    level = whole_number(request.path("level"), LEVELS_MOST - 1)
    if level is None:
        raise _not_there(request)
    place = TilePlace(level, *_number_and_width(request))
    return await _file(request, place.path, TILE_WIDTH * HASH_BYTES, FOR_EVER)


async def bundle(request: ApiRequest) -> web.Response:
    """The entries of a bundle: events, for those who may read all of them."""
    place = BundlePlace(*_number_and_width(request))
    most = TILE_WIDTH * (LENGTH_BYTES + ENTRY_BYTES_MOST)
    return await _file(request, place.path, most, FOR_ITS_READER)


async def _file(request: ApiRequest, path: str, most: int, headers: dict[str, str]) -> web.Response:
    folder = LogFolder(request.parts.settings.data_folder / LOG / _older(request))
    raw = await request.in_pool("log", _read, folder, path, most)
    if raw is None:
        raise ProblemRaised("unavailable", "That file of the log cannot be read.")
    if not raw:
        raise _not_there(request)
    return web.Response(body=raw, headers=headers)


def _older(request: ApiRequest) -> str:
    """Where an older log lies that was named; "" for the log itself."""
    named = request.http.match_info.get("log", "")
    if not named:
        return ""
    number = whole_number(named, OLDER_MOST)
    if not number:
        raise _not_there(request)
    return older_path(number)


def _read(folder: LogFolder, path: str, most: int) -> bytes | None:
    """A file's bytes; none where it is not there (no file of a log is empty), None where broken."""
    try:
        return folder.read(path, most)
    except NotPublished:
        return b""
    except LogFault:
        return None


def _number_and_width(request: ApiRequest) -> tuple[int, int]:
    found = read_number_path(request.path("number"))
    if found is None:
        raise _not_there(request)
    return found


def _not_there(request: ApiRequest) -> Refused:
    return Refused(
        Reason.not_published,
        sentence_of(
            "The log has no {path}: this venue publishes none, or it is not so large yet.",
            path=request.http.path[:200],
        ),
    )


class _Short(NamedTuple):
    """The log's newest head covers less than what was asked for."""

    size: int


async def inclusion(request: ApiRequest) -> web.Response:
    """The receipt of a position, under the newest head (C2SP tlog-proof)."""
    position = path_position(request)
    head = request.parts.hub.position
    if position > head:
        raise Refused(
            Reason.as_of_ahead,
            sentence_of("The head is {position}: ask for what is there.", position=head),
        )
    session = request.must_be_logged_on()
    journal, party = request.parts.journal, session.party
    if "audit" not in session.scopes and not await in_thread(
        request, lambda: _is_first_of(journal, party, position)
    ):
        request.must_have("audit")
    folder = LogFolder(request.parts.settings.data_folder / LOG)
    made = await request.in_pool("log", _made, folder, position)
    if made is None:
        raise ProblemRaised("unavailable", "That file of the log cannot be read.")
    if isinstance(made, _Short):
        raise ProblemRaised(
            "not_yet",
            sentence_of(
                "The log's newest head covers {size:,} entries: ask again in 5 s.", size=made.size
            ),
        )
    if not made:
        raise _not_there(request)
    return web.Response(body=made, headers=OWN_TEXT)


def _is_first_of(journal: Journal, party: str, position: int) -> bool:
    """Whether a batch begins there that a command of the party's asked for. Blocks."""
    found = journal.command_at(position)
    return found is not None and (found.first_position, found.party) == (position, party)


def _made(folder: LogFolder, position: int) -> bytes | _Short | None:
    """The receipt's bytes; none where there is no log, None where it is broken. Blocks."""
    try:
        note = folder.read(HEAD, NOTE_BYTES_MOST)
    except NotPublished:
        return b""
    except LogFault:
        return None
    try:
        size = read_head_text(read_note(note).text).size
        if position > size:
            return _Short(size)
        return receipt_of(folder, note, size, position - 1).raw
    except (LogFault, BadNote):
        return None


def _route(
    path: str, answer: Answer, summary: str, media: str, scopes: tuple[str, ...] = ()
) -> Route:
    return Route(
        "GET", f"/log/{path}", answer, summary, scopes, bool(scopes), needs_views=False, media=media
    )


_TEXT: Final = "text/plain"
_BYTES: Final = "application/octet-stream"
_OLDER: Final = "old/{log}/"
ROUTES: Final = [
    _route("checkpoint", newest_head, "The log's newest tree head", _TEXT),
    _route("key", verifiers, "The log's public keys", _TEXT),
    _route("heads/{number:.+}", kept_head, "An older tree head", _TEXT),
    _route("tile/entries/{number:.+}", bundle, "Entries of the log", _BYTES, ("audit",)),
    _route("tile/{level}/{number:.+}", tile, "A tile of hashes", _BYTES),
    _route(f"{_OLDER}checkpoint", newest_head, "An older log's last tree head", _TEXT),
    _route(f"{_OLDER}key", verifiers, "An older log's public keys", _TEXT),
    _route(f"{_OLDER}acceptance", acceptance, "The receipt of what ended it", _TEXT),
    _route(f"{_OLDER}heads/{{number:.+}}", kept_head, "An older log's tree head", _TEXT),
    _route(f"{_OLDER}tile/entries/{{number:.+}}", bundle, "Its entries", _BYTES, ("audit",)),
    _route(f"{_OLDER}tile/{{level}}/{{number:.+}}", tile, "Its tiles of hashes", _BYTES),
    Route(
        "GET", "/v1/proofs/inclusion/{position}", inclusion, "A position's receipt",
        needs_session=True, query=NEW_ENOUGH, needs_views=False, media=_TEXT,
    ),
]  # fmt: skip
