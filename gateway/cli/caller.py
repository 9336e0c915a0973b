"""A verb's way to the venue: plain requests, signed where they command, asked again when unsure."""

import json
import time
from collections.abc import Iterator
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from gateway.access import signed_documents
from gateway.access.key_files import KeyFile, KeyFileError, key_path, new_command_key, read_key
from gateway.cli.exit_codes import NOT_ALLOWED, UNAVAILABLE, USAGE, VerbFailed, exit_code
from gateway.cli.options import ADDRESS, HERE, VerbContext, folders
from ledger.base64url import text64
from ledger.refusals import Reason

ANSWER_S: Final = 30.0
TRIES: Final = 4
PAUSES_S: Final = (0.5, 1.0, 2.0)
SESSION_S: Final = 3_600
RATE_WAIT_MS_MOST: Final = 5_000  # a verb waits so long for its turn
PAGE_ROWS: Final = 1_000


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
    """One verb's conversation with one venue, as one principal or as nobody."""

    def __init__(self, context: VerbContext) -> None:
        self.context = context
        self.key = find_key(context) if context.me else None
        self.address = (context.venue or address_in(context) or HERE).rstrip("/")
        self.position = 0  # what this verb has seen: later reads are at least as new
        self._token = ""
        self._venue: dict[str, Any] | None = None

    @property
    def venue(self) -> dict[str, Any]:
        """`GET /v1/venue`: its name, currency, zone, limits, and where it stands."""
        if self._venue is None:
            self._venue = self._read("GET", "/v1/venue")["result"]
        return self._venue

    @property
    def party(self) -> str:
        """Whom we act for; without a key there is nobody to act for."""
        return self.must_have_key().party

    def must_have_key(self) -> KeyFile:
        if self.key is None:
            raise VerbFailed(
                NOT_ALLOWED,
                "This needs somebody who signs.",
                "Say --me NAME, the name of a key in the data folder: --me seller.",
            )
        return self.key

    def get(self, path: str, **terms: Any) -> dict[str, Any]:
        """A read, at least as new as the venue was when this verb began to ask."""
        if not self.position:
            self.venue  # noqa: B018 # asks where the venue stands
        return self._read("GET", path, {"min_position": self.position, **terms})

    def probe(self, path: str) -> dict[str, Any]:
        """What `/readyz` says, be it yes or no."""
        try:
            return self._exchange("GET", path, b"", {})
        except Problem as no:
            return no.members
        except (OSError, HTTPException) as error:
            raise self._nobody(error) from None

    def rows(self, path: str, **terms: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        page = self.get(path, limit=PAGE_ROWS, **terms)
        while True:
            yield from page["rows"]
            if not page.get("next"):
                return
            page = self._read("GET", path, {**terms, "cursor": page["next"], "limit": PAGE_ROWS})

    def command(
        self, op: str, method: str, path: str, args: dict[str, Any], **path_args: str
    ) -> dict[str, Any]:
        """A signed command in its wire form; the reply, whatever number of tries it took."""
        body = json.dumps(args, ensure_ascii=False).encode()
        return self._command(op, method, path, {**args, **path_args}, body, "application/json")

    def upload(
        self, op: str, path: str, raw: bytes, args: dict[str, Any], **path_args: str
    ) -> dict[str, Any]:
        """The same, of a raw report: its digest is signed, *args* ride in the address."""
        terms = urlencode({name: _term(value) for name, value in args.items()})
        address = f"{path}?{terms}" if terms else path
        digest = text64(sha256(raw).digest())
        signed = {**args, **path_args, "report_sha256": digest}
        return self._command(op, "POST", address, signed, raw, "application/octet-stream")

    def send(self, path: str, value: dict[str, Any]) -> dict[str, Any]:
        """What is no command and needs no signature: the enrolment of a key."""
        body = json.dumps(value).encode()
        try:
            return self._exchange("POST", path, body, {"Content-Type": "application/json"})
        except (OSError, HTTPException) as error:
            raise self._nobody(error) from None

    def _command(
        self, op: str, method: str, path: str, args: dict[str, Any], body: bytes, kind: str
    ) -> dict[str, Any]:
        key = self.must_have_key()
        name = self.context.key or new_command_key()
        venue = self.venue["venue"]
        for turn in range(TRIES):
            issued_ns = time.time_ns()
            document = signed_documents.command_document(
                args=args,
                issued_ns=issued_ns,
                key=name,
                op=op,
                party=key.party,
                principal=key.principal,
                valid_ms=60_000,
                venue=venue,
            )
            headers = {
                "Content-Type": kind,
                "Idempotency-Key": name,
                "Command-Issued-Ns": str(issued_ns),
                "Command-Valid-Ms": "60000",
                "Command-Signature": signed_documents.sign(key.private_key, document),
            }
            try:
                reply = self._ask(method, path, body, headers)
            except Problem as no:
                if no.code != UNAVAILABLE:
                    raise
            except (OSError, HTTPException):
                pass  # cut off: whether it was accepted is what the same key will tell
            else:
                self.position = max(self.position, int(reply["position"]))
                return reply
            if turn < len(PAUSES_S):
                time.sleep(PAUSES_S[turn])
        raise VerbFailed(
            UNAVAILABLE,
            "The outcome is not known yet.",
            f"Say the same again with --key {name}: it is never done twice.",
        )

    def _read(self, method: str, path: str, terms: dict[str, Any] | None = None) -> dict[str, Any]:
        shown = {
            name: _term(value) for name, value in (terms or {}).items() if value not in ("", None)
        }
        address = f"{path}?{urlencode(shown)}" if shown else path
        for pause_s in (*PAUSES_S, 0.0):
            try:
                reply = self._ask(method, address, b"", {})
            except Problem as no:
                if no.code != UNAVAILABLE or not pause_s:
                    raise
            except (OSError, HTTPException) as error:
                raise self._nobody(error) from None
            else:
                self.position = max(self.position, int(reply.get("position", 0)))
                return reply
            time.sleep(pause_s)
        raise AssertionError("the last pause is zero")

    def _nobody(self, error: OSError | HTTPException) -> VerbFailed:
        return VerbFailed(
            UNAVAILABLE,
            f"No venue answers at {self.address} ({error}).",
            "Start one with `gpubourse run` or `gpubourse demo`, or name another: --venue URL.",
        )

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        if self.key is not None and not self._token:
            self._log_on(self.key)
        if self._token:
            headers = {**headers, "Authorization": f"Bearer {self._token}"}
        return self._exchange(method, path, body, headers)

    def _log_on(self, key: KeyFile) -> None:
        asked = self.send("/v1/auth/challenge", {"principal": key.principal})["result"]
        document = signed_documents.logon_document(
            challenge=asked["challenge"],
            party=key.party,
            principal=key.principal,
            scopes=asked["scopes"],  # all that this principal may ask for
            ttl_s=SESSION_S,
            venue=key.venue,
        )
        signature = signed_documents.sign(key.private_key, document)
        opened = self.send("/v1/auth/session", {"document": document, "signature": signature})
        self._token = opened["result"]["token"]

    def _exchange(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> dict[str, Any]:
        """One request, as soon as the venue's rate lets it through."""
        for _ in range(TRIES):
            try:
                return self._once(method, path, body, headers)
            except Problem as no:
                wait_ms = int(no.members.get("retry_after_ms", 0))
                if no.reason != Reason.rate_limited.name or not 0 < wait_ms <= RATE_WAIT_MS_MOST:
                    raise
                time.sleep(wait_ms / 1_000)
        return self._once(method, path, body, headers)

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        place = urlsplit(self.address)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise VerbFailed(
                USAGE, f"{self.address!r} is no venue's address.", f"Say it like {HERE}."
            )
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        connection = kind(place.hostname, place.port, timeout=ANSWER_S)
        try:
            connection.request(method, place.path + path, body or None, headers)
            return _understood(connection.getresponse(), self.address)
        finally:
            connection.close()


def _understood(response: HTTPResponse, address: str) -> dict[str, Any]:
    raw = response.read()
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise VerbFailed(
            UNAVAILABLE,
            f"What answers at {address} is no venue (HTTP {response.status}).",
            "Check --venue.",
        )
    if response.status >= 400:
        raise Problem({"status": response.status, **value})
    return value


def find_key(context: VerbContext) -> KeyFile:
    """The key that `--me` names, in the data folder; of the two usual ones, where it lies."""
    try:
        paths = [key_path(folder / "keys", context.me) for folder in folders(context)]
        path = next((path for path in paths if path.exists()), paths[0])
        return read_key(path)
    except KeyFileError as error:
        raise VerbFailed(
            NOT_ALLOWED, str(error), f"--me chooses one of these: {_names(context) or 'none yet'}."
        ) from None


def _names(context: VerbContext) -> str:
    found = [
        path.name
        for folder in folders(context)
        if (folder / "keys").is_dir()
        for path in sorted((folder / "keys").iterdir())
    ]
    return ", ".join(dict.fromkeys(found))


def address_in(context: VerbContext) -> str:
    """The address that the venue of the data folder wrote down when it opened; "" if none did."""
    for folder in folders(context):
        try:
            return (folder / ADDRESS).read_text("utf-8").strip()
        except OSError:
            continue
    return ""


def folder_of(context: VerbContext) -> Path:
    """The data folder that this verb works with: the named one, or the first that is there."""
    there = folders(context)
    return next((folder for folder in there if folder.is_dir()), there[0])


def _term(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def path_of(*parts: str) -> str:
    """`/v1/orders/o-000912`, each part safe in an address."""
    return "/".join(["/v1", *(quote(part, safe="") for part in parts)])
