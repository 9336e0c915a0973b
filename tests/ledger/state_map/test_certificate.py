"""A certificate holds for its subject's whole row under its root, and for nothing else.

Each is also judged by `examples/certificate_check.py`, which has no line of ours.
"""

import json
import random
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import json as msgspec_json
from msgspec import structs

from exchange.state_rows import subject_rows
from ledger.base64url import any_bytes64, bytes64, text64
from ledger.state_map.certificate import (
    BadCertificate,
    Certificate,
    certify,
    check_certificate,
    read_certificate,
)
from ledger.state_map.map_tree import SubjectTwice, leaf_sha256, place_of
from ledger.state_map.row import row_bytes
from ledger.state_map.salted_map import map_of
from tests.exchange.ground import Floor
from tests.house.sources import ROOT

pytestmark = pytest.mark.xdist_group("certificates")  # one state serves all of them
FOREIGN = runpy.run_path(str(ROOT / "examples" / "certificate_check.py"))
SECRET = b"salt" * 8
POSITION = 300
SEED = 20_261_130
Document = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> dict[str, bytes]:
    """More than a thousand subjects: sixty servers of eight, orders that rest, cash."""
    floor = Floor(owners=4, buyers=4, nodes=120)
    for number, owner in enumerate(floor.owners * 6):
        floor.ask(owner, 1, 1300 + number)
    for number, buyer in enumerate(floor.buyers * 6):
        floor.bid(buyer, 1, 1200 - number)
    return dict(subject_rows(floor.venue))


def certified(rows: dict[str, bytes], *subjects: str) -> list[Certificate]:
    return certify(rows.items(), subjects, "cn-1", POSITION, SECRET)


def document(certificate: Certificate) -> Document:
    told = json.loads(msgspec_json.encode(certificate))
    assert isinstance(told, dict)
    return told


def foreign(told: Document, root: str) -> Any:
    """What the program without a line of ours says; its every complaint is `Wrong`."""
    try:
        return FOREIGN["check"](told, root)
    except (FOREIGN["Wrong"], TypeError, KeyError, IndexError, ValueError, AttributeError) as error:
        raise BadCertificate(str(error)) from None


def ours(told: Document, root: str) -> Any:
    raw = bytes64(root, 32)
    assert raw is not None
    return check_certificate(read_certificate(json.dumps(told).encode()), raw).row


CHECKS: list[Callable[[Document, str], Any]] = [ours, foreign]


@pytest.mark.parametrize("check", CHECKS)
def test_a_thousand_subjects_and_a_hundred_that_are_not_there(
    rows: dict[str, bytes], check: Callable[[Document, str], Any]
) -> None:
    draw = random.Random(SEED)
    there = draw.sample(sorted(rows), 1_000)
    absent = [f"n-{draw.randrange(1_000, 10_000):04}" for _ in range(100)]
    made = certified(rows, *there, *absent)
    root = made[0].root

    for certificate in made:
        found = check(document(certificate), root)
        raw = rows.get(certificate.subject)
        assert found == (None if raw is None else json.loads(raw)), SEED
    assert sum(certificate.row is None for certificate in made) == 100
    assert {certificate.root for certificate in made} == {root}


def forgeries(rows: dict[str, bytes]) -> dict[str, Document]:
    """What nobody may believe, each made of a certificate that holds."""
    leased, other = map(document, certified(rows, "n-0001", "n-0002"))
    (absent,) = map(document, certified(rows, "n-9999"))
    row = json.loads(leased["row"])
    assert row["lot"]["units"]
    row["lot"]["units"].pop()
    shortened = row_bytes("n-0001", row).decode()
    own = [text64(place_of("n-0001")), _leaf(leased)]
    flipped = bytearray(any_bytes64(leased["salt"]))
    flipped[3] ^= 1
    bits, sibling = leased["path"][-1]
    turned = bytearray(any_bytes64(sibling))
    turned[31] ^= 128
    none = {"row": None, "salt": None}
    return {
        "a shorter list": leased | {"row": shortened},
        "a flipped bit of the row": leased | {"row": leased["row"].replace("H100", "H101")},
        "a row in other spelling": leased | {"row": leased["row"].replace(",", ", ", 1)},
        "a member twice": leased | {"row": leased["row"].replace("{", '{"zz":1,"zz":1,', 1)},
        "a row that is no object": leased | {"row": "[]"},
        "a row that is no JSON": leased | {"row": "{"},
        "a flipped bit of the salt": leased | {"salt": text64(bytes(flipped))},
        "a shorter salt": leased | {"salt": leased["salt"][:-4]},
        "no salt": leased | {"salt": None},
        "a flipped bit of the path": leased
        | {"path": [*leased["path"][:-1], [bits, text64(bytes(turned))]]},
        "other bits": leased | {"path": [*leased["path"][:-1], [bits + 1, sibling]]},
        "a shorter path": leased | {"path": leased["path"][1:]},
        "no path": leased | {"path": []},
        "a longer path": leased | {"path": [*leased["path"], [255, sibling]]},
        "a path that goes up": leased | {"path": leased["path"][::-1]},
        "a bit that is none": leased | {"path": [*leased["path"], [256, sibling]]},
        "a bit below none": leased | {"path": [[-1, sibling], *leased["path"]]},
        "another's row": leased | {"row": other["row"], "salt": other["salt"]},
        "another's certificate": other | {"subject": "n-0001"},
        "a false absence": leased | none,
        "a false absence, behind itself": leased | none | {"other_leaf": own},
        "a false absence, behind another": absent | {"subject": "n-0001"},
        "there and not there": leased | {"other_leaf": own},
        "a false absence, of an empty map": leased | none | {"path": []},
        "an absence with a salt": absent | {"salt": leased["salt"]},
        "a presence made of an absence": absent | {"row": "{}", "salt": leased["salt"]},
        "two ends": absent | {"other_leaf": own, "other_branch": [200, own[0], own[0], own[1]]},
        "another position": leased | {"position": POSITION + 1},
        "no position": leased | {"position": -1},
        "a position past all": leased | {"position": 1 << 63},
        "another venue": leased | {"venue": "cn-2"},
        "another form": leased | {"form": 1},
        "a hash of another length": leased | {"path": [[0, "AAAA"]]},
        "a hash that is no text": leased | {"path": [[0, 5]]},
        "no base64url": leased | {"path": [[bits, "=" * 43]]},
    }


def _leaf(told: Document) -> str:
    return text64(leaf_sha256(any_bytes64(told["salt"]), told["row"].encode()))


@pytest.mark.parametrize("check", CHECKS)
def test_no_forgery_holds(rows: dict[str, bytes], check: Callable[[Document, str], Any]) -> None:
    root = certified(rows, "n-0001")[0].root
    forged = forgeries(rows)
    for name, told in forged.items():
        try:
            check(told, root)
        except BadCertificate:
            continue
        pytest.fail(f"{name} holds")
    assert len(forged) >= 30


@pytest.mark.parametrize("check", CHECKS)
def test_every_bit_of_a_certificate_counts(
    rows: dict[str, bytes], check: Callable[[Document, str], Any]
) -> None:
    """A bit flipped anywhere in row, salt or a hash of the path: never the same, never held."""
    draw = random.Random(SEED)
    (certificate,) = certified(rows, "p-0002")
    told = document(certificate)
    for _ in range(200):
        path = [list(step) for step in told["path"]]
        changed = {**told, "path": path}
        step = draw.randrange(len(path) + 2)
        if step < len(path):
            path[step][1] = _flipped(draw, path[step][1])
        elif step == len(path):
            changed["salt"] = _flipped(draw, told["salt"])
        else:
            at = draw.randrange(len(told["row"]))
            letter = chr(ord(told["row"][at]) ^ 1 << draw.randrange(7))
            changed["row"] = told["row"][:at] + letter + told["row"][at + 1 :]
        with pytest.raises(BadCertificate):
            check(changed, certificate.root)


def _flipped(draw: random.Random, text: str) -> str:
    raw = bytearray(any_bytes64(text))
    raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
    return text64(bytes(raw))


def test_a_certificate_holds_under_its_own_root_alone(rows: dict[str, bytes]) -> None:
    (certificate,) = certified(rows, "n-0001")
    (later,) = certify(rows.items(), ["n-0001"], "cn-1", POSITION + 1, SECRET)

    assert later.root != certificate.root, "salts are of a position: equal rows are not seen"
    assert later.salt != certificate.salt
    with pytest.raises(BadCertificate, match="under another root"):
        ours(document(certificate), later.root)
    forged = structs.replace(certificate, root=later.root)
    with pytest.raises(BadCertificate, match="do not come to the root"):
        ours(document(forged), later.root)


def test_a_tree_with_a_subject_twice_is_not_made(rows: dict[str, bytes]) -> None:
    row = rows["n-0001"]
    twice = [*rows.items(), ("n-0001", row.replace(b"H100", b"H200"))]

    with pytest.raises(SubjectTwice):
        map_of(twice, SECRET, POSITION)


def test_a_map_is_the_same_in_whatever_order_its_rows_come(rows: dict[str, bytes]) -> None:
    shuffled = list(rows.items())
    random.Random(SEED).shuffle(shuffled)

    assert map_of(shuffled, SECRET, POSITION) == map_of(rows.items(), SECRET, POSITION)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b"null", b"\xff", b'{"form":2}', b"[" * 100_000],
    ids=["nothing", "a list", "empty", "null", "no UTF-8", "too little", "deep"],
)
def test_what_is_no_certificate_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(BadCertificate, match="no certificate of form 2"):
        read_certificate(raw)


@pytest.mark.parametrize("check", CHECKS)
def test_the_pinned_certificates_hold(check: Callable[[Document, str], Any]) -> None:
    told = json.loads((ROOT / "docs/vectors/state_map.json").read_text("utf-8"))["certificates"]
    (root,) = {certificate["root"] for certificate in told}

    for certificate in told:
        row = check(certificate, root)
        assert (row is None) == (certificate["row"] is None)
    assert sum(certificate["row"] is None for certificate in told) == 3
    assert any(certificate["other_leaf"] for certificate in told)
    assert any(certificate["other_branch"] for certificate in told)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"form": 2.0}, "does not hold"),
        ({"form": True}, "no certificate of form 2"),
        ({"position": float("nan")}, "does not hold"),
        ({"position": float("inf")}, "does not hold"),
        ({"position": 300.0}, "does not hold"),
        ({"subject": "n-0001\n\x1b[2J"}, "of no subject"),
        ({"subject": " n-0001"}, "of no subject"),
        ({"subject": "bank_reference/ x"}, "of no subject"),
        ({"subject": "rule/a\x1bb"}, "of no subject"),
        ({"subject": 5}, "of no subject"),
    ],
)
def test_the_foreign_program_refuses_what_no_venue_writes(
    rows: dict[str, bytes], tmp_path: Path, change: Document, words: str
) -> None:
    (certificate,) = certified(rows, "n-0001")
    file = tmp_path / "c.json"
    file.write_text(json.dumps(document(certificate) | change), "utf-8")

    ended = started(str(file), certificate.root)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "\x1b" not in ended.stderr


def test_the_foreign_program_says_each_file_in_a_sentence(tmp_path: Path) -> None:
    root = text64(bytes(32))
    missing = started(str(tmp_path / "none.json"), root)
    assert (missing.returncode, "cannot be read: No such file" in missing.stderr) == (2, True)
    file = tmp_path / "c.json"
    for raw in (b"[" * 200_000, b"\xff", b"[]", b'{"form":2}', b""):
        file.write_bytes(raw)
        ended = started(str(file), root)
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
        assert "does not hold" in ended.stderr


def started(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-I", str(ROOT / "examples/certificate_check.py"), *words]
    return subprocess.run(line, check=False, capture_output=True, encoding="utf-8")


def test_what_is_printed_has_no_control_characters() -> None:
    assert FOREIGN["safe"]("a\x1b[2J\x9b\u202eb\n\u7532") == "a\\x1b[2J\\x9b\\u202eb\n\u7532"
