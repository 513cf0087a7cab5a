"""A deploy in two halves: the new version has brought the database up to date, the old one still runs beside it."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import pytest

from bot.store.database import open_database
from tests.fakes.feed_server import FeedServer, Item, rss
from tests.scenarios.bot_process import ROOT, running_bot
from tests.scenarios.room_client import RoomClient, eventually
from tests.scenarios.test_main_job import QUICK
from tests.store.test_two_versions import bring_to_the_next_version


@pytest.mark.postgres
async def test_the_old_version_works_on_and_does_not_start_again(postgres_url: str, tmp_path: Path) -> None:
    posts = [Item("Old", "https://a.example/old", guid="old")]
    settings = {**QUICK, "DATABASE_URL": postgres_url}
    async with FeedServer() as server, running_bot(tmp_path, settings) as bot, RoomClient(bot.url) as room:
        server.serve("/own", rss(posts, title="A blog"))
        await room.type(f"/subscribe {server.url('/own')}")
        await eventually(partial(asked, server, 2))
        async with open_database(postgres_url) as database:
            await bring_to_the_next_version(database)

        posts.insert(0, Item("News", "https://a.example/news", guid="news"))
        server.serve("/own", rss(posts, title="A blog"))
        await eventually(partial(shown, room, ["News"]))
        assert "1 subscription" in await room.type("/subscriptions")

        again = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "worker",
            cwd=ROOT, env={"DATABASE_URL": postgres_url, "PATH": ""},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said = (await again.communicate())[0].decode()
    assert again.returncode == 1
    assert "made by a newer Tidings" in said
    assert "Traceback" not in said


async def asked(server: FeedServer, times: int) -> bool:
    return server.asked["/own"] >= times


async def shown(room: RoomClient, titles: list[str]) -> bool:
    return await room.titles() == titles
