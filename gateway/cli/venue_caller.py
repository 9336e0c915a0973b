"""How a verb calls the venue: by the Python client, request by request; errors in plain words."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, NoReturn, TypeVar
from urllib.parse import quote

from gateway.cli.exit_codes import (
    INTERRUPTED,
    NOT_ALLOWED,
    NOT_FOUND,
    UNAVAILABLE,
    USAGE,
    VerbFailed,
    exit_code,
)
from gateway.cli.nearest import LISTS, NameList, did_you_mean, names_for, names_in
from gateway.cli.options import VerbContext
from gpubourse import places
from gpubourse.errors import (
    BadAddress,
    NotAVenue,
    VenueError,
    VenueProblem,
    VenueUnavailable,
)
from gpubourse.key_files import KeyFile, KeyFileError, new_command_key, read_usable_key
from gpubourse.rest import Reply, RestConnection
from gpubourse.retry import Patience, in_turn
from gpubourse.signer import Signer

VALID_MS: Final = 60_000
PATIENCE: Final = Patience(tries=4, answer_s=30.0)  # a command is asked again through a cut, too
READ_PATIENCE: Final = Patience(tries=4, answer_s=30.0, outlasts_cuts=False)
PAGE_ROWS: Final = 1_000
TURNS_MOST: Final = 60  # waits for the venue's rate, for one command: nobody here is in a hurry
LINE_NAME_MOST: Final = 40  # of a verb of several acts: each adds its own name to it

Result = TypeVar("Result")


class Problem(VerbFailed):
    """A no that the venue sent: `reason` is its code, `members` the whole problem."""

    def __init__(self, members: dict[str, Any], advice: str = "", detail: str = "") -> None:
        self.reason = str(members.get("code", "unknown"))
        self.members = members
        super().__init__(
            exit_code(self.reason, int(members.get("status", 500))),
            f"{self.reason}: {detail or members.get('detail') or members.get('title', '')}",
            advice,
        )


class Rows(NamedTuple):
    """Rows of a list as far as they were asked for; `next` goes on behind them, None at the end."""

    position: int
    rows: list[dict[str, Any]]
    next: str | None


class VenueCaller:
    """One verb's conversation with one venue, as one principal or as nobody.

    Replies are whole documents in their wire form: `--json` prints them as they came.
    """

    def __init__(self, context: VerbContext, key_file: KeyFile | None = None) -> None:
        self.context = context
        self.key_file = key_file or (find_key_file(context) if context.me else None)
        if not context.venue:
            _must_be_open(context)
        found = context.venue or places.address_in(context.data) or places.HERE
        self.address = found.rstrip("/")
        self._rest = RestConnection(
            self.address,
            Signer(self.key_file, valid_ms=VALID_MS),
            READ_PATIENCE,
            context.lang,
        )
        self._venue: dict[str, Any] | None = None
        self.specs: dict[str, dict[str, Any]] = {}  # markets that were looked up already
        self._base_key = context.key
        self._commands = 0  # of this verb, so far: each has a key of its own
        self._is_advising = False

    @property
    def line_name(self) -> str:
        """The key of what this verb wants as a whole: `--key`, or a new one."""
        if not self._base_key:
            self._base_key = new_command_key()
        return self._base_key

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

    def find(self, path: str) -> dict[str, Any] | None:
        """A record; None where there is none that the caller may see."""
        try:
            found: dict[str, Any] = self.get(path)["result"]
        except Problem as no:
            if no.code != NOT_FOUND:
                raise
            return None
        return found

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

    def rows_upto(self, path: str, most: int, **terms: Any) -> Rows:
        """The rows of a list page after page, *most* of them at most."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None and len(found) < most:
            limit = min(PAGE_ROWS, most - len(found))
            page = self.get(path, limit=limit, cursor=cursor, **terms)
            found += page["rows"]
            cursor = page.get("next")
        return Rows(self.position, found, cursor)

    def must_know(self, given: Mapping[str, str]) -> None:
        """Refuse an id that the venue does not know, as a record of it is refused.

        *given* are what narrows a list that has no rows: `market`, `order`, `party`, `account`,
        `site`, each with its value; what else is there names nothing.
        """
        party = given.get("party") or given.get("account", "").partition("/")[0]
        for value, path in (
            (given.get("market"), "instruments"),
            (given.get("order"), "orders"),
            (party, "parties"),
        ):
            if value:
                self.get(path_of(path, value))
        site, known = given.get("site"), LISTS["unknown_site"]
        # A site's own record is not everybody's to read; that it is there, is.
        if site and all(row[known.member] != site for row in self.rows(known.path)):
            detail = f"There is no site {site}."
            problem = {"code": "unknown_site", "status": 404, "detail": detail}
            raise Problem(problem, self._advice(problem))

    def command(
        self, op: str, method: str, path: str, args: dict[str, Any], of: str = "", **path_args: str
    ) -> Reply:
        """A signed command; the reply, whatever number of tries it took.

        *of* names it among several of one verb, which share the verb's key: `KEY-n-0003`.
        """
        return self._command(
            lambda name: self._rest.command(method, path, op, args, path_args, name), args, of
        )

    def upload(
        self, op: str, path: str, raw: bytes, args: dict[str, Any], of: str = "", **path_args: str
    ) -> Reply:
        """The same, of a raw report: its digest is signed, *args* ride in the address."""
        return self._command(
            lambda name: self._rest.upload(path, op, raw, args, path_args, name), args, of
        )

    def send(self, path: str, value: dict[str, Any]) -> Reply:
        """What is no command and needs no signature: the enrolment of a key."""
        return self._do(lambda: self._rest.post(path, value))

    def _command(
        self, send: Callable[[str], Awaitable[Reply]], args: dict[str, Any], of: str
    ) -> Reply:
        """Send a command under one key, in its turn, until its outcome is known."""
        self.must_have_key_file()
        self.venue  # noqa: B018 # a venue that is not there fails at once
        is_dry = args.get("dry_run") is True
        name = new_command_key() if is_dry else self._key_of(of)
        self._rest.patience = PATIENCE
        try:
            return self._do(lambda: in_turn(lambda: send(name), TURNS_MOST))
        except VerbFailed as no:
            if no.code != UNAVAILABLE or is_dry:
                raise
        except KeyboardInterrupt:
            if is_dry:
                raise
            raise VerbFailed(
                INTERRUPTED, "Interrupted: whether it was done is not known.", self.repetition
            ) from None
        finally:
            self._rest.patience = READ_PATIENCE
        raise VerbFailed(UNAVAILABLE, "The outcome is not known yet.", self.repetition)

    def _key_of(self, of: str) -> str:
        """The key of this verb's next command: said again, the same line has the same keys."""
        if of:
            if len(self.line_name) > LINE_NAME_MOST:
                raise VerbFailed(
                    USAGE,
                    f"A key for several acts has at most {LINE_NAME_MOST} characters.",
                    "Give the one that was printed, or leave --key out.",
                )
            return f"{self.line_name}-{of}"
        self._commands += 1
        number = self._commands
        return self.line_name if number == 1 else f"{self.line_name}.{number}"

    @property
    def repetition(self) -> str:
        """How the same is asked again without being done twice, with the line to type."""
        key = self.line_name
        advice = f"Say the same again with --key {key}: it is never done twice."
        words = self.context.words
        if not words:
            return advice
        again = words if self.context.key else (*words, "--key", key)
        return f"{advice}\n  gpubourse {shlex.join(again)}"

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
            detail = self.context.own_lines(str(error.problem.get("detail", "")))
            raise Problem(error.problem, self._advice(error.problem), detail) from None
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

    def _advice(self, problem: dict[str, Any]) -> str:
        """Of a name that the venue does not know: the nearest that it does, and who lists them."""
        code = str(problem.get("code"))
        known = names_for(self.context.verb, code)
        if known is None or self._is_advising:
            return ""
        rows = self._meant(known)
        names = {str(row[known.member]) for row in rows}
        if not rows and code in LISTS and known != LISTS[code]:
            known = LISTS[code]  # nothing that it could be done to: what there is at all
            rows = self._meant(known)
        line = known.verb
        if known.takes_me:
            line = self.context.line(*known.verb.removeprefix("gpubourse ").split())
        for wrong in names_in(str(problem.get("detail", ""))):
            if wrong not in names and (near := did_you_mean(wrong, sorted(names))):
                return f"{near} `{line}` lists them."
        return f"`{line}` lists them." if rows else ""

    def _meant(self, known: NameList) -> list[dict[str, Any]]:
        """The rows of a list that may have been meant: those that fit what was to be done."""
        self._is_advising = True
        try:
            rows = [
                row
                for state in known.states or ("",)
                for row in self.get(
                    known.path,
                    limit=PAGE_ROWS,
                    **({"state": state} if state else {}),
                    **known.terms,
                )["rows"]
            ]
        except VerbFailed:
            return []  # who may not see the list gets no names from it
        finally:
            self._is_advising = False
        me = self.key_file
        return [
            row
            for row in rows
            if all(row[name] == value for name, value in known.having.items())
            and not (known.own and me and row[known.own] != me.party)
            and not (known.strange and me and row[known.strange] == me.principal)
        ]


def find_key_file(context: VerbContext) -> KeyFile:
    """The key that `--me` names, in the data folder; of the two usual ones, where it lies."""
    try:
        return read_usable_key(places.key_file(context.me, context.data))
    except KeyFileError as error:
        names = dict.fromkeys(path.name for path in places.kept_key_files(context.data))
        there = f"--me chooses one of these: {', '.join(names)}."
        if not names:
            there = "There is no key yet: `gpubourse run` or `gpubourse demo` makes the first."
        advice = f"{did_you_mean(context.me, names)} {there}".strip()
        raise VerbFailed(NOT_ALLOWED, str(error), advice) from None


def _must_be_open(context: VerbContext) -> None:
    """Refuse a venue of this machine that is meant and closed: another may answer in its place."""
    try:
        closed = places.closed_venue(context.me, context.data)
    except KeyFileError:
        return  # what is no name of a key is refused as that
    if closed is None:
        return
    folder = shlex.quote(str(closed))
    raise VerbFailed(
        UNAVAILABLE,
        f"The venue of {closed} is closed.",
        f"Start it: `gpubourse run --data {folder}`, or `gpubourse demo --data {folder}` if it is "
        "a demo's; or name another venue: --venue URL.",
    )


def path_of(*parts: str) -> str:
    """`/v1/orders/o-000912`, each part safe in an address."""
    return "/".join(["/v1", *(quote(part, safe="") for part in parts)])
