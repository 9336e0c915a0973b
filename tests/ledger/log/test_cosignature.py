"""A cosignature counts if its witness signed this very head, at a time; all else is passed over."""

import pytest

from ledger.log import verifier
from ledger.log.cosignature import cosigned
from ledger.log.note import SignatureLine, note_bytes, read_note
from ledger.log.tree_head import TreeHead
from ledger.log.verifier import ED25519, Verifier
from ledger.log.witness_policy import WitnessPolicy, read_policy
from tests.ledger.log.witness import ML_DSA_44, WitnessOnDuty

LOG = Verifier("log.example/1", ED25519, bytes(range(32)))
HEAD = TreeHead(LOG.name, 70_000, bytes(range(32)))
OTHER = HEAD._replace(root=bytes(32))
A, B = WitnessOnDuty("a.example", LOG.text, seed=1), WitnessOnDuty("b.example", LOG.text, seed=2)
PQ = WitnessOnDuty("pq.example", LOG.text, kind=ML_DSA_44, seed=3)
NAMED = {"a": A, "b": B, "pq": PQ}
LOGS_OWN = SignatureLine(LOG.name, LOG.signer_id, bytes(64))


def line(witness: WitnessOnDuty, at_s: int = 100, head: TreeHead = HEAD) -> SignatureLine:
    witness.now_s = at_s
    raw = witness.line(head.text.encode(), head.size, head.root)
    return read_note(head.text.encode() + b"\n" + raw).lines[0]


def policy(quorum: str = "any") -> WitnessPolicy:
    lines = [f"witness {name} {each.vkey}" for name, each in NAMED.items()]
    return read_policy("\n".join([*lines, f"group g {quorum} a b pq", "quorum g"]).encode())


def note(*lines: SignatureLine, head: TreeHead = HEAD) -> bytes:
    return note_bytes(head.text, [LOGS_OWN, *lines])


@pytest.mark.parametrize("name", NAMED)
def test_each_kind_of_witness_counts_with_its_own_time(name: str) -> None:
    found = cosigned(note(line(NAMED[name], 1_796_090_500)), policy())

    assert found.at_s == {name: 1_796_090_500}
    assert (found.quorum_s, found.unchecked) == (1_796_090_500, ())


def test_a_quorum_has_said_so_since_its_last_member_did() -> None:
    raw = note(line(A, 300), line(PQ, 100), line(B, 200))

    assert cosigned(raw, policy("any")).quorum_s == 100
    assert cosigned(raw, policy("2")).quorum_s == 200
    assert cosigned(raw, policy("all")).quorum_s == 300
    assert cosigned(note(line(A), line(B)), policy("all")).quorum_s is None


def test_a_policy_that_wants_none_is_met_at_no_time() -> None:
    assert cosigned(note(), read_policy(b"quorum none\n")).quorum_s == 0


def test_of_two_lines_of_one_witness_the_earlier_counts_and_a_false_one_does_not() -> None:
    forged = line(A, 50)._replace(signature=(50).to_bytes(8) + bytes(64))

    assert cosigned(note(line(A, 300), line(A, 200), forged), policy()).at_s == {"a": 200}


def changed(witness: WitnessOnDuty) -> list[SignatureLine]:
    good = line(witness)
    return [
        line(witness, head=OTHER),
        good._replace(signature=(101).to_bytes(8) + good.signature[8:]),
        good._replace(signature=good.signature[:-1] + bytes([good.signature[-1] ^ 1])),
        good._replace(signature=good.signature[:8]),
        good._replace(signature=b"\x00"),
        good._replace(name="c.example"),
        good._replace(signer_id=bytes(4)),
        line(witness, 0),
        line(witness, 1 << 33),
        line(witness, (1 << 63) - 1),
    ]


@pytest.mark.parametrize("name", NAMED)
def test_what_is_no_cosignature_of_this_head_is_passed_over(name: str) -> None:
    for each in changed(NAMED[name]):
        found = cosigned(note(each), policy())
        assert (found.at_s, found.quorum_s) == ({}, None), each
    assert cosigned(note(line(NAMED[name], (1 << 33) - 1)), policy()).at_s


def test_a_kind_that_this_program_does_not_know_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = note(line(A), line(PQ))
    monkeypatch.setattr(verifier, "MLDSA44PublicKey", None)

    found = cosigned(raw, policy("2"))

    assert (set(found.at_s), found.unchecked, found.quorum_s) == ({"a"}, ("pq",), None)
