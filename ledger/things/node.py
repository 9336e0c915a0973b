"""Nodes: one server each; a board node moves, sells and leases whole."""

from ledger.events import CustodyMoved, NodeIdentified, NodeRegistered, NodeSiteSet
from ledger.ids import SiteId, advance_counter
from ledger.moment import Moment
from ledger.records import Node
from ledger.register import Register
from ledger.things.site import remember_refusal
from ledger.things.thing import begin_board, move


def apply_node_registered(register: Register, event: NodeRegistered, moment: Moment) -> None:
    """The site's operator has it in hand, and so is its custodian; without a site nobody is."""
    advance_counter(register.counters, event.node)
    node = register.nodes[event.node] = Node(
        node=event.node,
        model=event.model,
        form=event.form,
        chassis_serial=event.chassis_serial,
        site=event.site,
        operator=event.operator,
        custodian=event.operator,
        registrant=event.registrant,
        nvlink=event.nvlink,
        fabric_mbps_per_gpu=event.fabric_mbps_per_gpu,
    )
    if event.chassis_serial:
        register.chassis[event.chassis_serial] = event.node
    if event.model:
        begin_board(register, node)


def apply_node_identified(register: Register, event: NodeIdentified, moment: Moment) -> None:
    node = register.nodes[event.node]
    node.model = event.model
    node.form = event.form
    node.nvlink = event.nvlink
    begin_board(register, node)


def apply_node_site_set(register: Register, event: NodeSiteSet, moment: Moment) -> None:
    node = register.nodes[event.node]
    if event.site:
        register.parties[event.operator].refused_servers.pop(node.node, None)
    else:  # who runs the site where it stood took the word back
        remember_refusal(register, node.operator, [node.node], moment)
    node.operator = node.custodian = event.operator
    _stand_at(register, node, event.site)


def apply_custody_moved(register: Register, event: CustodyMoved, moment: Moment) -> None:
    node = register.nodes[event.node]
    node.custodian = event.to_party
    _stand_at(register, node, event.site)


def _stand_at(register: Register, node: Node, site: SiteId) -> None:
    if site == node.site:
        return
    node.site = site
    for name in (node.node, *node.units):
        if thing := register.things.get(name):
            move(register, thing, site)
