"""What waits for a second person is told as people read it: names, money, times, no raw members."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from exchange.ops import OPS
from gateway.cli.offices.proposal_words import RENDERED, ProposalWords
from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.venue_caller import VenueCaller
from ledger.op import NOBODY

NAMES = {"p-0002": "Helan", "p-0003": "Pudong"}
# op -> its args as a proposal bears them, and the sentence
TOLD: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "title.issue": (
        {"things": ["n-0001", "n-0002", "u-000009"], "holder": "", "basis": "opening"},
        "title to n-0001..n-0002, u-000009 (3 things) for p-0002 (Helan), on no paper",
    ),
    "node.site": (
        {"nodes": ["n-0001", "n-0002"], "site": "s-0003", "claim": True},
        "n-0001..n-0002 stand at site s-0003, and title is asked for then",
    ),
    "deposit.reverse": (
        {"party": "p-0002", "amount_minor": 500, "reference": "B-77", "reason": "twice"},
        "5.00 yuan are taken back from p-0002 (Helan), deposited as B-77: twice",
    ),
    "log.accept_loss": (
        {"origin": "gpubourse/cn-1/ab", "size": 700, "common_size": 650, "reason": "a disk"},
        "the log gpubourse/cn-1/ab ends at 700 entries: a disk. Of these the journal lost "
        "positions 651 to 700 (50 in all): it went on differently behind position 650, and they "
        "never come back.",
    ),
    "withdrawal.new": (
        {"amount_minor": 123_456_700, "to_account": "ICBC 6222"},
        "1,234,567.00 yuan are paid out to ICBC 6222",
    ),
    "party.grant_role": (
        {"party": "p-0003", "role": "lessee", "basis": ""},
        "p-0003 (Pudong) gets the role lessee",
    ),
    "party.revoke_role": (
        {"party": "p-0003", "role": "owner", "basis": "left"},
        "p-0003 (Pudong) loses the role owner (left)",
    ),
    "party.tier": ({"party": "p-0003", "kyc_tier": 3}, "p-0003 (Pudong) gets the KYC tier 3"),
    "party.reinstate": (
        {"party": "p-0003", "reason": "papers in order"},
        "p-0003 (Pudong) may act again: papers in order",
    ),
    "party.declare_ownership": (
        {"owner": "p-0002", "owned": "p-0003", "share_bp": 5_105, "control": True},
        "p-0002 (Helan) owns 51.05 % of p-0003 (Pudong), with control",
    ),
    "principal.enrol": (
        {"party": "p-0009", "scopes": ["read", "trade"], "label": "desk"},
        "a key 'desk' acts for p-0009: read, trade",
    ),
    "model.new": (
        {"model": "ASCEND910B", "vendor": "huawei", "memory_mib": 65_536},
        "the model ASCEND910B of huawei is listed (64 GiB a GPU)",
    ),
    "model.adopt": (
        {"models": ["L20", "H20"]},
        "the models L20, H20 are listed with the release's figures",
    ),
    "rule.new": (
        {"rule": "site_consent", "value": True, "from_ns": "1731600000000000000"},
        "the rule site_consent is true from 2024-11-15 00:00:00+08:00 on",
    ),
    "instrument.new": ({"market": "T.L20.A1.CN-BJ"}, "the market T.L20.A1.CN-BJ is listed"),
}


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> ProposalWords:
    def rows(_: VenueCaller, path: str, **terms: Any) -> Iterator[dict[str, Any]]:
        assert path == "/v1/parties"
        return iter([{"party": party, "legal_name": name} for party, name in NAMES.items()])

    monkeypatch.setattr(VenueCaller, "rows", rows)
    caller = VenueCaller(VerbContext(output=Output(is_json=False)))
    caller._venue = {"zone": "Asia/Shanghai", "currency": "CNY", "minor_digits": 2}
    return ProposalWords(caller)


def test_whatever_may_wait_has_its_words() -> None:
    waits = {name for name, row in OPS.items() if row.second is not NOBODY}
    assert len(waits) > 10
    assert waits == RENDERED.keys() == TOLD.keys()


@pytest.mark.parametrize("op", TOLD)
def test_a_proposal_is_told_as_people_read_it(words: ProposalWords, op: str) -> None:
    args, told = TOLD[op]
    row = {"op": op, "args": args, "party": "p-0002", "principal": "k-0004"}
    assert words.request(row) == told


def test_the_whole_of_it_says_who_asks_who_signs_and_until_when(words: ProposalWords) -> None:
    row = {
        "proposal": "z-000007",
        "op": "party.tier",
        "args": {"party": "p-0003", "kyc_tier": 3},
        "party": "p-0002",
        "principal": "k-0004",
        "needs": ["scope:operate", "scope:operate"],
        "expires_ns": "1731600000000000000",
    }
    assert words.sentence(row) == (
        "z-000007: p-0003 (Pudong) gets the KYC tier 3; p-0002 (Helan) by k-0004 asks; waits for "
        "two clerks, until 2024-11-15 00:00:00+08:00."
    )


@pytest.mark.parametrize(
    ("needs", "told"),
    [
        (["scope:operate"], "one clerk"),
        (["scope:comply"], "one person of compliance"),
        (["party:p-0003"], "a person of p-0003 (Pudong)"),
        (
            ["scope:admin", "party:p-0009"],
            "one administrator of the venue and a person of p-0009",
        ),
    ],
)
def test_whose_signature_is_due_is_said_by_office(
    words: ProposalWords, needs: list[str], told: str
) -> None:
    assert words.due(needs) == told
