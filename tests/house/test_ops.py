"""One row per op, whole and alone: whatever the house knows of an op, it reads there."""

import ast
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import exchange.commands
import ledger.commands
from exchange.ops import ENGINE_ACTS, OPS, ROWS
from ledger.caller import Caller
from ledger.commands import Command
from ledger.events import ProposalMade
from ledger.op import COMMAND, NOBODY, ORDER, Op, Rest
from ledger.refusals import Reason, Refused
from tests.exchange.ground import OPENING
from tests.house.advice import advise
from tests.house.sources import Source, sources
from tests.ledger.hall import Hall
from tests.ledger.opened import ALL, digest, kinds
from tests.ledger.things.dumps import real
from tests.signing_keys import public_key

TABLE = ("ledger/ops.py", "exchange/ops.py")
# Who asks, as any client does: they name ops one by one, and several of one kind in a list.
PUBLISHED = (  # what the documents say of requests and results: walked op by op by their tests
    "gateway/contract/previews.py",
    "gateway/contract/taken_values.py",
)
CALLERS = ("gateway/cli/", "gpubourse/", "gateway/demo/", "exchange/simulation/")
TAKES_TWO = [name for name, op in OPS.items() if op.second is not NOBODY]


def commands() -> set[type[Command]]:
    """Every command that the two buildings declare."""
    return {
        thing
        for module in (ledger.commands, exchange.commands)
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Command) and thing is not Command
    }


# --- whole


def test_every_command_has_one_row_and_every_row_its_own_command() -> None:
    named = [row.command for row in ROWS.values()]
    assert set(named) == commands()
    assert len(named) == len(set(named))


def test_a_row_that_lacks_a_member_cannot_be_made() -> None:
    whole = OPS["order.new"]
    members = {each.name: getattr(whole, each.name) for each in dataclasses.fields(whole)}
    due = [each.name for each in dataclasses.fields(Op) if _is_due(each)]

    assert {"command", "decide", "scopes", "second", "pace", "brings", "route", "reply"} == set(due)
    for name in due:
        lacking = {member: value for member, value in members.items() if member != name}
        with pytest.raises(TypeError, match=name):
            Op(**lacking)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"scopes": ()},
        {"scopes": ("trader",)},
        {"second": None},
        {"second": "operate"},
        {"rated_by": None},
        {"pace": COMMAND},
        {"brings": ()},
        {"reply": dataclasses.replace(OPS["order.new"].reply, results={})},
    ],
)
def test_a_row_that_leaves_something_open_cannot_be_made(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="PlaceOrder"):
        dataclasses.replace(OPS["order.new"], **spoilt)


def test_a_path_and_a_location_name_members_that_are_there() -> None:
    for name, op in OPS.items():
        if isinstance(op.route, Rest):
            parts = _parts(op.route.path)
            assert parts <= set(op.command.__struct_fields__), name
        if op.reply.location:
            assert op.reply.status == 201, name


def _is_due(member: "dataclasses.Field[Any]") -> bool:
    missing = dataclasses.MISSING
    return member.default is missing and member.default_factory is missing


def _parts(path: str) -> set[str]:
    return {part[1:-1] for part in path.split("/") if part.startswith("{")}


# --- four eyes: what is marked for a second signature, nobody does alone


def _raised(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    party = hall.let_in("91-A", "owner").party
    return hall.clerk, {"party": party, "kyc_tier": 3}


def _model(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    named = {"model": "H999", "vendor": "nvidia", "form": "pcie", "gpus_per_lot": 1}
    known = {"memory_mib": 1, "tdp_w": 1, "tpp": 1, "has_ecc": True, "has_mig": False}
    return hall.clerk, {**named, **known, "names": ["NVIDIA H999"]}


def _models(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    del hall.register.models["L20"]  # as if it had opened before the release that knows it
    return hall.clerk, {"models": ["L20"]}


def _clerks_key(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    keys = {"holder_sha256": digest("friend"), "public_key": public_key("friend's key")}
    return hall.clerk, {"party": "p-0001", "scopes": ["operate"], **keys}


def _role(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    return hall.clerk, {"party": hall.let_in("91-A").party, "role": "custodian"}


def _role_lost(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    return hall.clerk, {"party": hall.let_in("91-A", "owner").party, "role": "owner"}


def _reinstated(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    party = hall.let_in("91-A").party
    hall.do(hall.clerk, "party.suspend", party=party, reason="papers")
    return hall.clerk, {"party": party, "reason": "cleared"}


def _title(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", real("nvidia-smi-q_H100SXMx8.txt"), site=site)
    hall.papers(seller, "n-0001")
    return seller, {"things": ["n-0001"]}


def _node_site(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    owner, own_site = hall.owner("91-A")
    _, site = hall.owner("91-B")
    hall.do(owner, "import.new", real("nvidia-smi-q_H100SXMx8.txt"), site=own_site)
    return owner, {"nodes": ["n-0001"], "site": site}


def _withdrawal(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    owner = hall.let_in("91-A", "owner")
    hall.pay_in(owner, 300_000_000)
    return owner, {"amount_minor": 200_000_000}


def _link(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    owner, owned = hall.let_in("91-A", "owner"), hall.let_in("91-B", "owner")
    return owner, {"owner": owner.party, "owned": owned.party, "share_bp": 5_000}


def _rule(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    return hall.clerk, {"rule": "failed", "value": 1, "from_ns": 0}


def _instrument(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    return hall.clerk, {"market": "T.H100SXM8.A1.CN-BJ"}


def _deposit_back(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    owner = hall.let_in("91-A", "owner")
    args: dict[str, Any] = {"party": owner.party, "amount_minor": 7, "reference": "bank-9"}
    hall.do(hall.clerk, "deposit.new", **args)
    return hall.clerk, args | {"reason": "of another party"}


def _log_loss(hall: Hall) -> tuple[Caller, dict[str, Any]]:
    origin, digest = f"gpubourse/cn-1/{'a' * 16}", "A" * 43
    args: dict[str, Any] = {"origin": origin, "size": 9, "root_sha256": digest}
    return hall.clerk, args | {"journal_position": 1, "journal_chain": digest, "reason": "a disk"}


# The scene in which each op takes two: who asks first, and for what.
SCENES: dict[str, Callable[[Hall], tuple[Caller, dict[str, Any]]]] = {
    "party.tier": _raised,
    "model.new": _model,
    "model.adopt": _models,
    "principal.enrol": _clerks_key,
    "party.grant_role": _role,
    "party.revoke_role": _role_lost,
    "party.reinstate": _reinstated,
    "party.declare_ownership": _link,
    "title.issue": _title,
    "deposit.reverse": _deposit_back,
    "log.accept_loss": _log_loss,
    "withdrawal.new": _withdrawal,
    "node.site": _node_site,
    "rule.new": _rule,
    "instrument.new": _instrument,
}


def test_what_takes_two_is_known_by_name() -> None:
    assert sorted(TAKES_TWO) == sorted(SCENES)


@pytest.mark.parametrize("name", TAKES_TWO)
def test_one_person_alone_does_nothing_that_takes_two(name: str) -> None:
    hall = Hall()
    caller, args = SCENES[name](hall)
    before = len(hall.register.proposals)

    events = hall.do(caller, name, **args)

    assert kinds(events) == ["ProposalMade"]
    assert len(hall.register.proposals) == before + 1
    [proposal] = [each.proposal for each in events if isinstance(each, ProposalMade)]
    everything = Caller(party=caller.party, principal=caller.principal, scopes=ALL)
    with pytest.raises(Refused) as refused:
        hall.do(everything, "proposal.approve", proposal=proposal)
    assert refused.value.reason in {
        Reason.same_holder,
        Reason.scope_missing,
        Reason.not_your_party,
    }


@pytest.mark.parametrize("name", TAKES_TWO)
def test_the_second_person_brings_it_about_and_its_facts_speak(name: str) -> None:
    hall = Hall()
    caller, args = SCENES[name](hall)
    needs = hall.do(caller, name, **args)[0]
    assert isinstance(needs, ProposalMade)
    if needs.needs[0].startswith("party:"):
        party = needs.needs[0].removeprefix("party:")
        second = hall.key(party, "partner", OPS[name].scopes)
    else:
        second = hall.second

    events = hall.do(second, "proposal.approve", proposal=needs.proposal)

    assert hall.answer["state"] == "approved"
    assert hall.answer["outcome"]
    assert {type(event) for event in events} & set(OPS[name].reply.results)


def test_no_caller_does_what_is_the_engines_own() -> None:
    hall = Hall()
    asked: dict[str, dict[str, Any]] = {
        "venue.open": OPENING,
        "line.end": {"party": "p-0001", "lines": ["a line"]},
        "state.attest": {"form": 2, "upto_position": 1, "root": "A" * 43},
    }

    assert set(asked) == set(ENGINE_ACTS)
    for name, args in asked.items():
        assert "engine's own" in hall.refused(Reason.scope_missing, hall.clerk, name, **args)


# --- alone: no second table


def test_no_table_keyed_by_op_stands_outside_the_one() -> None:
    wrong = [
        f"{source.path}:{line}: {', '.join(sorted(found))}"
        for source in _insiders()
        for line, found in _groups(source)
        if len(found) > 1
    ]
    assert not wrong, advise(wrong, "let the op's row say it, and read it there")


def test_no_ladder_asks_a_command_for_its_type() -> None:
    named = {kind.__name__ for kind in commands()}
    wrong = [
        f"{source.path}:{node.lineno}: {ast.unparse(node)}"
        for source in _insiders()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "isinstance"
        and _names(node.args[1]) & named
        and source.path != "exchange/engine/dry_run.py"  # it asserts, and asks nothing
    ]
    assert not wrong, advise(wrong, "let the op's row bring what differs between commands")


def test_no_family_of_ops_is_told_by_the_beginning_of_its_name() -> None:
    families = {f"{name.split('.')[0]}." for name in ROWS}
    wrong = [
        f"{source.path}:{node.lineno}: {node.value!r}"
        for source in _insiders()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in families
    ]
    assert not wrong, advise(wrong, "let each op's row say it: its pace, its route, its signature")


def _insiders() -> Iterator[Source]:
    for source in sources():
        if source.path not in (*TABLE, *PUBLISHED) and not source.path.startswith(CALLERS):
            yield source


def _groups(source: Source) -> Iterator[tuple[int, set[str]]]:
    """The ops or commands that stand together in one table, list or set of a file."""
    kinds_of = {kind.__name__ for kind in commands()}
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Dict | ast.Set | ast.List | ast.Tuple):
            continue
        members = node.keys if isinstance(node, ast.Dict) else node.elts
        texts = {each.value for each in members if isinstance(each, ast.Constant)} & set(ROWS)
        named = {name for each in members if each is not None for name in _names(each)} & kinds_of
        yield node.lineno, {str(text) for text in texts} | named


def _names(node: ast.expr) -> set[str]:
    """The plain names of an expression's alternatives: `A`, `m.A`, `A | B`, `(A, B)`."""
    if isinstance(node, ast.BinOp):
        return _names(node.left) | _names(node.right)
    if isinstance(node, ast.Tuple):
        return {name for each in node.elts for name in _names(each)}
    if isinstance(node, ast.Attribute):
        return {node.attr}
    return {node.id} if isinstance(node, ast.Name) else set()


def test_an_order_alone_counts_against_a_markets_rate() -> None:
    assert {name for name, op in OPS.items() if op.rated_by} == {
        name for name, op in OPS.items() if op.pace is ORDER
    }
