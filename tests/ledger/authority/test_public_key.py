"""Which keys count: the vectors of C2SP/CCTV, at every door through which a key comes in."""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace

from gateway.access import signed_documents
from ledger.authority.public_key import must_be_a_public_key, valid_public_key
from ledger.base64url import text64
from ledger.refusals import Reason, Refused
from tests.house.sources import ROOT
from tests.ledger.opened import CLERK_1, ENGINE, Street, enrolment, opening, settled_in
from tests.signing_keys import private_key, public_key

VECTORS = ROOT.parent / "shared" / "vectors" / "ed25519" / "ed25519vectors.json"
BAD_FLAGS = {"low_order_A", "low_order_component_A", "non_canonical_A"}
P = 2**255 - 19


def vectors(path: Path = VECTORS) -> list[dict[str, object]]:
    """The 914 cases; where a build machine lacks them the test fails, elsewhere it is passed by."""
    if not path.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{path} is missing: a build runs every vector")
        pytest.skip(f"{path} is not here")
    found: list[dict[str, object]] = json.loads(path.read_text("utf-8"))
    return found


@cache
def keys() -> dict[str, frozenset[str]]:
    """Each key of the vectors, and what is wrong with it."""
    found: dict[str, set[str]] = {}
    for case in vectors():
        text = text64(bytes.fromhex(str(case["key"])))
        flags = case["flags"] or []
        assert isinstance(flags, list)
        found.setdefault(text, set()).update(set(flags) & BAD_FLAGS)
    return {text: frozenset(flags) for text, flags in found.items()}


def off_curve() -> list[str]:
    """y for which no x is on the curve; the first sixteen."""
    d = -121665 * pow(121666, -1, P) % P
    found = []
    for y in range(2, 200):
        u, v = (y * y - 1) % P, (d * y * y + 1) % P
        x2 = u * pow(v, -1, P) % P
        if x2 and pow(x2, (P - 1) // 2, P) != 1:
            found.append(text64(y.to_bytes(32, "little")))
    return found[:16]


def small_order() -> list[str]:
    """The points of order 1, 2, 4 and 8, in all their encodings (libsodium's list)."""
    eighth = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
    ys = [0, 1, P - 1, eighth, P - eighth, P, P + 1]
    signs = (0, 1 << 255)
    return [text64((y | sign).to_bytes(32, "little")) for y in ys for sign in signs]


BAD = [*small_order(), *off_curve(), "A" * 42 + "B", "A" * 42, "", "é" * 43]


# --- every door


def _enrols(key: str) -> None:
    settled_in().do(replace(enrolment("p-0002", "new", ["read"]), public_key=key), CLERK_1)


def _opens(key: str) -> None:
    order = opening()
    clerks = [order.clerks[0], replace(order.clerks[1], public_key=key)]
    Street().do(opening(clerks=clerks), ENGINE)


def _asks(key: str) -> None:
    must_be_a_public_key(key)


def _proves(key: str) -> None:
    """A log-on, and each command that a session signs."""
    signed_documents.check(key, text64(bytes(64)), b"anything")


DOORS: dict[str, tuple[Callable[[str], None], Reason]] = {
    "principal.enrol": (_enrols, Reason.bad_field),
    "venue.open": (_opens, Reason.bad_field),
    "the question itself": (_asks, Reason.bad_field),
    "log-on and commands": (_proves, Reason.bad_signature),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_takes_a_key_that_does_not_count(door: str) -> None:
    enter, reason = DOORS[door]

    for key in BAD:
        with pytest.raises(Refused) as caught:
            enter(key)
        assert caught.value.reason is reason, key


@pytest.mark.parametrize("door", ["principal.enrol", "venue.open", "the question itself"])
def test_every_door_takes_a_key_that_counts(door: str) -> None:
    enter, _ = DOORS[door]

    for number in range(8):
        enter(public_key(f"person {number}"))


@pytest.mark.parametrize("door", DOORS)
def test_the_vectors_keys_are_told_apart(door: str) -> None:
    enter, reason = DOORS[door]
    met = dict.fromkeys(BAD_FLAGS, 0)
    good = 0

    for key, flags in keys().items():
        if flags:
            for flag in flags:
                met[flag] += 1
            with pytest.raises(Refused) as caught:
                enter(key)
            assert caught.value.reason is reason, (key, flags)
        else:
            good += 1
            assert valid_public_key(key) is not None, key
    assert all(met.values()), met
    assert good


def test_signatures_that_others_let_pass_count_for_nothing() -> None:
    """Of the vectors many verify by the library's own rule under a key that is not enrolled."""
    forged = 0
    for case in vectors():
        raw = bytes.fromhex(str(case["key"]))
        flags = case["flags"] or []
        assert isinstance(flags, list)
        if not set(flags) & BAD_FLAGS:
            continue
        signature, message = bytes.fromhex(str(case["sig"])), str(case["msg"]).encode()
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
            forged += 1
        except Exception:
            pass
        with pytest.raises(Refused):
            signed_documents.check(text64(raw), text64(signature), message)
    assert forged > 20


def test_a_true_signature_holds() -> None:
    signature = private_key("a person").sign(b"bytes")

    assert signed_documents.check(public_key("a person"), text64(signature), b"bytes") == signature


def test_where_the_vectors_are_missing_a_build_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        vectors(tmp_path / "none.json")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception):
        vectors(tmp_path / "none.json")
