"""The price path: what the market thinks a thing is worth on a day since the start.

A function of the day alone, never of how many days are made: 30 days are a prefix of 90. Source of
its ends: an 8xH100 server rented at about 180,000 yuan a month and rents at 75,000 (the article);
a month is 720 h, so 31.25 and 13.02 yuan per GPU-hour.
"""

from exchange.simulation.draw import Draw

SLUMP_DAYS = 180
RENT_FIRST_FEN = 3_125  # 180,000 yuan / 8 GPUs / 720 h
RENT_LAST_FEN = 1_302  # 75,000 yuan / 8 GPUs / 720 h
TITLE_FIRST_YUAN = 201_500  # a H100 in a server, per GPU
TITLE_LAST_YUAN = 103_500
P0_DISCOUNT_BP = 3_000  # no papers: visibly cheaper
P2_DISCOUNT_BP = 700

# per model, in bp of the H100's price: rent, title
SCALE_BP = {
    "H100SXM8": (10_000, 10_000),
    "H800SXM8": (9_100, 8_800),
    "A100SXM8": (5_200, 4_100),
    "L40S": (3_300, 3_000),
}
SCALE_OTHER_BP = (2_000, 2_000)


def slid(first: int, last: int, day: int) -> int:
    """From *first* to *last* over the slump, fastest in its middle, then level.

    Smoothstep 3x^2 - 2x^3 in whole numbers; x = day / 180.
    """
    x = min(max(day, 0), SLUMP_DAYS)
    whole = SLUMP_DAYS**3
    passed = 3 * x * x * SLUMP_DAYS - 2 * x**3
    return first - (first - last) * passed // whole


def _noise_bp(draw: Draw, day: int, name: str) -> int:
    """Up to 1.5 % either way, the same all day."""
    return draw.between(-150, 150, day, f"noise.{name}")


def rent_ticks(draw: Draw, model: str, day: int) -> int:
    """Fair rent of a lease month, in fen per GPU-hour (the L market's tick)."""
    scale, _ = SCALE_BP.get(model, SCALE_OTHER_BP)
    fair = slid(RENT_FIRST_FEN, RENT_LAST_FEN, day) * scale // 10_000
    return max(1, fair * (10_000 + _noise_bp(draw, day, f"L.{model}")) // 10_000)


def title_ticks(draw: Draw, model: str, provenance: str, day: int) -> int:
    """Fair price of a title, in hundreds of yuan per GPU (the T market's tick)."""
    _, scale = SCALE_BP.get(model, SCALE_OTHER_BP)
    discount = {"P1": 0, "P2": P2_DISCOUNT_BP, "P0": P0_DISCOUNT_BP}[provenance]
    fair = slid(TITLE_FIRST_YUAN, TITLE_LAST_YUAN, day) * scale // 10_000
    fair = fair * (10_000 - discount) // 10_000
    fair = fair * (10_000 + _noise_bp(draw, day, f"T.{model}")) // 10_000
    return max(1, fair // 100)
