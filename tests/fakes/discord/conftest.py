"""The fake Discord, and a client that others wrote (discord.py) to judge it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord.answers import Json
from tests.fakes.discord_server import DiscordServer


class Recorder(discord.Client):
    """A client that notes what it hears."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.tree = app_commands.CommandTree(self)

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        self.heard.put_nowait(event)
        super().dispatch(event, *args, **kwargs)

    async def until(self, event: str) -> None:
        async with asyncio.timeout(8):
            while await self.heard.get() != event:
                pass


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway.url))
        yield server


@pytest.fixture
async def client(server: DiscordServer) -> AsyncIterator[Recorder]:
    """Logged in, not connected: what sending needs."""
    async with Recorder() as client:
        await client.login(server.token)
        yield client


@contextlib.asynccontextmanager
async def connected(client: Recorder) -> AsyncIterator[None]:
    task = asyncio.create_task(client.connect())
    await client.until("ready")
    yield
    await client.close()
    await task


async def post(server: DiscordServer, path: str, body: Json) -> tuple[int, Json]:
    headers = {"Authorization": f"Bot {server.token}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.post(server.api_url + path, json=body) as answer:
        return answer.status, await answer.json(content_type=None)
