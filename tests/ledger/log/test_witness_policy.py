"""A policy says whose cosignatures are enough; a file that says it otherwise is refused by line."""

import pytest

from ledger.log.verifier import ED25519, ED25519_COSIGNER, ML_DSA_44, LogVerifiers, Verifier
from ledger.log.witness_policy import NAMES_MOST, BadPolicy, WitnessPolicy, read_policy

LOG = Verifier("log.example/1", ED25519, bytes(range(32)))


def vkey(number: int, kind: int = ED25519_COSIGNER) -> str:
    size = 1_312 if kind == ML_DSA_44 else 32
    return Verifier(f"w.example/{number}", kind, bytes([number]) * size).text


def witnesses(*names: str) -> str:
    return "".join(
        f"witness {name} {vkey(at)} https://{name}.example\n" for at, name in enumerate(names, 1)
    )


TWO_LEVELS = (
    f"# our logs\nlog {LOG.text}\n\n"
    + witnesses("X1", "X2", "X3", "Y1", "Y2", "Y3")
    + "group X-witnesses 2 X1 X2 X3\n\tgroup  Y-witnesses any Y1 Y2\tY3 \n"
    "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
)


def policy(text: str) -> WitnessPolicy:
    return read_policy(text.encode())


@pytest.mark.parametrize(
    ("names", "is_enough"),
    [
        ("X1 X2 Y1", True),
        ("X1 X3 Y3", True),
        ("X1 X2 X3 Y1 Y2 Y3", True),
        ("X1 Y1 Y2 Y3", False),
        ("X1 X2 X3", False),
        ("", False),
        ("Z1 Z2 Z3", False),
    ],
)
def test_a_quorum_of_two_levels(names: str, is_enough: bool) -> None:
    assert policy(TWO_LEVELS).is_quorum(set(names.split())) is is_enough


def test_a_policy_keeps_what_its_lines_say() -> None:
    found = policy(TWO_LEVELS)

    assert found.logs == (LOG,)
    assert [each.name for each in found.witnesses] == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    assert found.witnesses[0].url == "https://X1.example"
    assert found.names_log(LogVerifiers(LOG))
    assert not found.names_log(LogVerifiers(LOG._replace(name="other")))


def test_one_witness_none_and_no_log() -> None:
    one = policy(f"witness w {vkey(1, ML_DSA_44)}\nquorum w")
    assert one.is_quorum({"w"})
    assert not one.is_quorum(set())
    assert one.names_log(LogVerifiers(LOG)), "it names no log: any is meant"
    assert policy("quorum none\n").is_quorum(set())


def test_names_are_taken_as_they_stand() -> None:
    kelvin = policy(f"witness \u212a {vkey(1)}\nquorum \u212a\n")
    assert not kelvin.is_quorum({"K"})
    assert kelvin.is_quorum({kelvin.witnesses[0].name})


BAD = [
    ("quorum X1\n", "line 1: the quorum X1 is not defined above it"),
    (witnesses("X1"), "it has no quorum line"),
    (witnesses("X1") + "quorum X1\nquorum X1\n", "line 3: a second quorum"),
    (witnesses("X1", "X1") + "quorum X1\n", "line 2: the name X1 is taken"),
    (f"witness none {vkey(1)}\nquorum none\n", "line 1: the name none is taken"),
    (
        f"witness a {vkey(1)}\nwitness b {vkey(1)}\nquorum a\n",
        "line 2: this witness's key stands there already",
    ),
    (f"log {LOG.text}\nlog {LOG.text}\nquorum none\n", "line 2: this log's key stands there"),
    (f"log {vkey(1)}\nquorum none\n", "line 1: it names a key of another kind than Ed25519 or"),
    (f"witness a {LOG.text}\nquorum a\n", "line 1: it names a key of another kind than Ed25519 c"),
    ("witness a b+00000000+AAAA\nquorum a\n", "line 1: it names a key of another kind"),
    (f"witness a {vkey(1)[:-8]}\nquorum a\n", "line 1: "),
    (f"witness a {vkey(1)} ftp://w\nquorum a\n", "line 1: ftp://w is no address of a witness"),
    (witnesses("a", "b") + "group g 3 a b\nquorum g\n", "line 3: of 2 members 3 is no number"),
    (witnesses("a", "b") + "group g 0 a b\nquorum g\n", "line 3: of 2 members 0 is no number"),
    (witnesses("a", "b") + "group g +1 a b\nquorum g\n", "line 3: of 2 members +1 is no number"),
    (witnesses("a") + "group g 1\nquorum g\n", "line 2: it is none of: log VKEY"),
    (witnesses("a") + "group g any a a\nquorum g\n", "line 2: a is a member already"),
    (
        witnesses("a", "b") + "group g any a\ngroup h any a b\nquorum h\n",
        "line 4: a is a member already",
    ),
    (witnesses("a") + "group g any h\ngroup h any a\nquorum g\n", "line 2: the member h is not"),
    (witnesses("a") + "group g any none a\nquorum g\n", "line 2: the member none is not defined"),
    ("quorum none\r\n", "a control character in it"),
    ("quorum none \x00", "a control character in it"),
    ("qorum none\n", "line 1: it is none of"),
    ("# long\n" * 40_000 + "quorum none\n", "longer than 256 KiB"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_what_is_no_policy_is_refused_by_its_line(text: str, words: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        policy(text)
    assert words in str(refused.value)


def test_a_policy_has_so_many_witnesses_and_groups() -> None:
    names = [f"w{number}" for number in range(NAMES_MOST + 1)]
    assert len(policy(witnesses(*names[:-1]) + "quorum w0\n").witnesses) == NAMES_MOST
    with pytest.raises(BadPolicy, match="more than 32 witnesses"):
        policy(witnesses(*names) + "quorum w0\n")
    groups = "".join(f"group g{at} any {name}\n" for at, name in enumerate(names[:-1]))
    assert policy(witnesses(*names[:-1]) + groups + "quorum g31\n").is_quorum({"w31"})
    with pytest.raises(BadPolicy, match="more than 32 groups"):
        policy(witnesses(*names[:-1]) + groups + "group g32 any g0\nquorum g32\n")
