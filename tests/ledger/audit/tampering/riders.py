"""Orders that ride on a signed log-on: one signature is over the session, and none over an order.

They stand at the end of a lawful history. Who owns the database writes them again at will, by the
venue's own decider: whatever he makes of them is as lawful as what it was.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from exchange.engine.batch_writer import Request
from exchange.engine.replay import recover
from exchange.simulation.founding import digest
from exchange.simulation.intents import Intent, clerk
from gateway.demo.headless import START_NS
from gateway.demo.past import VENUE, PastWriter
from gpubourse import documents
from gpubourse.wire import body_sha256, decode
from ledger.base64url import sha256_text
from ledger.caller import Caller
from ledger.durations import HOUR_NS, HOUR_S
from ledger.ids import PrincipalId
from ledger.journal.protocol import CommandRow, Journal
from tests.ledger.audit.tampering.hands import Hands

RIDES: Final = 30
APART_NS: Final = 1_000_000
RIDER: Final = "rider"  # whose key it is, in the demo's words


def write_rides(journal: Journal, seed: int = 7) -> None:
    """One buyer's second key logs on, and places low bids on that session, a commit for each."""
    past = PastWriter.of(journal, recover(journal), seed, START_NS)
    past.publish = lambda batch: past._store()
    standing = next(o for o in past.writer.venue.orders.values() if o.side == "bid")
    args = {
        "party": standing.party,
        "holder_sha256": digest(f"holder|{RIDER}"),
        "public_key": past.participants.public_key(RIDER),
        "scopes": ["read", "trade"],
        "ip_allow": [],
        "signing": "session",
        "label": RIDER,
    }
    past._send(clerk(past.writer.venue.register, 0, "principal.enrol", args), "rider", _next(past))
    principal = past.writer.venue.register.parties[standing.party].principals[-1]
    session = sha256_text(_kept_logon(past, standing.party, principal))
    for number in range(RIDES):
        order = {
            "market": standing.market,
            "side": "bid",
            "lots": 1,
            "price_ticks": standing.price_ticks * 9 // 10 - number,
        }
        intent = Intent(standing.party, principal, "order.new", order)
        register = past.writer.venue.register
        request = past.participants.request(register, intent, f"ride-{number}", _next(past))
        caller = replace(request.caller, session=session)
        past._add(past.writer.write(ridden(request, caller), _next(past)))


def ridden(request: Request, caller: Caller) -> Request:
    """The same request, as it comes on a session: nobody signs it."""
    return replace(request, caller=caller, signature=b"")


def _next(past: PastWriter) -> int:
    return past.writer.at_ns + APART_NS


def _kept_logon(past: PastWriter, party: str, principal: str) -> bytes:
    logon = documents.logon_document(
        challenge="c" * 43,
        party=party,
        principal=principal,
        scopes=["read", "trade"],
        ttl_s=HOUR_S,
        venue=VENUE,
    )
    signed = documents.signed_bytes(logon)
    raw = signed + b"\n" + past.participants.private_key(RIDER).sign(signed)
    past.journal.keep(raw)
    return raw


# --- what is done to them


def a_bid_that_rode_at_another_price(hands: Hands) -> int:
    def dearer(requests: list[Request]) -> None:
        requests[0] = _with(requests[0], price_ticks=requests[0].args["price_ticks"] + 1)

    return _again(hands, dearer)


def a_bid_that_rode_erased(hands: Hands) -> int:
    """With its command; all behind it stands one order earlier."""
    return _again(hands, lambda requests: requests.pop(0))


def two_bids_that_rode_exchanged(hands: Hands) -> int:
    """The later one stands first, and has its priority."""

    def exchange(requests: list[Request]) -> None:
        requests[:2] = reversed(requests[:2])

    return _again(hands, exchange)


def a_bid_that_nobody_sent(hands: Hands) -> int:
    """On a log-on that was."""

    def add(requests: list[Request]) -> None:
        requests.insert(0, _with(requests[0], key="nobody's", lots=2))

    return _again(hands, add)


def a_log_on_erased(hands: Hands) -> int:
    first = _rides(hands)[0]
    hands.sql(f"DELETE FROM reports WHERE report_sha256 = decode('{_base64(first)}', 'base64')")
    return first.first_position


def a_log_on_of_other_bytes(hands: Hands) -> int:
    """What a log-on says, and who signed it, is changed; its name stays."""
    first = _rides(hands)[0]
    hands.sql(
        "ALTER TABLE reports DROP CONSTRAINT reports_check",
        f"UPDATE reports SET raw = raw || 'x' WHERE report_sha256 ="
        f" decode('{_base64(first)}', 'base64')",
        "ALTER TABLE reports ADD CONSTRAINT reports_check CHECK (report_sha256 = sha256(raw))"
        " NOT VALID",
    )
    return first.first_position


def a_log_on_that_never_was(hands: Hands) -> int:
    """Some order rides on it from now on."""
    row = hands.dice.choice(_rides(hands))
    hands.command(hands.store.commands.index(row), session="A" * 43)
    return row.first_position


def a_ride_past_its_log_ons_end(hands: Hands) -> int:
    """Both times of some order, its own and the venue's, are moved behind the session's end."""
    number = hands.store.commands.index(hands.dice.choice(_rides(hands)))
    row = hands.store.commands[number]
    hands.command(number, received_ns=row.received_ns + 2 * HOUR_NS)
    return row.first_position


def _rides(hands: Hands) -> list[CommandRow]:
    return [row for row in hands.store.commands if row.session]


def _base64(row: CommandRow) -> str:
    return row.session.replace("-", "+").replace("_", "/") + "="


def _again(hands: Hands, change: Callable[[list[Request]], object]) -> int:
    """Write the rides again from some place on, otherwise; the first position that differs."""
    rides = _rides(hands)
    at = hands.dice.randrange(len(rides) - 1)
    stamps = [hands.read(row.first_position)["at_ns"] for row in rides[at:]]
    requests = [_request(row) for row in rides[at:]]
    change(requests)
    first = rides[at].first_position
    while hands.store.rows[-1].position >= first:
        hands.cut(1)
    hands.forget_commands(first - 1)
    writer = hands.writer()
    stamps.append(stamps[-1] + 1)
    for request, at_ns in zip(requests, stamps, strict=False):
        hands.add(writer.write(request, at_ns))
    return first


def _request(row: CommandRow) -> Request:
    """As it came."""
    document = decode(row.signed.removeprefix(documents.PREFIX))
    caller = Caller(
        party=row.party,
        principal=PrincipalId(row.principal),
        scopes=("read", "trade"),
        key=row.key,
        session=row.session,
        received_ns=row.received_ns,
    )
    return Request(
        row.op, document["args"], caller, row.label, row.body_sha256, row.signed, row.signature
    )


def _with(request: Request, key: str = "", **args: Any) -> Request:
    """The same with other words in it."""
    document = decode(request.signed.removeprefix(documents.PREFIX))
    document["args"] |= args
    document["key"] = key or document["key"]
    return replace(
        request,
        args=document["args"],
        caller=replace(request.caller, key=document["key"]),
        body_sha256=body_sha256(request.op, document["args"]),
        signed=documents.signed_bytes(document),
    )
