"""The rules a venue adopts when it opens; later changes take two people (DOMAIN 4, EXCHANGE 1).

Times are nanoseconds, money is fen. The first market rules keep an open market round the clock:
modes `continuous` alone, no static or dynamic band, one timetable every day in the venue's zone.
"""

from typing import Any

from ledger.durations import DAY_NS, HOUR_NS
from ledger.reports.identity import DENYLIST

_OPEN_DAILY = [["00:00", "closed"], ["00:01", "pre_open"], ["00:05", "continuous"]]
_FEE_BP = {
    "ask": {"maker": 0, "taker": 10, "flat": 5},
    "bid": {"maker": 0, "taker": 10, "flat": 5},
}

_TITLE_MARKETS: dict[str, Any] = {
    "pattern": "T.*",
    "modes": ["continuous"],
    "timetable": _OPEN_DAILY,
    "tick_minor": 10_000,
    "max_lots": 256,
    "max_notional_minor": 25_000_000_000,
    "entry_band_bp": 3_000,
    "static_band_bp": 0,
    "dynamic_band_bp": 0,
    "fee_bp": _FEE_BP,
    "deposit_bp": 0,
    "holding_days": 5,
    "settlement_days": 2,
    "inspection_h": 72,
    "eligible": {
        "ask_roles": ["owner", "administrator"],
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

_LEASE_MARKETS: dict[str, Any] = {
    **_TITLE_MARKETS,
    "pattern": "L.*",
    "tick_minor": 1,
    "max_lots": 500,
    "max_notional_minor": 4_000_000_000,
    "deposit_bp": 2_500,
    "holding_days": 0,
    "settlement_days": 0,
    "inspection_h": 0,
    "eligible": {
        "ask_roles": ["owner", "lessee", "administrator"],
        "bid_roles": [],
        "kyc_tier": 1,
        "identity": "medium",
        "provenance": ["P1", "P2"],
    },
    "position_limit_lots": 2_000,
}

# By tier 0-3. lease_minor: most rent of one lease; title_day_minor: most title traded a day;
# null: no limit.
_KYC_LIMITS: dict[str, Any] = {
    "lease_minor": [0, 50_000_000, None, None],
    "title_day_minor": [0, 0, 2_000_000_000, None],
}

FIRST_RULES: dict[str, Any] = {
    "kyc_limits": _KYC_LIMITS,
    "identity_denylist": sorted(DENYLIST),
    "grade_valid": 90 * DAY_NS,
    "proposal": 24 * HOUR_NS,
    "failed": 3 * DAY_NS,
    "meter_silence": 48 * HOUR_NS,
    "withdrawal_alone": 100_000_000,
    "site_consent": True,
    "market:T.*": _TITLE_MARKETS,
    "market:L.*": _LEASE_MARKETS,
}
