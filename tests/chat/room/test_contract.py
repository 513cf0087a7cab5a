"""The room keeps what every chat promises."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.chat.room.room import Room
from bot.chat.room.settings import RoomSettings
from bot.domain.model import Channel
from bot.store.database import Database
from bot.store.platform_tables import room_messages
from bot.store.room import RoomBook
from tests.chat.room.server import NLP
from tests.clock import FakeClock
from tests.contracts.chat import ChatContract
from tests.fakes.answers import FakeAnswers


class RoomPlace:
    """What the room's page shows."""

    channel: Channel = NLP

    def __init__(self, database: Database) -> None:
        self._database = database

    async def shown(self) -> Sequence[str]:
        m = room_messages.c
        statement = select(m.key).where(m.removed.is_(False)).order_by(m.seq)
        async with self._database.read() as connection:
            return list((await connection.execute(statement)).scalars())


class TestRoom(ChatContract):
    @pytest.fixture
    def chat(self, sqlite: Database) -> Room:
        return Room(RoomSettings(), RoomBook(sqlite), FakeAnswers(), FakeClock())

    @pytest.fixture
    def place(self, sqlite: Database) -> RoomPlace:
        return RoomPlace(sqlite)
