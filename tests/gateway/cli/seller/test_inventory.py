"""`inventory`: each thing that has a title of its own, over every kind of machine we know."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.exit_codes import NOT_FOUND
from gateway.cli.seller.inventory import single_cards, stands_in, whole_nodes
from gateway.cli.venue_caller import VenueCaller
from ledger.things.gpu_models import CATALOGUE, ModelFacts, node_kind
from tests.gateway.cli.lines import document, said
from tests.gateway.cli.served import Served

OWNER = "p-0002"
UNTITLED = "no title yet"
Rows = list[dict[str, Any]]


def machine(model: ModelFacts, number: int, owner: str) -> tuple[dict[str, Any], Rows]:
    """A node of a model and its units, as `/v1/nodes` and `/v1/units` tell them."""
    count = model.boards[-1].gpus if model.is_board else 2
    kind = node_kind([model] * count)
    place = {"site": "s-0001", "delivery_point": "CN-BJ"}
    known = {"grade": "A", "provenance": "P1", "state": "ready", "identity": "strong", **place}
    known |= {"holds": [], "form": kind.form}
    node = {
        "node": f"n-{number:04d}",
        "model": kind.model,
        "asset_class": f"{kind.model}.A1" if kind.model else "",
        "gpus": count,
        "owner": owner if kind.model else "",  # of a card the unit has the title
        "chassis_serial": "",
        **known,
    }
    units = [
        {"unit": f"u-{number:04d}{slot:02d}", "node": node["node"], "model": model.code,
         "owner": owner, "slot": slot, "serial": f"16544230{slot:02d}", **known}
        for slot in range(count)
    ]  # fmt: skip
    return node, units


def listed(
    monkeypatch: pytest.MonkeyPatch,
    served: Served,
    nodes: Rows,
    units: Rows,
    holdings: Sequence[dict[str, Any]] = (),
) -> str:
    """What the verb prints of these."""
    told = {"/v1/nodes": nodes, "/v1/units": units, "/v1/holdings": [*holdings], "/v1/markets": []}
    told["/v1/proposals"] = []

    def rows(_: VenueCaller, path: str, **terms: Any) -> Iterator[dict[str, Any]]:
        return iter(told[path])

    monkeypatch.setattr(VenueCaller, "rows", rows)
    monkeypatch.setattr("gateway.cli.seller.inventory._write_ended", lambda _: None)
    monkeypatch.setattr("gateway.cli.seller.inventory.write_untitled", lambda *_: None)
    return served.line("inventory", me="seller").output


# One of each shape: what differs among the others are figures.
SHAPES = {(model.form, model.vendor, len(model.boards)): model for model in CATALOGUE}


@pytest.mark.parametrize("model", SHAPES.values(), ids=lambda model: model.code)
def test_a_machine_is_listed_by_what_has_its_title(
    model: ModelFacts, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in (OWNER, ""):
        node, units = machine(model, 7, owner)
        told = listed(monkeypatch, served, [node], units)
        things = [node["node"]] if model.is_board else [unit["unit"] for unit in units]
        lines = [line for line in told.splitlines() if " s-0001 CN-BJ " in line]
        assert [line.split()[0] for line in lines] == things
        for line in lines:
            assert f" {model.lot_codes[-1]}.A1 " in line
            assert (UNTITLED in line) == (not owner)
            assert (OWNER in line) == bool(owner)


def test_a_server_is_known_again_by_a_serial_and_a_card_by_its_node(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, cards = machine(next(each for each in CATALOGUE if each.is_board), 7, OWNER)
    cards[0]["state"] = "retired"
    loose, singles = machine(next(each for each in CATALOGUE if not each.is_board), 8, OWNER)

    told = listed(monkeypatch, served, [board, loose], [*reversed(cards), *singles])

    rows = {line.split()[0]: line.split()[1:5] for line in told.splitlines()[1:]}
    assert rows["n-0007"][:3] == ["n-0007", "card", "1654423001"], "the first that still sits there"
    assert rows["u-000801"][:2] == ["n-0008", "1654423001"]
    board["chassis_serial"] = "J900ABCD"
    told = listed(monkeypatch, served, [board], cards)
    assert told.splitlines()[1].split()[:3] == ["n-0007", "n-0007", "J900ABCD"]


def test_a_card_bought_in_anothers_node_is_listed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its node is not for the buyer to see."""
    card = next(model for model in CATALOGUE if not model.is_board)
    _, units = machine(card, 7, OWNER)
    assert units[0]["unit"] in listed(monkeypatch, served, [], units[:1])


def test_a_retired_card_is_not_listed() -> None:
    card = next(model for model in CATALOGUE if not model.is_board)
    node, units = machine(card, 7, OWNER)
    units[0]["state"] = "retired"
    assert single_cards([node], units) == units[1:]
    assert whole_nodes([node]) == []


def test_the_document_has_the_cards_too(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    card = next(model for model in CATALOGUE if not model.is_board)
    node, units = machine(card, 7, OWNER)
    listed(monkeypatch, served, [node], units)
    env = {"GPUBOURSE_VENUE": served.town.url, "GPUBOURSE_DATA": str(served.data)}
    told = document(said("inventory", "--me", "seller", "--json", env=env))
    assert (told["rows"], told["units"]) == ([node], units)


def test_a_thing_shows_every_month_that_it_is_offered_and_let_for(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease that is agreed and has not begun is no idle thing."""
    node, units = machine(next(model for model in CATALOGUE if model.is_board), 7, OWNER)
    asks = [f"o-00000{number}" for number in range(2, 6)]
    held = {"thing": "n-0007", "orders": asks, "settlement": None, "leases": ["l-000001"]}

    told = listed(monkeypatch, served, [node], units, [held])

    assert "offered o-000002, o-000003, o-000004 and 1 more, let l-000001" in told
    assert stands_in(held) == {"offered": asks, "sold": [], "let": ["l-000001"]}


def test_who_offers_a_card_of_a_board_is_given_the_same_line_with_its_node(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, units = machine(next(model for model in CATALOGUE if model.is_board), 7, OWNER)
    card = units[3]["unit"]
    read = VenueCaller.get

    def get(caller: VenueCaller, path: str, **terms: Any) -> Any:
        found = {f"/v1/units/{card}": units[3], f"/v1/nodes/{node['node']}": node}.get(path)
        return read(caller, path, **terms) if found is None else {"result": found}

    monkeypatch.setattr(VenueCaller, "get", get)
    terms = ("--price", "103500", "--label", "all of it")
    refused = served.line("sell", card.upper(), *terms, me="seller", code=NOT_FOUND)

    assert f"{card} is a card of {node['node']}" in refused.output
    line = shlex.join(["gpubourse", "sell", node["node"], *terms, "--me", "seller"])
    assert line in refused.output
