"""Who is in the demo: six sites, about 400 nodes, some 120 participants, all drawn from one seed.

Names and trades are made up; what they stand for is not: owners from food, textiles and property,
operators in the west and on the coast, papers for half of the cards and none for a sixth.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.simulation.draw import Draw

JOIN_DAYS = 100  # nodes go live over the first hundred days


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A site to be, and the party that will operate it."""

    name: str
    delivery_point: str
    operator: str
    lat_e6: int
    lon_e6: int
    power_w: int
    tariff_millis: int
    uplink_mbps: int
    latency_us: dict[str, int]


@dataclass(frozen=True, slots=True)
class ServerKind:
    """What a server of one kind is, as its own report would show."""

    model: str  # the register's code for what is sold: the board, or the single card
    product: str
    board_part_number: str
    vbios: str
    memory_mib: int
    gpus: int
    is_board: bool
    histogram: int  # banks that can still be remapped


@dataclass(frozen=True, slots=True)
class Person:
    """A participant: what it is called and what it does here."""

    name: str
    kind: str  # company, public_body
    trade: str  # operator, owner, lessee, buyer, seller, trader, auditor
    registration_no: str
    tier: int
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    cash_minor: int


@dataclass(frozen=True, slots=True)
class PlannedServer:
    """One server to be registered: by whom, where, when, with which papers."""

    number: int
    make: ServerKind
    owner: int  # index into the cast's owners
    place: int  # index into PLACES
    join_day: int
    provenance: str  # P1, P2, P0: the papers its owner will file


PLACES = (
    PlannedSite(
        "Zhongwei West Cloud Base",
        "CN-NX",
        "Ningxia Helan Computing",
        37_500_000,
        105_190_000,
        24_000_000,
        360,
        400_000,
        {"Beijing": 22_000, "Shanghai": 31_000, "Shenzhen": 34_000},
    ),
    PlannedSite(
        "Ulanqab Grassland Park",
        "CN-NM",
        "Inner Mongolia Aobao Data",
        40_990_000,
        113_110_000,
        30_000_000,
        340,
        400_000,
        {"Beijing": 7_000, "Shanghai": 24_000, "Shenzhen": 36_000},
    ),
    PlannedSite(
        "Gui'an New Area Hall 3",
        "CN-GZ",
        "Guizhou Karst Cloud",
        26_420_000,
        106_610_000,
        18_000_000,
        370,
        300_000,
        {"Beijing": 33_000, "Shanghai": 29_000, "Shenzhen": 17_000},
    ),
    PlannedSite(
        "Beijing Yizhuang Annex",
        "CN-BJ",
        "Beijing Yizhuang Hosting",
        39_800_000,
        116_500_000,
        6_000_000,
        780,
        800_000,
        {"Beijing": 1_000, "Shanghai": 21_000, "Shenzhen": 32_000},
    ),
    PlannedSite(
        "Shanghai Lingang Hall 7",
        "CN-SH",
        "Shanghai Lingang Compute",
        30_900_000,
        121_930_000,
        9_000_000,
        760,
        800_000,
        {"Beijing": 21_000, "Shanghai": 1_500, "Shenzhen": 23_000},
    ),
    PlannedSite(
        "Shenzhen Longhua Tower",
        "CN-GD",
        "Shenzhen Longhua Cloud",
        22_700_000,
        114_040_000,
        5_000_000,
        800,
        800_000,
        {"Beijing": 32_000, "Shanghai": 23_000, "Shenzhen": 1_000},
    ),
)

H100 = ServerKind(
    "H100SXM8", "NVIDIA H100 80GB HBM3", "692-2G520-0200-000", "96.00.74.00.01", 81559, 8, True,
    2560,
)  # fmt: skip
A100 = ServerKind(
    "A100SXM8", "NVIDIA A100-SXM4-80GB", "692-2G506-0210-002", "92.00.45.00.03", 81920, 8, True,
    640,
)  # fmt: skip
H800 = ServerKind(
    "H800SXM8", "NVIDIA H800", "692-2G520-0205-000", "96.00.61.00.01", 81559, 8, True, 2560,
)  # fmt: skip
L40S = ServerKind(
    "L40S", "NVIDIA L40S", "900-2G133-0080-000", "95.02.66.00.02", 46068, 4, False, 192,
)  # fmt: skip

# which kinds stand where: training in the west, serving on the coast
MAKES_BY_PLACE = (
    ((H100, 38), (A100, 24)),
    ((H100, 44), (H800, 30)),
    ((H800, 36), (A100, 30)),
    ((H100, 30), (L40S, 26)),
    ((H100, 36), (L40S, 34)),
    ((A100, 32), (L40S, 40)),
)

OWNER_TRADES = (
    "Foods", "Textiles", "Property", "Cement", "Dairy", "Logistics", "Dyeing", "Tea", "Steel Pipe",
    "Pharma", "Toys", "Fisheries",
)  # fmt: skip
FIRST = (
    "Huaxin", "Jinyuan", "Ruifeng", "Tianhe", "Shengda", "Baolong", "Yongchang", "Dongsheng",
    "Kangtai", "Haoyu", "Minghui", "Lantian",
)  # fmt: skip
LESSEE_TRADES = ("Vision", "Speech", "Robotics", "Genomics", "Studio", "Search", "Agents", "Maps")

OWNERS, LESSEES, BUYERS = 40, 56, 14
YUAN = 100
SEATS = ("seller", "trader", "auditor")


def operators() -> list[Person]:
    return [
        Person(
            place.operator,
            "company",
            "operator",
            f"91-OP-{index:04d}",
            2,
            ("operator", "owner", "custodian"),
            ("read", "trade", "seller"),
            0,
        )
        for index, place in enumerate(PLACES)
    ]


def owners() -> list[Person]:
    return [
        Person(
            f"{FIRST[index % len(FIRST)]} {OWNER_TRADES[(index * 5) % len(OWNER_TRADES)]}"
            f"{'' if index < len(FIRST) else f' No. {index // len(FIRST) + 1}'}",
            "public_body" if index % 13 == 12 else "company",
            "owner",
            f"91-OW-{index:04d}",
            2,
            ("owner", "operator"),
            ("read", "trade", "seller"),
            2_000_000 * YUAN,
        )
        for index in range(OWNERS)
    ]


def lessees() -> list[Person]:
    return [
        Person(
            f"{FIRST[(index * 7 + 3) % len(FIRST)]} {LESSEE_TRADES[index % len(LESSEE_TRADES)]} "
            f"{index + 1}",
            "company",
            "lessee",
            f"91-LE-{index:04d}",
            2,
            ("lessee",),
            ("read", "trade"),
            40_000_000 * YUAN,
        )
        for index in range(LESSEES)
    ]


def buyers() -> list[Person]:
    return [
        Person(
            f"{FIRST[(index * 3 + 5) % len(FIRST)]} Capital {index + 1}",
            "company",
            "buyer",
            f"91-BU-{index:04d}",
            2,
            ("owner", "lessee"),
            ("read", "trade", "seller"),
            120_000_000 * YUAN,
        )
        for index in range(BUYERS)
    ]


def seats() -> list[Person]:
    """The three places kept for visitors (WIRE 2)."""
    return [
        Person(
            "Visitor's Hall",
            "company",
            "seller",
            "91-SEAT-1",
            2,
            ("owner", "operator", "custodian"),
            ("read", "trade", "seller"),
            0,
        ),
        Person(
            "Visitor's Trading Desk",
            "company",
            "trader",
            "91-SEAT-2",
            2,
            ("owner", "lessee"),
            ("read", "trade", "seller"),
            100_000_000 * YUAN,
        ),
        Person(
            "Visiting Auditor",
            "company",
            "auditor",
            "91-SEAT-3",
            0,
            ("auditor",),
            ("read", "audit"),
            0,
        ),
    ]


def everyone() -> list[Person]:
    return [*operators(), *owners(), *lessees(), *buyers(), *seats()]


def machines(draw: Draw) -> Iterator[PlannedServer]:
    """Every server of the demo, in the order in which they are numbered."""
    number = 0
    for place, makes in enumerate(MAKES_BY_PLACE):
        for make, count in makes:
            for nth in range(count):
                joined = 0 if nth % 2 == 0 else draw.between(1, JOIN_DAYS, 0, "join", number)
                papers = ("P1", "P2", "P1", "P0", "P1", "P2")[number % 6]
                yield PlannedServer(
                    number,
                    make,
                    draw.below(OWNERS, 0, "owner", number // 3),
                    place,
                    joined,
                    papers,
                )
                number += 1
