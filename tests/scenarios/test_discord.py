"""The real program, as a process, on the fake Discord: commands, announcements, kills at every step of sending."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.discord import permissions as perms
from tests.fakes.discord.answers import Json
from tests.fakes.discord.world import ANNOUNCEMENT, FORUM, PUBLIC_THREAD, TEXT
from tests.fakes.discord_server import DiscordServer
from tests.fakes.feed_server import Answer, FeedServer, Item, rss
from tests.scenarios.bot_process import PATIENCE, BotProcess, running_bot

ADMIN = perms.PERSON | perms.MANAGE_CHANNELS | perms.MANAGE_GUILD


@dataclass
class Newsroom:
    """A blog, a Discord server with a person in it, and the bot between them."""

    discord: DiscordServer
    feeds: FeedServer
    guild: int
    ann: int
    posts: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.write("An old post", datetime.now(UTC) - timedelta(days=2))
        self.feeds.serve("/feed", lambda _: Answer(rss(self.posts)))

    @property
    def blog(self) -> str:
        return self.feeds.url("/feed")

    def write(self, title: str, at: datetime | None = None) -> None:
        number = len(self.posts)
        self.posts.insert(
            0, Item(title, f"http://blog.example/{number}", f"guid-{number}", at or datetime.now(UTC), "Words.")
        )

    async def channel(self, name: str, kind: int = TEXT, **more: Any) -> int:
        return int((await self.discord.control.channel(self.guild, name, kind, **more))["id"])

    async def type(self, at: int, command: str, **options: Any) -> str:
        """Type a command and return what is answered, cards and all."""
        shown = await self.discord.control.command(at, self.ann, command, options, seconds=PATIENCE)
        answer = shown["answer"]
        return "\n".join([answer["content"], *(e.get("description") or e.get("title", "") for e in answer["embeds"])])

    async def titles(self, channel: int) -> list[str]:
        return [message["embeds"][0]["title"] for message in await self.discord.control.posted(channel)]

    async def until_shown(self, channels: list[int], title: str) -> None:
        """Wait until *title* is shown in every channel."""
        async with asyncio.timeout(PATIENCE):
            # Another process decides when: there is nothing to await.
            while not all([title in await self.titles(channel) for channel in channels]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def until_published(self, channel: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while not (await self.discord.control.posted(channel))[0]["published"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def until_read(self) -> None:
        """Wait until the blog was read twice more: what was there before is known by then."""
        seen = self.feeds.asked["/feed"]
        async with asyncio.timeout(PATIENCE):
            while self.feeds.asked["/feed"] < seen + 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    @contextlib.asynccontextmanager
    async def bot(self, folder: Path, **settings: str) -> AsyncIterator[BotProcess]:
        quick = {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "ROOM_ENABLED": "false",
            "POLLING_TICK": "0.2s",
            "POLLING_FLOOR": "0.2s",
            "POLLING_CEILING": "0.2s",
            "POLLING_HOST_SPACING": "0s",
            "POLLING_PARSERS": "0",
            "SENDING_TIMEOUT": "3s",
            "SENDING_PLATFORM_LAG": "0.8s",
            "SENDING_MARGIN": "0.2s",
            "SENDING_SWEEP": "0.3s",
        }
        async with running_bot(folder, quick | settings) as bot:
            await self.discord.control.gateway_connected(PATIENCE)
            yield bot


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with DiscordServer() as discord, FeedServer() as feeds:
        discord.world.settings.bucket_limit = 1000
        guild = (await discord.control.guild())["id"]
        ann = (await discord.control.member(guild, "ann", ADMIN))["id"]
        yield Newsroom(discord, feeds, guild, ann)


async def test_subscribing_announcing_and_asking_why_in_every_kind_of_channel(room: Newsroom, tmp_path: Path) -> None:
    text, news = await room.channel("general"), await room.channel("news", ANNOUNCEMENT)
    forum = await room.channel("posts", FORUM)
    thread = await room.channel("a thread", PUBLIC_THREAD, parent_id=text)
    async with room.bot(tmp_path) as bot:
        suggested = await room.discord.control.autocomplete(text, room.ann, "/subscribe", "topic", "nl")
        assert "nlp" in [choice["value"] for choice in suggested["data"]["choices"]]
        assert "Added A blog" in await room.type(text, "/tidings feeds add", url=room.blog)
        for place in (text, news, thread):
            assert "Following A blog" in await room.type(place, "/subscribe", topic=room.blog)
        assert "Following A blog" in await room.type(text, "/subscribe", topic=room.blog, channel=str(forum))
        assert "`on`" in await room.type(news, "/tidings settings", name="publish on")
        await room.until_read()

        room.write("A new post")
        await room.until_shown([text, news, thread, forum], "A new post")
        await room.until_published(news)
        shown: list[Json] = await room.discord.control.posted(text)
        why = await room.discord.control.click(
            shown[0]["id"], room.ann, "menu", [_option(shown[0], "why")], seconds=PATIENCE
        )

        assert why["answer"]["content"]
        assert [await room.titles(place) for place in (text, news, thread, forum)] == [["A new post"]] * 4
        assert {tuple(message["pings"]) for message in shown} == {()}
        assert await bot.stop() == 0


def _option(message: Json, verb: str) -> str:
    options = message["components"][0]["components"][0]["options"]
    return str(next(option["value"] for option in options if option["value"].startswith(verb)))


@pytest.mark.parametrize("window", ["open", pytest.param("closed", marks=pytest.mark.soak)])
async def test_a_kill_at_any_step_of_sending_neither_loses_nor_doubles(
    room: Newsroom, tmp_path: Path, window: str
) -> None:
    texts = {kind: await room.channel(kind) for kind in ("hang", "hang_after", "after")}
    forums = {kind: await room.channel(f"forum {kind}", FORUM) for kind in ("hang", "hang_after")}
    places = [*texts.values(), *forums.values()]
    settings = {} if window == "open" else {"DISCORD_NONCE_WINDOW": "0s"}
    room.discord.world.settings.nonce_window = 180 if window == "open" else 0
    async with room.bot(tmp_path, **settings) as bot:
        await room.type(texts["hang"], "/tidings feeds add", url=room.blog)
        for place in places:
            await room.type(texts["hang"], "/subscribe", topic=room.blog, channel=str(place))
        await room.until_read()
        # The forums are known as such, so that their posts go the way that has no nonce.
        room.write("The first")
        await room.until_shown(places, "The first")

        # Two requests never reach Discord, two are done and never answered, one is answered: then the power fails.
        faults = [
            (await room.discord.control.fault(kind=kind, path=f"^/channels/{place}/"))["id"]
            for kinds in (texts, forums)
            for kind, place in kinds.items()
            if kind != "after"
        ]
        room.write("The second")
        for fault in faults:
            await room.discord.control.fault_hit(fault, PATIENCE)
        await room.until_shown([texts["after"]], "The second")
        await bot.kill()
        room.discord.world.faults.clear()

        await bot.start()
        await room.until_shown(places, "The second")
        room.write("The third")
        await room.until_shown(places, "The third")

    assert {tuple(await room.titles(place)) for place in places} == {("The first", "The second", "The third")}
