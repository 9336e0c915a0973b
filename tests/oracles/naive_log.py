"""A reader of published logs that is not ours: written from RFC 6962 and the C2SP pages alone.

It imports nothing of the house, holds whole logs in memory and takes its time: what it agrees with
is the standard, and not our own code.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def split(length: int) -> int:
    """The largest power of two smaller than *length*."""
    power = 1
    while power * 2 < length:
        power *= 2
    return power


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over leaf hashes."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:]))


def audit_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*audit_path(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*audit_path(m - k, leaves[k:]), tree_hash(leaves[:k])]


def consistency(m: int, leaves: list[bytes], *, is_whole: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if is_whole else [tree_hash(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*consistency(m, leaves[:k], is_whole=is_whole), tree_hash(leaves[k:])]
    return [*consistency(m - k, leaves[k:], is_whole=False), tree_hash(leaves[:k])]


def number_path(number: int) -> str:
    digits = str(number).rjust(-(-len(str(number)) // 3) * 3, "0")
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([f"x{each}" for each in parts[:-1]] + parts[-1:])


def read_width(folder: Path, path: str, width: int) -> bytes:
    return (folder / (path if width == 256 else f"{path}.p/{width}")).read_bytes()


def verify_log(folder: Path, ed25519_line: str) -> list[Any]:
    """Every entry of the log in *folder*, as JSON, once all of it is proven by that one key."""
    name, _, rest = ed25519_line.strip().partition("+")
    key_hash, _, encoded = rest.partition("+")
    raw_key = base64.b64decode(encoded)
    assert raw_key[:1] == b"\x01"
    assert sha256(name.encode() + b"\n" + raw_key)[:4].hex() == key_hash
    text, _, signatures = (folder / "checkpoint").read_text("utf-8").rpartition("\n\n")
    signed = f"{text}\n".encode()
    for line in signatures.splitlines():
        _, signer, signature = line.split(" ")
        raw = base64.b64decode(signature)
        if (signer, raw[:4].hex()) == (name, key_hash):
            Ed25519PublicKey.from_public_bytes(raw_key[1:]).verify(raw[4:], signed)
            break
    else:
        raise AssertionError("no line of that key")
    origin, size_text, root = text.split("\n")
    assert origin == name
    size = int(size_text)
    entries: list[bytes] = []
    for number in range(-(-size // 256)):
        width = min(256, size - number * 256)
        raw = read_width(folder, f"tile/entries/{number_path(number)}", width)
        while raw:
            length = int.from_bytes(raw[:2], "big")
            entries.append(raw[2 : 2 + length])
            raw = raw[2 + length :]
    leaves = [sha256(b"\x00" + each) for each in entries]
    assert len(leaves) == size
    assert tree_hash(leaves) == base64.b64decode(root)
    verify_tiles(folder, leaves)
    return [json.loads(each) for each in entries]


def verify_tiles(folder: Path, leaves: list[bytes]) -> None:
    """Every tile of every level: MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])."""
    level, row = 0, leaves
    while row:
        for number in range(-(-len(row) // 256)):
            hashes = row[number * 256 : (number + 1) * 256]
            path = f"tile/{level}/{number_path(number)}"
            assert read_width(folder, path, len(hashes)) == b"".join(hashes), path
        whole = len(row) // 256
        row = [tree_hash(row[at * 256 : (at + 1) * 256]) for at in range(whole)]
        level += 1


def write_tiles(folder: Path, leaves: list[bytes]) -> None:
    """The tiles of a tree, level after level."""
    level, row = 0, leaves
    while row:
        for number in range(-(-len(row) // 256)):
            hashes = row[number * 256 : (number + 1) * 256]
            name = number_path(number) + (f".p/{len(hashes)}" if len(hashes) < 256 else "")
            path = folder / f"tile/{level}/{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(hashes))
        row = [tree_hash(row[at * 256 : (at + 1) * 256]) for at in range(len(row) // 256)]
        level += 1
