"""A fake Discord on loopback: REST and gateway over real sockets, strict where the real one is strict.

In a test: `async with DiscordServer() as discord: ...`, then `discord.control` makes guilds and presses buttons.
As a process: `python -m tests.fakes.discord_server --port 8765`; the same verbs are `POST /_control/VERB`.
Its parts are in `tests/fakes/discord/`. It knows one bot, whose token is `fake-bot-token`.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from datetime import UTC, datetime
from typing import Self

from aiohttp import web

from tests.fakes.discord.answers import Json
from tests.fakes.discord.control import Control
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.interactions import Desk
from tests.fakes.discord.people import People
from tests.fakes.discord.rest import PREFIX, Rest
from tests.fakes.discord.world import World


class DiscordServer:
    """One fake Discord, listening from `async with` on."""

    def __init__(self, port: int = 0) -> None:
        self.world = World()
        self.gateway = Gateway(self.world)
        self.desk = Desk(self.world)
        self.people = People(self.world, self.desk)
        self.rest = Rest(self.world, self.desk, self.gateway.bot_info)
        self.world.emit = self.gateway.emit
        self.control = Control(self)
        self._port = port
        self._runner: web.AppRunner | None = None
        self.url = ""

    @property
    def token(self) -> str:
        return self.world.token

    def now(self) -> datetime:
        """The time in this world."""
        return datetime.fromtimestamp(self.world.now(), UTC)

    @property
    def api_url(self) -> str:
        return f"{self.url}{PREFIX}"

    async def tell(self, name: str, data: Json) -> None:
        """Send an event to the bot."""
        self.world.emit(name, data)
        await self.gateway.flush()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=26_214_400)
        app.router.add_post("/_control/{verb}", self.control.handle)
        app.router.add_route("*", f"{PREFIX}/{{path:.*}}", self._api)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        self.url = f"http://127.0.0.1:{self._port}"
        self.gateway.url = f"ws://127.0.0.1:{self._port}/gateway/"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        response = await self.rest.handle(request)
        await self.gateway.flush()
        return response


async def serve(port: int) -> None:
    """Run until SIGTERM or SIGINT; print the address once it listens."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with DiscordServer(port) as server:
        print(f"fake Discord: DISCORD_API_URL={server.api_url} token={server.token}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
