"""A trader without a line of ours: written from /openapi.json and /asyncapi.json alone.

    python examples/outsider.py ~/.local/share/gpubourse/demo/keys/trader L.H100SXM8.CN-BJ.2026-12

Logs on, hears its fills, takes one lot of the best ask, then bids low and takes that back. It needs
`websockets` and `cryptography`; what is signed, and how, the document of the socket says.
"""

import asyncio
import base64
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
URL = sys.argv[3] if len(sys.argv) > 3 else "ws://127.0.0.1:8470/v1/ws"
KEY = json.loads(Path(sys.argv[1]).read_text())
MARKET = sys.argv[2]
SECRET = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(KEY["private_key"] + "="))
PROTOCOL = websockets.Subprotocol("gpubourse.v1.json")
received: dict[str, list[dict[str, Any]]] = {}


def signed(document: dict[str, Any]) -> str:
    """The signature over the document's canonical JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    signature = SECRET.sign(b"gpubourse-v1\n" + text.encode())
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


async def receive(line: Any) -> dict[str, Any]:
    """The next message; those of feeds are kept by their name."""
    reply: dict[str, Any] = json.loads(await line.recv())
    received.setdefault(reply.get("feed", ""), []).append(reply)
    return reply


async def ask(line: Any, op: str, **members: Any) -> Any:
    """One message and its reply, whatever comes between."""
    number = time.monotonic_ns() % 2**53
    await line.send(json.dumps({"op": op, "id": number, **members}))
    reply = await receive(line)
    while reply.get("id") != number:
        reply = await receive(line)
    if not reply["ok"]:
        sys.exit(reply["error"]["detail"])
    return reply["result"]


async def command(line: Any, op: str, **args: Any) -> Any:
    """A command under a key of its own, signed now."""
    who = {name: KEY[name] for name in ("party", "principal", "venue")}
    members = {"key": str(uuid.uuid4()), "issued_ns": str(time.time_ns()), "valid_ms": 5000}
    signature = signed({"v": 1, "op": op, "args": args, **who, **members})
    return await ask(line, op, args=args, signature=signature, **members)


async def main() -> None:
    async with websockets.connect(URL, subprotocols=[PROTOCOL]) as line:
        hello = json.loads(await line.recv())
        who = {name: KEY[name] for name in ("party", "principal", "venue")}
        logon = {"v": 1, "op": "logon", "challenge": hello["challenge"], "scopes": [], "ttl_s": 600}
        await ask(line, "logon", document=logon | who, signature=signed(logon | who))
        feeds = [f"book.10.0/{MARKET}", f"fills/{KEY['party']}"]
        await ask(line, "subscribe", feeds=feeds)
        while feeds[0] not in received:
            await receive(line)
        best = received[feeds[0]][0]["body"]["asks"][0][0]
        bid = {"market": MARKET, "side": "bid", "lots": 1}
        taken = await command(line, "order.new", **bid, price_ticks=best)
        low = await command(line, "order.new", **bid, price_ticks=best - 1)
        ended = await command(line, "order.cancel", order=low["order"])
        while feeds[1] not in received:
            await receive(line)
        fill = received[feeds[1]][0]["body"][0]
        print(f"{taken['order']} is {taken['state']}: {fill['fill']} at {fill['price_ticks']}")
        print(f"{ended['order']} is {ended['state']}")


asyncio.run(main())
