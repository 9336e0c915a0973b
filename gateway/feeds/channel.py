"""What a channel is: published events in, bodies of feed messages out."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple

from exchange.books.state import Venue
from gateway.access.session import OVERSIGHT, Session
from ledger.events import Event
from ledger.journal.protocol import JournalRow
from ledger.refusals import Reason, Refused, sentence_of

ALL, READ, OWN, AUDIT = "all", "read", "own", "audit"
OPENS: Final[Mapping[str, tuple[str, ...]]] = {  # scopes that open a feed, whosever it is
    READ: ("read", "audit"),
    OWN: OVERSIGHT,
    AUDIT: ("audit",),
}
NAME_MOST: Final = 200
CommitPair = tuple[int, bytes]  # a commit's last position, and its chain


class FeedName(NamedTuple):
    """A feed's name, read: `book.10.100/T.H100SXM8.A1.CN-BJ`."""

    channel: str  # book
    options: tuple[str, ...]  # 10, 100
    key: str  # T.H100SXM8.A1.CN-BJ; * = each there is or will be

    @property
    def family(self) -> str:
        """The channel with its options: book.10.100."""
        return ".".join((self.channel, *self.options))

    @property
    def text(self) -> str:
        return f"{self.family}/{self.key}"

    def of(self, key: str) -> str:
        """The same feed of another key."""
        return self._replace(key=key).text


class FeedMessage(NamedTuple):
    """One message that a batch, or time, brought about."""

    feed: str
    body: Any
    crc: int | None = None


class FeedSnapshot(NamedTuple):
    """A feed's whole state at the last published batch."""

    body: Any
    crc: int | None = None
    valid_to_ns: int = 0  # from then on it is another without a message; 0: no such instant


class Channel:
    """One family of feeds. It folds the events of its types, then yields a batch's messages."""

    name: ClassVar[str]
    event_types: tuple[type[Event], ...] = ()
    who: ClassVar[str] = ALL
    is_lossless: ClassVar[bool] = True
    has_snapshot: ClassVar[bool] = True
    is_replayable: ClassVar[bool] = False  # its messages can be made again from the journal
    feeds: Container[str] = ()  # those with readers: others need no message

    def fill(self, venue: Venue) -> None:
        """Begin with what the venue holds when nothing is in the air."""

    def check(self, name: FeedName) -> None:
        """Refuse a name that can never be a feed of this channel."""
        if name.options:
            raise no_such_feed(name.text)

    def right_of(self, name: FeedName) -> str:
        """Which right a feed takes: ALL, READ, OWN or AUDIT."""
        return self.who

    def is_own(self, name: FeedName, party: str) -> bool:
        """Whether a feed is a party's own."""
        return name.key == party

    def must_be_open_to(self, name: FeedName, session: Session | None) -> None:
        """Refuse a reader who may not read it: `no_session`, `scope_missing`, `not_your_party`.

        The one place that says so. It is asked when a feed is joined, and again of each reader
        when what it rests on may be another (`take_reopened`).
        """
        right = self.right_of(name)
        if right == ALL:
            return
        if session is None:
            raise Refused(
                Reason.no_session, sentence_of("{text} is private: log on first.", text=name.text)
            )
        if session.may(*OPENS[right]):
            return
        is_own = self.is_own(name, session.party)
        if right == AUDIT and not is_own:
            raise Refused(
                Reason.scope_missing, sentence_of("{text} needs the scope audit.", text=name.text)
            )
        if not session.may("read"):
            raise Refused(
                Reason.scope_missing, sentence_of("{text} needs the scope read.", text=name.text)
            )
        if not is_own:
            raise Refused(
                Reason.not_your_party,
                sentence_of(
                    "{text} is not your party's ({party}).", text=name.text, party=session.party
                ),
            )

    def take_reopened(self) -> list[str]:
        """Feeds that the batch just applied opened to other parties than before, once."""
        return []

    def opened(self, name: FeedName) -> None:
        """A feed has its first reader."""

    def closed(self, name: FeedName) -> None:
        """A feed had no reader for long: forget it."""

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        """Fold one published event."""

    def take_messages(self) -> Iterator[FeedMessage]:
        """The messages of the batch just applied, once."""
        return iter(())

    def due(self, now_s: float) -> Iterator[FeedMessage]:
        """What time brings about: messages held back by their rate."""
        return iter(())

    def waits(self, feed: str) -> bool:
        """Whether a change of this feed is held back by its rate, and not published yet."""
        return False

    def snapshot(self, name: FeedName) -> FeedSnapshot | None:
        """The snapshot of a feed; None where there is none."""
        return None

    def keys(self) -> list[str]:
        """Every key there is now, for `channel/*`; [] where it is not offered."""
        return []


class ItemChannel(Channel):
    """A channel whose delta is the list of its items in one batch."""

    def __init__(self) -> None:
        self._items: dict[str, list[Any]] = {}

    def forget(self) -> None:
        """Drop what was applied and not published yet."""
        self._items = {}

    def add_item(self, feed: str, item: Any) -> None:
        """Put one item into a feed's next message, if it has readers."""
        if feed in self.feeds:
            self._items.setdefault(feed, []).append(item)

    def take_messages(self) -> Iterator[FeedMessage]:
        items, self._items = self._items, {}
        return (FeedMessage(feed, body) for feed, body in items.items())


def read_name(text: Any) -> FeedName:
    """A feed's name from its text; refuses `bad_field`."""
    if not isinstance(text, str) or len(text) > NAME_MOST or text.count("/") != 1:
        raise no_such_feed(str(text)[:NAME_MOST])
    head, key = text.split("/")
    channel, *options = head.split(".")
    if not channel or not key:
        raise no_such_feed(text)
    return FeedName(channel, tuple(options), key)


def no_such_feed(text: str) -> Refused:
    return Refused(
        Reason.bad_field,
        sentence_of(
            "{text!r} is no feed: channel[.options]/key, such as book.10.100/T.H100SXM8.A1.CN-BJ.",
            text=text,
        ),
        field="/feeds",
    )


def resume_start(since: int | None, pair: CommitPair | None) -> int | None:
    """The position after which all is sent again: nothing later is known to be of one history."""
    return since if since is None or pair is None else min(since, pair[0])
