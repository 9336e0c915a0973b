"""A process that verifies signatures for an audit, beside the one that folds.

`python -m gateway.cli.evidence.signature_worker FD`: batches come and answers go by the socket of
that number. It ends when its parent lets go of the other end, however the parent ends; with 2 on a
Python that drops its asserts.
"""

import sys
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from gateway.cli.terminal import show_text
from gateway.interpreter import Optimised, must_keep_asserts
from ledger.authority.signatures import CheckedHere, DueSignature

_batch = msgspec.msgpack.Decoder(list[DueSignature])


def serve(parent: "Connection[Any, Any]") -> None:
    """Answer each batch with what does not hold, until no other can come."""
    here = CheckedHere()
    while True:
        try:
            raw = parent.recv_bytes()
        except (EOFError, OSError):
            return
        parent.send_bytes(msgspec.msgpack.encode(here.take(_batch.decode(raw))))


def main() -> int:
    """Serve until the parent lets go."""
    try:
        must_keep_asserts()
    except Optimised as error:
        show_text(f"audit: {error}", err=True)
        return 2
    serve(Connection(int(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
