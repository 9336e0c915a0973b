"""A small market founded by public commands alone: dealers with cash, servers and title.

A rule of this venue's own lets title change hands at the trade and be sold again at once, so that
three dealers can trade all day with a handful of servers.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gpubourse import Client, connect
from gpubourse.key_files import KeyFile, new_private_key, public_key_of, write_key_file
from gpubourse.retry import in_turn
from tests.ledger.things.dumps import block, dump

MARKET = "T.H100SXM8.A0.CN-BJ"
CASH_MINOR = 10**13
NODES_EACH = 2
GPUS = 8
RULE = {
    "pattern": "T.H100SXM8.*",
    "modes": ["continuous"],
    "timetable": [["00:00", "continuous"]],
    "tick_minor": 10_000,
    "max_lots": 256,
    "max_notional_minor": 25_000_000_000,
    "entry_band_bp": 3_000,
    "static_band_bp": 0,
    "dynamic_band_bp": 0,
    "fee_bp": {
        "ask": {"maker": 0, "taker": 10, "flat": 5},
        "bid": {"maker": 0, "taker": 10, "flat": 5},
    },
    "deposit_bp": 0,
    "holding_days": 0,
    "settlement_days": 0,
    "inspection_h": 0,
    "eligible": {
        "ask_roles": ["owner"],
        "bid_roles": [],
        "kyc_tier": 2,
        "identity": "strong",
        "provenance": [],
    },
    "self_trade": "cancel_newest",
    "gtd_max_days": 90,
    "rate": {"orders": 400, "seconds": 2},
    "max_open_orders": 1_000,
    "position_limit_lots": None,
    "reference_max_age_h": 168,
}


class Clerks:
    """The venue's two people: what one asks, the other approves."""

    def __init__(self, one: Client, two: Client) -> None:
        self.one = one
        self.two = two

    async def act(self, path: str, op: str, args: dict[str, Any], **named: str) -> dict[str, Any]:
        """One command of the first clerk, with the second's signature where it takes two."""
        done = await patient(self.one, path, op, args, **named)
        if "proposal" in done:
            await self.approve(self.two, done["proposal"])
        return done

    async def approve(self, clerk: Client, proposal: str) -> None:
        path = f"/v1/proposals/{proposal}/approve"
        await patient(clerk, path, "proposal.approve", {}, proposal=proposal)


async def found(url: str, keys: Path, dealers: int) -> list[KeyFile]:
    """Found the market; the dealers' keys, which also lie in the folder of keys."""
    async with (
        connect(url, key=keys / "clerk-1") as one,
        connect(url, key=keys / "clerk-2") as two,
    ):
        clerks = Clerks(one, two)
        rule = {"rule": f"market:{RULE['pattern']}", "value": RULE, "from_ns": 0}
        await clerks.act("/v1/rules", "rule.new", rule)
        made = [await _dealer(clerks, url, keys, number) for number in range(dealers)]
        for number, key in enumerate(made):
            await _servers(clerks, url, key, number)
    return made


async def _dealer(clerks: Clerks, url: str, keys: Path, number: int) -> KeyFile:
    admission = {
        "legal_name": f"Dealer {number}",
        "kind": "company",
        "jurisdiction": "CN",
        "registration_no": f"91-{number}",
    }
    party = (await clerks.act("/v1/parties", "party.new", admission))["party"]
    path = f"/v1/parties/{party}"
    await clerks.act(f"{path}/tier", "party.tier", {"kyc_tier": 3}, party=party)
    for role in ("owner", "operator"):
        grant = {"role": role, "basis": "papers"}
        await clerks.act(f"{path}/grant_role", "party.grant_role", grant, party=party)
    deposit = {"party": party, "amount_minor": CASH_MINOR, "reference": f"BANK-{number}"}
    await clerks.act("/v1/deposits", "deposit.new", deposit)
    scopes = ["read", "trade", "seller"]
    invite = {"holder": f"Holder {number}", "scopes": scopes, "party": party}
    told = await clerks.act("/v1/principals/invite", "principal.invite", invite)
    private_key = new_private_key()
    async with connect(url) as visitor:
        body = {"code": told["code"], "public_key": public_key_of(private_key)}
        enrolled = await visitor.post("/v1/principals/enrol", body)
    key = KeyFile(party, enrolled["principal"], visitor.venue.venue, private_key)
    write_key_file(keys / party, key)
    return key


async def _servers(clerks: Clerks, url: str, key: KeyFile, number: int) -> None:
    """A site, and servers with title: without papers it takes both clerks."""
    async with connect(url, key=key) as dealer:
        site = {"name": f"Hall {number}", "delivery_point": "CN-BJ"}
        hall = (await patient(dealer, "/v1/sites", "site.new", site))["site"]
        nodes: list[str] = []
        for count in range(NODES_EACH):
            report = _server(number * NODES_EACH + count)
            args = {"site": hall, "claim": False, "dry_run": False}
            made = await dealer.upload("/v1/imports", "import.new", report, args)
            nodes += made["nodes"]
        asked = await patient(dealer, "/v1/titles/issue", "title.issue", {"things": nodes})
    for clerk in (clerks.one, clerks.two):
        await clerks.approve(clerk, asked["proposal"])


async def patient(
    client: Client, path: str, op: str, args: dict[str, Any], **named: str
) -> dict[str, Any]:
    """POST a command; where the rate says wait, wait."""
    return await in_turn(lambda: client.send("POST", path, op, args, **named))


def _server(number: int) -> bytes:
    """The report of a server with eight cards of its own, looked at just now."""
    first = 1_654_423_100_000 + number * GPUS
    cards = [
        block(
            {
                "Serial Number": f"{first + at}",
                "GPU UUID": f"GPU-b42dd28e-ffdd-8720-1df0-{number:04x}00000{at:03x}",
            },
            bus=0x10 + at,
        )
        for at in range(GPUS)
    ]
    here = datetime.now(UTC) + timedelta(hours=8)  # the site's own clock
    return dump(*cards, stamp=f"{here:%a %b %d %H:%M:%S %Y}")
