"""The vectors of docs/vectors/, as today's engine makes them: `python -m tests.house.vectors`.

They are pinned: a test compares them with what stands there. To write them anew is to say that a
format has changed, which no release may do to journals that there are.
"""

import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from exchange.state_form import FORM, rows, state_sha256
from exchange.state_rows import subject_rows
from gateway.notary.signers import signers_in
from gpubourse import documents
from gpubourse.key_files import public_key_of
from gpubourse.wire import body_sha256
from ledger.base64url import sha256_text, text64
from ledger.events import LogLossAccepted
from ledger.journal.commit_chain import next_commit
from ledger.journal.migrations import migrations_in, sql_folder
from ledger.journal.personal_names import hashed
from ledger.journal.protocol import CommandRow, Commit, JournalRow
from ledger.log.entry import entry_of, salt_of
from ledger.log.merkle import leaf_hash, root_of
from ledger.log.note import SignatureLine, note_bytes, read_note
from ledger.log.origin import accepted_loss, origin_of_first
from ledger.log.receipt import Receipt
from ledger.log.tree_head import TreeHead, read_head_text
from ledger.log.verifier import ED25519, Verifier, read_verifiers
from ledger.state_map.certificate import certify
from tests.exchange.test_state_form import small
from tests.gateway.access.test_signed_documents import DOCUMENT, SEED
from tests.house.sources import ROOT
from tests.oracles import naive_log

FOLDER = ROOT / "docs/vectors"
NAME = "李 雷"
REPORT = b"vendor,model,serial,board_part_number,uuid,node,slot\n"
SALT = bytes(range(16))
SALT_KEY = bytes(range(32, 64))
MAP_SECRET = bytes(range(32))
SPOILT = 1_796_090_400_000_000_001  # past 2^53: a careless reader makes it …000


def journal() -> dict[str, Any]:
    """A small journal, its last state and that state's hash."""
    floor = small()
    state = [row.decode() for row in rows(floor.venue)]
    digest = state_sha256(floor.venue)
    floor.keep(floor.writer.attest(floor.writer.at_ns + 1))
    stored = [row for batch in floor.batches for row in batch.rows]
    return {
        "stored_events": [
            [row.position, row.stream, row.version, row.topic, row.state.decode()] for row in stored
        ],
        "state": {"form": FORM, "rows": state, "state_sha256": digest},
    }


def commits() -> list[dict[str, Any]]:
    """The commits of that journal, one a batch by epoch 1; the last one bears a command, too."""
    floor = small()
    floor.keep(floor.writer.attest(floor.writer.at_ns + 1))
    found, last = [], Commit.none()
    for batch in floor.batches:
        is_last = batch is floor.batches[-1]
        asked = [_signed_row(batch.first_position, batch.last_position)] if is_last else []
        last = next_commit(last, 1, batch.rows, asked)
        found.append(
            {
                **last._asdict(),
                "chain": last.chain.hex(),
                "commands": [
                    [each.hex() if isinstance(each, bytes) else each for each in row]
                    for row in asked
                ],
            }
        )
    return found


def _signed_row(first: int, last: int) -> CommandRow:
    signed = documents.signed_bytes(DOCUMENT)
    return CommandRow(
        party=DOCUMENT["party"],
        key=DOCUMENT["key"],
        op=DOCUMENT["op"],
        body_sha256=body_sha256(DOCUMENT["op"], DOCUMENT["args"]),
        command_sha256=sha256(signed).digest(),
        principal=DOCUMENT["principal"],
        session="",
        label="李雷",
        received_ns=int(DOCUMENT["issued_ns"]) + 1,
        signed=signed,
        signature=Ed25519PrivateKey.from_private_bytes(SEED).sign(signed),
        first_position=first,
        last_position=last,
    )


def signing() -> dict[str, Any]:
    """A command and a log-on by one key."""
    private_key = Ed25519PrivateKey.from_private_bytes(SEED)
    logon = documents.logon_document(
        challenge="JrwafR8Y9cvXi-aCm_XtHE8r5psffoYy760uwu29KPM",
        party="p-0042",
        principal="k-0107",
        scopes=["read", "trade"],
        ttl_s=3_600,
        venue="cn-1",
    )
    command = _signed(private_key, DOCUMENT)
    body = body_sha256(DOCUMENT["op"], DOCUMENT["args"])
    command["command_sha256"] = sha256_text(documents.signed_bytes(DOCUMENT))
    command["body_sha256"] = text64(body)
    opened = _signed(private_key, logon)
    signed = documents.signed_bytes(logon)
    opened["session"] = sha256_text(signed + b"\n" + private_key.sign(signed))
    return {
        "private_key_hex": SEED.hex(),
        "public_key": public_key_of(private_key),
        "command": command,
        "logon": opened,
    }


def digests() -> dict[str, Any]:
    """Hashes of single things, and numbers to read with care."""
    text = json.dumps({"at_ns": SPOILT}, separators=(",", ":"))
    return {
        "holder": {"name": NAME, "salt_hex": SALT.hex(), "holder_sha256": hashed(SALT, NAME)},
        "report": {"raw": REPORT.decode(), "report_sha256": sha256_text(REPORT)},
        "migrations": {each.name: each.sha256.hex() for each in migrations_in(sql_folder())},
        "numbers": {
            "state": text,
            "at_ns": str(SPOILT),
            "at_ns_as_a_double": str(int(float(SPOILT))),
        },
    }


def log() -> dict[str, Any]:
    """That journal as a log: its entries, roots, and a head by Ed25519, which signs one way."""
    rows = [row for batch in small().batches for row in batch.rows]
    entries = [entry_of(row, salt_of(SALT_KEY, row.position)) for row in rows]
    private_key = Ed25519PrivateKey.from_private_bytes(SEED)
    own = Verifier(origin_of_first(rows[0]), ED25519, private_key.public_key().public_bytes_raw())
    head = TreeHead(own.name, len(rows), root_of([leaf_hash(each) for each in entries]))
    line = SignatureLine(own.name, own.signer_id, private_key.sign(head.text.encode()))
    return {
        "salt_key_hex": SALT_KEY.hex(),
        "entries": [each.decode() for each in entries],
        "roots": {
            str(size): root_of([leaf_hash(each) for each in entries[:size]]).hex()
            for size in (1, 2, 3, len(rows))
        },
        "private_key_hex": SEED.hex(),
        "key": own.text,
        "head": note_bytes(head.text, [line]).decode(),
    }


def log_loss() -> dict[str, Any]:
    """An event by which that log's loss is accepted, and the name and key of the one behind it."""
    found = log()
    own = read_verifiers(found["key"].encode())
    row = _acceptance(read_head_text(read_note(found["head"].encode()).text))
    loss = accepted_loss(row)
    assert loss is not None
    return {
        "event": row.state.decode(),
        "origin": loss.origin,
        "key": own.named(loss.origin).text.strip(),
    }


def _acceptance(head: TreeHead) -> JournalRow:
    """The loss of that log, as the venue's stream would have it."""
    event = LogLossAccepted(
        *(head.origin, head.size, text64(head.root), head.size - 2, head.size + 6),
        text64(bytes(32)),
        "the disk died",
    )
    stored = replace(event, at_ns=SPOILT, cause=head.size + 7)
    return JournalRow(
        head.size + 8, "venue:cn-1", 9, "log_loss_accepted", msgspec.json.encode(stored)
    )


def state_map() -> dict[str, Any]:
    """Form 2 of the same state: rows that are there, and ways that end at something else."""
    floor = small()
    subjects = ("n-0001", "account/p-0002/available", "l-0009", "n-0009", "x-000009")
    position = floor.writer.position
    made = certify(subject_rows(floor.venue), subjects, "cn-1", position, MAP_SECRET)
    return {
        "salt_key_hex": MAP_SECRET.hex(),
        "certificates": [msgspec.to_builtins(each) for each in made],
    }


def files() -> dict[Path, str]:
    """Each file with its text."""
    made: dict[str, Any] = {
        "journal.json": journal(),
        "commits.json": commits(),
        "signing.json": signing(),
        "digests.json": digests(),
        "log.json": log(),
        "log_loss.json": log_loss(),
        "state_map.json": state_map(),
    }
    return {
        FOLDER / name: json.dumps(vector, indent=1, ensure_ascii=False) + "\n"
        for name, vector in made.items()
    }


def _signed(private_key: Ed25519PrivateKey, document: dict[str, Any]) -> dict[str, Any]:
    signed = documents.signed_bytes(document)
    return {
        "document": document,
        "signed": signed.decode(),
        "signature": documents.sign(private_key, document),
    }


def pin_receipt() -> None:
    """The receipt of position 200, by new keys: ML-DSA signs otherwise each time, so it is pinned.

    Made anew only where the journal of the vectors has become another.
    """
    entries = [each.encode() for each in log()["entries"]]
    leaves = [leaf_hash(each) for each in entries]
    head = TreeHead(origin_of_first(small().batches[0].rows[0]), len(leaves), root_of(leaves))
    file = FOLDER / "log_200.tlog-proof"
    if head.text.encode() in file.read_bytes():
        return
    with TemporaryDirectory() as folder:
        signers = signers_in(Path(folder), head.origin, is_log_there=False)
    note = signers.signed(head, 1_796_090_400)
    proof = naive_log.audit_path(199, leaves)
    file.write_bytes(Receipt(entries[199], 199, tuple(proof), note).raw)
    (FOLDER / "log_key.txt").write_text(signers.verifiers.text, "utf-8")


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, "utf-8")
    pin_receipt()
