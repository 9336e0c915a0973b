"""The notary asks strangers, over HTTP, and shows what they say; none of them can hold it up."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from gateway.metrics import Metrics
from gateway.notary import notary
from gateway.notary.log_extent import LogExtent
from gateway.notary.notary import Published
from gateway.notary.opened_notary import opened_notary
from gateway.notary.signers import LAST_HEAD, SignersUnusable
from gateway.notary.witnesses import ANSWER_BYTES_MOST, Witnesses
from gateway.server.assembly import _watch_log
from ledger.log import verifier
from ledger.log.cosignature import cosigned
from ledger.log.note import read_note
from ledger.log.tiles import HEAD
from ledger.log.witness_policy import Witness, WitnessPolicy, read_policy
from tests.ledger.log.published import NOW_S, Log, Rows
from tests.ledger.log.witness import ML_DSA_44, WitnessOnDuty, on_duty
from tests.waiting import PATIENCE_S


class Watched:
    """A log, two witnesses that are asked, one that is in the policy and is not."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.log = Log(folder)
        self.log.publish(Rows(1))
        self.key_line = line = self.log.verifiers.ed25519.text
        self.a = WitnessOnDuty("a.example/w", line, seed=1)
        self.b = WitnessOnDuty("b.example/w", line, kind=ML_DSA_44, seed=2)
        self.c = WitnessOnDuty("c.example/w", line, seed=3)
        self.urls = [stack.enter_context(on_duty(each)) for each in (self.a, self.b)]
        self.quorum = "2"
        self.stack = stack

    @property
    def policy(self) -> WitnessPolicy:
        lines = [
            f"log {self.key_line}",
            f"witness a {self.a.vkey} {self.urls[0]}",
            f"witness b {self.b.vkey} {self.urls[1]}/",
            f"witness c {self.c.vkey}",
            f"group g {self.quorum} a b c",
            "quorum g",
        ]
        return read_policy("\n".join(lines).encode())

    def publish(self, *sizes: int, now_s: int = NOW_S) -> Published:
        """Rounds of one notary, a size each."""
        folders = (self.log.own, self.log.out)
        with opened_notary(Rows(sizes[0]), *folders, self.log.words.append, self.policy) as at_work:
            for size in sizes:
                at_work._journal = Rows(size)
                done = at_work.publish(now_s)
        return done

    def cosigners(self) -> set[str]:
        """Whose cosignatures the published head bears; it is the log's own in any case."""
        note = self.log.head().note
        lines = [each[:2] for each in read_note(note).lines]
        assert len(lines) == len(set(lines)), "no line comes twice"
        return set(cosigned(note, self.policy).at_s)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy makes no witness late."""
    monkeypatch.setattr(notary, "Witnesses", partial(Witnesses, wait_s=PATIENCE_S))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        yield Watched(tmp_path, stack)


def test_each_head_is_cosigned_as_it_is_published(watched: Watched) -> None:
    watched.publish(2, 300, 301, 66_000)

    assert watched.cosigners() == {"a", "b"}
    assert watched.a.asked == [(0, 2), (2, 300), (300, 301), (301, 66_000)]
    assert cosigned(watched.log.head().note, watched.policy).quorum_s == watched.a.now_s
    kept = dict(watched.log.source.kept_sizes())
    for size in (2, 300, 301, 66_000):
        note = watched.log.source.read(kept[size], 200_000)
        assert set(cosigned(note, watched.policy).at_s) == {"a", "b"}, size
    assert watched.log.words == []


def test_a_new_notary_learns_how_far_the_witness_has_seen(watched: Watched) -> None:
    watched.publish(700)
    watched.publish(900)

    assert watched.a.asked == [(0, 700), (0, 900), (700, 900)]
    assert watched.cosigners() == {"a", "b"}


def test_a_log_made_anew_has_its_cosignatures_again(watched: Watched) -> None:
    watched.publish(700)
    watched.log.remove()

    watched.publish(700)

    assert watched.a.asked == [(0, 700), (0, 700), (700, 700)]
    assert watched.cosigners() == {"a", "b"}


def test_a_head_that_stands_keeps_its_cosignatures_through_a_start(watched: Watched) -> None:
    watched.publish(700)
    before = watched.log.source.read(HEAD, 200_000)
    assert before != (watched.log.own / LAST_HEAD).read_bytes()

    done = watched.publish(700)

    assert watched.log.source.read(HEAD, 200_000) == done.note == before


def test_a_witness_that_is_away_holds_nothing_up_and_is_asked_again(watched: Watched) -> None:
    there = watched.urls[1]
    watched.urls[1] = "http://127.0.0.1:9/w"
    with opened_notary(
        Rows(5), watched.log.own, watched.log.out, watched.log.words.append, watched.policy
    ) as at_work:
        at_work.publish(NOW_S)
        assert watched.cosigners() == {"a"}
        assert len(watched.log.words) == 1
        assert (
            "the witness b gives no cosignature: http://127.0.0.1:9/w/add-checkpoint does"
            in (watched.log.words[0])
        )
        at_work.publish(NOW_S + notary.RETRY_S - 1)
        assert len(watched.a.asked) == 1
        watched.urls[1] = there
        at_work._witnesses = Witnesses(watched.policy, watched.log.words.append, PATIENCE_S)
        at_work.publish(NOW_S + notary.RETRY_S)
    assert watched.cosigners() == {"a", "b"}
    assert len(watched.a.asked) == 1, "who has cosigned is not asked again"


def test_whether_the_newest_head_has_its_quorum_is_a_metric(watched: Watched) -> None:
    """1 while it has, 0 while it lacks it, NaN where no witness is asked or no head is there."""
    extent = LogExtent(watched.log.out, lambda: False, watched.policy)
    metrics = Metrics()
    _watch_log(metrics, extent)

    def told() -> float | None:
        return metrics.registry.get_sample_value("gpubourse_log_has_quorum")

    watched.quorum = "all"
    watched.publish(5)
    assert told() == 1, "two of three, by the policy that the gateway was given"
    assert LogExtent(watched.log.out, lambda: False, watched.policy).has_quorum() is False
    assert LogExtent(watched.log.out, lambda: False).has_quorum() is None
    watched.b.instead = (500, {}, b"")
    watched.publish(6)
    assert told() == 0
    watched.log.remove()
    assert told() != told(), "no head: NaN"


def test_a_quorum_that_is_there_is_enough(watched: Watched) -> None:
    watched.quorum = "any"
    watched.b.instead = (500, {}, b"")
    watched.publish(5, 5, now_s=NOW_S + 1_000)
    assert (watched.cosigners(), len(watched.a.asked)) == ({"a"}, 1)


def test_a_log_that_lost_its_tail_is_told_by_the_witness(watched: Watched) -> None:
    watched.publish(700)
    watched.a.size = 900

    watched.publish(800)

    assert watched.cosigners() == {"b"}
    (told,) = [line for line in watched.log.words if "the witness a" in line]
    assert "it has cosigned a head of 900 entries, and this log has 800: the log lost its" in told


def test_another_history_gets_no_cosignature(watched: Watched) -> None:
    watched.publish(700)
    other = Log(watched.log.out.parent / "other")
    other.own.mkdir(parents=True, mode=0o700)
    for path in watched.log.own.iterdir():
        if path.name.endswith(".key"):
            (other.own / path.name).write_bytes(path.read_bytes())
            (other.own / path.name).chmod(0o600)
    other.publish(Rows(1))
    watched.log = other

    watched.quorum = "any"
    with opened_notary(
        Rows(800, changed=300), other.own, other.out, other.words.append, watched.policy
    ) as at_work:
        at_work.publish(NOW_S)

    assert watched.cosigners() == set()
    assert any("does not find that this head follows" in line for line in other.words)


BIG = b"\xe2\x80\x94 a.example/w " + b"A" * ANSWER_BYTES_MOST + b"\n"
STRANGE = [
    ((200, {}, b""), "its answer is no cosignature"),
    ((200, {}, b"thank you\n"), "its answer is no cosignature"),
    ((200, {}, b"\xff\xfe"), "its answer is no cosignature"),
    ((200, {}, BIG), "its answer is longer than 16,384 bytes"),
    ((200, {}, "— a.example/w AAAAAAAAAAAA\n".encode()), "no cosignature of this head by its key"),
    ((302, {"Location": "http://127.0.0.1:9/"}, b""), "it answers 302"),
    ((403, {}, b""), "it does not know this log's key"),
    ((404, {}, b""), "it does not know this log: its operator has to add"),
    ((409, {}, b""), "it has cosigned another head of as many entries"),
    ((409, {"Content-Type": "text/x.tlog.size"}, b"many\n"), "another head of as many entries"),
    ((409, {"Content-Type": "text/x.tlog.size"}, b"9" * 30), "another head of as many entries"),
    ((409, {"Content-Type": "text/x.tlog.size"}, b"3\n"), "it says 3 entries, then 3"),
    ((409, {"Content-Type": "text/x.tlog.size"}, b"6\n"), "has cosigned a head of 6 entries"),
    ((422, {}, b""), "it does not find that this head follows"),
    ((503, {}, b""), "it answers 503"),
]


@pytest.mark.parametrize(("answer", "words"), STRANGE, ids=[words for _, words in STRANGE])
def test_a_strange_answer_is_passed_over_and_said(
    watched: Watched, answer: tuple[int, dict[str, str], bytes], words: str
) -> None:
    watched.a.instead = answer

    done = watched.publish(5)

    assert (done.size, watched.cosigners()) == (5, {"b"})
    (told,) = watched.log.words
    assert told.startswith("log: the witness a gives no cosignature: ")
    assert words in told


def test_lines_of_others_in_an_answer_are_not_taken(watched: Watched) -> None:
    head = watched.log.head()
    text = read_note(head.note).text.encode()

    def both() -> tuple[int, dict[str, str], bytes]:
        lines = (each.line(text, head.head.size, head.head.root) for each in (watched.c, watched.a))
        return 200, {}, b"".join(lines)

    watched.a.instead = both
    witnesses = Witnesses(watched.policy, watched.log.words.append, PATIENCE_S)

    note = witnesses.with_cosignatures(head.head, head.note, watched.log.source)

    assert set(cosigned(note, watched.policy).at_s) == {"a", "b"}
    assert witnesses.with_cosignatures(head.head, note, watched.log.source) == note, (
        "nobody is asked twice"
    )


def test_lines_that_cannot_be_checked_are_taken_of_the_witness_alone(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = watched.log.head()
    text = read_note(head.note).text.encode()

    def both() -> tuple[int, dict[str, str], bytes]:
        lines = (each.line(text, head.head.size, head.head.root) for each in (watched.c, watched.b))
        return 200, {}, b"".join(lines)

    watched.b.instead = both
    monkeypatch.setattr(verifier, "MLDSA44PublicKey", None)
    witnesses = Witnesses(watched.policy, watched.log.words.append, PATIENCE_S)

    note = witnesses.with_cosignatures(head.head, head.note, watched.log.source)

    names = [line.name for line in read_note(note).lines]
    assert sorted(names[2:]) == ["a.example/w", "b.example/w"]
    assert cosigned(note, watched.policy).unchecked == ("b",)
    again = witnesses.with_cosignatures(head.head, note, watched.log.source)
    assert again == note, "what cannot be checked is not asked for twice"


def test_of_a_witness_that_sends_many_lines_one_is_taken(watched: Watched) -> None:
    head = watched.log.head()
    text = read_note(head.note).text.encode()

    def many() -> tuple[int, dict[str, str], bytes]:
        lines = []
        for _ in range(8):
            watched.a.now_s += 1
            lines.append(watched.a.line(text, head.head.size, head.head.root))
        return 200, {}, b"".join(lines)

    watched.a.instead = many
    witnesses = Witnesses(watched.policy, watched.log.words.append, PATIENCE_S)

    note = witnesses.with_cosignatures(head.head, head.note, watched.log.source)

    names = [line.name for line in read_note(note).lines]
    assert names.count("a.example/w") == 1


def test_a_witness_that_does_not_answer_is_waited_for_once(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, answers = threading.Event(), Witnesses._answer
    watched.stack.callback(over.set)

    def answer(self: Witnesses, witness: Witness, body: bytes) -> bytes:
        if witness.name == "a":
            over.wait()
        return answers(self, witness, body)

    monkeypatch.setattr(Witnesses, "_answer", answer)
    witnesses = Witnesses(watched.policy, watched.log.words.append, wait_s=0.2)
    head = watched.log.head()

    first = witnesses.with_cosignatures(head.head, head.note, watched.log.source)
    assert set(cosigned(first, watched.policy).at_s) <= {"b"}
    witnesses.with_cosignatures(head.head, first, watched.log.source)

    told = [line for line in watched.log.words if "the witness a" in line]
    assert told == ["log: the witness a gives no cosignature: it has not answered within 0.2 s"]
    over.set()
    witnesses._threads["a"].join()
    assert watched.a.asked == [(0, 1)], "it was asked once"


def test_a_policy_of_other_logs_is_refused(watched: Watched) -> None:
    other = read_policy(
        f"log {watched.log.verifiers.ed25519._replace(name='other').text}\nquorum none\n".encode()
    )
    with (
        pytest.raises(SignersUnusable, match="names other logs than this one: add a line `log "),
        opened_notary(Rows(1), watched.log.own, watched.log.out, print, other),
    ):
        pass
