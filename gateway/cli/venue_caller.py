"""How a verb calls the venue: by the Python client, request by request; errors in plain words."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import quote

from gateway.cli.exit_codes import NOT_ALLOWED, UNAVAILABLE, USAGE, VerbFailed, exit_code
from gateway.cli.options import VerbContext
from gpubourse import places
from gpubourse.errors import (
    BadAddress,
    NotAVenue,
    VenueError,
    VenueProblem,
    VenueUnavailable,
)
from gpubourse.key_files import KeyFile, KeyFileError, new_command_key, read_key_file
from gpubourse.rest import Reply, RestConnection
from gpubourse.retry import Patience, in_turn
from gpubourse.signer import Signer

VALID_MS: Final = 60_000
PATIENCE: Final = Patience(tries=4, answer_s=30.0)  # a command is asked again through a cut, too
READ_PATIENCE: Final = Patience(tries=4, answer_s=30.0, outlasts_cuts=False)
PAGE_ROWS: Final = 1_000

Result = TypeVar("Result")


class Problem(VerbFailed):
    """A no that the venue sent: `reason` is its code, `members` the whole problem."""

    def __init__(self, members: dict[str, Any]) -> None:
        self.reason = str(members.get("code", "unknown"))
        self.members = members
        super().__init__(
            exit_code(self.reason, int(members.get("status", 500))),
            f"{self.reason}: {members.get('detail') or members.get('title', '')}",
        )


class VenueCaller:
    """One verb's conversation with one venue, as one principal or as nobody.

    Replies are whole documents in their wire form: `--json` prints them as they came.
    """

    def __init__(self, context: VerbContext) -> None:
        self.context = context
        self.key_file = find_key_file(context) if context.me else None
        found = context.venue or places.address_in(context.data) or places.HERE
        self.address = found.rstrip("/")
        self._rest = RestConnection(
            self.address, Signer(self.key_file, valid_ms=VALID_MS), READ_PATIENCE
        )
        self._venue: dict[str, Any] | None = None

    @property
    def position(self) -> int:
        """How far this verb has read: later reads are at least as new."""
        return self._rest.position

    @property
    def venue(self) -> dict[str, Any]:
        """`GET /v1/venue`: its name, currency, zone, limits, and where it stands."""
        if self._venue is None:
            self._venue = self._do(lambda: self._rest.read("/v1/venue"))["result"]
        return self._venue

    @property
    def party(self) -> str:
        """Whom we act for; without a key there is nobody to act for."""
        return self.must_have_key_file().party

    def must_have_key_file(self) -> KeyFile:
        """The key file that signs; VerbFailed where there is none."""
        if self.key_file is None:
            raise VerbFailed(
                NOT_ALLOWED,
                "This needs somebody who signs.",
                "Say --me NAME, the name of a key in the data folder: --me seller.",
            )
        return self.key_file

    def get(self, path: str, **terms: Any) -> Reply:
        """A read, at least as new as the venue was when this verb began."""
        if not self.position:
            self.venue  # noqa: B018 # reads where the venue stands
        query = {name: value for name, value in terms.items() if value not in ("", None)}
        return self._do(lambda: self._rest.read(path, query))

    def probe(self, path: str) -> Reply:
        """The reply of `/readyz`, be it yes or no."""
        return self._do(lambda: self._rest.probe(path))

    def rows(self, path: str, **terms: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        page = self.get(path, limit=PAGE_ROWS, **terms)
        while True:
            yield from page["rows"]
            if not page.get("next"):
                return
            page = self.get(path, limit=PAGE_ROWS, cursor=page["next"], **terms)

    def command(
        self, op: str, method: str, path: str, args: dict[str, Any], **path_args: str
    ) -> Reply:
        """A signed command; the reply, whatever number of tries it took."""
        return self._command(
            lambda name: self._rest.command(method, path, op, args, path_args, name)
        )

    def upload(
        self, op: str, path: str, raw: bytes, args: dict[str, Any], **path_args: str
    ) -> Reply:
        """The same, of a raw report: its digest is signed, *args* ride in the address."""
        return self._command(lambda name: self._rest.upload(path, op, raw, args, path_args, name))

    def send(self, path: str, value: dict[str, Any]) -> Reply:
        """What is no command and needs no signature: the enrolment of a key."""
        return self._do(lambda: self._rest.post(path, value))

    def _command(self, send: Callable[[str], Awaitable[Reply]]) -> Reply:
        """Send a command under one key, in its turn, until its outcome is known."""
        self.must_have_key_file()
        self.venue  # noqa: B018 # a venue that is not there fails at once
        name = self.context.key or new_command_key()
        self._rest.patience = PATIENCE
        try:
            return self._do(lambda: in_turn(lambda: send(name)))
        except VerbFailed as no:
            if no.code != UNAVAILABLE:
                raise
        finally:
            self._rest.patience = READ_PATIENCE
        raise VerbFailed(
            UNAVAILABLE,
            "The outcome is not known yet.",
            f"Say the same again with --key {name}: it is never done twice.",
        )

    def _do(self, send: Callable[[], Awaitable[Result]]) -> Result:
        """Send on a loop of its own; whatever is no result becomes words and an exit code."""

        async def sending() -> Result:
            async with self._rest:
                return await send()

        try:
            return asyncio.run(sending())
        except VenueError as error:
            self._fail(error)

    def _fail(self, error: VenueError) -> NoReturn:
        if isinstance(error, VenueProblem):
            raise Problem(error.problem) from None
        if isinstance(error, BadAddress):
            raise VerbFailed(
                USAGE, f"{self.address!r} is no venue's address.", f"Say it like {places.HERE}."
            ) from None
        if isinstance(error, NotAVenue):
            raise VerbFailed(
                UNAVAILABLE,
                f"What answers at {self.address} is no venue (HTTP {error.status}).",
                "Check --venue.",
            ) from None
        if isinstance(error, VenueUnavailable) and error.problem is not None:
            raise Problem(error.problem) from None
        raise VerbFailed(
            UNAVAILABLE,
            f"No venue answers at {self.address} ({error}).",
            "Start one with `gpubourse run` or `gpubourse demo`, or name another: --venue URL.",
        ) from None


def find_key_file(context: VerbContext) -> KeyFile:
    """The key that `--me` names, in the data folder; of the two usual ones, where it lies."""
    try:
        return read_key_file(places.key_file(context.me, context.data))
    except KeyFileError as error:
        names = dict.fromkeys(path.name for path in places.kept_key_files(context.data))
        raise VerbFailed(
            NOT_ALLOWED, str(error), f"--me chooses one of these: {', '.join(names) or 'none yet'}."
        ) from None


def path_of(*parts: str) -> str:
    """`/v1/orders/o-000912`, each part safe in an address."""
    return "/".join(["/v1", *(quote(part, safe="") for part in parts)])
