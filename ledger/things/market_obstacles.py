"""Why a registered server or card is not to be titled or offered, and what its holder can do.

One home for these words: title, asks and the inventory say the same. Each names what is so, and a
step that is another than the one just taken.
"""

from collections.abc import Iterable

from ledger.ids import NodeId, ThingId, UnitId, is_node
from ledger.inventory.amd_smi import TAKE
from ledger.records import Node, Thing, Unit
from ledger.refusals import Figure, Sentence, either, sentence_of
from ledger.register import Register
from ledger.things.gpu_models import BOARD_FORMS, CATALOGUE, model_of

_NAMED_MOST = 8
_READ = {"nvidia": "nvidia-smi -q > dump.txt", "amd": TAKE}
LEASED = sentence_of("it may be leased, and has no title here")
ADOPT = sentence_of(
    "ask a clerk of the venue to list it (`gpubourse operator models --me NAME` shows how)"
)


def market_lack(register: Register, name: ThingId) -> str:
    """Why this registered node or unit is no thing of its own, with what to do; "" if unknown."""
    node = register.nodes.get(NodeId(name)) if is_node(name) else None
    unit = register.units.get(UnitId(name))
    if node is None and unit is None:
        return ""
    if unit is not None and unit.node in register.things:
        return sentence_of(
            "{name} sits on the board {node}, which has one title for all its units: name {node}.",
            name=name,
            node=unit.node,
        )
    home = node or register.nodes[unit.node if unit else NodeId(name)]
    units = [register.units[each] for each in home.units]
    cards = [each.unit for each in units if each.unit in register.things]
    if node is not None and cards:
        return sentence_of(
            "{name} is a server of single cards, and each is a lot of its own: name {cards}.",
            name=name,
            cards=_listed(cards),
        )
    lacking = [each for each in ([unit] if unit else units) if not each.model]
    if lacking:
        return sentence_of(
            "{name} has no market, because the model of {units} is not listed here: {step}, then "
            "import its report again.",
            name=name,
            units=_listed(each.unit for each in lacking),
            step=ADOPT,
        )
    return sentence_of(
        "{name} has no market, because {lacking}.",
        name=name,
        lacking=_not_whole(register, home, units),
    )


def others_are_named(register: Register, name: ThingId) -> bool:
    """Whether the thing meant has another name: the board of a unit, or the cards of a server."""
    unit = register.units.get(UnitId(name))
    if unit is not None:
        return unit.node in register.things
    return any(each in register.things for each in register.nodes[NodeId(name)].units)


def what_identity_lacks(register: Register, thing: Thing) -> Sentence:
    """Which units of a thing are not known strongly, why, and what mends it."""
    units = [register.units[name] for name in thing.units]
    weak = [unit for unit in units if unit.identity != "strong"]
    if not weak:
        return sentence_of(
            "take a report that shows serial and board part number of every card, and import it"
        )
    reason = _lack(weak[0])
    alike = [unit.unit for unit in weak if _lack(unit) == reason]
    others = len(weak) - len(alike)
    if not others:
        return sentence_of("{units}: {reason}", units=_listed(alike), reason=reason)
    return sentence_of(
        "{units} ({others} more for another reason): {reason}",
        units=_listed(alike),
        others=others,
        reason=reason,
    )


def _lack(unit: Unit) -> Sentence:
    """What one unit does not show, and the step that would mend it."""
    known = model_of(unit.model)
    take = _READ.get(unit.vendor)
    if known is not None and known.gpus_per_card > 1:
        return sentence_of(
            "the serial is that of a card of {gpus_per_card} GPUs and names none of them; {leased}",
            gpus_per_card=known.gpus_per_card,
            leased=LEASED,
        )
    if take is None:
        return sentence_of(
            "it was typed, and no report of {vendor} is read yet to prove it; {leased}",
            vendor=unit.vendor,
            leased=LEASED,
        )
    again = sentence_of(
        "take the whole report as root on the host, `{take}`, and import it", take=take
    )
    if unit.serial and unit.board_part_number:
        return sentence_of("its serial was typed and no report has shown it: {again}", again=again)
    if unit.serial:
        return sentence_of(
            "no report showed its board part number, without which a serial is not sure: {again}",
            again=again,
        )
    if unit.uuid:
        return sentence_of(
            "no report showed a serial that identifies it: {again}. A card that bears none, as "
            "most for games, stays so: {leased}",
            again=again,
            leased=LEASED,
        )
    return sentence_of("no report showed its serial or its UUID: {again}", again=again)


def _not_whole(register: Register, node: Node, units: list[Unit]) -> Sentence:
    """Why the modules of a node are no board that is sold, and what to do."""
    models = sorted({unit.model for unit in units})
    if len(models) > 1:
        return sentence_of(
            "{node} has modules of several models ({models}), and a board is sold whole: put those "
            "of one model together, and import a fresh report",
            node=node.node,
            models=_listed(models, len(models)),
        )
    sizes = _sizes(register, models[0])
    count = len(units)
    code = sizes.get(count, "")
    if code and code not in register.models:
        return sentence_of(
            "its board {board} is not listed here: {step}, then import its report again",
            board=code,
            step=ADOPT,
        )
    if code:
        return sentence_of(
            "its report does not show that these {count} modules are the whole board {board}: "
            "import a report taken on the host itself now; a remark on that one says which "
            "modules are still missing",
            count=count,
            board=code,
        )
    return sentence_of(
        "{count} of {known} modules are registered, and a board is sold whole: bring the others "
        "into service, take a report on the host that shows them all, and import it",
        count=count,
        known=either(map(str, sizes)) if sizes else "no",
    )


def _sizes(register: Register, code: str) -> dict[int, str]:
    """GPUs a board -> its code, of the family of a unit's model: the release's and the venue's."""
    own = register.models.get(code)
    names = set(own.names) if own is not None else set()
    sizes = {
        model.gpus_per_lot: model.model
        for model in register.models.values()
        if model.is_board and model.form in BOARD_FORMS and names.intersection(model.names)
    }
    known = [board for model in CATALOGUE if model.code == code for board in model.boards]
    found = {board.gpus: board.code for board in known} | sizes
    return dict(sorted(found.items()))


def _listed(names: Iterable[str], most: int = _NAMED_MOST) -> Figure:
    """The names, of many the first *most* and how many more; the value is all of them."""
    every = list(names)
    beyond = max(0, len(every) - most)
    more, more_chinese = (f" and {beyond} more", f" 等另外 {beyond} 个") if beyond else ("", "")
    return Figure(
        ", ".join(every[:most]) + more,
        ", ".join(every),
        "、".join(every[:most]) + more_chinese,
    )
