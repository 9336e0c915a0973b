"""How the demo's cast comes to be: parties, keys, tiers, roles, sites, first cash.

Each step checks what is so already and requests what is missing; run again, nothing.
"""

from collections.abc import Callable, Iterator

from exchange.simulation.cast import PLACES, Person, everyone, operators
from exchange.simulation.intents import Intent, by, clerk, known
from ledger.base64url import sha256_text
from ledger.cash.accounts import available
from ledger.durations import DAY_NS
from ledger.ids import PartyId
from ledger.register import Register

YEAR_NS = 365 * DAY_NS
PublicKeyOf = Callable[[str], str]  # registration number -> Ed25519 public key, base64url


def digest(text: str) -> str:
    """A document that stands for itself: its SHA-256, base64url without padding."""
    return sha256_text(text.encode())


def parties(register: Register) -> Iterator[Intent]:
    for person in everyone():
        if ("CN", person.registration_no) not in register.registrations:
            args = {
                "legal_name": person.name,
                "kind": person.kind,
                "jurisdiction": "CN",
                "registration_no": person.registration_no,
            }
            yield clerk(register, 0, "party.new", args)


def enrolments_and_tiers(
    register: Register, public_key_of: PublicKeyOf, at_ns: int
) -> Iterator[Intent]:
    for person in everyone():
        number = register.registrations[("CN", person.registration_no)]
        party = register.parties[number]
        if not party.principals:
            args = {
                "party": number,
                "holder_sha256": digest(f"holder|{person.registration_no}"),
                "public_key": public_key_of(person.registration_no),
                "scopes": list(person.scopes),
                "ip_allow": [],
                "signing": "every",
                "label": person.name,
                "valid_to_ns": at_ns + 2 * YEAR_NS,
            }
            yield clerk(register, 0, "principal.enrol", args)
        if party.kyc_tier < person.tier:
            evidence = digest(f"kyc|{person.registration_no}")
            tier = {"party": number, "kyc_tier": person.tier, "evidence_sha256": evidence}
            yield clerk(register, 0, "party.tier", tier)
        for role in person.roles:
            if role not in party.roles:
                grant = {"party": number, "role": role, "basis": "admission"}
                yield clerk(register, 0, "party.grant_role", grant)


def sites(register: Register) -> Iterator[Intent]:
    """The six sites, and the empty one at which a visitor may register servers."""
    standing = {site.name for site in register.sites.values()}
    for place, person in zip(PLACES, operators(), strict=True):
        operator = known(register, person.registration_no)
        if place.name not in standing and operator is not None:
            args = {
                "name": place.name,
                "delivery_point": place.delivery_point,
                "operator": operator.party,
                "status": "live",
                "lat_e6": place.lat_e6,
                "lon_e6": place.lon_e6,
                "power_w": place.power_w,
                "pue_bp": 13_500,
                "tariff_millis_per_kwh": place.tariff_millis,
                "uplink_mbps": place.uplink_mbps,
                "latency_us": place.latency_us,
            }
            yield by(operator, "site.new", args)
    visitor = known(register, "91-SEAT-1")
    if "Visitor's Hall" not in standing and visitor is not None:
        hall = {"name": "Visitor's Hall", "delivery_point": "CN-BJ", "status": "idle"}
        yield by(visitor, "site.new", {**hall, "operator": visitor.party})


def cash(register: Register, day: int) -> Iterator[Intent]:
    """A deposit for whoever trades and has little left."""
    for person in everyone():
        if not person.cash_minor or (day and person.trade in {"seller", "trader", "auditor"}):
            continue
        party = known(register, person.registration_no)
        if party is not None and _is_short(register, party.party, person, day):
            args = {
                "party": party.party,
                "amount_minor": person.cash_minor,
                "reference": f"BANK-{day}-{person.registration_no}",
            }
            yield clerk(register, 0, "deposit.new", args)


def _is_short(register: Register, party: PartyId, person: Person, day: int) -> bool:
    if day == 0:
        return available(party) not in register.accounts
    return register.available_minor(party) < person.cash_minor // 8
