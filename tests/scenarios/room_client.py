"""A person in the room, over its JSON."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

#: Long: a machine may be busy, and what comes true ends the wait.
PATIENCE = 120.0


class RoomClient:
    """Types commands and reads channels."""

    def __init__(self, url: str) -> None:
        self._session = aiohttp.ClientSession(url)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def make(self, channel: str) -> None:
        """Make a channel."""
        async with self._session.post("/room/api/channels", json={"name": channel}) as answer:
            assert answer.status < 300, await answer.text()

    async def type(self, text: str, channel: str = "general") -> str:
        """Type a command and return the answer's text."""
        async with self._session.post(f"/room/api/channels/{channel}/commands", json={"text": text}) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["reply"]["text"])

    async def messages(self, channel: str = "general") -> list[dict[str, Any]]:
        async with self._session.get(f"/room/api/channels/{channel}/messages") as answer:
            return list((await answer.json())["messages"])

    async def titles(self, channel: str = "general") -> list[str]:
        return [message["title"] for message in await self.messages(channel)]


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once *condition* holds; raises TimeoutError where it does not come true."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - another process comes to it
            await asyncio.sleep(0.05)
