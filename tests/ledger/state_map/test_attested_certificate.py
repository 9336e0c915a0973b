"""From a row to the log's key: a certificate whose root the journal bears, judged by two programs.

The second is `examples/certificate_check.py`, which has no line of ours.
"""

import json
import random
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec import json as msgspec_json
from msgspec import structs

from exchange.engine.replay import replayed
from exchange.state_rows import subject_rows
from gateway.cli.json_schemas import schema_of
from gateway.notary.log_folder import VERIFIERS
from ledger.base64url import bytes_of_padded64, padded64, text64
from ledger.durations import DAY_NS, SECOND_NS
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import JournalRow
from ledger.log.receipt import Receipt, read_receipt
from ledger.log.verifier import read_verifiers
from ledger.state_map.attested_certificate import NoReceipt, check_attested
from ledger.state_map.attested_days import attested_days
from ledger.state_map.certificate import BadCertificate, Certificate, certify, read_certificate
from ledger.state_map.map_tree import leaf_sha256, place_of
from tests.exchange.ground import Floor
from tests.gateway.cli.json_schema import mismatches
from tests.gateway.cli.lines import document as told_by
from tests.gateway.cli.lines import said
from tests.house.sources import ROOT
from tests.ledger.audit.rooted import SECRET, attest_days
from tests.ledger.log.published import Log, Rows

pytestmark = pytest.mark.xdist_group("certificates")
PROGRAM = ROOT / "examples" / "certificate_check.py"
FOREIGN = runpy.run_path(str(PROGRAM))
SEED = 20_261_130
Document = dict[str, Any]


class Closed(NamedTuple):
    """A venue with a closed day, its log, and all rows at that day's close."""

    journal: MemoryJournal
    log: Log
    close: int
    rows: dict[str, bytes]

    @property
    def key(self) -> bytes:
        return (self.log.out / VERIFIERS).read_bytes()

    def receipt(self, position: int) -> Receipt:
        return self.log.receipt(position)

    def certified(self, *subjects: str) -> list[Certificate]:
        made = certify(self.rows.items(), subjects, "cn-1", self.close, SECRET)
        attested = attested_days(self.journal).roots[self.close]
        receipt = self.receipt(attested.position).raw.decode()
        return [structs.replace(each, receipt=receipt) for each in made]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    """More than a thousand subjects at the close of a day whose root the log bears."""
    floor = Floor(owners=4, buyers=4, nodes=120)
    for number, owner in enumerate(floor.owners * 6):
        floor.ask(owner, 1, 1300 + number)
    for number, buyer in enumerate(floor.buyers * 6):
        floor.bid(buyer, 1, 1200 - number)
    floor.pass_time(floor.writer.at_ns + 2 * DAY_NS)
    journal = floor.journal()
    attest_days(journal)
    log = Log(tmp_path_factory.mktemp("closed"))
    log.publish(journal)  # type: ignore[arg-type]
    close = attested_days(journal).closes[0]
    return Closed(journal, log, close, dict(subject_rows(replayed(journal, close))))


def test_an_attestation_that_cannot_be_read_is_passed_over(closed: Closed) -> None:
    whole = attested_days(closed.journal)
    journal = MemoryJournal()
    journal.store.rows[:] = [
        row._replace(state=b"{}") if row.position == whole.roots[closed.close].position else row
        for row in closed.journal.read()
    ]

    found = attested_days(journal)

    assert found.closes == whole.closes
    assert set(whole.roots) - set(found.roots) == {closed.close}


def document(certificate: Certificate) -> Document:
    told = json.loads(msgspec_json.encode(certificate))
    assert isinstance(told, dict)
    return told


def ours(told: Document, key: bytes) -> Any:
    certificate = read_certificate(json.dumps(told).encode())
    return check_attested(certificate, read_verifiers(key)).certified.row


def foreign(told: Document, key: bytes) -> Any:
    """What the program without a line of ours says; its every complaint is `Wrong`."""
    try:
        return FOREIGN["check"](told, FOREIGN["attested_root"](told, key.decode()))
    except (FOREIGN["Wrong"], TypeError, KeyError, IndexError, ValueError, AttributeError) as error:
        raise BadCertificate(str(error)) from None


Check = Callable[[Document, bytes], Any]
CHECKS: list[Check] = [ours, foreign]


def hold(closed: Closed, check: Check, there: int, absent: int) -> None:
    """So many random subjects, and so many that do not exist, are proven by the log's key."""
    draw = random.Random(SEED)
    names = draw.sample(sorted(closed.rows), there)
    nobodies = [f"n-{number:04}" for number in draw.sample(range(1_000, 10_000), absent)]
    for certificate in closed.certified(*names, *nobodies):
        raw = closed.rows.get(certificate.subject)
        found = check(document(certificate), closed.key)
        assert found == (None if raw is None else json.loads(raw)), (SEED, certificate.subject)
        assert (raw is None) == (certificate.subject in nobodies)


@pytest.mark.parametrize("check", CHECKS)
def test_a_subject_and_its_absence_are_proven_by_the_logs_key_alone(
    closed: Closed, check: Check
) -> None:
    hold(closed, check, there=60, absent=10)


@pytest.mark.storm
@pytest.mark.parametrize("check", CHECKS)
def test_a_thousand_subjects_and_a_hundred_that_do_not_exist(closed: Closed, check: Check) -> None:
    hold(closed, check, there=1_000, absent=100)


def entry_changed(receipt: Receipt, **members: Any) -> str:
    """The receipt of an entry that says something else."""
    told = json.loads(receipt.entry)
    told["event"] |= members
    entry = json.dumps(told, separators=(",", ":")).encode()
    return receipt._replace(entry=entry).raw.decode()


def forgeries(closed: Closed) -> dict[str, Document]:
    """What nobody may believe, each made of a certificate that holds."""
    told, other = map(document, closed.certified("n-0001", "n-0002"))
    of_the_close = "cn-1", closed.close, SECRET
    days = attested_days(closed.journal)
    receipt = closed.receipt(days.roots[closed.close].position)
    later = closed.receipt(days.roots[days.closes[1]].position)
    row = json.loads(told["row"])
    row["lot"]["units"].pop()
    shorter = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    own = [
        text64(place_of("n-0001")),
        text64(leaf_sha256(_raw(told["salt"]), told["row"].encode())),
    ]
    none = {"row": None, "salt": None}
    note = receipt.note.decode()
    size = int(note.split("\n")[1])
    bit = bytearray(receipt.proof[0])
    bit[0] ^= 1

    def receiving(changed: Receipt) -> Document:
        return told | {"receipt": changed.raw.decode()}

    return {
        "a shorter list": told | {"row": shorter},
        "a false absence": told | none,
        "a false absence, behind itself": told | none | {"other_leaf": own},
        "a false absence, of an empty map": told | none | {"path": []},
        "another's row": told | {"row": other["row"], "salt": other["salt"]},
        "a map of somebody's own, with a true receipt": document(
            structs.replace(
                certify([("n-0001", b'{"subject":"n-0001"}')], ["n-0001"], *of_the_close)[0],
                receipt=told["receipt"],
            )
        ),
        "another root": told | {"root": other["path"][0][1]},
        "another position": told | {"position": closed.close + 1},
        "another venue": told | {"venue": "cn-2"},
        "no receipt": told | {"receipt": None},
        "a receipt of nothing": told | {"receipt": ""},
        "a receipt in words": told | {"receipt": "c2sp.org/tlog-proof@v1\n\n"},
        "a receipt of a later day's root": told | {"receipt": later.raw.decode()},
        "a receipt of the day's hash of form 1": receiving(closed.receipt(closed.close + 1)),
        "a receipt of another event": receiving(closed.receipt(2)),
        "an entry with another root": told
        | {"receipt": entry_changed(receipt, state_sha256=text64(bytes(32)))},
        "an entry of another position": told
        | {"receipt": entry_changed(receipt, upto_position=closed.close + 1)},
        "a place that is another's": receiving(receipt._replace(leaf_index=receipt.leaf_index - 1)),
        "a place beyond the head": receiving(receipt._replace(leaf_index=size)),
        "a proof that is shorter": receiving(receipt._replace(proof=receipt.proof[:-1])),
        "a proof that is longer": receiving(
            receipt._replace(proof=(*receipt.proof, receipt.proof[0]))
        ),
        "a flipped bit of the proof": receiving(
            receipt._replace(proof=(bytes(bit), *receipt.proof[1:]))
        ),
        "a head of another size": receiving(
            receipt._replace(note=note.replace(f"\n{size}\n", f"\n{size + 1}\n", 1).encode())
        ),
        "a head that nobody signed": receiving(
            receipt._replace(note=note.partition("\n\n")[0].encode() + b"\n\n")
        ),
        "a head signed otherwise": receiving(receipt._replace(note=_other_signature(note))),
    }


def _raw(text: str) -> bytes:
    return FOREIGN["raw"](text, 16)  # type: ignore[no-any-return]


def _other_signature(note: str) -> bytes:
    """Each signature with its last bit turned."""
    text, _, lines = note.partition("\n\n")
    made = []
    for line in lines.splitlines():
        name, _, signature = line.rpartition(" ")
        raw = bytearray(bytes_of_padded64(signature) or b"")
        raw[-1] ^= 1
        made.append(f"{name} {padded64(bytes(raw))}")
    return "\n".join([text, "", *made, ""]).encode()


@pytest.mark.parametrize("check", CHECKS)
def test_no_forgery_is_believed(closed: Closed, check: Check) -> None:
    forged = forgeries(closed)
    assert len(forged) >= 20
    for name, told in forged.items():
        try:
            check(told, closed.key)
        except BadCertificate:
            continue
        pytest.fail(f"{name} is believed")


@pytest.mark.parametrize("check", CHECKS)
def test_another_logs_key_believes_nothing(closed: Closed, check: Check, tmp_path: Path) -> None:
    (told,) = map(document, closed.certified("n-0001"))
    stranger = Log(tmp_path)
    stranger.publish(closed.journal)  # type: ignore[arg-type]
    with pytest.raises(BadCertificate):
        check(told, (stranger.out / VERIFIERS).read_bytes())


class Shifted:
    """The same journal, whose rows say the next position: no venue writes such a log."""

    def __init__(self, journal: MemoryJournal) -> None:
        self._journal = journal

    def head(self) -> int:
        return self._journal.head()

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        rows = self._journal.read(after, upto)
        return (row._replace(position=row.position + 1) for row in rows)


@pytest.mark.parametrize("check", CHECKS)
def test_an_entry_that_says_another_position_than_its_place_is_refused(
    closed: Closed, check: Check, tmp_path: Path
) -> None:
    (certificate,) = closed.certified("n-0001")
    log = Log(tmp_path)
    log.publish(Shifted(closed.journal))  # type: ignore[arg-type]
    receipt = log.receipt(attested_days(closed.journal).roots[closed.close].position)
    told = document(certificate) | {"receipt": receipt.raw.decode()}
    with pytest.raises(BadCertificate, match="another position"):
        check(told, (log.out / VERIFIERS).read_bytes())


@pytest.mark.parametrize(
    ("position", "words"), [(1, "form 1, which is no root"), (2, "attests no root")]
)
def test_which_entry_a_receipt_is_of_is_said(closed: Closed, position: int, words: str) -> None:
    (certificate,) = closed.certified("n-0001")
    place = closed.close + 1 if position == 1 else position
    receipt = closed.receipt(place).raw.decode()
    with pytest.raises(BadCertificate, match=words):
        check_attested(structs.replace(certificate, receipt=receipt), read_verifiers(closed.key))


@pytest.mark.parametrize("member", [{"position": 1}, {"venue": "cn-2"}])
@pytest.mark.parametrize("check", CHECKS)
def test_whose_state_the_entry_is_of_is_said(
    closed: Closed, check: Check, member: Document
) -> None:
    (told,) = map(document, closed.certified("n-0001"))
    with pytest.raises(BadCertificate, match=r"receipt is of position|its entry is"):
        check(told | member, closed.key)


@pytest.mark.parametrize("cut", [0, -1])
def test_a_proof_of_another_length_is_none(closed: Closed, cut: int) -> None:
    receipt = closed.receipt(9)
    proof = list(receipt.proof[:-1]) if cut else [*receipt.proof, receipt.proof[0]]
    leaf, size = FOREIGN["sha256"](b"\x00", receipt.entry), closed.journal.head()
    with pytest.raises(FOREIGN["Wrong"], match="too short" if cut else "too long"):
        FOREIGN["climbed"](leaf, receipt.leaf_index, size, proof)


def test_one_without_a_receipt_says_so(closed: Closed) -> None:
    (certificate,) = closed.certified("n-0001")
    with pytest.raises(NoReceipt, match="holds no receipt"):
        check_attested(structs.replace(certificate, receipt=None), read_verifiers(closed.key))


def test_what_is_proven_names_the_entry_that_attests_it(closed: Closed) -> None:
    (certificate,) = closed.certified("p-0002")
    found = check_attested(certificate, read_verifiers(closed.key))
    row = found.proven.entry.row

    assert row.position == attested_days(closed.journal).roots[closed.close].position
    assert json.loads(row.state)["upto_position"] == certificate.position
    assert read_receipt((certificate.receipt or "").encode()).leaf_index == row.position - 1


@pytest.mark.parametrize(("zone", "offset"), [("Asia/Shanghai", 8), ("", 0), ("../x", 0)])
def test_a_certificate_is_told_as_of_when_by_both_programs(
    closed: Closed, tmp_path: Path, zone: str, offset: int
) -> None:
    """The proven entry's time, in the zone that the file names; a zone that is none is UTC."""
    for subject in ("p-0002", "n-9999"):
        (certificate,) = closed.certified(subject)
        file, key = tmp_path / f"{subject}.json", closed.log.out / VERIFIERS
        file.write_bytes(msgspec_json.encode(structs.replace(certificate, zone=zone)))
        attested = attested_days(closed.journal).roots[closed.close].position
        row = next(iter(closed.journal.read(attested - 1, attested)))
        at_ns = json.loads(row.state)["at_ns"]
        at = datetime.fromtimestamp(at_ns // SECOND_NS, timezone(timedelta(hours=offset)))
        words = f"attested at {at.isoformat(sep=' ')}"
        checked = ("audit", "check", str(file), "--key", str(key))

        assert words in said(*checked).stdout
        told = told_by(said(*checked, "--json"))
        assert (told["attested_ns"], told["attested_at"]) == (str(at_ns), row.position)
        assert not mismatches(told, schema_of("audit check"))
        line = [sys.executable, "-I", str(PROGRAM), str(file), "--key", str(key)]
        foreign_ = subprocess.run(line, check=True, capture_output=True, encoding="utf-8")
        assert words in foreign_.stdout


def test_each_hash_of_the_log_is_climbed_as_the_standard_has_it(tmp_path: Path) -> None:
    """The foreign program, over every place of logs of many sizes."""
    met = 0
    for size in (1, 2, 3, 7, 8, 9, 31):
        log = Log(tmp_path / str(size))
        log.publish(Rows(size))
        root = log.head().head.root
        for position in range(1, size + 1):
            receipt = log.receipt(position)
            leaf = FOREIGN["sha256"](b"\x00", receipt.entry)
            found = FOREIGN["climbed"](leaf, receipt.leaf_index, size, list(receipt.proof))
            assert found == root, (size, position)
            met += 1
    assert met == 61
