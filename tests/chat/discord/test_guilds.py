"""Servers: outage and removal told apart, what was left while we were away, and channels whose rights change."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.discord.adapter import Discord
from bot.domain.message import Sent
from bot.store.channel_states import SqlChannelStates
from bot.store.database import Database
from bot.store.platform_tables import departures
from tests.chat.discord.conftest import Make, Town, answers_commands, connected, until
from tests.fakes.discord import permissions as perms
from tests.posts import announcement
from tests.seeds import Seeds


class Book:
    """What the core knows of the town's channels."""

    def __init__(self, database: Database, town: Town) -> None:
        self.states = SqlChannelStates(database)
        self._seeds = Seeds(database)
        self._town = town
        self._database = database

    async def follow(self, *channels: int) -> None:
        for channel in channels:
            await self._seeds.channel(self._town.channel(channel))

    async def departed(self) -> set[str]:
        async with self._database.read() as connection:
            return set(await connection.scalars(select(departures.c.workspace)))

    async def closed(self) -> dict[str, str]:
        found = await self.states.closed("discord", str(self._town.guild))
        return {channel.id: why for channel, why in found.items()}

    def is_closed(self, *channels: int) -> Any:
        async def check() -> bool:
            return set(await self.closed()) == {str(channel) for channel in channels}

        return check


@pytest.fixture
async def book(sqlite: Database, town: Town) -> Book:
    made = Book(sqlite, town)
    await made.follow(town.text, town.news)
    return made


async def test_an_outage_changes_nothing(town: Town, served: Discord, book: Book) -> None:
    await town.server.control.guild_outage(town.guild)
    await town.server.control.guild_outage(town.guild, over=True)
    assert await answers_commands(town)

    assert await book.closed() == {}


async def test_a_server_that_removed_us_is_closed_and_open_when_we_return(
    town: Town, served: Discord, book: Book
) -> None:
    await town.server.control.guild_leave(town.guild)
    await until(book.is_closed(town.text, town.news))
    assert await book.departed() == {str(town.guild)}
    assert set((await book.closed()).values()) == {
        "Tidings was removed from this server; invite it again and it goes on."
    }

    await town.server.control.guild_return(town.guild)
    await until(book.is_closed())


async def test_a_server_left_while_we_were_offline_is_found_at_the_next_start(
    town: Town, make: Make, book: Book
) -> None:
    await town.server.control.guild_leave(town.guild)
    async with connected(make(), town):
        await until(book.is_closed(town.text, town.news))

    await town.server.control.guild_return(town.guild)
    async with connected(make(), town):
        await until(book.is_closed())
    assert await book.departed() == set()


async def test_joining_a_server_posts_nothing(town: Town, served: Discord) -> None:
    before = len([line for line in town.requests if line.startswith("POST")])

    joined = await town.server.control.guild("New", perms.LEAST)
    await town.server.control.channel(joined["id"])
    assert await answers_commands(town)

    posts = [line for line in town.requests if line.startswith("POST") and "/interactions/" not in line]
    assert len(posts) == before


async def test_a_deleted_channel_is_closed(town: Town, served: Discord, book: Book) -> None:
    await town.server.control.channel_delete(town.text)

    await until(book.is_closed(town.text))
    assert (await book.closed())[str(town.text)] == "The channel is gone."


async def test_a_channel_opens_again_when_its_rights_are_whole(town: Town, served: Discord, book: Book) -> None:
    now = town.server.now()
    lost, gone = town.channel(town.text), town.channel(town.news)
    await town.server.control.overwrite(town.text, deny=perms.SEND_MESSAGES)
    outcome = await served.send(town.message(town.text, announcement(1)))
    await book.states.close_channel(lost, outcome.why, now)  # type: ignore[union-attr]
    await book.states.close_channel(gone, "The channel is gone.", now)

    await town.server.control.overwrite(town.text, deny=perms.EMBED_LINKS)
    assert await answers_commands(town)
    assert set(await book.closed()) == {str(town.text), str(town.news)}

    await town.server.control.overwrite(town.text)
    await until(book.is_closed(town.news))


async def test_what_a_new_token_puts_right_is_open_at_the_next_start(town: Town, make: Make, book: Book) -> None:
    await town.server.control.token("another")
    adapter = make()
    outcome = await adapter.send(town.message(town.text, announcement(1)))
    await adapter.close()
    await book.states.close_workspace("discord", str(town.guild), outcome.why, town.server.now())  # type: ignore[union-attr]

    async with connected(make(token="another"), town):
        await until(book.is_closed())


async def test_a_forum_that_changed_is_asked_about_anew(town: Town, served: Discord) -> None:
    assert isinstance(await served.send(town.message(town.forum, announcement(1), id="m1")), Sent)
    await town.server.control.channel_change(town.forum, name="renamed")
    assert await answers_commands(town)
    before = len(town.requests)

    assert isinstance(await served.send(town.message(town.forum, announcement(2), id="m2")), Sent)

    assert f"GET /channels/{town.forum}" in town.requests[before:]
