"""The page's arithmetic, book and signatures against the figures of the wire's own documents."""

from typing import Any

import pytest
from playwright.async_api import Page

from gateway.access import signed_documents
from gateway.cli.exit_codes import VerbFailed
from gateway.cli.figures import amount_minor
from gateway.cli.offices.keyring import CODE_LENGTH
from gpubourse import documents
from gpubourse.book_copy import checksum
from tests.browser.test_outbox_sources import ops_that_may_wait

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TITLE = {
    "kind": "title",
    "tick_minor": 10_000,
    "lot_size": 8,
    "deposit_bp": 0,
    "fee_bp": {side: {"maker": 0, "taker": 10, "flat": 5} for side in ("bid", "ask")},
}
NOVEMBER = {**TITLE, "kind": "lease", "tick_minor": 1, "lot_size": 5_760, "deposit_bp": 2_500}
DECEMBER = {**NOVEMBER, "lot_size": 5_952}
DOCUMENT = {
    "args": {
        "lots": 3,
        "market": "T.H100SXM8.A1.CN-BJ",
        "price_ticks": 1035,
        "side": "bid",
        "time_in_force": "gtc",
        "type": "limit",
    },
    "issued_ns": "1796090400000000000",
    "key": "01a22f54-8d00-7a10-8000-000000000001",
    "op": "order.new",
    "party": "p-0042",
    "principal": "k-0107",
    "v": 1,
    "valid_ms": 5000,
    "venue": "cn-1",
}


async def told(page: Page, module: str, script: str, *args: Any) -> Any:
    """What a script gives that sees a module as `m` and its arguments as `a`; BigInts as text."""
    return await page.evaluate(
        f"""async (a) => {{
          const m = await import("/core/{module}.js");
          const plain = (_, value) => typeof value === "bigint" ? String(value) : value;
          const answer = await ({script});
          return answer === undefined ? null : JSON.parse(JSON.stringify(answer, plain));
        }}""",
        list(args),
    )


async def test_a_trade_costs_what_the_rules_say(modules: Page) -> None:
    # EXCHANGE 1: 1,035 ticks of a title, 1,302 of two lease months
    notional = "m.notional(...a)"

    assert await told(modules, "exact", notional, TITLE, 1035, 1) == "82800000"
    assert await told(modules, "exact", notional, NOVEMBER, 1302, 1) == "7499520"
    assert await told(modules, "exact", notional, DECEMBER, 1302, 1) == "7749504"


async def test_no_bid_passes_the_rent_that_was_typed_and_no_ask_falls_short(modules: Page) -> None:
    # EXCHANGE 1: typed 75,000.00 yuan is 1,302.08 fen, so a bid of 1,302 and an ask of 1,303
    script = 'm.ticksOf(a[0], BigInt(a[1]), "lot", a[2])'

    for minor, bid, ask, is_rounded in (
        (7_500_000, "1302", "1303", True),
        (1302 * 5_760, "1302", "1302", False),
        (1302 * 5_760 - 1, "1301", "1302", True),
        (1, "0", "1", True),  # a bid of nothing: the ticket says that it is too fine
    ):
        for side, ticks in (("bid", bid), ("ask", ask)):
            told_of = await told(modules, "exact", script, NOVEMBER, str(minor), side)
            assert told_of == {"ticks": ticks, "isRounded": is_rounded}


async def test_a_title_off_its_tick_has_no_price(modules: Page) -> None:
    script = 'm.ticksOf(a[0], BigInt(a[1]), "unit")'

    assert await told(modules, "exact", script, TITLE, "10350000") == {
        "ticks": "1035",
        "isRounded": False,
    }
    assert (await told(modules, "exact", script, TITLE, "10355000"))["ticks"] is None


AMOUNTS = {  # as typed: as minor units, None where it is none or too fine
    "103500": 10_350_000,
    "１０３，５００．５": 10_350_050,
    "103,500.50": 10_350_050,
    " 0.01 ": 1,
    ".5": 50,
    "7万": 7_000_000,
    "７.５万": 7_500_000,
    "7.25 万元": 7_250_000,
    "70000元": 7_000_000,
    "￥70,000": 7_000_000,
    "70,000 yuan": 7_000_000,
    "70k": 7_000_000,
    "1.2亿": 12_000_000_000,
    "0.0001万": 100,
    "0.001": None,
    "1.0000001万": None,
    "1,5": None,  # a decimal comma is no separator of thousands
    "1e5": None,
    "万": None,
    "-5": None,
    "": None,
}


def by_the_terminal(typed: str) -> int | None:
    try:
        return amount_minor(typed)
    except VerbFailed:
        return None


async def test_an_amount_is_read_exactly_or_not_at_all_as_the_terminal_reads_it(
    modules: Page,
) -> None:
    told_of = await told(modules, "exact", "a.map((each) => m.minor(m.amount(each)))", *AMOUNTS)
    here = {typed: minor and int(minor) for typed, minor in zip(AMOUNTS, told_of, strict=True)}

    assert here == AMOUNTS
    assert {typed: by_the_terminal(typed) for typed in AMOUNTS} == AMOUNTS


async def test_an_invitation_is_found_in_whatever_was_handed_over(modules: Page) -> None:
    code = "8hQ2-xZ_" * 5 + "abc"
    given = [
        code,
        f" {code}\n",
        f"http://127.0.0.1:8470/#enrol={code}",
        f"Hand this to 张伟: gpubourse keys enrol {code} --name NAME",
        f"gpubourse keys enrol '{code}'。",
    ]
    assert len(code) == CODE_LENGTH
    found = await told(modules, "route", "a.map(m.invitationCode)", *given, code[1:], f"{code}x")
    assert found == [code] * len(given) + ["", ""]


async def test_a_number_of_lots_bears_neither_unit_nor_multiple(modules: Page) -> None:
    lots = ["2", "1,000", "1万", "2元", "1.5"]
    assert await told(modules, "exact", "a.map(m.whole)", *lots) == [2, 1000, None, None, None]


async def test_a_book_is_folded_as_the_venue_means_it(modules: Page) -> None:
    asks = [[1035, 2, 1, 0], [1040, 6, 2, 0], [1060, 16, 4, 0]]
    snapshot = {"kind": "snapshot", "crc": 2047252526, "body": {"bids": [], "asks": asks}}
    delta = {
        "kind": "delta",
        "crc": checksum([[1035, 1, 1, 0]], asks[1:]),
        "body": {"bids": [[1035, 1, 1, 0]], "asks": [[1035, 0, 0, 0]]},
    }
    script = "m.folded(m.folded({}, a[0]), a[1])"

    book = await told(modules, "book", script, snapshot, delta)

    assert (book["bids"], book["asks"]) == ([[1035, 1, 1, 0]], asks[1:])
    wrong = {**delta, "crc": 1}
    assert await told(modules, "book", script, snapshot, wrong) is None


async def test_a_document_is_signed_as_any_client_signs_it(modules: Page) -> None:
    script = """(async () => {
      const keys = await m.newKeys();
      return [m.canonical(a[0]), await m.publicText(keys), await m.sign(keys.privateKey, a[0])];
    })()"""

    canonical, public_key, signature = await told(modules, "signing", script, DOCUMENT)

    signed = documents.signed_bytes(DOCUMENT)
    assert f"gpubourse-v1\n{canonical}".encode() == signed
    assert len(canonical) == 290  # WIRE 2's test vector
    signed_documents.check(public_key, signature, signed)  # refuses what does not hold


async def test_each_intent_has_a_key_of_its_own_dated_now(modules: Page) -> None:
    first, second = await told(modules, "signing", "[m.newKey(), m.newKey()]")

    assert first != second
    for key in (first, second):
        assert key[14] == "7"
        assert key[19] in "89ab"
        assert len(key) == 36


@pytest.mark.parametrize(
    ("met", "filled", "key"), [([], 1, "ticket.changed"), ([2, 1], 4, "ticket.changed_traded")]
)
async def test_a_change_tells_what_it_met_and_nothing_that_was_met_before(
    modules: Page, met: list[int], filled: int, key: str
) -> None:
    reply = {
        "order": "o-000001",
        "state": "open",
        "fills": [{"lots": lots, "price_ticks": 1} for lots in met],
        "filled_lots": filled,
        "open_lots": 3,
        "cause": "",
    }
    told_of = await modules.evaluate(
        """async (reply) => {
          const { words } = await import("/views/outcome.js");
          return words({ op: "order.amend", args: {} }, { result: reply });
        }""",
        reply,
    )
    assert told_of[0] == key
    assert told_of[1]["n"] == sum(met)


async def test_an_act_that_waits_for_a_second_signature_is_told_as_that(modules: Page) -> None:
    """Each of the page's acts that may: its reply is a proposal, and no outcome of its own."""
    waits = {"proposal": "z-000013", "op": "", "needs": ["scope:admin"], "expires_ns": "1"}
    own = {"principal.enrol": "enrol"}  # an act of the seat: its reply comes without a frame
    ops = ops_that_may_wait()

    assert ops == {"principal.enrol", "withdrawal.new"}
    for op in ops:
        intent = {"op": own.get(op, op), "args": {"amount_minor": 100, "to_account": "ICBC"}}
        reply = waits if op in own else {"result": waits}
        key, figures = await modules.evaluate(
            """async ([intent, reply]) =>
              (await import("/views/outcome.js")).words(intent, reply)""",
            [intent, reply],
        )
        assert (key, figures["proposal"]) == ("act.proposed", "z-000013"), op
