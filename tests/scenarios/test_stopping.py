"""The real program is told to end (SIGTERM) while it polls, and its disk is wiped while it is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.feed_server import FeedServer, Item, rss
from tests.scenarios.bot_process import BotProcess, running_bot
from tests.scenarios.room_client import RoomClient, eventually
from tests.scenarios.test_main_job import NEWS, OLD, QUICK, Blogs, subscribe

#: Well within the ten seconds that the hastiest platform gives.
SOON = 8.0


class GatedBlog:
    """A blog whose server answers only while the gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.items = [OLD]
        self.asked = 0
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        await self.gate.wait()
        body = rss(self.items)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    async def asked_again(self) -> None:
        """Return once another poll has reached the server."""
        before = self.asked

        async def again() -> bool:
            return self.asked > before

        await eventually(again)


@pytest.fixture
async def blog() -> AsyncIterator[GatedBlog]:
    blog = GatedBlog()
    server = await asyncio.start_server(blog.answer, "127.0.0.1", 0)
    blog.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed"
    yield blog
    server.close()


async def test_sigterm_in_mid_poll_ends_it_soon_and_loses_nothing(blog: GatedBlog, tmp_path: Path) -> None:
    async with running_bot(tmp_path, QUICK) as bot:
        async with RoomClient(bot.url) as room:
            await room.type(f"/tidings feeds add {blog.url}")
            await blog.asked_again()
            await blog.asked_again()
            await room.type("/subscribe nlp")
        blog.gate.clear()
        blog.items = [NEWS, OLD]
        await blog.asked_again()

        began = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - began < SOON

        blog.gate.set()
        await bot.start()
        async with RoomClient(bot.url) as room:

            async def it_came() -> bool:
                return bool(await room.titles())

            await eventually(it_came)
            await blog.asked_again()
            await blog.asked_again()
            assert await room.titles() == [NEWS.title]


def wipe(folder: Path) -> None:
    """Take the disk away, as a platform does at a restart."""
    for file in folder.glob("tidings.db*"):
        file.unlink()


async def test_a_wiped_disk_announces_nothing_old(tmp_path: Path) -> None:
    async with FeedServer() as server, running_bot(tmp_path, QUICK) as bot:
        blogs = Blogs(server)
        await subscribe(bot, blogs)
        blogs.publish(NEWS, OLD)
        await appears(bot, NEWS)
        assert await bot.stop() == 0

        wipe(tmp_path)
        await bot.start()
        asked = server.asked["/own"]
        async with RoomClient(bot.url) as room:
            await room.type(f"/tidings feeds add {' '.join(blogs.urls)}")
            await room.type("/subscribe nlp, ai")
            await eventually(lambda: blogs.polled(asked + 3))
            assert await room.titles() == []
        later = Item("Prompt engineering for a large language model", "https://a.example/prompts", guid="later")
        blogs.publish(later, NEWS, OLD)
        await appears(bot, later)


async def appears(bot: BotProcess, item: Item) -> None:
    """Return once this is all that is shown."""
    async with RoomClient(bot.url) as room:

        async def it_came() -> bool:
            return await room.titles() == [item.title]

        await eventually(it_came)
