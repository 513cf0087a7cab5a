"""A server that stops does not wait for pages that listen for ever."""

import asyncio

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.chat.room.room import Room
from bot.chat.room.settings import RoomSettings
from bot.store.database import Database
from bot.store.room import RoomBook
from bot.web.app import make_app
from tests.clock import FakeClock
from tests.fakes.answers import FakeAnswers


async def test_open_streams_are_ended_before_answers_in_flight_are_awaited(sqlite: Database) -> None:
    room = Room(RoomSettings(), RoomBook(sqlite), FakeAnswers(), FakeClock())
    server = TestServer(make_app(room.routes(), {}, hang_up=[room.close]))
    await server.start_server(shutdown_timeout=60)
    async with ClientSession() as client, client.get(server.make_url("/room/api/events")) as stream:
        assert await stream.content.readline() == b"retry: 2000\n"

        async with asyncio.timeout(20):
            await server.close()
            assert await stream.content.read() == b"\n"
