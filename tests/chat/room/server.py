"""A room that answers on a real socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.chat.room.completing import Listed
from bot.chat.room.room import Room
from bot.chat.room.settings import RoomSettings
from bot.domain.model import Channel
from bot.store.database import Database
from bot.store.room import RoomBook
from bot.web.app import make_app
from tests.clock import FakeClock
from tests.fakes.answers import FakeAnswers

NLP = Channel(platform="room", workspace="demo", id="nlp")
OPEN = RoomSettings(first_channels=("nlp", "general"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    room: Room
    book: RoomBook
    answers: FakeAnswers
    client: ClientSession
    clock: FakeClock


@contextlib.asynccontextmanager
async def served(database: Database, settings: RoomSettings = OPEN) -> AsyncIterator[Served]:
    """Serve a room for the length of the block."""
    book, answers, clock = RoomBook(database), FakeAnswers(), FakeClock()
    listed = [
        Listed(verb="subscribe", slash="/subscribe", help="Follow a topic", takes_more=True),
        Listed(verb="subscriptions", slash="/subscriptions", help="List them"),
    ]
    room = Room(settings, book, answers, clock, listed=listed)
    running = asyncio.create_task(room.run())
    server = TestServer(make_app(room.routes(), {"room": room.health}))
    await server.start_server(shutdown_timeout=1)
    try:
        async with ClientSession(server.make_url("/")) as client:
            yield Served(room=room, book=book, answers=answers, client=client, clock=clock)
    finally:
        await room.close()
        await server.close()
        running.cancel()
        # Cancelled inside a read, it has a connection to give back before the database may close.
        await asyncio.gather(running, return_exceptions=True)
