"""A whole journal, checked by one file that uses no line of gpubourse.

    python examples/journal_check.py [EXPORT] [--log DIR --key FILE] [--expect POSITION:CHAIN]

EXPORT: what `gpubourse audit export --format jsonl` wrote, all months; DIR: a published log.
Standard library and `cryptography` alone; docs/FORMATS.md says how each byte is made. Ends 1 at the
first thing that does not hold, with its position.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as PublicKey

Row = tuple[int, str, int, str, bytes]  # position, stream, version, topic, stored bytes

TEXT = rb'("(?:[^"\\]|\\.)*")'
ROW = rb'^\{(?:"kind":"event",)?"position":(\d+),(?:"salt":"[\w-]{22}",)?"stream":' + TEXT
ROW += rb',"version":(\d+),"topic":' + TEXT + rb',"event":(\{.*\})\}$'
BYTES = ("body_sha256", "command_sha256", "signature")  # columns of `commands`
STATE = {  # FORMATS 5: the members of a row, behind kind and id
    "order": "market party side price_ticks lots open_lots priority nodes held expires_ns",
    "lease": "lessor lessee things from_ns to_ns price_minor_per_gpu_hour rent_minor state metered",
    "settlement": "trade seller buyer things notional_minor buyer_fee_minor seller_fee_minor state",
}
OWN = "venue_opened venue_resumed time_advanced state_attested journal_upgraded "  # the engine's
OWN += "order_cancelled nothing_to_do"  # of a line that was cut
ORDER = {"nodes": [], "hold": "", "expires_ns": 0}  # what an accepted one may leave out
BECOMES = {"lease_commenced": "running", "delivery_instructed": "delivering"}
BECOMES |= {"delivered": "inspecting", "settlement_failed": "failed"}
ENDS = "order_cancelled", "order_expired", "lease_ended", "trade_settled", "trade_unwound"


def must(holds: Any, wrong: str) -> None:
    if not holds:
        raise ValueError(wrong)


def raw64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def compact(value: Any, sort: bool = False) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=sort).encode()


def read_json(raw: bytes) -> Any:
    return json.loads(raw, parse_float=lambda digits: must(False, f"{digits} is not whole"))


def field(value: Any) -> bytes:
    if isinstance(value, int):
        return value.to_bytes(8, "big")
    raw = value.encode() if isinstance(value, str) else value
    return len(raw).to_bytes(4, "big") + raw


def row_of(raw: bytes) -> Row:
    ((position, stream, version, topic, stored),) = re.findall(ROW, raw, re.DOTALL)
    return int(position), json.loads(stream), int(version), json.loads(topic), stored


def postings(topic: str, e: Any) -> list[tuple[str, int]]:
    """What a fact posts (docs/CATALOGUE.md, "Posts"); + is what the venue owes the owner."""
    party = e.get("buyer") or e.get("lessee") or e.get("party")
    free, escrow = f"{party}/available", f"{party}/escrow/{e.get('settlement')}"
    hold, rent = f"{party}/on_hold/{e.get('hold')}", f"{party}/rent_escrow/{e.get('lease')}"
    secured, sold = f"{party}/deposit/{e.get('lease')}", f"{e.get('seller')}/available"
    names = "earned fee returned prepaid deposit escrow notional buyer_fee seller_fee held freed"
    amounts = [e.get(f"{name}_minor", 0) for name in names.split()]
    earned, fee, back, ahead, deposit, paid, price, buyers, sellers, held, freed = amounts
    fees, held = f"{e.get('venue')}/fees", held - freed
    order = [(hold, held), (free, -held)]
    sale = [(escrow, -price - buyers), (sold, price - sellers), (fees, buyers + sellers)]
    metered = [(e.get("payee"), earned), (fees, fee), (free, back)]
    secure = [(rent, ahead), (secured, deposit)]
    table: dict[str, list[Any]] = {
        "cash_posted": e.get("postings", []),
        **{f"order_{each}": order for each in ("accepted", "amended", "cancelled", "expired")},
        "traded": [(hold, -freed - paid), (free, freed), (escrow, paid)],
        "trade_settled": [] if e.get("entry") else sale,
        "trade_unwound": [(escrow, -back), (free, back)],
        "lease_granted": [(hold if e.get("hold") else free, -ahead - deposit), *secure],
        "usage_metered": [(rent, -earned - fee - back), *metered],
        "lease_ended": [(rent, -back), (secured, -deposit), (free, back + deposit)],
    }
    return table.get(topic, [])


class Journal:
    """Events in order: places, batches, commands, commits, books, titles, attested states."""

    def __init__(self) -> None:
        self.state: dict[str, dict[str, Any]] = {kind: {} for kind in STATE}
        self.titles, self.balances, self.versions, self.keys = (dict[str, Any]() for _ in range(4))
        self.position = self.first = self.ends = self.at_ns = self.committed = 0
        self.signatures = self.unsigned = self.attested = 0
        self.command: Any = None  # of the next batch
        self.open: tuple[list[Any], list[Any]] = ([], [])  # events, commands of no commit yet
        self.chain, self.pairs, self.head = bytes(32), set[str](), ""

    def event(self, row: Row, has_commands: bool) -> None:
        (position, stream, version, topic, stored), e = row, read_json(row[4])
        must(position == self.position + 1, f"position {position} stands in its place")
        must(version == self.versions.get(stream, 0) + 1, f"{stream} has a gap")
        must(compact(e) == stored, "its bytes are not in the one spelling")
        if "cause" in e:
            must((e["cause"], e["at_ns"]) == (self.first, self.at_ns), "it is of another batch")
        else:
            must(self.ends in (0, self.position), "the batch before it is not its command's")
            must(e["at_ns"] >= self.at_ns, "time goes back")
            self.first, self.at_ns, self.ends = position, e["at_ns"], 0
            c, self.command = self.command, None
            must(c or not has_commands or "command_sha256" not in e, "its command is missing")
            must("command_sha256" in e or topic in OWN.split(), "nobody asked for it")
            if c:
                self._judge(c, e)
        if topic == "state_attested" and e["form"] == 1:
            must(e["upto_position"] == self.position, "it attests another position")
            must(e["state_sha256"] == self._state_sha256(), "the events give another state")
            self.attested += 1
        self._fold(topic, e, postings(topic, e))
        self.position, self.versions[stream] = position, version

    def _judge(self, c: Any, e: Any) -> None:
        signed = c["signed"].encode()
        document = read_json(signed.partition(b"\n")[2])
        must(c["first_position"] == self.first, "its command names another position")
        must(text64(sha256(signed)) == c["command_sha256"] == e["command_sha256"], "not its own")
        body = compact({"args": document["args"], "op": document["op"]}, sort=True)
        must(text64(sha256(body)) == c["body_sha256"], "its command has another body")
        for name in ("op", "key", "party", "principal"):
            must(document[name] == c[name], f"its command has another {name} than was signed")
        must(c["signature"] or c["session"], "nobody signed its command, nor a log-on")
        self.ends, self.unsigned = c["last_position"], self.unsigned + (not c["signature"])
        if c["signature"]:
            party, key = self.keys.get(c["principal"], ("", ""))
            must(key and party == c["party"], f"{c['principal']} has no key for {c['party']}")
            PublicKey.from_public_bytes(raw64(key)).verify(raw64(c["signature"]), signed)
            self.signatures += 1

    def _fold(self, topic: str, e: Any, rows: list[tuple[str, int]]) -> None:
        must(sum(amount for _, amount in rows) == 0, "its postings do not sum to 0")
        for account, amount in rows:
            self.balances[account] = self.balances.get(account, 0) + amount
        for account in {account for account, _ in rows}:
            balance = self.balances[account]
            must(balance >= 0 or account.endswith("/external"), f"{account} falls below 0")
            if not balance:
                del self.balances[account]
        orders, leases, sales = self.state.values()
        kind = next((each for each in STATE if each in e), "")  # what it is about
        if topic in ("title_issued", "title_transferred"):
            thing, giver = e.get("node") or e["unit"], e.get("from_party")
            must(self.titles.get(thing) == giver, f"{thing} is not its giver's, {giver}")
            self.titles[thing] = e.get("to_party") or e["holder"]
        elif topic == "order_accepted":
            orders[e["order"]] = ORDER | e | {"open_lots": e["lots"]}
        elif topic == "order_amended":
            orders[e["order"]] |= e
        elif topic == "traded":
            for order in (orders[e["ask"]], orders[e["bid"]]):
                order["open_lots"] -= e["lots"]
                order["nodes"] = order["nodes"][e["lots"] :]
                if not order["open_lots"]:
                    del orders[order["order"]]
        elif topic == "lease_granted":
            things = e["units"] or [e["node"]]
            leases[e["lease"]] = e | {"state": "agreed", "metered": e["from_ns"], "things": things}
        elif topic == "usage_metered":
            leases[e["lease"]]["metered"] = e["to_ns"]
        elif topic == "settlement_opened":
            sales[e["settlement"]] = e | {"state": "open", "things": e["nodes"] + e["units"]}
        elif topic in BECOMES:
            self.state[kind][e[kind]]["state"] = BECOMES[topic]
        elif topic in ENDS:
            del self.state[kind][e[kind]]
        elif topic in ("principal_enrolled", "principal_revoked"):
            self.keys[e["principal"]] = (e["party"], e.get("public_key"))

    def _state_sha256(self) -> str:
        for order in self.state["order"].values():
            hold = f"{order['party']}/on_hold/{order['hold']}"
            order["held"] = self.balances.get(hold, 0) if order["hold"] else 0
        rows: list[list[Any]] = [["title", *each] for each in self.titles.items()]
        rows += [["balance", *each] for each in self.balances.items()]
        for kind, names in STATE.items():
            things = self.state[kind].items()
            rows += [[kind, name, *(own[each] for each in names.split())] for name, own in things]
        return text64(sha256(b"\n".join(sorted(map(compact, rows)))))

    def line(self, raw: bytes, log: Iterator[Row] | None) -> str:
        """A line of an export, whose events the log must have, too; returns its kind."""
        if raw.startswith(b'{"kind":"event"'):
            stored = row_of(raw)
            must(not log or next(log, stored) == stored, "the log has another event there")
            self.event(stored, has_commands=True)
            self.open[0].append(stored)
            return "event"
        row = read_json(raw)
        kind = str(row.pop("kind"))
        if kind == "command":
            must(self.command is None, "two commands ask for it")
            self.command = row
            self.open[1].append([*(row | {each: raw64(row[each]) for each in BYTES}).values()])
        elif kind == "commit":
            places = (row["first_position"], row["last_position"])
            must(places == (self.committed + 1, self.position), "a commit holds other events")
            counts = [len(each).to_bytes(4, "big") for each in self.open]
            rows = [field(value) for part in self.open for each in part for value in each]
            start = (b"gpubourse-commit-v1\n", self.chain, field(row["epoch"]))
            self.chain, self.committed = sha256(*start, *counts, *rows), self.position
            must(text64(self.chain) == row["chain"], "the chain of its commit is another")
            self.pairs.add(f"{self.committed}:{row['chain']}")
            self.open = ([], [])
        else:
            own = (self.balances, self.titles)
            must((row["balances"], row["titles"]) == own, f"{kind}: other balances or titles")
            pair = {"position": self.committed, "chain": text64(self.chain)}
            must(row.get("after", pair) == pair, "a file before this one is missing")
            self.head = "{position}:{chain}".format(**row["head"])
        return kind


def entries(log: Path, key_file: Path) -> Iterator[Row]:
    """Each entry of a log whose head its Ed25519 key signed; their root must be the head's."""
    text, _, lines = (log / "checkpoint").read_text("utf-8").partition("\n\n")
    origin, size, root = text.split("\n")
    keys = [line.split("+", 2) for line in key_file.read_text("utf-8").split()]
    name, signer, key = next(each for each in keys if base64.b64decode(each[2])[:1] == b"\1")
    signed = {raw[:4].hex(): raw[4:] for raw in map(base64.b64decode, lines.split()[2::3])}
    must(name == origin and signer in signed, "this key did not sign the log's head")
    public = PublicKey.from_public_bytes(base64.b64decode(key)[1:])
    public.verify(signed[signer], f"{text}\n".encode())
    trees: list[tuple[int, bytes]] = []  # the whole trees from the left: size, root (RFC 6962)
    for number in range((int(size) + 255) // 256):
        digits = str(number).zfill((len(str(number)) + 2) // 3 * 3)
        path = log / "tile/entries" / re.sub("(...)(?=.)", r"x\1/", digits)
        width = min(256, int(size) - number * 256)
        part = path.with_name(f"{path.name}.p") / str(width)
        raw = (part if part.exists() else path).read_bytes()
        for _ in range(width):
            length = int.from_bytes(raw[:2], "big") + 2
            entry, raw = raw[2:length], raw[length:]
            trees.append((1, sha256(b"\0", entry)))
            while len(trees) > 1 and trees[-1][0] == trees[-2][0]:
                trees[-2:] = [(2 * trees[-1][0], sha256(b"\1", trees[-2][1], trees[-1][1]))]
            yield row_of(entry)
    digest = trees.pop()[1]
    while trees:
        digest = sha256(b"\1", trees.pop()[1], digest)
    must(base64.b64encode(digest).decode() == root, "the log's head has another root")


def check(journal: Journal, given: argparse.Namespace) -> None:
    must(given.key or not given.log, "a log is checked by its key: name it with --key")
    log, kind = given.log and entries(given.log, given.key), "end"
    for path in sorted(given.export.glob("*.jsonl")) if given.export else ():
        must(kind == "end", "the file before this one is cut short")
        with path.open("rb") as file:
            for line in file:
                kind = journal.line(line.rstrip(b"\n"), log)
    must(kind == "end" and not journal.open[0], "the export is cut short")
    for row in log or ():
        if not given.export:
            journal.event(row, has_commands=False)
    history = f"{journal.committed}:{text64(journal.chain)}"
    must(journal.position and history == (journal.head or history), f"its head is {journal.head}")
    must(set(given.expect) <= journal.pairs, "this history does not hold a pair that you expect")
    print(f"ok: {journal.position} events, {journal.attested} attested states, {journal.signatures}"
          f" signatures, {journal.unsigned} log-ons; head {journal.head or 'unseen'}")  # fmt: skip


if __name__ == "__main__":
    options, read = argparse.ArgumentParser(), Journal()
    options.add_argument("export", nargs="?", type=Path)
    options.add_argument("--log", type=Path)
    options.add_argument("--key", type=Path)
    options.add_argument("--expect", action="append", default=[])
    try:
        check(read, options.parse_args())
    except (InvalidSignature, ValueError, LookupError, TypeError, OSError, StopIteration) as error:
        sys.exit(f"NOT ok, behind position {read.position}: {type(error).__name__}: {error}")
