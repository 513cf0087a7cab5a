"""The database is away for a while, at the start and in the middle: the program waits, and nothing is lost."""

import asyncio
from pathlib import Path

import pytest

from tests.fakes.feed_server import FeedServer, Item, rss
from tests.fakes.tcp_relay import Relay
from tests.scenarios.bot_process import BotProcess
from tests.scenarios.room_client import RoomClient, eventually
from tests.scenarios.test_main_job import QUICK


@pytest.mark.postgres
async def test_what_is_published_while_the_database_is_away_is_announced_once_it_is_back(
    tmp_path: Path, postgres_url: str
) -> None:
    items = [Item("Old", "https://a.example/old", guid="old")]
    async with Relay(postgres_url) as relay, FeedServer() as server:
        server.serve("/own", rss(items, title="A blog"))
        bot = BotProcess(tmp_path, {**QUICK, "DATABASE_URL": relay.url})
        await relay.cut()
        starting = asyncio.create_task(bot.start())
        try:
            await eventually(lambda: said(bot, "waiting for the database"))
            await relay.mend()
            await starting
            async with RoomClient(bot.url) as room:
                await room.type(f"/subscribe {server.url('/own')}")
                await eventually(lambda: asked(server, 2))

                await relay.cut()
                items.insert(0, Item("News", "https://a.example/news", guid="news"))
                server.serve("/own", rss(items, title="A blog"))
                await eventually(lambda: said(bot, "busy or away"))
                await relay.mend()

                await eventually(lambda: shown(room, ["News"]))
                assert bot.is_running
                asked_before = server.asked["/own"]
                await eventually(lambda: asked(server, asked_before + 2))
                assert await room.titles() == ["News"]
        finally:
            starting.cancel()
            await bot.kill()
    assert "none@" not in bot.log.read_text(encoding="utf-8")


async def said(bot: BotProcess, text: str) -> bool:
    return bot.log.exists() and text in bot.log.read_text(encoding="utf-8")


async def asked(server: FeedServer, times: int) -> bool:
    return server.asked["/own"] >= times


async def shown(room: RoomClient, titles: list[str]) -> bool:
    try:
        return await room.titles() == titles
    except AssertionError:
        return False
