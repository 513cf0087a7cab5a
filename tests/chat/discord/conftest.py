"""A fake Discord with one guild, a channel of each kind, and the adapter that talks to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import pytest

from bot.app import read_languages
from bot.chat.discord.adapter import Discord
from bot.chat.discord.settings import DiscordSettings
from bot.commands.table import TABLE
from bot.domain.message import Announcement, Message, Outcome, Sent
from bot.domain.model import Channel, MessageRef
from bot.engine.clock import SystemClock
from bot.ports.running import Clock
from bot.store.channel_states import SqlChannelStates
from bot.store.counts import SqlCounts, SqlMarks
from bot.store.database import Database
from tests.chat.discord.answers import ScriptedAnswers
from tests.fakes.discord import permissions as perms
from tests.fakes.discord.answers import Json
from tests.fakes.discord.faults import Kind
from tests.fakes.discord.world import ANNOUNCEMENT, FORUM, PUBLIC_THREAD
from tests.fakes.discord_server import DiscordServer
from tests.posts import message

ADMIN = perms.PERSON | perms.MANAGE_CHANNELS
EPHEMERAL = 64


def ref_of(outcome: Outcome) -> MessageRef:
    """What a message that was sent is known by."""
    assert isinstance(outcome, Sent), outcome
    return outcome.ref


class Make(Protocol):
    def __call__(self, clock: Clock | None = None, **changes: Any) -> Discord: ...


@dataclass(frozen=True)
class Town:
    """The fake server and the places in it."""

    server: DiscordServer
    guild: int
    text: int
    news: int
    forum: int
    thread: int
    tags: dict[str, int]

    def channel(self, number: int) -> Channel:
        return Channel(platform="discord", workspace=str(self.guild), id=str(number))

    def message(self, number: int, *announcements: Announcement, **changes: Any) -> Message:
        """A message for a channel, first tried at the server's present time."""
        now = self.server.now()
        given: dict[str, Any] = {"first_attempt_at": now, "due_at": now} | changes
        return message(self.channel(number), *announcements, **given)

    async def posted(self, channel: int) -> list[Json]:
        return await self.server.control.posted(channel)

    async def fault(self, kind: Kind, **about: Any) -> int:
        return int((await self.server.control.fault(kind=kind, **about))["id"])

    @property
    def requests(self) -> list[str]:
        """What was asked since the login, as `POST /channels/1/messages`."""
        asked = [f"{r['method']} {r['path']}" for r in self.server.world.requests]
        return [line for line in asked if "@me" not in line]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with DiscordServer() as server:
        server.world.settings.bucket_limit = 1000
        control = server.control
        guild = (await control.guild("Readers"))["id"]
        text = (await control.channel(guild, "general"))["id"]
        news = (await control.channel(guild, "news", ANNOUNCEMENT))["id"]
        forum = await control.channel(guild, "posts", FORUM, tags=["nlp", "rust"])
        thread = (await control.channel(guild, "a thread", PUBLIC_THREAD, parent_id=text))["id"]
        yield Town(server, guild, text, news, forum["id"], thread, forum["tags"])


@pytest.fixture
def settings(town: Town) -> DiscordSettings:
    return DiscordSettings(
        token=town.server.token,
        api_url=town.server.api_url,
        timeout=timedelta(seconds=5),
        first_wait=0.02,
        servers_within=0.05,
    )


@pytest.fixture
def answers() -> ScriptedAnswers:
    return ScriptedAnswers()


@pytest.fixture
def make(settings: DiscordSettings, answers: ScriptedAnswers, sqlite: Database) -> Make:
    """Makes adapters; what is given changes the settings."""

    def made(clock: Clock | None = None, **changes: Any) -> Discord:
        return Discord(
            replace(settings, **changes),
            answers=answers,
            table=TABLE,
            states=SqlChannelStates(sqlite),
            counts=SqlCounts(sqlite),
            marks=SqlMarks(sqlite),
            clock=clock or SystemClock(),
            languages=read_languages(),
        )

    return made


@pytest.fixture
async def discord(make: Make) -> AsyncIterator[Discord]:
    adapter = make()
    yield adapter
    await adapter.close()


@pytest.fixture
async def impatient(make: Make) -> AsyncIterator[Discord]:
    """The adapter with a time-out that a test can wait for."""
    adapter = make(timeout=timedelta(seconds=0.3))
    yield adapter
    await adapter.close()


@contextlib.asynccontextmanager
async def connected(adapter: Discord, town: Town) -> AsyncIterator[None]:
    """The adapter serves commands while this is open."""
    running = asyncio.create_task(adapter.run())
    await town.server.control.gateway_connected()
    yield
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def served(discord: Discord, town: Town) -> AsyncIterator[Discord]:
    """The adapter, connected to the gateway."""
    async with connected(discord, town):
        yield discord


async def person(town: Town, permissions: int = ADMIN, name: str = "ann") -> int:
    """Somebody of the town with these rights."""
    return int((await town.server.control.member(town.guild, name, permissions))["id"])


async def typed(town: Town, who: int, command: str, at: int | None = None, **options: Any) -> Json:
    """What becomes of a command that somebody types."""
    return await town.server.control.command(at or town.text, who, command, options)


async def until(condition: Any) -> None:
    """Wait for what the adapter does on its own; 15 s are for a machine that is busy."""
    async with asyncio.timeout(15):
        # What is waited for is in a database or behind a socket, so there is no event to await.
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def answers_commands(town: Town) -> bool:
    """Whether somebody who types a command is answered."""
    ann = (await town.server.control.member(town.guild))["id"]
    shown = await town.server.control.command(town.text, ann, "/topics")
    return bool(shown["answer"]["content"])
