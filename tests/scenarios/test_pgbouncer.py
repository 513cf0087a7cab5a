"""The main job with a PgBouncer in transaction mode between the program and its database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.feed_server import FeedServer, Item, rss
from tests.pgbouncer import pgbouncer
from tests.scenarios.bot_process import running_bot
from tests.scenarios.room_client import RoomClient, eventually
from tests.scenarios.test_main_job import QUICK

pytestmark = [pytest.mark.postgres, pytest.mark.pgbouncer]


@pytest.fixture
def through(postgres_url: str) -> Iterator[str]:
    with pgbouncer(postgres_url) as url:
        yield url


async def test_posts_are_announced_once_and_commands_answered(tmp_path: Path, through: str) -> None:
    posts = [Item("Old", "https://a.example/old", guid="old")]
    settings = {**QUICK, "DATABASE_URL": through, "ENGINE_LISTEN": "false"}
    async with FeedServer() as server, running_bot(tmp_path, settings) as bot, RoomClient(bot.url) as room:
        server.serve("/own", rss(posts, title="A blog"))
        assert "Following" in await room.type(f"/subscribe {server.url('/own')}")

        for number in range(3):
            asked = server.asked["/own"]

            async def asked_again(times: int = asked + 2) -> bool:
                return server.asked["/own"] >= times

            await eventually(asked_again)
            posts.insert(0, Item(f"News {number}", f"https://a.example/{number}", guid=str(number)))
            server.serve("/own", rss(posts, title="A blog"))

            async def shown(count: int = number + 1) -> bool:
                return len(await room.titles()) == count

            await eventually(shown)

        assert sorted(await room.titles()) == ["News 0", "News 1", "News 2"]
        assert "1 subscription" in await room.type("/subscriptions")
        said = bot.log.read_text(encoding="utf-8")
    assert "prepared statement" not in said
    assert "Traceback" not in said
