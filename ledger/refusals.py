"""Why a command may be refused: ordered reasons whose names are part of the contract (WIRE 4)."""

from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple


class ReasonKind(NamedTuple):
    """What the gateway tells of a reason: HTTP status, title, whether the same may succeed later.

    The title says what kind of no it is; the sentence about this very request is the refusal's own.
    """

    status: int
    title: str
    is_retryable: bool = False


class Reason(Enum):
    """Every refusal, in the order of looking: the first that applies is the answer.

    Sources: EXCHANGE 4 (1-47: the order), WIRE 4 (status, retryable, and all other codes). A code
    whose rule is not built yet is absent; it is inserted at its place with the rule.
    """

    # shape
    bad_shape = ReasonKind(400, "Not a request this venue can read")
    bad_field = ReasonKind(400, "A member has a value that is not taken")
    bad_combination = ReasonKind(400, "These members do not go together")
    wrong_side = ReasonKind(400, "Not for this side")
    bad_cursor = ReasonKind(400, "Not a cursor of this list")
    as_of_ahead = ReasonKind(400, "That position is still to come")
    key_missing = ReasonKind(400, "A command needs an idempotency key")
    bad_form = ReasonKind(406, "Not a form this venue answers in")
    too_large = ReasonKind(413, "Too large")
    bad_media_type = ReasonKind(415, "Not a form this route reads")
    # session
    no_session = ReasonKind(401, "Not logged on", True)
    session_expired = ReasonKind(401, "The session is over", True)
    bad_signature = ReasonKind(401, "The signature does not hold")
    challenge_spent = ReasonKind(401, "The challenge is used up or too old", True)
    too_late = ReasonKind(401, "Signed too long ago", True)
    clock_ahead = ReasonKind(401, "Signed in the future", True)
    # rate, scope
    rate_limited = ReasonKind(429, "Too many requests", True)
    scope_missing = ReasonKind(403, "The session lacks the scope")
    not_your_party = ReasonKind(403, "Not your party's")
    party_suspended = ReasonKind(403, "The party is suspended", True)
    role_missing = ReasonKind(403, "The party lacks the role")
    tier_too_low = ReasonKind(403, "The KYC tier is too low")
    ip_not_allowed = ReasonKind(403, "Not from this address")
    origin_not_allowed = ReasonKind(403, "Not from this page")
    same_holder = ReasonKind(403, "Another person must sign")
    # key, existence
    key_reused = ReasonKind(409, "The key was used for something else")
    unknown_market = ReasonKind(404, "No such market")
    unknown_order = ReasonKind(404, "No such order")
    unknown_node = ReasonKind(404, "No such node")
    unknown_unit = ReasonKind(404, "No such unit")
    unknown_party = ReasonKind(404, "No such party")
    unknown_principal = ReasonKind(404, "No such principal")
    unknown_site = ReasonKind(404, "No such site")
    unknown_model = ReasonKind(404, "No such model")
    unknown_settlement = ReasonKind(404, "No such settlement")
    unknown_lease = ReasonKind(404, "No such lease")
    unknown_payment = ReasonKind(404, "No such payment")
    unknown_deposit = ReasonKind(404, "No such deposit")
    unknown_proposal = ReasonKind(404, "No such proposal")
    unknown_document = ReasonKind(404, "No such document")
    unknown_key = ReasonKind(404, "No command was accepted under this key")
    not_published = ReasonKind(404, "Not in the published log")
    unknown_route = ReasonKind(404, "No such route or operation")
    too_old = ReasonKind(410, "Longer ago than is kept")
    other_history = ReasonKind(410, "What is held is of another history than this venue's")
    # state
    order_closed = ReasonKind(409, "The order has ended")
    wrong_state = ReasonKind(409, "Not in this state")
    period_closed = ReasonKind(409, "The month is closed")
    units_differ = ReasonKind(409, "Other units than those sold")
    bank_reference_used = ReasonKind(409, "The bank reference was used before")
    registration_no_used = ReasonKind(409, "The registration number is taken")
    waiting_limit = ReasonKind(409, "Too much waits for this party's word", True)
    # market
    window_started = ReasonKind(422, "The window has begun")
    phase_forbids = ReasonKind(422, "Not in this phase", True)
    outside_band = ReasonKind(422, "Outside the price band", True)
    too_many_lots = ReasonKind(422, "Too many lots")
    notional_limit = ReasonKind(422, "Too large an amount")
    order_limit = ReasonKind(422, "Too many open orders", True)
    position_limit = ReasonKind(422, "Too large a position", True)
    would_take = ReasonKind(422, "Would take what stands", True)
    # asset
    not_in_class = ReasonKind(422, "Not of this class")
    not_the_owner = ReasonKind(422, "Not the owner")
    evidence_too_weak = ReasonKind(422, "The identity is too weak")
    provenance_too_low = ReasonKind(422, "The provenance is too low")
    on_hold = ReasonKind(422, "On hold", True)
    not_ready = ReasonKind(422, "Not ready", True)
    leased_beyond = ReasonKind(422, "Leased beyond delivery", True)
    lease_overlap = ReasonKind(422, "Already leased or offered then", True)
    holding_period = ReasonKind(422, "Bought too recently", True)
    insufficient_free_lots = ReasonKind(422, "Not enough free lots", True)
    # asset, of an import (DOMAIN 9)
    not_recognised = ReasonKind(422, "Not a report this venue can read")
    truncated = ReasonKind(422, "The report breaks off")
    report_from_future = ReasonKind(422, "The report is from the future")
    duplicate_in_file = ReasonKind(422, "A serial stands twice in the report")
    serial_damaged = ReasonKind(422, "A serial is damaged")
    not_a_physical_unit = ReasonKind(422, "Not a physical unit")
    owned_by_another = ReasonKind(422, "Another party owns it")
    already_registered = ReasonKind(422, "Already registered")
    no_gpu_found = ReasonKind(422, "No GPU in the report")
    # money
    insufficient_cash = ReasonKind(422, "Not enough cash", True)

    def __init__(self, status: int, title: str, is_retryable: bool = False) -> None:
        self.status = status
        self.title = title
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


class Figure(str):
    """What a sentence shows of a value: as English has it, as Chinese has it, and the value."""

    value: int | str
    chinese: str

    def __new__(cls, text: str, value: int | str, chinese: str = "") -> "Figure":
        figure = str.__new__(cls, text)
        figure.value, figure.chinese = value, chinese or text
        return figure


def either(words: Iterable[str]) -> Figure:
    """Several words of which one is enough: `owner or operator`."""
    known = [str(word) for word in words]
    return Figure(" or ".join(known), ", ".join(known), "或".join(known))


def both(words: Iterable[str]) -> Figure:
    """Several words that all count: `1 and 2`."""
    known = [str(word) for word in words]
    return Figure(" and ".join(known), ", ".join(known), "和".join(known))


class Sentence(str):
    """A sentence in English that remembers its template and the values in it.

    The template names the sentence: `gateway/contract/chinese.toml` tells it in Chinese.
    """

    template: str
    values: dict[str, Any]

    @property
    def context(self) -> dict[str, int | str]:
        """The values as a problem shows them: an amount in minor units, an instant in ns."""
        return {name: _plain(value) for name, value in self.values.items()}


def sentence_of(template: str, **values: Any) -> Sentence:
    """The sentence that a template and its values make: `sentence_of("{a} is open", a=…)`."""
    sentence = Sentence(template.format_map(values))
    sentence.template, sentence.values = template, values
    return sentence


def _plain(value: Any) -> int | str:
    if isinstance(value, Figure):
        return value.value
    if type(value) is int:
        return value
    return str(value).encode("utf-8", "backslashreplace").decode()  # half a character is no text


class Refused(Exception):
    """A lawful no: the caller asked for something the rules forbid. State is untouched.

    `detail` is one sentence on what was wrong and what to do, a `Sentence` where it bears values;
    `field` a JSON pointer into a command's args, or into the body of what is none; `context`
    figures to show (names end in their unit, as everywhere on the wire), those of the sentence
    among them.
    """

    def __init__(
        self, reason: Reason, detail: str = "", *, field: str = "", **context: int | str
    ) -> None:
        super().__init__(f"{reason.name}: {detail}")
        self.reason = reason
        self.detail = detail
        self.field = field
        known = detail.context if isinstance(detail, Sentence) else {}
        self.context = known | context

    def anew(self, field: str | None = None) -> "Refused":
        """The same no, to be raised: one that is kept as well would hold the frames that keep it.

        Such a circle stays in memory, with the text that was refused, until a collection. *field*:
        where the fault is in the request that is answered, if that is another one.
        """
        again = Refused(self.reason, self.detail, field=self.field if field is None else field)
        again.context = self.context
        return again
