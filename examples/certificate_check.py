"""Check a certificate: what a venue's state says of one subject, by its log's key or under a root.

    python examples/certificate_check.py n-0003.json --key log.key
    python examples/certificate_check.py n-0003.json P_hwYdkgPnJUbe0wG4cvmKPTwhWnAnEaWTzMmzDbvHs

With the log's key all is checked: row, path, root, the entry that attests it, its place in the log,
and the head's Ed25519 signature (that takes `cryptography`). Under a root that you trust otherwise
the standard library is enough. No line of gpubourse is used; docs/FORMATS.md says how it is made.
Prints the subject's row, or that it has none, and by when that was attested; ends 1 at the first
thing that does not hold, 2 if there is no such file.
"""

import base64
import hashlib
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # type: ignore[assignment,misc]

EMPTY_ROOT = hashlib.sha256(b"\x03").digest()
# An id; what is named behind its kind; the bank's own words, which may be in any script.
SUBJECT = re.compile(
    r"venue|[a-z]-[0-9]{1,18}|(account|market|model|report|rule)/[!-~]+"
    r"|bank_reference/[^\x00-\x20]([^\x00-\x1f]*[^\x00-\x20])?"
)


class Wrong(Exception):
    """The certificate does not hold."""


def must(holds: bool, wrong: str) -> None:
    """End with what is wrong, unless it holds."""
    if not holds:
        raise Wrong(wrong)


def read_json(text: str) -> Any:
    """JSON of whole numbers alone: `int` raises ValueError for 2.0, NaN and Infinity."""
    try:
        return json.loads(text, parse_float=int, parse_constant=int)
    except RecursionError:
        raise Wrong("it is nested too deep") from None


def safe(text: str) -> str:
    """Text for a terminal: what is not printable as its escape, except a line's end."""
    return "\n".join(
        "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
        for line in text.split("\n")
    )


def raw(text: Any, length: int = 32) -> bytes:
    """The bytes behind base64url without padding, in its one spelling."""
    must(isinstance(text, str), "a hash is no text")
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Wrong(f"{text[:60]!r} is no base64url") from None
    written = base64.urlsafe_b64encode(found).rstrip(b"=").decode()
    must(len(found) == length and written == text, f"{text[:60]!r} is not {length} bytes")
    return found


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one behind the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def first_bits(place: bytes, bits: int) -> bytes:
    """The first bits of a place, and 0 from there on."""
    return (int.from_bytes(place, "big") >> (256 - bits) << (256 - bits)).to_bytes(32, "big")


def bit(place: bytes, index: int) -> bool:
    """One bit of a place; the first is 0."""
    return bool(place[index // 8] & 128 >> index % 8)


def branch(bits: int, prefix: bytes, zero: bytes, one: bytes) -> bytes:
    """The hash of a branch."""
    return sha256(b"\x01", bits.to_bytes(2, "big"), prefix, zero, one)


def leaf_of(certificate: dict[str, Any]) -> bytes:
    """The hash of salt and row; the row must be the subject's, and canonical JSON."""
    text = certificate["row"]
    must(isinstance(text, str), "the row is no text")
    try:
        row = read_json(text)
        again = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        raise Wrong("the row is no JSON") from None
    must(isinstance(row, dict) and again == text, "the row is no canonical JSON object")
    must(row.get("subject") == certificate["subject"], "the row is another subject's")
    return sha256(b"\x00", raw(certificate["salt"], 16), text.encode())


def instead(certificate: dict[str, Any], place: bytes, last: int) -> bytes:
    """The hash of what ends the subject's way, and shows that it has no row."""
    leaf, other = certificate.get("other_leaf"), certificate.get("other_branch")
    must(certificate["salt"] is None, "a salt without a row")
    must(leaf is None or other is None, "two things end one way")
    if leaf is not None:
        there, digest = raw(leaf[0]), raw(leaf[1])
        must(there != place, "what ends the way is the subject's own row")
        must(first_bits(there, last + 1) == first_bits(place, last + 1), "it is not on the way")
        return sha256(b"\x02", there, digest)
    if other is not None:
        bits, prefix = other[0], raw(other[1])
        must(type(bits) is int and last < bits < 256, "the branch is not below the path")
        must(first_bits(prefix, bits) == prefix, "the branch names bits that it does not share")
        must(first_bits(place, bits) != prefix, "the branch leads on to the subject")
        must(first_bits(prefix, last + 1) == first_bits(place, last + 1), "it is not on the way")
        return branch(bits, prefix, raw(other[2]), raw(other[3]))
    must(not certificate["path"], "the path ends at nothing")
    return EMPTY_ROOT


def check(certificate: dict[str, Any], root: str) -> dict[str, Any] | None:
    """The subject's row, None if it has none. Raises Wrong."""
    form, subject = certificate.get("form"), certificate["subject"]
    must(type(form) is int and form == 2, "it is no certificate of form 2")
    must(isinstance(subject, str) and SUBJECT.fullmatch(subject) is not None, "it is of no subject")
    place = sha256(subject.encode())
    path = [(bits, raw(sibling)) for bits, sibling in certificate["path"]]
    last = -1
    for bits, _ in path:
        must(type(bits) is int and last < bits < 256, "the steps of the path do not go down")
        last = bits
    if certificate["row"] is None:
        digest = instead(certificate, place, last)
    else:
        ends = certificate.get("other_leaf"), certificate.get("other_branch")
        must(ends == (None, None), "it says that there is a row, and that there is none")
        digest = sha256(b"\x02", place, leaf_of(certificate))
    for bits, sibling in reversed(path):
        sides = (sibling, digest) if bit(place, bits) else (digest, sibling)
        digest = branch(bits, first_bits(place, bits), *sides)
    position, venue = certificate["position"], certificate["venue"].encode()
    must(type(position) is int and 0 <= position < 1 << 63, "the position is none")
    digest = sha256(b"\x04", position.to_bytes(8, "big"), digest, venue)
    must(digest == raw(root), "row and path do not come to the root")
    must(certificate["root"] == root, "it names another root")
    return read_json(certificate["row"]) if certificate["row"] is not None else None


def head_of(note: str, key_file: str) -> tuple[int, bytes]:
    """Size and root of a log, as the Ed25519 key of its key file signed them."""
    text, _, lines = note.partition("\n\n")
    signed = f"{text}\n".encode()
    origin, size, root = text.split("\n")
    for line in key_file.splitlines():
        name, _, key = line.split("+", 2)
        kind = base64.b64decode(key)
        key_id = sha256(f"{origin}\n".encode(), kind)[:4]  # one key signs for all logs of a journal
        if kind[0] != 1 or name.split("/")[:3] != origin.split("/")[:3]:
            continue
        for found in re.findall(f"^— {re.escape(origin)} (.+)$", lines, re.MULTILINE):
            signature = base64.b64decode(found)
            if signature[:4] == key_id:
                if Ed25519PublicKey is None:
                    raise Wrong("`cryptography` is not here to check the head's signature by")
                try:
                    Ed25519PublicKey.from_public_bytes(kind[1:]).verify(signature[4:], signed)
                except InvalidSignature:
                    raise Wrong("the log's key did not sign the head") from None
                return int(size), base64.b64decode(root)
    raise Wrong("its log's head bears no signature of this key")


def climbed(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root of a log of so many entries in which this leaf stands there (RFC 9162, 2.1.3.2)."""
    must(0 <= index < size, "the head does not cover the entry")
    digest, last = leaf, size - 1
    for sibling in proof:
        must(last > 0, "the proof in the log is too long")
        if index & 1 or index == last:
            digest = sha256(b"\x01", sibling, digest)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            digest = sha256(b"\x01", digest, sibling)
        index, last = index >> 1, last >> 1
    must(last == 0, "the proof in the log is too short")
    return digest


def attested_root(certificate: dict[str, Any], key_file: str) -> str:
    """The root of the certificate's state, as the venue's log bears it. Raises Wrong."""
    return str(attestation(certificate, key_file)["state_sha256"])


def attestation(certificate: dict[str, Any], key_file: str) -> dict[str, Any]:
    """The event of the venue's log that attests the certificate's root. Raises Wrong."""
    receipt = certificate.get("receipt")
    must(isinstance(receipt, str), "it holds no receipt: name a root that you trust")
    begin, _, note = str(receipt).partition("\n\n")
    title, extra, number, *proof = begin.split("\n")
    must(title == "c2sp.org/tlog-proof@v1", "its receipt is none")
    size, root = head_of(note, key_file)
    entry = base64.b64decode(extra.removeprefix("extra "))
    index = int(number.removeprefix("index "))
    found = climbed(sha256(b"\x00", entry), index, size, [base64.b64decode(each) for each in proof])
    must(found == root, "the entry that attests the root is not in the log")
    stored = read_json(entry.decode())
    event = stored["event"]
    must((stored["topic"], event["form"]) == ("state_attested", 2), "its entry attests no root")
    must(stored["position"] == index + 1, "its entry stands at another position of the log")
    must(event["venue"] == certificate["venue"], "its entry is another venue's")
    must(event["upto_position"] == certificate["position"], "its entry is of another position")
    must(type(event["at_ns"]) is int, "its entry has no time")
    return dict(event)


def instant(at_ns: int, zone: Any) -> str:
    """A time in the zone that the file names, else in UTC; with its offset it is the same time."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, OSError, TypeError, ValueError, AttributeError):
        place = ZoneInfo("UTC")
    try:
        return datetime.fromtimestamp(at_ns // 10**9, place).isoformat(sep=" ")
    except (OverflowError, ValueError, OSError):
        return f"{at_ns // 10**9} seconds since 1970"


def main(name: str, root: str, key_file: str = "") -> None:
    """Check one file."""
    try:
        text = Path(name).read_text("utf-8")
        key = Path(key_file).read_text("utf-8") if key_file else ""
    except OSError as error:
        print(safe(f"{error.filename} cannot be read: {error.strerror}"), file=sys.stderr)
        sys.exit(2)
    except ValueError:
        sys.exit(safe(f"{name!r} does not hold: it is no text in UTF-8"))
    try:
        certificate = read_json(text)
        must(isinstance(certificate, dict), "it is no certificate of form 2")
        event: dict[str, Any] = {"state_sha256": root}
        event |= attestation(certificate, key) if key else {}
        row = check(certificate, str(event["state_sha256"]))
    except (Wrong, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        sys.exit(safe(f"{name} does not hold: {error}"))
    subject, position = repr(certificate["subject"])[1:-1], certificate["position"]
    where = f"at position {position}"
    if key:  # the state is of no later time; under a root alone its giver knows the time
        where += f", attested at {instant(event['at_ns'], certificate.get('zone'))}"
    if row is None:
        print(f"{subject}: no row {where}")
        return
    print(f"{subject} {where}:")
    print(safe(json.dumps(row, indent=1, ensure_ascii=False)))
    if isinstance(row.get("lot"), dict) and row["lot"].get("liens") == []:
        print("No release registers liens or pledges yet: that list is empty for everything.")


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[2] == "--key":
        main(sys.argv[1], "", sys.argv[3])
    elif len(sys.argv) == 3:
        main(*sys.argv[1:])
    else:
        sys.exit("python examples/certificate_check.py FILE --key KEY, or FILE ROOT")
