"""A hub with every channel of this release, as one that was started at some batch of a floor."""

from exchange.engine.batch_writer import Batch, codec_for
from gateway.access.session import Session
from gateway.feeds.channel import read_name
from gateway.feeds.hub import Hub
from gateway.feeds.outbox import Outbox
from gateway.feeds.thing_channels import UnitChannel
from gateway.feeds.unit_parties import UnitParties
from gateway.market_picture.market_views import MarketViews
from gateway.server.assembly import _channels
from gateway.settings import Limits
from ledger.events import Event
from ledger.ids import PartyId, PrincipalId
from ledger.journal.protocol import JournalRow
from tests.exchange.ground import Floor
from tests.gateway.pipe import Pipe


class HubGround:
    """It hears what happened on the floor when `hear` is called."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.views = MarketViews()
        self.hub = Hub(self.views, _channels(self.views), Limits())
        self._codec = codec_for("cn-1")
        self._heard = 0
        self.hear()

    def hear(self) -> list[Batch]:
        """Publish what the floor wrote since; those batches."""
        batches = self.floor.batches[self._heard :]
        self._heard += len(batches)
        self.hub._waiting.extend(batches)
        self.hub.catch_up()
        return batches

    def happen(self, *facts: Event) -> None:
        """These facts in one batch, told to the hub alone: no register judges them."""
        hub, rows = self.hub, []
        for position, fact in enumerate(facts, hub.position + 1):
            stream, topic = self._codec.stream(fact), self._codec.topic_of[type(fact)]
            state = self._codec.encode(fact, hub.at_ns + 1, 0, "")
            rows.append(JournalRow(position, stream, position, topic, state))
        if rows:
            ends = rows[0].position, rows[-1].position
            hub._waiting.append(Batch(*ends, hub.at_ns + 1, list(facts), rows, None, ""))
            hub.catch_up()

    @property
    def parties(self) -> UnitParties:
        channel = self.hub.channels["units"]
        assert isinstance(channel, UnitChannel)
        return channel._unit_parties

    def joined(self, feed: str, session: Session | None) -> tuple[Outbox, Pipe]:
        """A reader of a feed; refused if it is not open to that session."""
        name = read_name(feed)
        self.hub.channel(name).must_be_open_to(name, session)
        pipe = Pipe(lag=0)
        outbox = Outbox(pipe, Limits())
        outbox.session = session
        self.hub.outboxes[outbox] = None
        self.hub.attach(outbox, self.hub.feed(name))
        return outbox, pipe


def session_with(party: str, *scopes: str) -> Session:
    """A session of a party with these scopes."""
    return Session(
        "s", PartyId(party), PrincipalId("k-0009"), scopes, 2**62, "session", "", (), b"", b""
    )
