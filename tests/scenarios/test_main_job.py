"""The main job, end to end: the real program as a process, real feeds over HTTP, the room."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.feed_server import FeedServer, Item, rss
from tests.scenarios.bot_process import BotProcess, running_bot
from tests.scenarios.room_client import RoomClient, eventually

Started = tuple[FeedServer, BotProcess]
# Every feed is polled about once a second, so that a test need not wait for a quarter of an hour.
QUICK = {"POLLING_FLOOR": "1s", "POLLING_CEILING": "1s", "POLLING_TICK": "1s", "LOG_LEVEL": "warning"}

OLD = Item("A garden in spring", "https://a.example/garden", guid="old")
NEWS = Item(
    "Large language models and what word2vec taught us",
    "https://a.example/llm",
    guid="llm",
    text="A large language model learns word embeddings from text; prompt engineering is another matter.",
)


class Blogs:
    """Two blogs: one of its own, and a planet that carries the same articles."""

    def __init__(self, server: FeedServer) -> None:
        self._server = server
        self.urls = [server.url("/own"), server.url("/planet")]
        self.publish(OLD)

    def publish(self, *items: Item) -> None:
        self._server.serve("/own", rss(list(items), title="<antirez>"))
        planet = [Item(item.title, f"{item.link}/?utm_source=planet", guid=f"p-{item.guid}") for item in items]
        self._server.serve("/planet", rss(planet, title="Planet"))

    async def polled(self, times: int) -> bool:
        """Say whether each was asked so often since the start."""
        return all(self._server.asked[path] >= times for path in ("/own", "/planet"))


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Started]:
    async with FeedServer() as server, running_bot(tmp_path, QUICK) as bot:
        yield server, bot


async def subscribe(bot: BotProcess, blogs: Blogs) -> None:
    """Watch both blogs and follow two topics that want the same article."""
    async with RoomClient(bot.url) as room:
        await room.type(f"/tidings feeds add {' '.join(blogs.urls)}")
        await eventually(lambda: blogs.polled(2))
        await room.type("/subscribe nlp, ai")


async def test_one_article_through_two_feeds_and_two_topics_gives_one_message(started: Started) -> None:
    server, bot = started
    blogs = Blogs(server)
    await subscribe(bot, blogs)

    blogs.publish(NEWS, OLD)

    async with RoomClient(bot.url) as room:

        async def it_came() -> bool:
            return bool(await room.titles())

        await eventually(it_came)
        asked = server.asked["/own"]
        await eventually(lambda: blogs.polled(asked + 2))
        [message] = await room.messages()
    assert message["title"] == NEWS.title
    assert len(message["topics"]) >= 1


async def test_a_restart_repeats_nothing_and_loses_nothing(started: Started) -> None:
    server, bot = started
    blogs = Blogs(server)
    await subscribe(bot, blogs)
    blogs.publish(NEWS, OLD)
    async with RoomClient(bot.url) as room:

        async def it_came() -> bool:
            return await room.titles() == [NEWS.title]

        await eventually(it_came)

    assert await bot.stop() == 0
    later = Item("Prompt engineering for a large language model", "https://a.example/prompts", guid="later")
    blogs.publish(later, NEWS, OLD)
    await bot.start()

    async with RoomClient(bot.url) as room:

        async def both_came() -> bool:
            return sorted(await room.titles()) == sorted([NEWS.title, later.title])

        await eventually(both_came)
        asked = server.asked["/own"]
        await eventually(lambda: blogs.polled(asked + 2))
        assert sorted(await room.titles()) == sorted([NEWS.title, later.title])


async def test_after_unsubscribing_nothing_comes(started: Started) -> None:
    server, bot = started
    blogs = Blogs(server)
    await subscribe(bot, blogs)
    async with RoomClient(bot.url) as room:
        await room.type("/unsubscribe nlp, ai")
        blogs.publish(NEWS, OLD)
        asked = server.asked["/own"]
        await eventually(lambda: blogs.polled(asked + 2))
        assert await room.titles() == []


async def test_a_title_changed_in_the_feed_changes_the_message_and_repeats_nothing(started: Started) -> None:
    server, bot = started
    blogs = Blogs(server)
    await subscribe(bot, blogs)
    blogs.publish(NEWS, OLD)
    better = replace(NEWS, title="Large language models, and what word2vec taught us")
    async with RoomClient(bot.url) as room:

        async def it_came() -> bool:
            return await room.titles() == [NEWS.title]

        async def it_changed() -> bool:
            return await room.titles() == [better.title]

        await eventually(it_came)
        blogs.publish(better, OLD)
        await eventually(it_changed)
