"""`audit orphans`: what stands at a position without the thing, person or act that it rests on.

Two sorts are told apart. What is *broken* names something that is not there: no rule could have
left it, and the verb fails. What is *loose* is lawful and wants looking after: a server whose site
is not agreed, a thing that nobody holds title to, an owner without a key, a file that nothing
names. Batches without a command, and commands without a batch, are `audit verify`'s to find.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, NamedTuple, TypedDict

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.audit.signed_commands import SIGNATURE_BYTES, document_of
from ledger.audit.state_at import ReplayFailed
from ledger.authority.scopes_in_force import end_in_words
from ledger.base64url import text64
from ledger.cash.accounts import amount_text
from ledger.fold import State
from ledger.ids import AccountName, PartyId
from ledger.journal.protocol import Journal
from ledger.moment import Moment
from ledger.register import Register

KEPT_FILES: Final = "files that nothing names"


class Orphan(TypedDict):
    rule: str
    subject: str
    lacks: str  # what is not there, in words
    is_broken: bool  # False: lawful, and loose


class Orphans(TypedDict):
    """What `audit orphans` prints; exit 6 if any is broken."""

    position: int
    at_ns: int
    rules: list[str]  # what was looked for
    orphans: list[Orphan]


Found = Iterator[tuple[str, str]]  # subject, what it lacks


class OrphanRule(NamedTuple):
    name: str
    is_broken: bool
    find: Callable[[Register, int], Found]  # of the state at an instant


def unknown_owners(register: Register, at_ns: int) -> Found:
    for thing in register.things.values():
        if thing.owner and thing.owner not in register.parties:
            yield thing.thing, f"its holder {thing.owner} is no party"


def unknown_places(register: Register, at_ns: int) -> Found:
    for unit in register.units.values():
        if unit.node not in register.nodes:
            yield unit.unit, f"its server {unit.node or '-'} is not registered"
    for node in register.nodes.values():
        if node.site and node.site not in register.sites:
            yield node.node, f"its site {node.site} is not registered"
    for site in register.sites.values():
        if site.operator not in register.parties:
            yield site.site, f"its operator {site.operator} is no party"


def unknown_lease_parts(register: Register, at_ns: int) -> Found:
    for lease in register.leases.values():
        for thing in lease.things:
            if thing not in register.things:
                yield lease.lease, f"what it lets, {thing}, is not registered"
        for side in (lease.lessor, lease.lessee, lease.payee.partition("/")[0]):
            if side not in register.parties:
                yield lease.lease, f"its side {side} is no party"


def unsecured_leases(register: Register, at_ns: int) -> Found:
    for lease in register.leases.values():
        account = f"{lease.lessee}/deposit/{lease.lease}"
        held_minor = register.accounts.get(AccountName(account), 0)
        if held_minor != lease.deposit_minor:
            due, held = (
                amount_text(register, minor) for minor in (lease.deposit_minor, held_minor)
            )
            yield lease.lease, f"its security of {due} is {held} in {account}"


def unknown_settlements(register: Register, at_ns: int) -> Found:
    for thing in register.things.values():
        if thing.settlement and thing.settlement not in register.settlements:
            yield thing.thing, f"it is held for {thing.settlement}, which is not open"
    for settlement in register.settlements.values():
        for side in (settlement.seller, settlement.buyer):
            if side not in register.parties:
                yield settlement.settlement, f"its side {side} is no party"


def unknown_account_owners(register: Register, at_ns: int) -> Found:
    """An account whose owner, settlement, lease or payment is not there."""
    rests_on: dict[str, Collection[str]] = {
        "escrow": register.settlements,
        "rent_escrow": register.leases,
        "deposit": register.leases,
        "withdrawing": register.payments,
    }
    for account in register.accounts:
        owner, _, rest = account.partition("/")
        kind, _, reference = rest.partition("/")
        if owner != register.venue and owner not in register.parties:
            yield f"account/{account}", f"its owner {owner} is no party"
        elif kind in rests_on and reference not in rests_on[kind]:
            yield f"account/{account}", f"{reference} is over, or never was"


def unknown_principals(register: Register, at_ns: int) -> Found:
    for principal in register.principals.values():
        if principal.party not in register.parties:
            yield principal.principal, f"it acts for {principal.party}, which is no party"
    for proposal in register.proposals.values():
        if proposal.principal not in register.principals:
            yield proposal.proposal, f"its proposer {proposal.principal} has no key"


def unplaced(register: Register, at_ns: int) -> Found:
    for node in register.nodes.values():
        if not node.site:
            yield node.node, "no operator has agreed to its site"


def untitled(register: Register, at_ns: int) -> Found:
    titled = {unit for thing in register.things.values() if thing.owner for unit in thing.units}
    for thing in register.things.values():
        if not thing.owner:
            yield thing.thing, "nobody holds title to it"
    for unit in register.units.values():
        is_thing = unit.unit in register.things or unit.node in register.things
        if unit.unit not in titled and not is_thing:
            yield unit.unit, "nobody holds title to it, and it is no thing that could be titled"


def keyless(register: Register, at_ns: int) -> Found:
    """Who owns or has something and can sign nothing: no key of theirs is in force."""
    having = {thing.owner for thing in register.things.values() if thing.owner}
    having |= {PartyId(account.partition("/")[0]) for account in register.accounts}
    for name in sorted(having):
        party = register.parties.get(name)
        if party is None:
            continue
        principals = (register.principals[each] for each in party.principals)
        if all(end_in_words(principal, at_ns) for principal in principals):
            yield name, "it owns things or has cash, and no key of it is in force"


def keyless_proposals(register: Register, at_ns: int) -> Found:
    for proposal in register.proposals.values():
        principal = register.principals.get(proposal.principal)
        ended = end_in_words(principal, at_ns) if principal is not None else ""
        if ended:
            yield proposal.proposal, f"its proposer's key {proposal.principal} {ended}"


RULES: Final = (
    OrphanRule("holder of title", True, unknown_owners),
    OrphanRule("server, site, operator", True, unknown_places),
    OrphanRule("lease: thing and sides", True, unknown_lease_parts),
    OrphanRule("lease: security", True, unsecured_leases),
    OrphanRule("settlement", True, unknown_settlements),
    OrphanRule("account: owner and ground", True, unknown_account_owners),
    OrphanRule("key and proposal: whose", True, unknown_principals),
    OrphanRule("site not agreed", False, unplaced),
    OrphanRule("no title", False, untitled),
    OrphanRule("owner without a key", False, keyless),
    OrphanRule("proposal without a key", False, keyless_proposals),
)


def orphans(
    journal: Journal,
    folding: AuditFold[State],
    upto: int,
    progress: Progress = no_progress,
    *,
    with_files: bool = False,
) -> Orphans:
    """What stands alone at a position; *with_files*: also among files, now. Raises ReplayFailed."""
    kept = journal.kept_hashes() if with_files else {}  # first: beside a living venue more come
    state, moment, named = _folded(journal, folding, upto, progress)
    at_ns = moment.at_ns
    found = [
        Orphan(rule=rule.name, subject=subject, lacks=lacks, is_broken=rule.is_broken)
        for rule in RULES
        for subject, lacks in rule.find(state.register, at_ns)
    ]
    found += [
        Orphan(rule=name, subject=subject, lacks=lacks, is_broken=True)
        for name, subject, lacks in folding.orphans(state)
    ]
    names = [rule.name for rule in RULES] + [*folding.orphan_rules]
    if with_files:
        names.append(KEPT_FILES)
        found += _unnamed(journal, kept, {*named, *_named_behind(journal, folding, upto)})
    return Orphans(position=moment.position, at_ns=at_ns, rules=names, orphans=found)


def _folded(
    journal: Journal, folding: AuditFold[State], upto: int, progress: Progress
) -> tuple[State, Moment, set[str]]:
    """The state at a position, and each file that an event named on the way."""
    state, moment = folding.fold.begin(), Moment()
    named: set[str] = set()
    for row in rows_upto(journal, upto, progress):
        event = folding.codec.decode(row)
        if report := getattr(event, "report_sha256", ""):
            named.add(report)
        try:
            folding.fold.add(state, event, row.position, moment)
        except BROKEN as error:
            words = f"position {row.position} ({row.topic}) does not fold: {error}"
            raise ReplayFailed(words) from error
    return state, moment, named


def _named_behind(journal: Journal, folding: AuditFold[State], upto: int) -> Iterator[str]:
    """Files that events named since."""
    for row in journal.read(upto):
        yield getattr(folding.codec.decode(row), "report_sha256", "")


def _is_logon(raw: bytes | None) -> bool:
    """A log-on is kept before anything rides on it, and need not be ridden on."""
    document = document_of(raw[: -SIGNATURE_BYTES - 1]) if raw is not None else None
    return document is not None and document.get("op") == "logon"


def _unnamed(journal: Journal, kept: Iterable[bytes], named: Iterable[str]) -> Iterator[Orphan]:
    """Files that are kept and that neither an event nor a command's session names."""
    known = {*named, *(row.session for row in journal.read_commands())}
    for digest in sorted(kept):
        name = text64(digest)
        if name not in known and not _is_logon(journal.kept(digest)):
            yield Orphan(
                rule=KEPT_FILES,
                subject=f"report/{name}",
                lacks="no event and no command names it: what brought it was never written",
                is_broken=False,
            )
