"""bot.ports.ChannelStates, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.model import Channel
from bot.store.channel_states import SqlChannelStates
from bot.store.database import Database
from bot.store.tables import channels, messages, subscriptions

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HERE = Channel(platform="slack", workspace="T1", id="C1")


async def add_channel(database: Database, name: str, state: str = "active", workspace: str = "T1") -> None:
    row = {"platform": "slack", "workspace": workspace, "external_id": name, "state": state, "created_at": NOW}
    async with database.write() as connection:
        await connection.execute(channels.insert().values(**row, options={}))


async def states(database: Database) -> dict[str, tuple[str, str | None]]:
    async with database.read() as connection:
        rows = await connection.execute(select(channels.c.external_id, channels.c.state, channels.c.why))
        return {row.external_id: (row.state, row.why) for row in rows}


async def test_a_closed_channel_says_why_until_it_is_open_again(database: Database) -> None:
    await add_channel(database, "C1")
    await add_channel(database, "C2")
    store = SqlChannelStates(database)
    await store.close_channel(HERE, "I was removed.", NOW)
    await store.close_channel(HERE, "It was archived.", NOW)

    assert await states(database) == {"C1": ("closed", "I was removed."), "C2": ("active", None)}
    await store.reopen_channel(HERE, NOW)
    assert await states(database) == {"C1": ("active", None), "C2": ("active", None)}


async def test_what_a_person_paused_stays_paused(database: Database) -> None:
    await add_channel(database, "C1", "paused")
    await SqlChannelStates(database).reopen_workspace("slack", "T1", NOW)

    assert await states(database) == {"C1": ("paused", None)}


async def test_a_workspace_is_closed_without_its_neighbours(database: Database) -> None:
    await add_channel(database, "C1")
    await add_channel(database, "C2", workspace="T2")
    store = SqlChannelStates(database)
    await store.close_workspace("slack", "T1", "uninstalled", NOW)

    assert await states(database) == {"C1": ("closed", "uninstalled"), "C2": ("active", None)}
    await store.reopen_workspace("slack", "T1", NOW)
    assert await states(database) == {"C1": ("active", None), "C2": ("active", None)}


async def subscribe(database: Database, by: str, target: str = "nlp", at: datetime = NOW) -> None:
    async with database.write() as connection:
        number = await connection.scalar(select(channels.c.id).where(channels.c.external_id == HERE.id))
        row: dict[str, Any] = {"channel_id": number, "kind": "topic", "target": target, "mode": {}, "filters": []}
        await connection.execute(subscriptions.insert().values(**row, created_by=by, created_at=at))


async def notices(database: Database) -> list[tuple[str, str]]:
    async with database.read() as connection:
        found = select(channels.c.external_id, messages.c.text).join_from(messages, channels)
        return [(row.external_id, row.text) for row in await connection.execute(found.order_by(messages.c.seq))]


async def test_a_channel_is_followed_once_it_has_a_subscription(database: Database) -> None:
    await add_channel(database, "C1")
    store = SqlChannelStates(database)

    assert not await store.is_followed(HERE)
    await subscribe(database, "U11")
    assert await store.is_followed(HERE)


async def test_who_subscribed_last_is_told_once_that_a_channel_is_closed(database: Database) -> None:
    await add_channel(database, "C1")
    await subscribe(database, "U11")
    await subscribe(database, "U22", "rust", NOW + timedelta(seconds=1))
    store = SqlChannelStates(database)

    await store.close_channel(HERE, "It is archived.", NOW)
    await store.close_channel(HERE, "It is archived.", NOW)
    # A bot that starts opens what is closed, and finds it closed once more.
    await store.reopen_channel(HERE, NOW)
    await store.close_channel(HERE, "It is archived.", NOW + timedelta(days=1))

    text = "I cannot post in a channel where you subscribed any more: It is archived. What comes for it is kept"
    ((to, said),) = await notices(database)
    assert (to, said.startswith(text)) == ("@U22", True)
    await store.reopen_channel(HERE, NOW)
    await store.close_channel(HERE, "I was removed.", NOW + timedelta(days=2))
    assert len(await notices(database)) == 2


@pytest.mark.parametrize(("by", "told"), [("U11", True), ("a file", False)])
async def test_nobody_is_told_who_knows_or_is_no_person(database: Database, by: str, told: bool) -> None:
    await add_channel(database, "C1")
    await subscribe(database, by)

    await SqlChannelStates(database).close_channel(HERE, "Type /invite.", NOW, told=told)
    await SqlChannelStates(database).close_workspace("slack", "T1", "uninstalled", NOW)

    assert await notices(database) == []


async def test_a_chat_can_ask_where_it_is_followed_and_what_is_closed_to_it(database: Database) -> None:
    known = SqlChannelStates(database)
    await add_channel(database, "C1", workspace="T1")
    await add_channel(database, "C2", workspace="T2")
    gone = Channel(platform="slack", workspace="T2", id="C2")
    await known.close_channel(gone, "gone", NOW)

    assert await known.workspaces("slack") == ["T1", "T2"]
    assert await known.workspaces("discord") == []
    assert await known.closed("slack", "T1") == {}
    assert await known.closed("slack", "T2") == {gone: "gone"}
