"""The whole program started twice by mistake, and a worker beside it, on one PostgreSQL: nothing is doubled."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.databases import postgres_database
from tests.fakes.feed_server import FeedServer, Item, rss
from tests.scenarios.bot_process import BotProcess, running_bot
from tests.scenarios.room_client import RoomClient, eventually
from tests.scenarios.test_main_job import QUICK

pytestmark = pytest.mark.postgres

BLOGS, ROUNDS = 6, 3
#: What a process may hold, so that three fit a plan with twenty.
CONNECTIONS = 6


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    with postgres_database(postgres, empty=True) as url:
        yield url


class Blogs:
    """Some blogs, each of which writes a post when told."""

    def __init__(self, server: FeedServer) -> None:
        self._server = server
        self._posts = [[Item(f"Old {blog}", f"https://a.example/{blog}", guid=f"{blog}")] for blog in range(BLOGS)]
        self._serve()

    @property
    def urls(self) -> list[str]:
        return [self._server.url(f"/{blog}") for blog in range(BLOGS)]

    def write(self, turn: int) -> list[str]:
        """Write one post each; return their titles."""
        for blog, posts in enumerate(self._posts):
            title = f"Post {turn} of {blog}"
            posts.insert(0, Item(title, f"https://a.example/{blog}/{turn}", guid=title, text=f"{title} " * 5))
        self._serve()
        return [posts[0].title for posts in self._posts]

    async def polled_again(self, times: int = 2) -> None:
        before = {blog: self._server.asked[f"/{blog}"] for blog in range(BLOGS)}

        async def again() -> bool:
            return all(self._server.asked[f"/{blog}"] >= count + times for blog, count in before.items())

        await eventually(again)

    def _serve(self) -> None:
        for blog, posts in enumerate(self._posts):
            self._server.serve(f"/{blog}", rss(posts, title=f"Blog {blog}"))


async def test_two_programs_started_together_poll_and_send_as_one(empty_database: str, tmp_path: Path) -> None:
    """They start at once, on an empty database: the migrations and the queue's tables are raced for, too."""
    settings = {**QUICK, "DATABASE_URL": empty_database, "CHANNELS_BURST": "1000", "LIMITS_LOOKUPS": "100"}
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    async with FeedServer() as server, AsyncExitStack() as stack:
        blogs = Blogs(server)
        bots = await asyncio.gather(*(stack.enter_async_context(running_bot(one, settings)) for one in folders))
        rooms = [await stack.enter_async_context(RoomClient(bot.url)) for bot in bots]
        channels = ["one", "two"]
        for channel, room in zip(channels, rooms, strict=True):
            await room.make(channel)
            for url in blogs.urls:
                assert "Following" in await room.type(f"/subscribe {url}", channel)
        await blogs.polled_again()

        written: list[str] = []
        for turn in range(ROUNDS):
            written += blogs.write(turn)
            for channel in channels:
                await eventually(partial(has, rooms[0], channel, list(written)))
        await blogs.polled_again()
        assert connections(empty_database) <= len(bots) * CONNECTIONS

        for room in rooms:  # both serve the same
            for channel in channels:
                titles = await room.titles(channel)
                assert sorted(titles) == sorted(written)
                assert [title.split()[1] for title in titles] in ([*"000000111111222222"], [*"222222111111000000"])
    assert not [line for bot in bots for line in errors(bot)]


def connections(url: str) -> int:
    with psycopg.connect(url) as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        row = connection.execute(f"SELECT count(*) {others}").fetchone()
    return int(row[0]) if row else 0


async def has(room: RoomClient, channel: str, titles: list[str]) -> bool:
    return set(titles) <= set(await room.titles(channel))


def errors(bot: BotProcess) -> list[str]:
    return [line for line in bot.log.read_text(encoding="utf-8").splitlines() if "Traceback" in line]
