"""The messages of the socket and their members in words, for /asyncapi.json."""

from typing import Final

from gateway.contract.member_words import catalogue
from gateway.contract.schemas import Schema

FEED_EXAMPLES: Final = {
    "ticker": "ticker/T.H100SXM8.A1.CN-BJ",
    "book": "book.10.100/T.H100SXM8.A1.CN-BJ",
    "trades": "trades/T.H100SXM8.A1.CN-BJ",
    "candles": "candles.1h/T.H100SXM8.A1.CN-BJ",
    "instruments": "instruments/venue",
    "orders": "orders/p-0042",
    "fills": "fills/p-0042",
    "settlements": "settlements/p-0042",
    "cash": "cash/p-0042",
    "units": "units/u-000017",
    "ledger": "ledger/*",
}
SUMMARIES: Final = {
    "logon": "Log on: by a token, a ticket, or a signed document.",
    "subscribe": "Take up feeds, or resume them.",
    "unsubscribe": "Leave feeds.",
    "ping": "Ask where the venue stands.",
    "refusal": "A no to a message whose op is none, or cannot be read.",
    "feed.end": "A feed is no longer open to its reader, or cannot be gone on with.",
    "hello": "The first message: where the venue stands, and a challenge to sign.",
    "heartbeat": "Each second: up to where every change has been sent on this socket. It says so "
    "of what was taken up: one before the reply to `subscribe` counts for none of its feeds.",
    "shutdown": "The venue closes this socket; it is to be opened again elsewhere, or later.",
}
MEMBER_WORDS: Final = {  # of messages, where a schema says none itself
    "op": "what is asked for",
    "id": "the client's own name for the message, sent back in its reply",
    "re": "the op that is answered; null: it could not be read",
    "ok": "whether it is granted",
    "position": "up to where it is true",
    "at_ns": "when that was written, venue time; ns since 1970-01-01 UTC",
    "limits": "tokens left, by bucket",
    "result": "what came of it",
    "error": "why not",
    "key": "names the intent, once for ever within the party: a UUIDv7 is advised",
    "issued_ns": "when the command was signed, wall time; ns since 1970-01-01 UTC",
    "valid_ms": "for how many milliseconds after that it counts; left out: 5,000",
    "signature": "Ed25519 over the document, base64url without padding",
    "args": "the command's members, those of a path among them",
    "token": "of a session: of REST's log-on, or given here to who signed a document",
    "ticket": "one log-on of a socket, from POST /v1/auth/ticket",
    "cancel_on_disconnect": "whether orders placed on this socket end with it",
    "grace_ms": "for how many milliseconds they stand after its end",
    "feeds": "by name, each once",
    "since": "a position: everything up to it is held",
    "seen": "the last pair of position and chain that was told",
    "session": "the session's name",
    "party": "for whom it acts",
    "scopes": "what it may do",
    "expires_ns": "its end, wall time; ns since 1970-01-01 UTC",
    "feed": "the feed's name",
    "mode": "how it goes on: with a snapshot, with what was missed, or with what comes next",
    "seq": "the last position of the batch that brought it",
    "reason": "other_history: what was held is not of this journal, and is replaced",
    "kind": "a snapshot replaces all that is held, a delta follows what it names in `prev`",
    "prev": "the `seq` before it on this feed",
    "missed": "how many deltas were skipped for a slow reader",
    "part": "which part of how many: they count together",
    "body": "what the feed tells: WIRE 5 says what each does",
    "crc": "CRC-32 over the best ten of either side (WIRE 5)",
    "control": "which message of the venue's own it is",
    "v": "the form of these messages",
    "venue": "the venue's name",
    "chain": "the hash over the journal up to the position, base64url: both name one history",
    "speed": "venue seconds in a wall second; 0: its time stands still",
    "challenge": "32 bytes to sign in a log-on document, once, base64url",
    "heartbeat_ms": "milliseconds between two heartbeats",
    "seqs": "the last `seq` of each feed that moved since the last one; at times of all",
    "retry_after_ms": "how long to wait, milliseconds",
    "orders": "each of them",
}


def summary(name: str) -> str:
    """A message in one line: a request, its reply, a feed's, or one of the venue's own."""
    if name in SUMMARIES:
        return SUMMARIES[name]
    if name in catalogue()["commands"]:
        return str(catalogue()["commands"][name]["text"])
    if name.endswith(".reply"):
        return f"The answer to {name.removesuffix('.reply')}: granted or refused."
    return f"What is told on a feed {FEED_EXAMPLES[name.removeprefix('feed.')]}."


def object_of(members: dict[str, Schema], *may_lack: str) -> Schema:
    """An object whose members say what they are: in their own words, or in those of their name."""
    return {
        "type": "object",
        "properties": {
            name: {"description": MEMBER_WORDS[name]} | schema
            if "description" not in schema
            else schema
            for name, schema in members.items()
        },
        "required": [name for name in members if name not in may_lack],
    }
