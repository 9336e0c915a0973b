"""What stands in a thing's way is told in Chinese to the last word, its nested sentences too."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.orders.deliverables import obstacle_text
from gateway.contract.languages import CHINESE, in_language
from gateway.contract.problem_words import context_of
from ledger.durations import DAY_NS, HOUR_NS, span_text
from ledger.events import KycTierSet
from ledger.refusals import Figure, Reason, Refused, Sentence
from ledger.register import Register
from ledger.rights.hold import must_be_unheld, what_lifts
from ledger.things.gpu_models import CATALOGUE
from ledger.things.market_obstacles import market_lack, what_identity_lacks
from ledger.things.model import apply_model_listed, first_models
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.house.sentences import sentences
from tests.ledger.ground import ground

BOARD, CARDS = "n-0003", "n-0004"  # of `ground`: eight H100, and two single cards
CODES = {model.code for model in CATALOGUE} | {
    board.code for model in CATALOGUE for board in model.boards
}
KNOWN = CODES | {
    "GPU", "UUID", "root", "amd", "nvidia", "huawei", "board_incomplete", "gpu_count_mismatch",
    "strong", "weak", "P0", "P1", "identity", "manual", TITLE, LEASE, "CN-BJ", "H100SXM8.A1",
}  # fmt: skip
OBSTACLES = (
    Reason.not_in_class, Reason.not_the_owner, Reason.evidence_too_weak, Reason.provenance_too_low,
    Reason.on_hold, Reason.not_ready, Reason.leased_beyond, Reason.lease_overlap,
    Reason.holding_period,
)  # fmt: skip
COMMAND = re.compile("`[^`]+`")
ID = re.compile(r"(?<![A-Za-z0-9])[a-z]+-[0-9]+(?![A-Za-z0-9])")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def left_in_english(sentence: str) -> set[str]:
    """Words of a sentence's Chinese that are no ids, models, codes or commands in backticks."""
    told = ID.sub("", COMMAND.sub("", in_language(sentence, CHINESE)))
    return {word.rstrip(".-") for word in WORD.findall(told)} - KNOWN


def said(sentence: Any) -> Iterator[str]:
    """The templates of a sentence and of those within it."""
    if isinstance(sentence, Sentence):
        yield sentence.template
        for value in sentence.values.values():
            yield from said(value)


def listed() -> Register:
    """`ground`, with the release's models listed."""
    register = ground()
    for event in first_models():
        apply_model_listed(register, event, register.moment)
    return register


def changed(register: Register, node: str = BOARD, **members: Any) -> Register:
    """Every unit of a server with these members, and no thing there."""
    for name in [node, *register.nodes[node].units]:
        register.things.pop(name, None)
    for name in register.nodes[node].units:
        for member, value in members.items():
            setattr(register.units[name], member, value)
    return register


def of_two_models() -> Register:
    register = changed(listed())
    register.units["u-000001"].model = "H200SXM"
    return register


def of_three() -> Register:
    register = changed(listed())
    del register.nodes[BOARD].units[3:]
    return register


def board_unlisted() -> Register:
    register = changed(listed())
    del register.models["H100SXM8"]
    return register


LACKS: dict[str, Callable[[], str]] = {
    "unit of a board": lambda: market_lack(ground(), "u-000001"),
    "server of cards": lambda: market_lack(ground(), CARDS),
    "model not listed": lambda: market_lack(changed(listed(), model=""), BOARD),
    "one card's model": lambda: market_lack(changed(listed(), CARDS, model=""), "u-000009"),
    "two models": lambda: market_lack(of_two_models(), BOARD),
    "board not listed": lambda: market_lack(board_unlisted(), BOARD),
    "not shown whole": lambda: market_lack(changed(listed()), BOARD),
    "three of eight": lambda: market_lack(of_three(), BOARD),
    "no board known": lambda: market_lack(changed(listed(), CARDS, model="L40S"), CARDS),
}
WEAK: dict[str, dict[str, Any]] = {
    "two GPUs a serial": {"model": "GB200"},
    "no reader": {"vendor": "huawei"},
    "typed": {},
    "no part number": {"board_part_number": ""},
    "no serial": {"serial": ""},
    "nothing": {"serial": "", "board_part_number": "", "uuid": ""},
    "amd": {"vendor": "amd"},
}


def identity_lack(mixed: bool = False, level: str = "weak", **members: Any) -> str:
    register = listed()
    thing = register.things[BOARD]
    for name in thing.units:
        unit = register.units[name]
        unit.identity, unit.uuid = level, "GPU-0a1b2c3d"  # type: ignore[assignment]
        for member, value in members.items():
            setattr(unit, member, value)
    if mixed:
        register.units[thing.units[-1]].vendor = "huawei"
    return what_identity_lacks(register, thing)


def every_lack() -> dict[str, str]:
    found = {name: make() for name, make in LACKS.items()}
    found |= {name: identity_lack(**members) for name, members in WEAK.items()}
    found["mixed"] = identity_lack(mixed=True)
    found["strong"] = identity_lack(level="strong")
    return found


def test_every_obstacle_is_told_without_a_word_of_english() -> None:
    told = every_lack()

    assert {name: left for name, text in told.items() if (left := left_in_english(text))} == {}
    met = {template for text in told.values() for template in said(text)}
    home = {
        template
        for template, places in sentences().items()
        if any(place.startswith("ledger/things/market_obstacles.py:") for place in places)
    }
    assert home - met == set(), "a sentence that no state here brings"


def test_of_many_names_eight_are_said_and_the_rest_counted() -> None:
    register = changed(listed(), model="")
    register.nodes[BOARD].units += ["u-000009", "u-000010"]
    for name in ("u-000009", "u-000010"):
        del register.things[name]
        register.units[name].model = ""

    told = market_lack(register, BOARD)

    assert "u-000008 and 2 more is not listed here: ask a clerk" in told
    assert "u-000008 等另外 2 个" in in_language(told, CHINESE)
    assert isinstance(told, Sentence)
    assert str(told.context["units"]).endswith("u-000009, u-000010")
    assert left_in_english(told) == set()


@pytest.mark.parametrize("kinds", [["identity"], ["manual"], ["identity", "manual"]])
def test_what_lifts_a_hold_is_told_in_chinese(kinds: list[str]) -> None:
    assert left_in_english(what_lifts(kinds)) == set()
    thing = ground().things[BOARD]
    thing.holds = {f"h-{at}": kind for at, kind in enumerate(kinds)}  # type: ignore[misc]
    with pytest.raises(Refused) as refused:
        must_be_unheld(thing)
    assert left_in_english(refused.value.detail) == set()


def test_the_obstacles_of_an_ask_are_told_in_chinese() -> None:
    floor = Floor()
    register, market = floor.venue.register, floor.market(TITLE)
    (name, *_) = register.things
    thing = register.things[name]
    thing.holds = {"h-1": "identity"}  # type: ignore[dict-item]
    for reason in OBSTACLES:
        told = obstacle_text(register, reason, market, thing)
        assert left_in_english(told) == set(), reason
        assert set(Refused(reason, told).context) <= set(context_of(reason.name)), reason
    thing.owner = ""  # type: ignore[assignment]
    assert left_in_english(obstacle_text(register, Reason.not_the_owner, market, thing)) == set()


@pytest.mark.parametrize(("age_ns", "ask_ticks"), [(HOUR_NS, 0), (8 * DAY_NS, 500)])
def test_what_a_band_lies_around_is_told_in_chinese(age_ns: int, ask_ticks: int) -> None:
    floor = Floor(owners=2, buyers=2, nodes=2)
    if ask_ticks:
        floor.ask(floor.owners[0], 1, ask_ticks)
    market = floor.market(LEASE)
    market.last_ticks, market.last_trade_ns = 1_000, floor.writer.at_ns + 1 - age_ns
    for age in (0, 168):
        assert market.rule is not None
        if ask_ticks and not age:
            continue  # for ever: the last trade counts, not what stands
        market.rule = replace(market.rule, reference_max_age_h=age)
        with pytest.raises(Refused) as refused:
            floor.bid(floor.buyers[0], 1, 90_000)
        assert refused.value.reason is Reason.outside_band
        assert left_in_english(refused.value.detail) == set()


@pytest.mark.parametrize(
    ("market", "tier", "lots", "chinese"),
    [(TITLE, 2, 6, "6 台服务器中只有 5 台在限额之内"), (LEASE, 1, 3, "请减少数量")],
)
def test_a_tiers_limit_is_told_in_chinese_and_its_figures_as_numbers(
    market: str, tier: int, lots: int, chinese: str
) -> None:
    floor = Floor()
    buyer = floor.buyers[0]
    floor.happen(KycTierSet(buyer, tier, "", 0))  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        floor.bid(buyer, lots, 5_000 if market == TITLE else 9_000, market=market)

    no = refused.value
    assert no.reason is Reason.tier_too_low
    assert left_in_english(no.detail) == set()
    assert set(no.context) <= set(context_of("tier_too_low"))
    assert chinese in in_language(no.detail, CHINESE)
    assert type(no.context["limit_minor"]) is type(no.context["amount_minor"]) is int


def test_a_span_is_told_in_both_languages() -> None:
    told = [span_text(each) for each in (3 * DAY_NS, 5 * HOUR_NS, HOUR_NS, 0)]

    assert told == ["3 days", "5 hours", "60 minutes", "0 seconds"]
    assert [each.chinese for each in told] == ["3 天", "5 小时", "60 分钟", "0 秒"]
    assert all(isinstance(each, Figure) for each in told)
