"""The first batch of a journal: a venue opens with its offices, rules and catalogue (DOMAIN 5)."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledger.authority.public_key import PUBLIC_KEY_RULE, must_be_a_public_key
from ledger.caller import Caller
from ledger.commands import Clerk, OpenVenue
from ledger.events import (
    Event,
    PartyRegistered,
    PrincipalEnrolled,
    RoleGranted,
    RuleSet,
    VenueOpened,
)
from ledger.ids import Numbers, PartyId, PrincipalId
from ledger.moment import Moment
from ledger.offices import CLERK_SCOPES, OFFICES
from ledger.opening.first_rules import FIRST_RULES
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.things.model import first_models

KINDS = ("live", "demo")
BASIS = "opening"


def open_venue(
    register: Register, command: OpenVenue, caller: Caller, moment: Moment
) -> list[Event]:
    """Begin an empty journal; opening adopts the release's own rules and models.

    The two clerks' keys stand until they are revoked: with both expired nobody could enrol another.
    """
    _must_be_well_formed(command)
    if register.venue:
        raise Refused(
            Reason.wrong_state,
            sentence_of("This journal is {venue}'s: it is open already.", venue=register.venue),
        )
    numbers = register.numbers()
    party = numbers.next(PartyId)
    clerks = _clerks(command.clerks, party, numbers)
    return [
        VenueOpened(
            venue=command.venue,
            currency=command.currency,
            zone=command.zone,
            minor_digits=command.minor_digits,
            kind=command.kind,
            party=party,
            clerks=[clerk.principal for clerk in clerks],
        ),
        PartyRegistered(
            party=party,
            legal_name=command.legal_name,
            kind="company",
            jurisdiction=command.venue[:2].upper(),
            registration_no=command.venue.upper(),
        ),
        *(RoleGranted(party=party, role=office, basis=BASIS) for office in OFFICES),
        *clerks,
        *(
            RuleSet(rule=rule, value=value, from_ns=moment.at_ns, basis=BASIS)
            for rule, value in FIRST_RULES.items()
        ),
        *first_models(),
    ]


def apply_venue_opened(register: Register, event: VenueOpened, moment: Moment) -> None:
    register.venue = event.venue
    register.currency = event.currency
    register.zone = event.zone
    register.minor_digits = event.minor_digits
    register.kind = event.kind
    register.venue_party = event.party
    register.clerks = list(event.clerks)


def _must_be_well_formed(command: OpenVenue) -> None:
    if command.kind not in KINDS:
        raise Refused(
            Reason.bad_field,
            sentence_of("A venue is one of: {kinds}.", kinds=", ".join(KINDS)),
            field="/kind",
        )
    try:
        ZoneInfo(command.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "There is no time zone {zone!r}: name one such as Asia/Shanghai.", zone=command.zone
            ),
            field="/zone",
        ) from None
    first, second = command.clerks
    must_be_a_public_key(first.public_key)
    must_be_a_public_key(second.public_key)
    if first.public_key == second.public_key:
        raise Refused(Reason.bad_field, "Each clerk has a key of their own.", field="/clerks")
    if first.holder_sha256 == second.holder_sha256:
        raise Refused(Reason.same_holder, "The two clerks must be two people: much here takes two.")


def _clerks(clerks: list[Clerk], party: PartyId, numbers: Numbers) -> list[PrincipalEnrolled]:
    return [
        PrincipalEnrolled(
            party=party,
            principal=numbers.next(PrincipalId),
            holder_sha256=clerk.holder_sha256,
            public_key=clerk.public_key,
            scopes=list(CLERK_SCOPES),
            ip_allow=[],
            signing="every",
            label=clerk.label,
            valid_to_ns=0,
            public_key_rule=PUBLIC_KEY_RULE,
        )
        for clerk in clerks
    ]
