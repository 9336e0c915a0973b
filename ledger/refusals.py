"""Why a command may be refused: ordered reasons whose names are part of the contract (WIRE 4)."""

from enum import Enum
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """What the door tells of a reason: HTTP status, and whether the same may succeed later."""

    status: int
    is_retryable: bool = False


class Reason(Enum):
    """Every refusal, in the order of looking: the first that applies is the answer.

    Sources: EXCHANGE 4 (1-47: the order), WIRE 4 (status, retryable, and all other codes). A code
    whose rule is not built yet is absent; it is inserted at its place with the rule.
    """

    # shape
    bad_shape = Kind(400)
    bad_field = Kind(400)
    bad_combination = Kind(400)
    wrong_side = Kind(400)
    bad_cursor = Kind(400)
    as_of_ahead = Kind(400)
    key_missing = Kind(400)
    bad_form = Kind(406)
    too_large = Kind(413)
    bad_media_type = Kind(415)
    # session
    no_session = Kind(401, True)
    session_expired = Kind(401, True)
    bad_signature = Kind(401, True)
    challenge_spent = Kind(401, True)
    too_late = Kind(401, True)
    clock_ahead = Kind(401, True)
    # rate, scope
    rate_limited = Kind(429, True)
    scope_missing = Kind(403)
    not_your_party = Kind(403)
    party_suspended = Kind(403, True)
    role_missing = Kind(403)
    tier_too_low = Kind(403)
    ip_not_allowed = Kind(403)
    origin_not_allowed = Kind(403)
    same_holder = Kind(403)
    # key, existence
    key_reused = Kind(409)
    unknown_market = Kind(404)
    unknown_order = Kind(404)
    unknown_node = Kind(404)
    unknown_unit = Kind(404)
    unknown_party = Kind(404)
    unknown_principal = Kind(404)
    unknown_site = Kind(404)
    unknown_model = Kind(404)
    unknown_settlement = Kind(404)
    unknown_lease = Kind(404)
    unknown_payment = Kind(404)
    unknown_proposal = Kind(404)
    unknown_document = Kind(404)
    unknown_key = Kind(404)
    unknown_route = Kind(404)
    too_old = Kind(410)
    # state
    order_closed = Kind(409)
    wrong_state = Kind(409)
    units_differ = Kind(409)
    bank_reference_used = Kind(409)
    registration_no_used = Kind(409)
    # market
    window_started = Kind(422)
    phase_forbids = Kind(422, True)
    outside_band = Kind(422, True)
    too_many_lots = Kind(422)
    notional_limit = Kind(422)
    order_limit = Kind(422, True)
    position_limit = Kind(422, True)
    would_take = Kind(422, True)
    # asset
    not_in_class = Kind(422)
    not_the_owner = Kind(422)
    evidence_too_weak = Kind(422)
    provenance_too_low = Kind(422)
    on_hold = Kind(422, True)
    not_ready = Kind(422, True)
    leased_beyond = Kind(422, True)
    lease_overlap = Kind(422, True)
    holding_period = Kind(422, True)
    insufficient_free_lots = Kind(422, True)
    # asset, of an import (DOMAIN 9)
    not_recognised = Kind(422)
    truncated = Kind(422)
    report_from_future = Kind(422)
    duplicate_in_file = Kind(422)
    serial_damaged = Kind(422)
    not_a_physical_unit = Kind(422)
    owned_by_another = Kind(422)
    already_registered = Kind(422)
    no_gpu_found = Kind(422)
    # money
    insufficient_cash = Kind(422, True)

    def __init__(self, status: int, is_retryable: bool = False) -> None:
        self.status = status
        self.is_retryable = is_retryable

    # Members would be aliases of one another if equal values meant equal members.
    def __new__(cls, *kind: Any) -> "Reason":
        member = object.__new__(cls)
        member._value_ = len(cls.__members__) + 1
        return member

    @property
    def rank(self) -> int:
        """Its place in the order of looking, from 1."""
        return int(self.value)


class Refused(Exception):
    """A lawful no: the caller asked for something the rules forbid. State is untouched.

    `detail` is one sentence on what was wrong and what to do; `field` a JSON pointer;
    `context` figures to show (names end in their unit, as everywhere on the wire).
    """

    def __init__(
        self, reason: Reason, detail: str = "", *, field: str = "", **context: int | str
    ) -> None:
        super().__init__(f"{reason.name}: {detail}")
        self.reason = reason
        self.detail = detail
        self.field = field
        self.context = context
