"""A witness on this machine, written from the standards alone (tlog-witness, tlog-cosignature).

It shares no line with what it judges: its own tree arithmetic, its own signatures, its own parsing.
"""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

ED25519, ML_DSA_44 = 4, 6
FIRST_S = 1_796_090_500


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def follows(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """RFC 9162, 2.1.4.2: whether a proof joins two trees."""
    if old == new:
        return old_root == new_root and not proof
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    first, second = old - 1, new - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    left = right = path[0]
    for each in path[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            left, right = node(each, left), node(each, right)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            right = node(right, each)
        first, second = first >> 1, second >> 1
    return left == old_root and right == new_root and second == 0


class WitnessOnDuty:
    """Knows one log by its key, and the head of it that it cosigned last."""

    def __init__(self, name: str, log_line: str, kind: int = ED25519, seed: int = 1) -> None:
        self.name = name
        self.kind = kind
        origin, _, key = log_line.split("+", 2)
        self._origin, self._log_key = origin, base64.b64decode(key)[1:]
        raw = bytes([seed]) * 32
        self._key: Any
        if kind == ED25519:
            self._key = Ed25519PrivateKey.from_private_bytes(raw)
        else:
            self._key = MLDSA44PrivateKey.from_seed_bytes(raw)
        self.public = self._key.public_key().public_bytes_raw()
        self.size, self.root = 0, b""
        self.now_s = FIRST_S
        self.asked: list[tuple[int, int]] = []  # (old size, size) of each request
        self.instead: Any = None  # (status, headers, body) for whatever is asked

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(
            self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        ).digest()[:4]

    @property
    def vkey(self) -> str:
        raw = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{raw}"

    def answer(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.instead is not None:
            told = self.instead
            return told() if callable(told) else told
        begin, _, note = body.partition(b"\n\n")
        old_line, *proof_lines = begin.decode().split("\n")
        old = int(old_line.removeprefix("old "))
        proof = [base64.b64decode(line) for line in proof_lines]
        text, _, signatures = note.partition(b"\n\n")
        text += b"\n"
        origin, size_text, root_text = text.decode().splitlines()
        size, root = int(size_text), base64.b64decode(root_text)
        self.asked.append((old, size))
        if origin != self._origin:
            return 404, {}, b""
        if not self._is_logs(text, signatures):
            return 403, {}, b""
        if old > size:
            return 400, {}, b""
        if old != self.size:
            return 409, {"Content-Type": "text/x.tlog.size"}, f"{self.size}\n".encode()
        if old == size and self.size and root != self.root:
            return 409, {}, b""
        if (not old and proof) or (old and not follows(old, size, self.root, root, proof)):
            return 422, {}, b""
        self.size, self.root = size, root
        self.now_s += 1
        return 200, {}, self.line(text, size, root)

    def line(self, text: bytes, size: int, root: bytes) -> bytes:
        """A cosignature of a head, as a line."""
        stamp = self.now_s.to_bytes(8)
        if self.kind == ED25519:
            message = b"cosignature/v1\ntime %d\n" % self.now_s + text
        else:
            name, origin = self.name.encode(), self._origin.encode()
            message = b"subtree/v1\n\0" + bytes([len(name)]) + name + stamp
            message += bytes([len(origin)]) + origin + bytes(8) + size.to_bytes(8) + root
        raw = base64.b64encode(self.key_id + stamp + self._key.sign(message)).decode()
        return f"— {self.name} {raw}\n".encode()

    def _is_logs(self, text: bytes, signatures: bytes) -> bool:
        key = Ed25519PublicKey.from_public_bytes(self._log_key)
        for line in signatures.decode().splitlines():
            _, _, raw = line.split(" ")
            try:
                key.verify(base64.b64decode(raw)[4:], text)
            except Exception:
                continue
            return True
        return False


@contextmanager
def on_duty(witness: WitnessOnDuty) -> Iterator[str]:
    """The witness behind an address of this machine, while it is needed."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_known = self.path == "/w/add-checkpoint"
            status, headers, answer = witness.answer(body) if is_known else (404, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing is written."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/w"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
