"""One of two processes on one PostgreSQL dies without a word: the other takes over its gateway, feeds and messages."""

import asyncio
import time
from pathlib import Path

import psycopg
import pytest

from tests.scenarios.room_client import eventually
from tests.scenarios.test_discord import Newsroom, room

__all__ = ["room"]
pytestmark = pytest.mark.postgres

#: Promised are 15 s for the gateway and 30 s for the work; a busy machine gets a little more.
GATEWAY, WORK = 15.0, 30.0
BUSY = 10.0


@pytest.fixture
async def channel(room: Newsroom) -> int:
    return await room.channel("general")


async def test_kill_9_of_the_one_that_held_the_gateway(
    room: Newsroom, channel: int, postgres_url: str, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with room.bot(tmp_path / "one", DATABASE_URL=postgres_url) as first:
        await room.type(channel, "/subscribe", topic=room.blog)
        await room.until_read()
        async with room.bot(tmp_path / "two", DATABASE_URL=postgres_url):
            await eventually(lambda: workers(postgres_url, 2))
            for number in range(3):
                room.write(f"Before {number}")
            await room.until_shown([channel], "Before 0")

            await first.kill()
            killed = time.monotonic()
            room.write("After")
            await asyncio.wait_for(room.discord.control.gateway_connected(60), 60)
            gateway = time.monotonic() - killed
            await room.until_shown([channel], "After")
            work = time.monotonic() - killed
            assert "1 subscription here" in await room.type(channel, "/subscriptions")

            await room.until_read()
            assert sorted(await room.titles(channel)) == ["After", "Before 0", "Before 1", "Before 2"]
    assert gateway < GATEWAY + BUSY
    assert work < WORK + BUSY


async def workers(url: str, count: int) -> bool:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute("SELECT count(*) FROM roles WHERE name LIKE 'worker:%'")
        return await found.fetchone() == (count,)
