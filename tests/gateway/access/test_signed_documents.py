"""The signing rule, by WIRE 2's own test vector."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.access import signed_documents
from gpubourse import documents
from gpubourse.key_files import public_key_of
from gpubourse.wire import body_sha256, outward
from ledger.refusals import Refused

SEED = bytes(range(32))
PUBLIC_KEY = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
SIGNATURE = "-bGyhVUVmUvRpXlIPsMxcDrTob0f8Ofh2TvQOfV3hzKR55HrLIIrXAuiMwROngrLHBsHFW1PiUOWWpVSQOlBDA"
DOCUMENT = documents.command_document(
    args={
        "market": "T.H100SXM8.A1.CN-BJ",
        "side": "bid",
        "type": "limit",
        "price_ticks": 1035,
        "lots": 3,
        "time_in_force": "gtc",
    },
    issued_ns=1796090400000000000,
    key="01a22f54-8d00-7a10-8000-000000000001",
    op="order.new",
    party="p-0042",
    principal="k-0107",
    valid_ms=5_000,
    venue="cn-1",
)


def test_the_published_vector_signs_to_the_published_signature() -> None:
    private_key = Ed25519PrivateKey.from_private_bytes(SEED)

    assert len(documents.signed_bytes(DOCUMENT)) - len(documents.PREFIX) == 290
    assert public_key_of(private_key) == PUBLIC_KEY
    assert documents.sign(private_key, DOCUMENT) == SIGNATURE
    assert (
        len(signed_documents.check(PUBLIC_KEY, SIGNATURE, documents.signed_bytes(DOCUMENT))) == 64
    )


@pytest.mark.parametrize(
    ("public_key", "signature", "change"),
    [
        (PUBLIC_KEY, SIGNATURE, {"valid_ms": 5_001}),
        (PUBLIC_KEY, SIGNATURE[:-1] + "B", {}),  # not canonical base64url
        (PUBLIC_KEY, SIGNATURE + "=", {}),
        (PUBLIC_KEY, "", {}),
        (PUBLIC_KEY, "é" * 86, {}),
        ("B" + PUBLIC_KEY[1:], SIGNATURE, {}),
        ("", SIGNATURE, {}),
    ],
)
def test_whatever_differs_is_refused(
    public_key: str, signature: str, change: dict[str, int]
) -> None:
    signed = documents.signed_bytes({**DOCUMENT, **change})

    with pytest.raises(Refused) as refused:
        signed_documents.check(public_key, signature, signed)
    assert refused.value.reason.name == "bad_signature"


def test_a_commands_bytes_are_those_of_its_document() -> None:
    args = {"to_ns": 1, "market": "é", "nodes": [{"b": None, "a_ns": -5}], "at_ns": None}
    terms: dict[str, Any] = {
        "issued_ns": 7, "key": "k", "op": "order.new", "party": "p-0042",
        "principal": "k-0107", "valid_ms": 5_000, "venue": "cn-1",
    }  # fmt: skip
    document = documents.command_document(args=outward(args), **terms)

    made = signed_documents.command_bytes(args=args, **terms)

    assert made.signed == documents.signed_bytes(document)
    assert made.body_sha256 == body_sha256("order.new", document["args"])
