"""Servers go live in the demo: imported with a claim of title, papers filed, reports renewed."""

from collections.abc import Iterator, Sequence

from exchange.simulation.cast import PLACES, PlannedServer, owners
from exchange.simulation.draw import Draw
from exchange.simulation.dumps import report, serial
from exchange.simulation.founding import digest
from exchange.simulation.intents import Intent, by, clerk, known
from ledger.durations import DAY_NS, HOUR_NS
from ledger.records import Node
from ledger.register import Register

RENEWED_EVERY_DAYS = 75  # a grade is valid for 90 days
WORN_BP = 300  # of the renewed reports show a new corrected remap


def joining(machines: Sequence[PlannedServer], day: int) -> list[PlannedServer]:
    return [machine for machine in machines if machine.join_day == day]


def imports(
    register: Register, draw: Draw, machines: Sequence[PlannedServer], local_ns: int
) -> Iterator[Intent]:
    """Each server's own report, taken an hour ago by its site's clock, with a claim of title."""
    sites = {site.name: site.site for site in register.sites.values()}
    people = owners()
    for machine in machines:
        owner = known(register, people[machine.owner].registration_no)
        if owner is None:
            continue
        raw = report(draw, machine, local_ns - HOUR_NS)
        args = {"site": sites[PLACES[machine.place].name], "claim": True}
        yield by(owner, "import.new", args, raw)


def papers(
    register: Register, draw: Draw, machines: Sequence[PlannedServer], at_ns: int
) -> Iterator[Intent]:
    """What each owner files and compliance then verifies: P1 two papers, P2 one, P0 none."""
    people = owners()
    for machine in machines:
        node = node_of(register, draw, machine)
        owner = known(register, people[machine.owner].registration_no)
        if node is None or owner is None or machine.provenance == "P0":
            continue
        kinds = ("invoice", "customs") if machine.provenance == "P1" else ("invoice",)
        for kind in kinds:
            paper = digest(f"{kind}|{machine.number}")
            args = {
                "unit": node.node,
                "kind": kind,
                "document_sha256": paper,
                "names_serial": kind == "invoice",
                "issued_ns": at_ns - 400 * DAY_NS,
                "from_name": "Distributor",
                "to_party": owner.party,
            }
            yield by(owner, "unit.file_provenance", args)
            checked = {"unit": node.node, "document_sha256": paper}
            yield clerk(register, 1, "unit.verify_provenance", checked)


def renewals(
    register: Register, draw: Draw, machines: Sequence[PlannedServer], day: int, local_ns: int
) -> Iterator[Intent]:
    """A fresh report by the venue's inspector before the grade of a server runs out."""
    for machine in machines:
        age = day - machine.join_day
        if age <= 0 or age % RENEWED_EVERY_DAYS:
            continue
        node = node_of(register, draw, machine)
        if node is None:
            continue
        is_worn = draw.happens(WORN_BP, day, "worn", machine.number)
        raw = report(draw, machine, local_ns - HOUR_NS, is_worn=is_worn)
        intent = clerk(register, 0, "unit.inspect", {"unit": node.units[0]})
        yield Intent(intent.party, intent.principal, intent.op, intent.args, raw)


def node_of(register: Register, draw: Draw, machine: PlannedServer) -> Node | None:
    """The node in which this machine's first card sits, once it is registered."""
    strong_key = ("nvidia", serial(draw, machine, 0), machine.make.board_part_number)
    unit = register.strong_keys.get(strong_key)
    return register.nodes[register.units[unit].node] if unit else None
