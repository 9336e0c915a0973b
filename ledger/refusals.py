"""Why a command may be refused: ordered reasons whose names are part of the contract (WIRE 4)."""

from enum import Enum
from typing import Any, NamedTuple


class ReasonKind(NamedTuple):
    """What the door tells of a reason: HTTP status, and whether the same may succeed later."""

    status: int
    is_retryable: bool = False


class Reason(Enum):
    """Every refusal, in the order of looking: the first that applies is the answer.

    Sources: EXCHANGE 4 (1-47: the order), WIRE 4 (status, retryable, and all other codes). A code
    whose rule is not built yet is absent; it is inserted at its place with the rule.
    """

    # shape
    bad_shape = ReasonKind(400)
    bad_field = ReasonKind(400)
    bad_combination = ReasonKind(400)
    wrong_side = ReasonKind(400)
    bad_cursor = ReasonKind(400)
    as_of_ahead = ReasonKind(400)
    key_missing = ReasonKind(400)
    bad_form = ReasonKind(406)
    too_large = ReasonKind(413)
    bad_media_type = ReasonKind(415)
    # session
    no_session = ReasonKind(401, True)
    session_expired = ReasonKind(401, True)
    bad_signature = ReasonKind(401, True)
    challenge_spent = ReasonKind(401, True)
    too_late = ReasonKind(401, True)
    clock_ahead = ReasonKind(401, True)
    # rate, scope
    rate_limited = ReasonKind(429, True)
    scope_missing = ReasonKind(403)
    not_your_party = ReasonKind(403)
    party_suspended = ReasonKind(403, True)
    role_missing = ReasonKind(403)
    tier_too_low = ReasonKind(403)
    ip_not_allowed = ReasonKind(403)
    origin_not_allowed = ReasonKind(403)
    same_holder = ReasonKind(403)
    # key, existence
    key_reused = ReasonKind(409)
    unknown_market = ReasonKind(404)
    unknown_order = ReasonKind(404)
    unknown_node = ReasonKind(404)
    unknown_unit = ReasonKind(404)
    unknown_party = ReasonKind(404)
    unknown_principal = ReasonKind(404)
    unknown_site = ReasonKind(404)
    unknown_model = ReasonKind(404)
    unknown_settlement = ReasonKind(404)
    unknown_lease = ReasonKind(404)
    unknown_payment = ReasonKind(404)
    unknown_proposal = ReasonKind(404)
    unknown_document = ReasonKind(404)
    unknown_key = ReasonKind(404)
    unknown_route = ReasonKind(404)
    too_old = ReasonKind(410)
    # state
    order_closed = ReasonKind(409)
    wrong_state = ReasonKind(409)
    units_differ = ReasonKind(409)
    bank_reference_used = ReasonKind(409)
    registration_no_used = ReasonKind(409)
    # market
    window_started = ReasonKind(422)
    phase_forbids = ReasonKind(422, True)
    outside_band = ReasonKind(422, True)
    too_many_lots = ReasonKind(422)
    notional_limit = ReasonKind(422)
    order_limit = ReasonKind(422, True)
    position_limit = ReasonKind(422, True)
    would_take = ReasonKind(422, True)
    # asset
    not_in_class = ReasonKind(422)
    not_the_owner = ReasonKind(422)
    evidence_too_weak = ReasonKind(422)
    provenance_too_low = ReasonKind(422)
    on_hold = ReasonKind(422, True)
    not_ready = ReasonKind(422, True)
    leased_beyond = ReasonKind(422, True)
    lease_overlap = ReasonKind(422, True)
    holding_period = ReasonKind(422, True)
    insufficient_free_lots = ReasonKind(422, True)
    # asset, of an import (DOMAIN 9)
    not_recognised = ReasonKind(422)
    truncated = ReasonKind(422)
    report_from_future = ReasonKind(422)
    duplicate_in_file = ReasonKind(422)
    serial_damaged = ReasonKind(422)
    not_a_physical_unit = ReasonKind(422)
    owned_by_another = ReasonKind(422)
    already_registered = ReasonKind(422)
    no_gpu_found = ReasonKind(422)
    # money
    insufficient_cash = ReasonKind(422, True)

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
