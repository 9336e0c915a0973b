"""Events to bytes and back: stable tags, canonical compact JSON, stamps spliced in behind.

An event is decided without its time and number. `encode` writes its own fields and splices the
stamp in as the last members, so that a frozen event is never built twice.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from ledger.events import Event
from ledger.journal.protocol import EVENT_BYTES_MOST, JournalRow


class UnknownTopic(Exception):
    """The journal holds a tag that this release does not know: a newer one wrote it."""


class Codec:
    """One venue's topics: `topics` maps stored tag to event type, `streams` type to prefix."""

    def __init__(
        self, venue: str, topics: Mapping[str, type[Event]], streams: Mapping[type[Event], str]
    ) -> None:
        self._venue_stream = f"venue:{venue}"
        self.topic_of: dict[type[Event], str] = {kind: topic for topic, kind in topics.items()}
        assert len(self.topic_of) == len(topics), "two tags for one event type"
        assert set(streams) == set(self.topic_of), "every event type has a tag and a stream"
        self._decoders = {tag: msgspec.json.Decoder(kind).decode for tag, kind in topics.items()}
        self._encode = msgspec.json.Encoder(enc_hook=_plain_text).encode
        self._places = {
            kind: (prefix, kind.__struct_fields__[0]) for kind, prefix in streams.items()
        }

    def stream(self, event: Event) -> str:
        """Where an event is filed: its prefix and subject, `unit:u-000017`."""
        prefix, field = self._places[type(event)]
        if prefix == "venue":
            return self._venue_stream
        if prefix == "thing":
            return _stream_of_a_right(event)
        return f"{prefix}:{getattr(event, field)}"

    def encode(self, event: Event, at_ns: int, cause: int, command_sha256: str) -> bytes:
        """The stored bytes; `cause` is 0 on a batch's first event: it bears the command's hash."""
        own = self._encode(event)
        if cause:
            stamp = b',"at_ns":%d,"cause":%d}' % (at_ns, cause)
        elif command_sha256:
            stamp = b',"at_ns":%d,"command_sha256":"%s"}' % (at_ns, command_sha256.encode())
        else:
            stamp = b',"at_ns":%d}' % at_ns
        state = own[:-1] + stamp
        assert len(state) <= EVENT_BYTES_MOST, "an event outgrew its limit: decide refuses first"
        return state

    def decode(self, row: JournalRow) -> Event:
        """The event of a stored row, with its stamp in its fields."""
        try:
            decode = self._decoders[row.topic]
        except KeyError:
            raise UnknownTopic(
                f"position {row.position} holds {row.topic!r}, which this release does not know: "
                "open the journal with the release that wrote it, or a newer one"
            ) from None
        return decode(row.state)


def _stream_of_a_right(event: Event) -> str:
    for prefix in ("node", "unit", "party"):
        subject = getattr(event, prefix, "")
        if subject:
            return f"{prefix}:{subject}"
    raise AssertionError("a right without a subject")


def _plain_text(value: Any) -> str:
    """A sentence or a figure that came into a fact is its letters there, and nothing more."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in an event")
