"""A trader without a line of ours: written from /openapi.json and /asyncapi.json alone.

    python examples/outsider.py ~/.local/share/gpubourse/demo/keys/trader L.H100SXM8.CN-BJ.2026-12

Logs on, hears its fills, takes one lot of the best ask, then bids low and takes that back. It needs
`websockets` and `cryptography`; what is signed, and how, the document of the socket says.
"""

import asyncio
import base64
import itertools
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import websockets
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if len(sys.argv) < 3:
    sys.exit("python examples/outsider.py KEY_FILE MARKET [SOCKET]")
KEY = json.loads(Path(sys.argv[1]).read_text())
MARKET = sys.argv[2]
URL = sys.argv[3] if len(sys.argv) > 3 else "ws://127.0.0.1:8470/v1/ws"
WHO = {name: KEY[name] for name in ("party", "principal", "venue")}
SECRET = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(KEY["private_key"] + "="))
numbers = itertools.count(1)
received: dict[Any, Any] = {}  # the first message of each feed, and the reply to each number


def signed(document: dict[str, Any]) -> str:
    """The signature over the document's canonical JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    signature = SECRET.sign(b"gpubourse-v1\n" + text.encode())
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


async def receive(line: Any, name: Any) -> Any:
    """The first message of a feed, or the reply to a number, whatever comes before it."""
    while name not in received:
        message = json.loads(await line.recv())
        received.setdefault(message.get("feed", message.get("id")), message)
    return received[name]


async def ask(line: Any, op: str, **members: Any) -> Any:
    """One message, and what its reply says."""
    number = next(numbers)
    await line.send(json.dumps({"op": op, "id": number, **members}))
    reply = await receive(line, number)
    return reply["result"] if reply["ok"] else sys.exit(reply["error"]["detail"])


async def command(line: Any, op: str, **args: Any) -> Any:
    """A command under a key of its own, signed now."""
    members = {"key": str(uuid.uuid4()), "issued_ns": str(time.time_ns()), "valid_ms": 5000}
    signature = signed({"v": 1, "op": op, "args": args, **WHO, **members})
    return await ask(line, op, args=args, signature=signature, **members)


async def main() -> None:
    protocol = websockets.Subprotocol("gpubourse.v1.json")
    async with websockets.connect(URL, subprotocols=[protocol]) as line:
        challenge = json.loads(await line.recv())["challenge"]
        logon = {"v": 1, "op": "logon", "challenge": challenge, "scopes": [], "ttl_s": 600, **WHO}
        await ask(line, "logon", document=logon, signature=signed(logon))
        book, fills = f"book.10.0/{MARKET}", f"fills/{KEY['party']}"
        await ask(line, "subscribe", feeds=[book, fills])
        best = (await receive(line, book))["body"]["asks"][0][0]
        bid = {"market": MARKET, "side": "bid", "lots": 1}
        taken = await command(line, "order.new", **bid, price_ticks=best)
        low = await command(line, "order.new", **bid, price_ticks=best - 1)
        ended = await command(line, "order.cancel", order=low["order"])
        fill = (await receive(line, fills))["body"][0]
        print(f"{taken['order']} is {taken['state']}: {fill['fill']} at {fill['price_ticks']}")
        print(f"{ended['order']} is {ended['state']}")


asyncio.run(main())
