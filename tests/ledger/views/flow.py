"""A small venue's journal written by hand: what the views' tests read."""

from collections.abc import Iterator

from exchange import events as m
from gateway.server.views_process import view_rules
from ledger import events as e
from ledger.journal.protocol import JournalRow
from ledger.views.rows.projections import ViewRules

RULES: ViewRules = view_rules()
START_NS = 1_731_600_000_000_000_000  # 2024-11-15T00:00+08:00
HOUR_NS = 3_600_000_000_000
MARKET = "T.H100SXM8.A1.CN-BJ"


class Writer:
    """Gives positions, versions and stamps to events, a batch at a time."""

    def __init__(self) -> None:
        self.rows: list[JournalRow] = []
        self.at_ns = START_NS
        self._versions: dict[str, int] = {}

    def batch(self, *events: e.Event) -> None:
        """One command's events, a minute after the last."""
        self.at_ns += 60_000_000_000
        codec = RULES.codec
        first = len(self.rows) + 1
        for position, event in enumerate(events, first):
            stream = codec.stream(event)
            version = self._versions[stream] = self._versions.get(stream, 0) + 1
            cause = 0 if position == first else first
            state = codec.encode(event, self.at_ns, cause, "" if cause else "c" * 43)
            topic = codec.topic_of[type(event)]
            self.rows.append(JournalRow(position, stream, version, topic, state))


def people_and_things(writer: Writer) -> None:
    """A venue, a seller with one board node of two units, a buyer with money."""
    writer.batch(
        e.VenueOpened("cn-1", "CNY", "Asia/Shanghai", 2, "demo", "p-0001", ["k-0001", "k-0002"]),
        e.PartyRegistered("p-0001", "The Venue", "company", "CN", "V-1"),
        e.RoleGranted("p-0001", "clerk", "opening"),
    )
    writer.batch(e.PartyRegistered("p-0007", "Seller", "company", "CN", "S-7"))
    writer.batch(e.PartyRegistered("p-0042", "Buyer", "company", "CN", "B-42"))
    writer.batch(e.KycTierSet("p-0042", 2, "", 0))
    writer.batch(e.RoleGranted("p-0007", "owner", "asked"), e.RoleGranted("p-0007", "operator", ""))
    writer.batch(e.RoleRevoked("p-0007", "operator", "left"))
    writer.batch(
        e.SiteRegistered(
            "s-0001", "West", "p-0007", "CN-BJ", "live", 0, 0, 0, 13_500, 55_000, 1_000, {"bj": 9}
        )
    )
    writer.batch(
        e.NodeRegistered(
            "n-0001", "V", "M", "CH1", "H100SXM8", "sxm", "s-0001", "p-0007", True, 400, "p-0007"
        ),
        *(
            e.UnitRegistered(
                f"u-00000{n}", "NVIDIA", "H100SXM", f"165442300000{n}", "900", f"GPU-{n}",
                "strong", "n-0001", n, "p-0007",
            )
            for n in (1, 2)
        ),
        *(
            e.UnitInspected(
                f"u-00000{n}", f"i-00000{n}", "r" * 43, 100 + n, "p-0007", {"ecc_on": 1},
                "none", ["self_reported"],
            )
            for n in (1, 2)
        ),
        e.UnitGraded("u-000001", "A", [], START_NS),
        e.UnitGraded("u-000002", "B", ["remap_correctable"], START_NS),
    )  # fmt: skip
    writer.batch(
        e.UnitInspected("u-000001", "i-000003", "old" * 14 + "o", 50, "p-0007", {}, "none", [])
    )
    writer.batch(
        e.ProvenanceFiled("u-000001", "invoice", "d" * 43, 0, "maker", "p-0007", True),
        e.ProvenanceVerified("u-000001", "d" * 43),
        e.ProvenanceGraded("u-000001", "P2", ["customs"]),
    )
    writer.batch(
        e.TitleIssued(
            node="n-0001", holder="p-0007", basis="opening", document_sha256="", effective_ns=1
        )
    )
    writer.batch(
        e.CashPosted(
            "cn-1", "j-000001", "deposit", "bank-1",
            [("cn-1/external", -100_000), ("p-0042/available", 100_000)], 0,
        )
    )  # fmt: skip


def a_sale(writer: Writer) -> None:
    """An ask, a bid that meets it and leaves nothing open, delivery, acceptance."""
    writer.batch(
        m.InstrumentListed(
            MARKET, "title", "H100SXM8", "A", "P1", "CN-BJ", 2, None, None, 1, 2, None, None
        ),
        m.PhaseChanged(MARKET, "closed", "continuous", "listed", 1),
    )
    writer.batch(_order("o-000001", "p-0007", "ask", 1_000, nodes=["n-0001"]))
    writer.batch(
        _order("o-000002", "p-0042", "bid", 1_100, hold="h-000001", held_minor=2_202),
        m.Traded(
            MARKET, "o-000001", "o-000002", 1_000, 1, "t-000001", "continuous", "bid", 2_000, 0, 2,
            ["n-0001"], "p-0007", "p-0042", "p-0007", "p-0042", "h-000001", "x-000001", 2_002, 200,
        ),
        e.SettlementOpened(
            "x-000001", "t-000001", MARKET, "p-0007", "p-0042", ["n-0001"], [], 1, 1_000, 2_000,
            2, 0, START_NS + 48 * HOUR_NS, 72 * HOUR_NS, False,
        ),
    )  # fmt: skip
    writer.batch(e.VenueResumed("cn-1", writer.at_ns - HOUR_NS))
    writer.batch(e.DeliveryInstructed("x-000001", "in_place", "", START_NS + 50 * HOUR_NS))
    writer.batch(e.Delivered("x-000001", "", START_NS + 72 * HOUR_NS))
    writer.batch(
        e.DeliveryAccepted("x-000001", False, "", []),
        e.TitleTransferred(
            node="n-0001", from_party="p-0007", to_party="p-0042", settlement="x-000001",
            basis="sale", price_minor=2_000, subject_to=[], effective_ns=2,
        ),
        e.TradeSettled("x-000001", "p-0042", "p-0007", 2_000, 2, 0, "", "cn-1"),
    )  # fmt: skip


def a_lease_and_the_rest(writer: Writer) -> None:
    """An order that is cancelled, a lease from its trade to its end, proposals, a withdrawal."""
    writer.batch(_order("o-000003", "p-0042", "bid", 500, hold="h-000002", held_minor=1_001))
    writer.batch(
        m.OrderAmended(
            MARKET, "o-000003", 1, 1, 600, 0, 4, [], "p-0042", "h-000002", 1_201, -200
        )
    )  # fmt: skip
    writer.batch(m.OrderCancelled(MARKET, "o-000003", 1, "user", "p-0042", "h-000002", 1_201, []))
    writer.batch(
        e.LeaseGranted(
            "l-0001", "p-0042", "p-0007", "n-0001", [], START_NS, START_NS + 48 * HOUR_NS, 10, 960,
            961, 240, "p-0042/available", 0, 10, "t-000002", "", 2,
        ),
        e.LeaseCommenced("l-0001"),
    )  # fmt: skip
    writer.batch(
        e.UsageMetered(
            "l-0001", START_NS, START_NS + 24 * HOUR_NS, 48 * HOUR_NS, 0, 7, "", "p-0007",
            "p-0042/available", 480, 0, 0, "cn-1",
        )
    )  # fmt: skip
    writer.batch(e.LeaseEnded("l-0001", "p-0007", 481, 240))
    writer.batch(
        e.ProposalMade(
            "z-000001", "party.tier", "p-0001", "k-0001", "", START_NS, ["scope:comply"],
            {"party": "p-0042", "kyc_tier": 3},
        )
    )  # fmt: skip
    writer.batch(e.ProposalApproved("z-000001", "p-0001", "k-0002"))
    writer.batch(
        e.CashPosted(
            "cn-1", "j-000002", "withdraw", "y-000001",
            [("p-0042/available", -5_000), ("p-0042/withdrawing/y-000001", 5_000)], 0,
        ),
        e.PaymentInstructed("y-000001", "p-0042", 5_000, [["bank-2", 5_000]], "bank"),
    )  # fmt: skip
    writer.batch(e.StateAttested("cn-1", 1, len(writer.rows), "s" * 43))


def whole_flow() -> list[JournalRow]:
    """All of it, in order."""
    writer = Writer()
    people_and_things(writer)
    a_sale(writer)
    a_lease_and_the_rest(writer)
    return writer.rows


def whole_flow_and_more() -> list[JournalRow]:
    """The whole flow, and one row at least of each table that it leaves empty.

    Its texts hold what an encoder may write in two ways: quotes, controls, signs beyond ASCII.
    """
    writer = Writer()
    people_and_things(writer)
    a_sale(writer)
    a_lease_and_the_rest(writer)
    _papers_and_keys(writer)
    _second_sale(writer)
    return writer.rows


def two_of_each() -> list[JournalRow]:
    """At least two rows of each list that is served, at two instants where they have one."""
    writer = Writer()
    people_and_things(writer)
    a_sale(writer)
    a_lease_and_the_rest(writer)
    _papers_and_keys(writer)
    _second_sale(writer)
    _seconds(writer)
    return writer.rows


def _seconds(writer: Writer) -> None:
    """A second model, key, site, server, title, lease, withdrawal and trade."""
    writer.batch(
        e.ModelListed("L40S", "NVIDIA", "pcie", 1, 46_068, 350, 0, True, False, ["L40S"], []),
        e.PrincipalEnrolled(
            "p-0007", "k-0010", "H" * 43, "M" * 43, ["read"], [], "every", "second", 0
        ),
        e.SiteRegistered("s-0002", "East", "p-0043", "CN-SH", "idle", 0, 0, 0, 0, 0, 0, {}),
        e.NodeRegistered("n-0002", "V", "M", "CH2", "", "pcie", "s-0002", "p-0043", False, 0, "p"),
        e.UnitRegistered(
            "u-000003", "NVIDIA", "L40S", "1654423000009", "901", "GPU-3", "strong", "n-0002", 1,
            "p-0043",
        ),
        e.TitleIssued(
            node="n-0002", holder="p-0043", basis="opening", document_sha256="", effective_ns=1
        ),
    )  # fmt: skip
    writer.batch(
        e.LeaseGranted(
            "l-0002", "p-0043", "p-0007", "n-0002", [], START_NS, START_NS + 48 * HOUR_NS, 10, 960,
            961, 240, "p-0043/available", 0, 10, "t-000004", "", 2,
        ),
    )  # fmt: skip
    writer.batch(
        e.CashPosted(
            "cn-1", "j-000003", "withdraw", "y-000002",
            [("p-0042/available", -70), ("p-0042/withdrawing/y-000002", 70)], 0,
        ),
        e.PaymentInstructed("y-000002", "p-0042", 70, [["bank-2", 70]], "bank"),
    )  # fmt: skip
    writer.batch(
        m.Traded(
            MARKET, "o-000004", "o-000005", 1_200, 1, "t-000005", "continuous", "bid", 2_400, 0, 2,
            ["n-0001"], "p-0007", "p-0042", "p-0007", "p-0042", "h-000005", "x-000003", 2_402, 0,
        )
    )  # fmt: skip


def _papers_and_keys(writer: Writer) -> None:
    writer.batch(
        e.RuleSet("grade_valid", {"b_ns": 5, "a": [1, None, {"from_ns": -7}]}, START_NS, STRANGE),
        e.RuleSet("kyc_limits", [[0, 1], [2, 3]], 0, ""),
        e.ModelListed(
            "H100SXM8", "NVIDIA", "sxm", 8, 81_559, 700, 12, True, True, ["H100", STRANGE], ["900"]
        ),
        e.PartyRegistered("p-0043", STRANGE, "company", "CN", "X"),
        e.PartySuspended("p-0043", "asked"),
        e.PrincipalEnrolled(
            "p-0042", "k-0009", "H" * 43, "K" * 43, ["read", "trade"], ["10.0.0.0/8"], "every",
            STRANGE, START_NS,
        ),
    )  # fmt: skip
    writer.batch(
        e.ReportFiled("s-0001", "r" * 43, "nvidia-smi", 102, ["two, words", STRANGE]),
        e.HoldPlaced(
            node="n-0001", hold="h-000009", kind="freeze", from_ns=1, to_ns=0, reference=STRANGE,
            basis_sha256="b" * 43,
        ),
        e.HoldPlaced(
            party="p-0043", hold="h-000010", kind="freeze", from_ns=1, to_ns=9, reference="",
            basis_sha256="",
        ),
        e.HoldReleased(node="n-0001", hold="h-000009", reason="done"),
        e.IdentityConflictFound("u-000001", "u-000002", ["uuid"]),
    )  # fmt: skip
    writer.batch(
        e.ProposalMade(
            "z-000002", "rule.new", "p-0001", "k-0001", STRANGE, START_NS, ["party:p-0042"],
            {"rule": "x", "from_ns": 17, "value": {"to_ns": 18, "note": 'a_ns": 19, "b_ns": 20'}},
        )
    )  # fmt: skip


def _second_sale(writer: Writer) -> None:
    """Orders of every sort, and a settlement that fails."""
    writer.batch(_order("o-000004", "p-0007", "ask", 1_200, nodes=["n-0001"]))
    writer.batch(
        _order("o-000005", "p-0042", "bid", 900, hold="h-000005", held_minor=1_802, label=STRANGE)
    )
    writer.batch(
        e.SettlementOpened(
            "x-000002", "t-000003", MARKET, "p-0007", "p-0042", [], ["u-000001"], 1, 1_000, 2_000,
            2, 0, START_NS + 90 * HOUR_NS, 72 * HOUR_NS, True,
        ),
        e.SettlementFailed("x-000002", "p-0007", "late", START_NS + 95 * HOUR_NS),
    )  # fmt: skip


STRANGE = 'q" b\\ s/ t\t n\n c\x01 d\x7f <&> é货\u2028\U0001f600'


def cut(rows: list[JournalRow], size: int) -> Iterator[list[JournalRow]]:
    """The rows in groups of *size*."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _order(
    order: str,
    party: str,
    side: str,
    price_ticks: int,
    *,
    nodes: list[str] | None = None,
    hold: str = "",
    held_minor: int = 0,
    label: str = "",
) -> m.OrderAccepted:
    return m.OrderAccepted(
        MARKET, order, f"key-{order}", party, "k-0003", party, side, "gtc", 1, price_ticks,
        int(order[2:]), nodes or [], hold, held_minor, label=label,
    )  # fmt: skip
