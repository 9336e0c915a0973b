"""Sites: where things stand, who runs the place, and at which delivery point it trades."""

from collections.abc import Iterable

from ledger.caller import Caller
from ledger.commands import RegisterSite, SetSiteStatus
from ledger.events import Event, SiteRegistered, SiteStatusSet
from ledger.ids import NodeId, PartyId, SiteId, advance_counter
from ledger.moment import Moment
from ledger.offices import must_be_own_or_clerk, must_hold
from ledger.records import Node, Site
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register

# status -> the statuses that may follow; the same one may be said again with new figures
STATUSES: dict[str, tuple[str, ...]] = {
    "announced": ("announced", "building", "live", "failed", "closed"),
    "building": ("building", "live", "idle", "failed", "closed"),
    "live": ("live", "idle", "failed", "closed"),
    "idle": ("idle", "live", "failed", "closed"),
    "failed": ("failed", "building", "live", "idle", "closed"),
    "closed": (),
}
OPEN_FOR_IMPORT = ("announced", "building", "live", "idle")


def register_site(
    register: Register, command: RegisterSite, caller: Caller, moment: Moment
) -> list[Event]:
    """A place with one operator: the caller's party by default, and unless a clerk registers it."""
    _must_be_a_status(command.status)
    operator = command.operator or caller.party
    must_be_own_or_clerk(register, caller, operator)
    if "operator" not in register.party(operator).roles:
        raise Refused(
            Reason.role_missing,
            sentence_of(
                "A site is run by a party with the role operator, which {operator} "
                "does not have: ask the venue's clerks to grant it.",
                operator=operator,
            ),
        )
    return [
        SiteRegistered(
            site=register.numbers().next(SiteId),
            name=command.name,
            operator=operator,
            delivery_point=command.delivery_point,
            status=command.status,
            lat_e6=command.lat_e6,
            lon_e6=command.lon_e6,
            power_w=command.power_w,
            pue_bp=command.pue_bp,
            tariff_millis_per_kwh=command.tariff_millis_per_kwh,
            uplink_mbps=command.uplink_mbps,
            latency_us=dict(command.latency_us),
        )
    ]


def apply_site_registered(register: Register, event: SiteRegistered, moment: Moment) -> None:
    advance_counter(register.counters, event.site)
    register.sites[event.site] = Site(
        site=event.site,
        name=event.name,
        operator=event.operator,
        delivery_point=event.delivery_point,
        status=event.status,
        zone=register.zone,
    )


def set_site_status(
    register: Register, command: SetSiteStatus, caller: Caller, moment: Moment
) -> list[Event]:
    """Say how far a site is: by its operator, or by a clerk."""
    _must_be_a_status(command.status)
    site = find_site(register, command.site)
    if caller.party != site.operator:
        must_hold(register, caller, "clerk")
    if command.status not in STATUSES[site.status]:
        may = ", ".join(STATUSES[site.status]) or "nothing any more"
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{site} is {status}, and cannot become {command_status}: it can become {may}.",
                site=site.site,
                status=site.status,
                command_status=command.status,
                may=may,
            ),
        )
    return [
        SiteStatusSet(
            site=site.site,
            status=command.status,
            gpus_planned=command.gpus_planned,
            evidence_sha256=command.evidence_sha256,
        )
    ]


def apply_site_status_set(register: Register, event: SiteStatusSet, moment: Moment) -> None:
    register.sites[event.site].status = event.status


def remember_refusal(
    register: Register, operator: PartyId, nodes: Iterable[NodeId], moment: Moment
) -> None:
    """Servers of which who runs a site says that they do not stand there; what lapsed is let go."""
    since_ns = moment.at_ns - register.rules.value("proposal", moment.at_ns)
    party = register.parties[operator]
    standing = {node: at_ns for node, at_ns in party.refused_servers.items() if at_ns > since_ns}
    party.refused_servers = standing | dict.fromkeys(nodes, moment.at_ns)


def find_site(register: Register, site: SiteId) -> Site:
    """The site of this id; refuses `unknown_site`."""
    found = register.sites.get(site)
    if found is None:
        raise Refused(
            Reason.unknown_site,
            sentence_of("There is no site {site}: register it first.", site=site),
        )
    return found


def site_of(register: Register, node: Node) -> Site:
    """Where a server stands; refuses `wrong_state` one whose site's operator has not agreed."""
    if not node.site:
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{node} stands at no site: the operator of the site that was named has not agreed, "
                "or took its word back. Wait for it, or name a site "
                "(`gpubourse operator node-site {node} --site SITE --me NAME`).",
                node=node.node,
            ),
        )
    return register.sites[node.site]


def must_take_servers(site: Site) -> None:
    """Refuse `wrong_state` a site where nothing is placed."""
    if site.status not in OPEN_FOR_IMPORT:
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{site} is {status}: nothing is placed there. Name another site.",
                site=site.site,
                status=site.status,
            ),
        )


def _must_be_a_status(status: str) -> None:
    if status not in STATUSES:
        raise Refused(
            Reason.bad_field,
            sentence_of("A site is one of: {statuses}.", statuses=", ".join(STATUSES)),
            field="/status",
        )
