"""Witnesses are asked for their cosignature of each head (C2SP tlog-witness), side by side.

A witness is a stranger: its answer has a limit of bytes and of time, what is no cosignature of this
very head by its own key is passed over, and one that is away holds up nobody but itself.
"""

import time
from collections.abc import Callable
from http.client import HTTPException
from threading import Thread
from typing import IO, Final, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request

from gateway.notary.http_opener import no_redirect_opener
from ledger.base64url import padded64
from ledger.log.cosignature import Cosigned, cosigned, cosigned_at
from ledger.log.log_check import LogFault, LogSource, read_tile
from ledger.log.note import BadNote, SignatureLine, note_bytes, read_note
from ledger.log.tile_tree import TileTree
from ledger.log.tree_head import TreeHead
from ledger.log.verifier import NotCheckedHere
from ledger.log.witness_policy import Witness, WitnessPolicy
from ledger.shapes import whole_number

WAIT_S: Final = 4.0  # for all answers of a round, which they are waited for side by side
ANSWER_BYTES_MOST: Final = 16 << 10
LINES_MOST: Final = 8  # of one answer; a witness has a key or two
OPERATION: Final = "add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
CONFLICT: Final = 409
SIZE_MOST: Final = 10**19 - 1


class _Refused(Exception):
    """A witness that gave no cosignature: the text says why."""


class _KnowsAnother(Exception):
    """The witness has cosigned a head of another size than it was told."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class _ShownHead(NamedTuple):
    """What witnesses are asked to cosign."""

    head: TreeHead
    note: bytes
    source: LogSource  # it has the head's tiles


class Witnesses:
    """Those of a policy that have an address. Remembers how far each has seen the log."""

    def __init__(
        self, policy: WitnessPolicy, log: Callable[[str], None], wait_s: float = WAIT_S
    ) -> None:
        self.policy = policy
        self._reachable = [each for each in policy.witnesses if each.url]
        self._log = log
        self._wait_s = wait_s
        self._sizes: dict[str, int] = {}  # witness -> entries of the head that it cosigned last
        self._silent: dict[str, str] = {}  # witness -> why it gave nothing; said once
        self._threads: dict[str, Thread] = {}  # witness -> its last round, over or not
        self._opener = no_redirect_opener()

    def cosigned(self, note: bytes) -> Cosigned:
        """Whose cosignatures a head bears already."""
        return cosigned(note, self.policy)

    def with_cosignatures(self, head: TreeHead, note: bytes, source: LogSource) -> bytes:
        """The note with the cosignatures that came; those it bore stay. Never raises for a witness.

        *source* has the tiles of the head.
        """
        if not self._reachable:
            return note
        parts = read_note(note)
        bearing = {each[:2] for each in parts.lines}  # those of a kind unknown here among them
        shown = _ShownHead(head, note, source)
        answers: dict[str, SignatureLine] = {}
        until_s = time.monotonic() + self._wait_s
        due = [
            each
            for each in self._reachable
            if (each.verifier.name, each.verifier.signer_id) not in bearing
            and self._begin(each, shown, answers)
        ]
        for witness in due:
            self._threads[witness.name].join(max(0.0, until_s - time.monotonic()))
        return note_bytes(parts.text, [*parts.lines, *list(answers.values())])

    def _begin(
        self, witness: Witness, shown: _ShownHead, answers: dict[str, SignatureLine]
    ) -> bool:
        """Ask a witness beside the others, unless it owes an answer still."""
        before = self._threads.get(witness.name)
        if before is not None and before.is_alive():
            self._log_reason(witness, f"it has not answered within {self._wait_s:g} s")
            return False
        thread = Thread(target=self._note_answer, args=(witness, shown, answers), daemon=True)
        self._threads[witness.name] = thread
        thread.start()
        return True

    def _note_answer(
        self, witness: Witness, shown: _ShownHead, answers: dict[str, SignatureLine]
    ) -> None:
        try:
            answers[witness.name] = self._cosignature(witness, shown)
        except _Refused as error:
            self._log_reason(witness, str(error))
            return
        self._log_reason(witness, "")
        self._sizes[witness.name] = shown.head.size

    def _cosignature(self, witness: Witness, shown: _ShownHead) -> SignatureLine:
        size = shown.head.size
        try:
            return self._sent(witness, self._sizes.get(witness.name, 0), shown)
        except _KnowsAnother as other:
            if other.size > size:
                raise _Refused(
                    f"it has cosigned a head of {other.size:,} entries, and this log has "
                    f"{size:,}: the log lost its tail, or another signs by its key"
                ) from None
            known = other.size
        try:
            return self._sent(witness, known, shown)
        except _KnowsAnother as other:
            raise _Refused(f"it says {known:,} entries, then {other.size:,}") from None

    def _sent(self, witness: Witness, known: int, shown: _ShownHead) -> SignatureLine:
        """The witness's line on a head that follows one of *known* entries: one, whatever it sends.

        So no witness can make a head longer than its readers take.
        """
        head, note, source = shown
        proof: list[bytes] = []
        if known:
            tree = TileTree(head.size, lambda place: read_tile(source, place))
            try:
                proof = tree.consistency_proof(known)
            except LogFault as error:
                raise _Refused(f"no proof can be made for it: {error}") from None
        body = "\n".join([f"old {known}", *map(padded64, proof), "", ""]).encode() + note
        answer = self._answer(witness, body)
        try:
            lines = read_note(head.text.encode() + b"\n" + answer).lines
        except BadNote as error:
            raise _Refused(f"its answer is no cosignature: {error}") from None
        own = [
            line
            for line in lines[:LINES_MOST]
            if line[:2] == (witness.verifier.name, witness.verifier.signer_id)
        ]
        try:
            good = [line for line in own if list(cosigned_at([line], witness.verifier, head))]
        except NotCheckedHere:
            good = own  # whoever reads the log may know the kind
        if not good:
            raise _Refused("its answer bears no cosignature of this head by its key")
        return good[0]

    def _answer(self, witness: Witness, body: bytes) -> bytes:
        where = f"{witness.url}/{OPERATION}"
        try:
            request = Request(where, data=body, headers={"Content-Type": "text/plain"})
            try:
                with self._opener.open(request, timeout=self._wait_s) as response:
                    return _limited(response)
            except HTTPError as error:  # its body is read yet, and may break off as any other
                with error:
                    raise _refusal(error) from None
        except (URLError, HTTPException, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise _Refused(f"{where} does not answer: {reason}") from None

    def _log_reason(self, witness: Witness, text: str) -> None:
        """A line when a witness falls silent, or gives another reason, and when it is back."""
        before = self._silent.get(witness.name, "")
        self._silent[witness.name] = text
        if text and text != before:
            self._log(f"log: the witness {witness.name} gives no cosignature: {text}")
        elif before and not text:
            self._log(f"log: the witness {witness.name} cosigns again")


def _limited(response: IO[bytes]) -> bytes:
    raw = response.read(ANSWER_BYTES_MOST + 1)
    if len(raw) > ANSWER_BYTES_MOST:
        raise _Refused(f"its answer is longer than {ANSWER_BYTES_MOST:,} bytes")
    if getattr(response, "length", None):  # of what it said would come; to read so far raises not
        raise _Refused("its answer breaks off")
    return raw


def _refusal(error: HTTPError) -> Exception:
    if error.code == CONFLICT and error.headers.get_content_type() == SIZE_TYPE:
        text = _limited(error).decode("ascii", "replace").removesuffix("\n")
        if (size := whole_number(text, SIZE_MOST)) is not None:
            return _KnowsAnother(size)
    reasons = {
        403: "it does not know this log's key",
        404: "it does not know this log: its operator has to add the log's key",
        409: "it has cosigned another head of as many entries: two histories were signed",
        422: "it does not find that this head follows the one it cosigned last",
    }
    return _Refused(reasons.get(error.code, f"it answers {error.code}"))
