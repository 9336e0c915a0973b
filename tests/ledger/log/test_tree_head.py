"""A head is believed if the log signed it, once by each of its keys; everything else is refused."""

import struct
from pathlib import Path

import pytest

from gateway.notary.signers import signers_in
from ledger.base64url import padded64
from ledger.log import verifier
from ledger.log.note import (
    NOTE_BYTES_MOST,
    SIGNATURES_MOST,
    BadNote,
    SignatureLine,
    note_bytes,
    read_note,
)
from ledger.log.tree_head import TreeHead, cosigned_message, read_head_text, verified_head
from ledger.log.verifier import (
    ED25519,
    ML_DSA_44,
    BadVerifier,
    LogVerifiers,
    Verifier,
    read_verifiers,
)

ORIGIN = "gpubourse/cn-1/0123456789abcdef"
HEAD = TreeHead(ORIGIN, 70_000, bytes(range(32)))
AT_S = 1_796_090_400


class Signed:
    """A head, signed by a log's own keys."""

    def __init__(self, folder: Path, head: TreeHead = HEAD) -> None:
        self.signers = signers_in(folder, ORIGIN, is_log_there=False)
        self.raw = self.signers.signed(head, AT_S)
        self.verifiers = self.signers.verifiers
        self.text = read_note(self.raw).text
        self.lines = read_note(self.raw).lines


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    folder = tmp_path / "notary"
    folder.mkdir(mode=0o700)
    return Signed(folder)


def test_a_head_is_three_lines_and_is_signed_twice_under_one_name(signed: Signed) -> None:
    assert signed.text == f"{ORIGIN}\n70000\n{padded64(HEAD.root)}\n"
    first, second = signed.lines
    assert first.name == second.name == ORIGIN
    assert first.signer_id != second.signer_id
    assert (len(first.signature), len(second.signature)) == (64, 8 + 2_420)

    found = verified_head(signed.raw, signed.verifiers)

    assert (found.head, found.signed_s, found.unchecked) == (HEAD, AT_S, ())
    assert found.note == signed.raw


def test_the_cosigned_message_is_laid_out_as_the_standard_says() -> None:
    name = ORIGIN.encode()

    assert cosigned_message(ORIGIN, AT_S, HEAD) == (
        b"subtree/v1\n\x00"
        + struct.pack(">B", len(name)) + name
        + struct.pack(">Q", AT_S)
        + struct.pack(">B", len(name)) + name
        + struct.pack(">QQ", 0, 70_000)
        + HEAD.root
    )  # fmt: skip


def test_others_may_sign_beside_the_log(signed: Signed) -> None:
    witness = SignatureLine("witness.example/w1", b"\x01\x02\x03\x04", bytes(72))
    namesake = SignatureLine(ORIGIN, b"\x01\x02\x03\x04", bytes(64))

    raw = note_bytes(signed.text, [witness, *signed.lines, namesake])

    assert verified_head(raw, signed.verifiers).head == HEAD


@pytest.mark.parametrize("nth", [0, 1])
def test_a_line_that_lacks_is_doubled_or_is_anothers_is_refused(signed: Signed, nth: int) -> None:
    kind = ("Ed25519", "ML-DSA-44")[nth]
    own, other = signed.lines[nth], signed.lines[1 - nth]
    wrong = {
        "is not signed by": [other],
        "has two lines of": [own, other, own],
        "the signature by": [
            own._replace(signature=own.signature[:-1] + bytes([own.signature[-1] ^ 1])),
            other,
        ],
    }
    for words, lines in wrong.items():
        with pytest.raises(BadNote, match=f"{words}.*{kind}"):
            verified_head(note_bytes(signed.text, lines), signed.verifiers)
    bad_hint = own._replace(signer_id=bytes(4))
    with pytest.raises(BadNote, match=f"not signed by the log's {kind} key"):
        verified_head(note_bytes(signed.text, [bad_hint, other]), signed.verifiers)
    short = own._replace(signature=own.signature[:5])
    with pytest.raises(BadNote, match="does not hold"):
        verified_head(note_bytes(signed.text, [short, other]), signed.verifiers)


def test_a_head_by_another_key_is_refused(signed: Signed, tmp_path: Path) -> None:
    folder = tmp_path / "another"
    folder.mkdir(mode=0o700)
    another = Signed(folder)

    with pytest.raises(BadNote, match="not signed by the log's Ed25519 key"):
        verified_head(another.raw, signed.verifiers)


def test_another_size_root_or_time_than_was_signed_is_refused(signed: Signed) -> None:
    for head in (HEAD._replace(size=70_001), HEAD._replace(root=bytes(32))):
        with pytest.raises(BadNote, match="Ed25519 key does not hold"):
            verified_head(note_bytes(head.text, signed.lines), signed.verifiers)
    first, second = signed.lines
    later = (AT_S + 1).to_bytes(8) + second.signature[8:]
    restamped = note_bytes(signed.text, [first, second._replace(signature=later)])
    with pytest.raises(BadNote, match="ML-DSA-44 key does not hold"):
        verified_head(restamped, signed.verifiers)
    never = b"\xff" * 8 + second.signature[8:]
    timeless = note_bytes(signed.text, [first, second._replace(signature=never)])
    with pytest.raises(BadNote, match="bears no time"):
        verified_head(timeless, signed.verifiers)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("70000\n{origin}\n{root}\n", "first line is no origin"),
        ("{origin}\n{root}\n70000\n", "second line is no size"),
        ("{origin}\n{root}\n", "three lines"),
        ("{origin}\n70000\n", "three lines"),
        ("{origin}\n70000\n{root}\nmore\n", "three lines"),
        ("{origin}\n70000\n{root}\n\n", "three lines"),
        ("\n70000\n{root}\n", "first line is no origin"),
        ("{origin}\n070000\n{root}\n", "second line is no size"),
        ("{origin}\n-1\n{root}\n", "second line is no size"),
        ("{origin}\n70000\nAAAA\n", "third line is no root"),
        ("{origin}\n70000\n{root}=\n", "third line is no root"),
    ],
)
def test_a_text_of_another_form_is_no_head(text: str, words: str) -> None:
    with pytest.raises(BadNote, match=words):
        read_head_text(text.format(origin=ORIGIN, root=padded64(HEAD.root)))


def test_a_head_of_another_log_is_refused_by_name(signed: Signed) -> None:
    other = HEAD._replace(origin="gpubourse/cn-2/0123456789abcdef")

    with pytest.raises(BadNote, match=r"it is of gpubourse/cn-2/.* and the key is of"):
        verified_head(note_bytes(other.text, signed.lines), signed.verifiers)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"\n", b"\n\n", b"text\n", b"text\n\n", b"text\n\nno signature\n"),
        "text\n\n— name AAAA\n".encode(),
        "text\n\n— name AAAAAAAA".encode(),
        b"text\n\n- name AAAAAAAA\n",
        "text\n\n— na me AAAAAAAA\n".encode(),
        "text\n\n— na+me AAAAAAAA\n".encode(),
        "text\n\n— name AAAAAAB=\n".encode(),
        "te\x00xt\n\n— name AAAAAAAA\n".encode(),
        "te\rxt\n\n— name AAAAAAAA\n".encode(),
        b"\xff\n\n",
        ("text\n\n" + "— name AAAAAAAA\n" * (SIGNATURES_MOST + 1)).encode(),
        b"x" * (NOTE_BYTES_MOST + 1),
    ],
)
def test_bytes_that_are_no_signed_note_are_refused(raw: bytes) -> None:
    with pytest.raises(BadNote):
        read_note(raw)


def test_without_ml_dsa_its_line_stays_unchecked_and_that_is_told(
    signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "MLDSA44PublicKey", None)

    found = verified_head(signed.raw, signed.verifiers)

    assert (found.head, found.unchecked, found.signed_s) == (HEAD, ("ML-DSA-44",), 0)
    with pytest.raises(BadNote, match="not signed by the log's ML-DSA-44 key"):
        verified_head(note_bytes(signed.text, signed.lines[:1]), signed.verifiers)


def test_the_key_file_says_its_signers_back_and_nothing_else_is_one(signed: Signed) -> None:
    text = signed.verifiers.text
    first, second = text.splitlines()

    assert read_verifiers(text.encode()) == signed.verifiers
    assert read_verifiers(f"\n{second}\n{first}\n".encode()) == signed.verifiers
    assert read_verifiers(first.encode()) == LogVerifiers(signed.verifiers.ed25519)
    name, signer_id, raw = first.split("+", 2)
    other = Verifier("gpubourse/cn-2", ML_DSA_44, bytes(1_312)).text
    wrong_kind = Verifier(ORIGIN, 4, bytes(32)).text
    for spoilt in (
        *("", "key", second, f"{first}\n{first}", f"{first}\n{other}", wrong_kind),
        f"{name}x+{signer_id}+{raw}",
        f"{name}+00000000+{raw}",
        f"{name}+{signer_id}+{raw[:-4]}",
        f"{name}+{signer_id}+" + padded64(bytes([ED25519]) + bytes(31)),
        "x" * 20_000,
        "\udcff",
    ):
        with pytest.raises(BadVerifier):
            read_verifiers(spoilt.encode("utf-8", "surrogateescape"))
