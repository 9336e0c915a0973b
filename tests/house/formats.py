"""docs/FORMATS.md as a program: every hash made again from rows of the database.

Written from that page alone: it imports nothing of the house (a test sees to that), so that what it
agrees with is the page and not our own code.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PREFIX = b"gpubourse-v1\n"
STAMP = ("at_ns", "cause", "command_sha256")


class Stored(NamedTuple):
    """A row of stored_events, in the page's words."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes


def text64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw64(text: str) -> bytes:
    """The bytes behind base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def compact(value: Any) -> bytes:
    """Section 1: members as they stand."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def canonical(value: Any) -> bytes:
    """Section 2: members sorted."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# --- section 1: stored bytes, positions, batches


def faults_of_rows(rows: Iterable[Stored]) -> list[str]:
    """What is not as section 1 says it: bytes, numbers, stamps."""
    faults = []
    versions: dict[str, int] = {}
    first, at_ns = 0, 0
    for nth, row in enumerate(rows, 1):
        event = json.loads(row.state, parse_float=_no_fraction)
        versions[row.stream] = versions.get(row.stream, 0) + 1
        if (row.position, row.version) != (nth, versions[row.stream]):
            faults.append(f"{row.position}: a gap")
        if compact(event) != row.state or len(row.state) > 60_000:
            faults.append(f"{row.position}: other bytes than section 1 makes")
        stamps = [name for name in event if name in STAMP]
        if "cause" not in event:
            first, at_ns = row.position, event["at_ns"]
        if event.get("cause", first) != first or event["at_ns"] != at_ns:
            faults.append(f"{row.position}: is of another batch")
        if list(event)[-len(stamps) :] != stamps or stamps not in (
            ["at_ns"],
            ["at_ns", "cause"],
            ["at_ns", "command_sha256"],
        ):
            faults.append(f"{row.position}: another stamp")
    return faults


def _no_fraction(digits: str) -> Any:
    raise ValueError(f"{digits} is not whole")


# --- section 7: the commit chain


def chain_of(
    previous: bytes, epoch: int, rows: Sequence[Stored], commands: Sequence[Sequence[Any]]
) -> bytes:
    """What `commits.chain` is for an append of these rows; commands by their table's columns."""
    parts = [b"gpubourse-commit-v1\n", previous, _u64(epoch), _u32(len(rows)), _u32(len(commands))]
    parts += [_field(value) for row in [*rows, *commands] for value in row]
    return sha256(b"".join(parts))


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def _field(value: Any) -> bytes:
    if isinstance(value, int):
        return _u64(value)
    raw = value.encode() if isinstance(value, str) else value
    return _u32(len(raw)) + bytes(raw)


# --- sections 3 and 4: commands and sessions


def signed_bytes(document: dict[str, Any]) -> bytes:
    return PREFIX + canonical(document)


def body_sha256(document: dict[str, Any]) -> bytes:
    return sha256(canonical({"args": document["args"], "op": document["op"]}))


def session_of(signed: bytes, signature: bytes) -> str:
    return text64(sha256(signed + b"\n" + signature))


def is_signature(public_key: str, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(raw64(public_key)).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def faults_of_command(command: dict[str, Any], first_state: bytes, public_key: str) -> list[str]:
    """What of a row of `commands` is not as section 3 says it."""
    document = json.loads(command["signed"].removeprefix(PREFIX))
    event = json.loads(first_state)
    faults = []
    if signed_bytes(document) != command["signed"]:
        faults.append("signed is not the document")
    if sha256(command["signed"]) != command["command_sha256"]:
        faults.append("command_sha256")
    if event.get("command_sha256") != text64(command["command_sha256"]):
        faults.append("the batch bears another command_sha256")
    if body_sha256(document) != command["body_sha256"]:
        faults.append("body_sha256")
    for name in ("op", "key", "party", "principal"):
        if document[name] != command[name]:
            faults.append(name)
    if command["signature"] and not is_signature(
        public_key, command["signature"], command["signed"]
    ):
        faults.append("signature")
    return faults


# --- section 5: the state, form 1


class State:
    """Titles, leases, orders, settlements and balances, folded from events."""

    def __init__(self) -> None:
        self.titles: dict[str, str] = {}
        self.leases: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.settlements: dict[str, dict[str, Any]] = {}
        self.balances: dict[str, int] = {}

    def fold(self, topic: str, event: dict[str, Any]) -> None:
        step = getattr(self, f"_{topic}", None)
        if step is not None:
            step(event)
        for account, amount in postings(topic, event):
            self.balances[account] = self.balances.get(account, 0) + amount

    def rows(self) -> list[bytes]:
        return sorted(map(compact, self._rows()))

    def sha256(self) -> str:
        return text64(sha256(b"\n".join(self.rows())))

    def _rows(self) -> Iterable[list[Any]]:
        yield from (["title", thing, holder] for thing, holder in self.titles.items())
        yield from (["lease", *lease.values()] for lease in self.leases.values())
        for order in self.orders.values():
            account = f"{order['party']}/on_hold/{order['hold']}"
            held = self.balances.get(account, 0) if order["hold"] else 0
            own = [value for name, value in order.items() if name != "hold"]
            yield ["order", *own[:-1], held, own[-1]]
        yield from (["settlement", *each.values()] for each in self.settlements.values())
        yield from (["balance", name, amount] for name, amount in self.balances.items() if amount)

    def _title_issued(self, event: dict[str, Any]) -> None:
        self.titles[thing(event)] = event["holder"]

    def _title_transferred(self, event: dict[str, Any]) -> None:
        self.titles[thing(event)] = event["to_party"]

    def _lease_granted(self, event: dict[str, Any]) -> None:
        lease = {name: event[name] for name in ("lease", "lessor", "lessee")}
        lease["things"] = event["units"] or [event["node"]]
        names = ("from_ns", "to_ns", "price_minor_per_gpu_hour", "rent_minor")
        lease |= {name: event[name] for name in names}
        self.leases[event["lease"]] = lease | {"state": "agreed", "metered_to": event["from_ns"]}

    def _lease_commenced(self, event: dict[str, Any]) -> None:
        self.leases[event["lease"]]["state"] = "running"

    def _usage_metered(self, event: dict[str, Any]) -> None:
        self.leases[event["lease"]]["metered_to"] = event["to_ns"]

    def _lease_ended(self, event: dict[str, Any]) -> None:
        del self.leases[event["lease"]]

    def _order_accepted(self, event: dict[str, Any]) -> None:
        names = ("order", "market", "party", "side", "price_ticks", "lots")
        order = {name: event[name] for name in names} | {"open_lots": event["lots"]}
        self.orders[event["order"]] = order | {
            "priority": event["priority"],
            "nodes": event.get("nodes", []),
            "hold": event.get("hold", ""),
            "expires_ns": event.get("expires_ns", 0),
        }

    def _order_amended(self, event: dict[str, Any]) -> None:
        names = ("lots", "open_lots", "price_ticks", "priority", "nodes", "expires_ns")
        self.orders[event["order"]] |= {name: event[name] for name in names}

    def _traded(self, event: dict[str, Any]) -> None:
        ask, lots = self.orders[event["ask"]], event["lots"]
        ask["nodes"] = ask["nodes"][lots:]
        for order in (ask, self.orders[event["bid"]]):
            order["open_lots"] -= lots
            if not order["open_lots"]:
                del self.orders[order["order"]]

    def _order_cancelled(self, event: dict[str, Any]) -> None:
        del self.orders[event["order"]]

    _order_expired = _order_cancelled

    def _settlement_opened(self, event: dict[str, Any]) -> None:
        opened = {name: event[name] for name in ("settlement", "trade", "seller", "buyer")}
        opened["things"] = event["nodes"] + event["units"]
        names = ("notional_minor", "buyer_fee_minor", "seller_fee_minor")
        opened |= {name: event[name] for name in names}
        self.settlements[event["settlement"]] = opened | {"state": "open"}

    def _delivery_instructed(self, event: dict[str, Any]) -> None:
        self.settlements[event["settlement"]]["state"] = "delivering"

    def _delivered(self, event: dict[str, Any]) -> None:
        self.settlements[event["settlement"]]["state"] = "inspecting"

    def _settlement_failed(self, event: dict[str, Any]) -> None:
        self.settlements[event["settlement"]]["state"] = "failed"

    def _trade_settled(self, event: dict[str, Any]) -> None:
        del self.settlements[event["settlement"]]

    _trade_unwound = _trade_settled


def thing(event: dict[str, Any]) -> str:
    """What a title is on."""
    return str(event.get("node", "") or event["unit"])


def postings(topic: str, event: dict[str, Any]) -> list[tuple[str, int]]:
    """What an event does to accounts: CATALOGUE.md, *Posts*."""
    e = event
    if topic == "cash_posted":
        return [(account, amount) for account, amount in e["postings"]]
    if topic == "order_accepted" and e.get("held_minor"):
        return _held(e["party"], e["hold"], e["held_minor"])
    if topic in ("order_amended", "order_cancelled", "order_expired"):
        return _held(e["party"], e["hold"], -e["freed_minor"])
    if topic == "traded":
        escrow = f"{e['buyer']}/escrow/{e['settlement']}"
        paid = [(f"{e['buyer']}/on_hold/{e['hold']}", -e["escrow_minor"])]
        return [
            *_held(e["buyer"], e["hold"], -e["freed_minor"]),
            *paid,
            (escrow, e["escrow_minor"]),
        ]
    if topic == "trade_settled" and not e["entry"]:
        fees = e["buyer_fee_minor"] + e["seller_fee_minor"]
        return [
            (f"{e['buyer']}/escrow/{e['settlement']}", -e["notional_minor"] - e["buyer_fee_minor"]),
            (f"{e['seller']}/available", e["notional_minor"] - e["seller_fee_minor"]),
            (f"{e['venue']}/fees", fees),
        ]
    if topic == "trade_unwound":
        returned = e["returned_minor"]
        escrow = f"{e['buyer']}/escrow/{e['settlement']}"
        return [(escrow, -returned), (f"{e['buyer']}/available", returned)]
    if topic == "lease_granted":
        source = f"{e['lessee']}/on_hold/{e['hold']}" if e["hold"] else f"{e['lessee']}/available"
        return [
            (source, -e["prepaid_minor"] - e["deposit_minor"]),
            (f"{e['lessee']}/rent_escrow/{e['lease']}", e["prepaid_minor"]),
            (f"{e['lessee']}/deposit/{e['lease']}", e["deposit_minor"]),
        ]
    if topic == "usage_metered":
        left = e["earned_minor"] + e["fee_minor"] + e["returned_minor"]
        return [
            (f"{e['lessee']}/rent_escrow/{e['lease']}", -left),
            (e["payee"], e["earned_minor"]),
            (f"{e['venue']}/fees", e["fee_minor"]),
            (f"{e['lessee']}/available", e["returned_minor"]),
        ]
    if topic == "lease_ended":
        return [
            (f"{e['lessee']}/rent_escrow/{e['lease']}", -e["returned_minor"]),
            (f"{e['lessee']}/deposit/{e['lease']}", -e["deposit_minor"]),
            (f"{e['lessee']}/available", e["returned_minor"] + e["deposit_minor"]),
        ]
    return []


def _held(party: str, hold: str, amount: int) -> list[tuple[str, int]]:
    return [(f"{party}/on_hold/{hold}", amount), (f"{party}/available", -amount)]


def attested(rows: Iterable[Stored]) -> tuple[State, list[tuple[int, str, str]]]:
    """The last state, and of each attestation: its position, its hash, and the hash made here."""
    state = State()
    hashes: dict[int, str] = {}
    found = []
    for row in rows:
        event = json.loads(row.state)
        if row.topic == "state_attested":
            assert event["form"] == 1
            upto = event["upto_position"]
            if upto not in hashes:
                assert upto == row.position - 1
                hashes[upto] = state.sha256()
            found.append((row.position, event["state_sha256"], hashes[upto]))
        state.fold(row.topic, event)
    return state, found


# --- section 6


def holder_sha256(salt: bytes, name: str) -> str:
    return text64(sha256(salt + " ".join(name.split()).encode()))
