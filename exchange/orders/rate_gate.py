"""How many orders a party may send in a span of time (EXCHANGE 4)."""

from ledger.durations import MS_NS, SECOND_NS
from ledger.ids import PartyId
from ledger.refusals import Reason, Refused, sentence_of


class RateGate:
    """Orders per party in a span of wall time, as the gateway stamped them; not journaled."""

    PARTIES_MOST = 10_000  # remembered at once; a swept party starts afresh

    def __init__(self) -> None:
        self._recent: dict[str, list[int]] = {}  # party -> instants accepted, oldest first

    def must_pass(self, party: PartyId, received_ns: int, orders: int, seconds: int) -> None:
        """Refuse `rate_limited` when *orders* were accepted within the last *seconds*."""
        recent = self._recent.get(party)
        if recent is None or len(recent) < orders:
            return
        oldest_ns = recent[-orders]
        if oldest_ns > received_ns - seconds * SECOND_NS:
            wait_ms = (oldest_ns + seconds * SECOND_NS - received_ns) // MS_NS + 1
            raise Refused(
                Reason.rate_limited,
                sentence_of(
                    "At most {orders} orders in {seconds} s: wait {wait_ms} ms.",
                    orders=orders,
                    seconds=seconds,
                    wait_ms=wait_ms,
                ),
                retry_after_ms=wait_ms,
            )

    def count(self, party: PartyId, received_ns: int, orders: int) -> None:
        """One more was accepted."""
        recent = self._recent.get(party)
        if recent is None:
            if len(self._recent) >= self.PARTIES_MOST:
                self._recent.clear()
            recent = self._recent[party] = []
        recent.append(received_ns)
        if len(recent) > 2 * orders:
            del recent[:-orders]
