"""A bare client of the socket, without any of our own client's care: the one way tests read one.

A venue's heartbeat comes when its second is over, whatever a test is doing: nobody may take "the
next message" for the answer to his own. So a test hears the message that it wants, and passes over
the others (`tests/house/test_waiting.py` keeps other ways of reading out of the tests).
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMessage, WSMsgType

from tests.gateway.town import Town
from tests.waiting import patience


class BareClient:
    """A socket's other end."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self._number = 0

    async def next(self) -> dict[str, Any]:
        """The next message, whatever it is."""
        async with patience():
            message = await self.ws.receive()
        assert message.type is WSMsgType.TEXT, (message, self.ws.close_code)
        told: dict[str, Any] = json.loads(message.data)
        return told

    async def hear(self, **wanted: Any) -> dict[str, Any]:
        """The next message with these members; others are passed over."""
        while not wanted.items() <= (told := await self.next()).items():
            pass
        return told

    async def hello(self) -> dict[str, Any]:
        """What the venue says first."""
        return await self.hear(control="hello")

    async def reply(self) -> dict[str, Any]:
        """The next answer to something that was asked."""
        while "re" not in (told := await self.next()):
            pass
        return told

    async def ask(self, op: str, **members: Any) -> dict[str, Any]:
        """Send it under a number of its own, unless it brings one; its answer."""
        self._number += 1
        message = {"op": op, "id": self._number, **members}
        await self.ws.send_json(message)
        return await self.hear(id=message["id"])

    async def end(self) -> WSMessage:
        """How the venue ends it; what it still said before is passed over."""
        async with patience():
            while (message := await self.ws.receive()).type is WSMsgType.TEXT:
                pass
        return message

    async def close_code(self) -> int | None:
        """The code with which the venue ends it."""
        await self.end()
        return self.ws.close_code


@asynccontextmanager
async def bare_client(town: Town) -> AsyncIterator[BareClient]:
    """A socket of the town's, closed behind its block."""
    async with town.http.ws_connect(f"{town.url}/v1/ws") as ws:
        yield BareClient(ws)
