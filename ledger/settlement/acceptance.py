"""The buyer's own report beside what was sold: the same cards, and of the same grade? (DOMAIN 4)

A card is known by its strong key, written `vendor/serial/board_part_number`; one that has none,
which only a market of weaker evidence can sell, by its UUID.
"""

from msgspec import Struct

from ledger.caller import Caller
from ledger.commands import AcceptDelivery
from ledger.events import DeliveryAccepted
from ledger.inspection.attached_report import read_attached
from ledger.inspection.report_inspection import inspect_nodes
from ledger.moment import Moment
from ledger.records import Settlement, Unit
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.things.grade import worst
from ledger.words import GRADES, GradeLetter

NAMED_MOST = 8  # cards that a refusal lists
COMPARED_MOST = 1_000  # so that the event that names them fits


class BuyerReport(Struct, frozen=True):
    """What the buyer saw of what was sold; all empty if he did not say."""

    units_seen: list[str] = []  # strong keys of the cards sold
    grade_sold: str = ""  # the worst of them, as the register knows it
    grade_seen: str = ""  # the worst of them in his report


class _ReportedCards(Struct, frozen=True):
    grades: dict[str, GradeLetter | None]  # each card's key -> its grade, None if only named
    uuids: dict[str, str] = {}  # -> key

    def grade(self, key: str) -> GradeLetter | None:
        return self.grades[self.uuids.get(key, key)]

    def shows(self, key: str) -> bool:
        return key in self.grades or key in self.uuids


def must_match(
    register: Register,
    settlement: Settlement,
    command: AcceptDelivery,
    caller: Caller,
    moment: Moment,
) -> BuyerReport:
    """Refuse `units_differ` if the buyer's report lacks a card that was sold.

    The report travels beside the command (`caller.attachment`) or only its keys do (`units_seen`);
    with neither, the buyer takes it unseen.
    """
    if caller.attachment:
        reported = _read(register, settlement, command.report_sha256, caller, moment)
    elif command.units_seen:
        reported = _ReportedCards({_trimmed(key): None for key in command.units_seen})
    elif command.report_sha256:
        raise Refused(
            Reason.unknown_document,
            "The report itself did not come along: send its bytes beside the command, or the "
            "keys that it shows as units_seen.",
            field="/report_sha256",
        )
    else:
        return BuyerReport()
    sold = _sold(register, settlement)
    missing = [key for key in sold if not reported.shows(key)]
    if missing:
        raise _units_differ(register, sold, missing, reported)
    if len(sold) > COMPARED_MOST:
        raise Refused(
            Reason.too_large,
            sentence_of(
                "An acceptance names at most {compared_most:,} cards, and "
                "{sold_count:,} were sold: compare them yourself and accept without a "
                "list.",
                compared_most=COMPARED_MOST,
                sold_count=len(sold),
            ),
        )
    grades = [grade for key in sold if (grade := reported.grade(key))]
    return BuyerReport(
        units_seen=list(sold),
        grade_sold=worst(_letter(unit.grade) for unit in sold.values()),
        grade_seen=worst(grades) if grades else "",
    )


def matched(event: DeliveryAccepted) -> str:
    """An acceptance in words: "8 of 8 match, same grade"; "" if nothing was compared."""
    count = len(event.units_seen)
    if not count:
        return ""
    detail = f"{count} of {count} match"
    if not event.grade_seen:
        return detail
    if event.grade_seen == event.grade_sold:
        return f"{detail}, same grade"
    return f"{detail}, grade {event.grade_seen} in the report, sold as {event.grade_sold}"


def strong_key(vendor: str, serial: str, board_part_number: str) -> str:
    """How a card is named on the wire: `nvidia/1654423001593/692-2G520-0200-000`."""
    return f"{vendor}/{serial}/{board_part_number}"


def _key(unit: Unit) -> str:
    if unit.serial and unit.board_part_number:
        return strong_key(unit.vendor, unit.serial, unit.board_part_number)
    return unit.uuid


def _sold(register: Register, settlement: Settlement) -> dict[str, Unit]:
    names = (unit for thing in settlement.things for unit in register.things[thing].units)
    units = [register.units[name] for name in names]
    return {_key(unit): unit for unit in units}


def _read(
    register: Register, settlement: Settlement, report_sha256: str, caller: Caller, moment: Moment
) -> _ReportedCards:
    node = register.nodes[register.things[settlement.things[0]].node]
    report = read_attached(register, report_sha256, register.sites[node.site], caller, moment)
    grades: dict[str, GradeLetter | None] = {}
    uuids: dict[str, str] = {}
    for unit in (unit for node in inspect_nodes(report, moment.at_ns) for unit in node.units):
        known = unit.identity
        key = strong_key(*known.strong_key) if known.strong_key else known.uuid or ""
        grades[key] = unit.grade.letter
        if known.uuid:
            uuids[known.uuid] = key
    return _ReportedCards(grades, uuids)


def _units_differ(
    register: Register, sold: dict[str, Unit], missing: list[str], reported: _ReportedCards
) -> Refused:
    """The refusal: which card lacks, and which is there in its place."""
    nodes = dict.fromkeys(unit.node for unit in sold.values())
    beside = {_key(register.units[unit]) for node in nodes for unit in register.nodes[node].units}
    strange = [key for key in reported.grades if key and key not in beside]
    lacking = [f"{sold[key].unit} ({key})" for key in missing]
    detail = f"{len(sold) - len(missing)} of {len(sold)} match. "
    detail += f"Sold and not in the report: {_listed(lacking)}"
    if strange:
        detail += f". In the report and not sold: {_listed(strange)}"
    return Refused(
        Reason.units_differ,
        sentence_of(
            "{comparison}. Nothing has changed: let the custodian put it right and "
            "take a fresh report, or ask a clerk to fail the settlement before the "
            "inspection ends.",
            comparison=detail,
        ),
        missing=_listed(missing),
        strange=_listed(strange),
    )


def _listed(names: list[str]) -> str:
    """The first few, and how many more there are: a person reads it."""
    more = len(names) - NAMED_MOST
    return ", ".join(names[:NAMED_MOST]) + (f" and {more} more" if more > 0 else "")


def _trimmed(key: str) -> str:
    """A key as typed: vendors stand in small letters, serials and parts in capitals."""
    if "/" not in key:
        return key.strip()
    vendor, slash, rest = key.strip().partition("/")
    return vendor.lower() + slash + rest.upper()


def _letter(grade: str) -> GradeLetter:
    return next((letter for letter in GRADES if letter == grade), "U")
