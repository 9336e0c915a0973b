"""A whole journal, checked by one file that uses no line of gpubourse.

    python examples/journal_check.py [EXPORT] [--log DIR --key FILE] [--expect POSITION:CHAIN]

EXPORT: what `gpubourse audit export --format jsonl` wrote, all months; DIR: a published log.
Standard library and `cryptography` alone; docs/FORMATS.md says how each byte is made. Ends 1 at the
first thing that does not hold, with its position; 2 if it was not given all that it needs.
"""

import argparse
import hashlib
import json
import re
import sys
from base64 import b64decode, b64encode, urlsafe_b64encode
from base64 import urlsafe_b64decode as raw64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
OWN = "venue_resumed time_advanced state_attested journal_upgraded"  # the engine's
CUT = "order_cancelled nothing_to_do"  # of a cut line; below: what stands behind what, unasked
FOLLOW = f"""open: venue_opened; begin: {OWN} {CUT}; order_cancelled: {CUT}; nothing_to_do: {CUT};
venue_opened: rule_set model_listed party_registered role_granted principal_enrolled;
venue_resumed: {OWN}; state_attested: {OWN}; traded: lease_granted settlement_opened;
journal_upgraded: {OWN} party_regrouped order_cancelled; settlement_failed: trade_unwound;
time_advanced: {OWN} unit_graded lease_commenced usage_metered proposal_lapsed delivery_accepted
  settlement_failed trade_unwound instrument_listed phase_changed order_cancelled order_expired
  period_closed; phase_changed: traded order_cancelled order_expired; usage_metered: lease_ended;
instrument_listed: phase_changed; unit_graded: instrument_listed order_cancelled;
settlement_opened: delivery_instructed title_transferred trade_settled; delivery_accepted:
  title_transferred trade_settled; title_transferred: instrument_listed order_cancelled"""
MAY = {topic: {*behind.split()} for topic, behind in re.findall(r"(\w+):([^;]+)", FOLLOW)}
ORDER = {"nodes": [], "hold": "", "expires_ns": 0}  # what an accepted one may leave out
BECOMES = {"lease_commenced": "running", "delivery_instructed": "delivering"}
BECOMES |= {"delivered": "inspecting", "settlement_failed": "failed"}
ENDS = "order_cancelled", "order_expired", "lease_ended", "trade_settled", "trade_unwound"
read_json = json.JSONDecoder(parse_float=int, parse_constant=int).decode  # whole numbers alone


def must(holds: Any, wrong: str, fault: type[Exception] = ValueError) -> Any:
    if not holds:
        raise fault(wrong)


def text64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def compact(value: Any, sort: bool = False) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=sort).encode()


def field(value: Any) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return raw.to_bytes(8, "big") if isinstance(raw, int) else len(raw).to_bytes(4, "big") + raw


def row_of(raw: bytes) -> Row:
    ((at, stream, version, topic, body),) = re.findall(ROW, raw, re.S) or must(0, "it is no event")
    return int(at), json.loads(stream), int(version), json.loads(topic), body


def postings(topic: str, e: Any) -> Any:
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
    return {
        "cash_posted": e.get("postings", []),
        **{f"order_{each}": order for each in ("accepted", "amended", "cancelled", "expired")},
        "traded": [(hold, -freed - paid), (free, freed), (escrow, paid)],
        "trade_settled": [] if e.get("entry") else sale,
        "trade_unwound": [(escrow, -back), (free, back)],
        "lease_granted": [(hold if e.get("hold") else free, -ahead - deposit), *secure],
        "usage_metered": [(rent, -earned - fee - back), *metered],
        "lease_ended": [(rent, -back), (secured, -deposit), (free, back + deposit)],
    }.get(topic, [])


class Journal:
    """Events in order: places, batches, commands, commits, books, titles, attested states."""

    position = first = ends = at_ns = committed = signatures = unsigned = attested = unknown = 0

    def __init__(self) -> None:
        self.state: dict[str, dict[str, Any]] = {kind: {} for kind in STATE}
        self.titles, self.balances, self.versions, self.keys = (dict[str, Any]() for _ in range(4))
        self.may: set[str] | None = None  # what may stand next in a batch that nobody asked for
        self.command: Any = None  # of the next batch
        self.open: tuple[list[Any], list[Any]] = ([], [])  # events, commands of no commit yet
        self.chain, self.pairs, self.closes, self.head = bytes(32), set[str](), set[int](), ""

    def event(self, row: Row, has_commands: bool) -> None:
        (position, stream, version, topic, stored), e = row, read_json(row[4].decode())
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
            self.may = None if "command_sha256" in e else MAY["begin" if self.position else "open"]
            if c:
                self._judge(c, e)
        if self.may is not None:
            cut = "cause" in e or e.get("reason", "disconnect") == "disconnect"
            must(topic in self.may and cut, f"nobody asked for this {topic}")
            self.may = (self.may if "cause" in e else set()) | MAY.get(topic, set())
        if topic == "state_attested" and e["form"] == 1:
            must(e["upto_position"] == self.position, "it attests another position")
            must(e["state_sha256"] == self._state_sha256(), "the events give another state")
            self.attested += 1
            self.closes |= {position} if "cause" in e else set()
        elif topic == "state_attested":  # a root, made with a salt key: of a day's close, once
            must(e["form"] != 2 or e["upto_position"] + 1 in self.closes, "no day waits for it")
            self.unknown += 1
            self.closes -= {e["upto_position"] + 1}
        self._fold(topic, e, postings(topic, e))
        self.position, self.versions[stream] = position, version

    def _judge(self, c: Any, e: Any) -> None:
        signed = c["signed"].encode()
        document = read_json(c["signed"].partition("\n")[2])
        must(c["first_position"] == self.first, "its command names another position")
        must(text64(sha256(signed)) == c["command_sha256"] == e["command_sha256"], "not its own")
        body = compact({"args": document["args"], "op": document["op"]}, sort=True)
        must(text64(sha256(body)) == c["body_sha256"], "its command has another body")
        for name in ("op", "key", "party", "principal"):
            must(document[name] == c[name], f"its command has another {name} than was signed")
        self.ends, self.unsigned = c["last_position"], self.unsigned + (not c["signature"])
        ridden = c["session"] and re.match(r"(order|quote)\.|principal\.enrol$", c["op"])
        must(c["signature"] or ridden, "nobody signed its command, nor may a log-on bear it")
        party, key = self.keys.get(c["principal"], ("", ""))
        if c["signature"]:
            must(key and party == c["party"], f"{c['principal']} has no key for {c['party']}")
            public = PublicKey.from_public_bytes(raw64(key + "=="))
            public.verify(raw64(c["signature"] + "=="), signed)
            self.signatures += 1

    def _fold(self, topic: str, e: Any, rows: list[tuple[str, int]]) -> None:
        must(sum(amount for _, amount in rows) == 0, "its postings do not sum to 0")
        for account in dict(rows):
            balance = self.balances.pop(account, 0) + sum(n for each, n in rows if each == account)
            must(balance >= 0 or account.endswith("/external"), f"{account} falls below 0")
            self.balances |= {account: balance} if balance else {}
        orders, leases, sales = self.state.values()
        kind = next((each for each in STATE if each in e), "")  # what it is about
        if topic in ("title_issued", "title_transferred"):
            thing, giver = e.get("node") or e["unit"], e.get("from_party")
            must(self.titles.get(thing) == giver, f"{thing} is not its giver's, {giver}")
            self.titles[thing] = e.get("to_party") or e["holder"]
        elif topic == "order_accepted":
            orders[e["order"]] = ORDER | e | {"open_lots": e["lots"]}
        elif topic == "traded":
            for order in (orders[e["ask"]], orders[e["bid"]]):
                order["open_lots"] -= e["lots"]
                order["nodes"] = order["nodes"][e["lots"] :]
                if not order["open_lots"]:
                    del orders[order["order"]]
        elif topic == "lease_granted":
            things = e["units"] or [e["node"]]
            leases[e["lease"]] = e | {"state": "agreed", "metered": e["from_ns"], "things": things}
        elif topic == "settlement_opened":
            sales[e["settlement"]] = e | {"state": "open", "things": e["nodes"] + e["units"]}
        elif topic in ("order_amended", "usage_metered", *BECOMES):
            state = {"state": BECOMES[topic]} if topic in BECOMES else {"metered": e.get("to_ns")}
            self.state[kind][e[kind]] |= e if topic == "order_amended" else state
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
        row = read_json(raw.decode())
        kind = str(row.pop("kind"))
        if kind == "command":
            must(self.command is None, "two commands ask for it")
            self.command = row
            self.open[1].append([*(row | {x: raw64(row[x] + "==") for x in BYTES}).values()])
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
            pair = {"position": self.committed, "chain": text64(self.chain)}
            after, own = row.get("after", pair), (self.balances, self.titles)
            must(after["position"] <= self.position, f"{row['period']} is not the first", OSError)
            must((row["balances"], row["titles"]) == own, f"{kind}: other balances or titles")
            must(after == pair, "the file before this one is of another history")
            self.head = "{position}:{chain}".format(**row["head"])
        return kind

    def whole(self) -> None:
        """Behind the last line: nothing is left over, and nothing is missing."""
        upto = int(self.head.partition(":")[0] or 0)
        must(upto <= self.position, f"its head is {self.head}: months are missing", OSError)
        must(not any(self.open) and not self.command, "what stands at the end is in no commit")
        must(self.ends in (0, self.position), "the last batch is not its command's")
        history = f"{self.committed}:{text64(self.chain)}"
        must(self.position and history == (self.head or history), "no event, or not its head's")


def entries(log: Path, key_file: Path) -> Iterator[Row]:
    """Each entry of a log whose head its Ed25519 key signed; their root must be the head's."""
    text, _, lines = (log / "checkpoint").read_text("utf-8").partition("\n\n")
    origin, size, root = text.split("\n")
    keys = [line.split("+", 2) for line in key_file.read_text("utf-8").split()]
    name, _, key = next(each for each in keys if b64decode(each[2])[:1] == b"\1")
    signed = {raw[:4]: raw[4:] for raw in map(b64decode, lines.split()[2::3])}
    own = signed.get(sha256(f"{origin}\n".encode(), b64decode(key))[:4], b"")
    is_its = own and origin.split("/")[:3] == name.split("/")[:3]
    must(is_its, "this key did not sign the log's head")
    PublicKey.from_public_bytes(b64decode(key)[1:]).verify(own, f"{text}\n".encode())
    named = set(origin.split("/")[2:])  # hashes: of the first event, and of an accepted loss
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
            yield (row := row_of(entry))
            named.discard(sha256(row[4])[:8].hex())
    digest = trees.pop()[1]
    while trees:
        digest = sha256(b"\1", trees.pop()[1], digest)
    must(b64encode(digest).decode() == root, "the log's head has another root")
    must(not named, "the log is named after an event that it does not hold")


def check(journal: Journal, given: argparse.Namespace) -> None:
    must(given.log or given.export, "name an EXPORT, or --log DIR with --key FILE", OSError)
    must(given.key or not given.log, "a log is checked by its key: add --key FILE", OSError)
    log, kind, row = given.log and entries(given.log, given.key), "end", None
    files = sorted(given.export.glob("*.jsonl")) if given.export else []
    for path in files:
        must(kind == "end", "the file before this one is cut short")
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                must(line[-1:] == b"\n", f"{path.name} ends within line {number}: it is cut short")
                kind = journal.line(line.rstrip(b"\n"), log)
    must(files or not given.export, f"no file *.jsonl of an export in {given.export}", OSError)
    must(kind == "end", "the export is cut short", OSError)
    for row in log or ():
        if not given.export:
            journal.event(row, has_commands=False)
    must(not (row and given.export), f"the log goes on to {row and row[0]}")
    journal.whole()
    must(set(given.expect) <= journal.pairs, "this history does not hold a pair that you expect")
    print(f"ok: {journal.position} events, {journal.attested} attested states, {journal.signatures}"
          f" signatures, {journal.unsigned} log-ons; head {journal.head or 'unseen'}")  # fmt: skip
    if journal.unsigned:
        print(f"BUT {journal.unsigned} commands rest on log-ons that this file cannot see")
    if journal.unknown:
        print(f"BUT {journal.unknown} attestations are not checked: form 2 takes the salt key")


if __name__ == "__main__":
    options, read = argparse.ArgumentParser(), Journal()
    options.add_argument("export", nargs="?", type=Path)
    options.add_argument("--log", type=Path), options.add_argument("--key", type=Path)
    options.add_argument("--expect", action="append", default=[])
    try:
        check(read, options.parse_args())
    except OSError as error:
        options.error(repr(str(error)))
    except Exception as error:
        words = str(error) or "a signature there does not hold"
        sys.exit(f"NOT ok, behind position {read.position}: {words!r}")
