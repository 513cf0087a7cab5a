"""A workspace that removed the bot keeps what is its for a while; then all of it goes, and nothing of others."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from bot.domain.muting import Mute
from bot.store.channel_states import SqlChannelStates
from bot.store.columns import metadata
from bot.store.database import Database
from bot.store.departures import SqlDepartures
from bot.store.mutes import SqlMutes
from bot.store.platform_tables import departures, installations
from bot.store.retention import Keeping, SqlRetention
from bot.store.tables import (
    announcements,
    channels,
    feed_workspaces,
    feeds,
    messages,
    mutes,
    posts,
    subscriptions,
    topics,
)
from bot.store.versions import current_version
from tests.clock import START
from tests.seeds import NLP, Seeds

GRACE = timedelta(days=30)
DAY = timedelta(days=1)
THEIRS = (channels, subscriptions, announcements, messages, mutes, topics, installations, departures)
OTHER = NLP.__class__(platform="room", workspace="other", id="nlp")


@pytest.fixture
async def seeds(database: Database) -> Seeds:
    seeds = Seeds(database)
    for here in (NLP, OTHER):
        whose = f"{here.platform}:{here.workspace}"
        await seeds.channel(here)
        await seeds.announce("About BERT", channel=here)
        await seeds.feed(f"Blog of {here.workspace}", workspace=whose)
        mute = Mute(workspace=whose, channel=None, kind="word", target="crypto", created_by="ann", created_at=START)
        await SqlMutes(database).add(mute, here)
        await _more_rows(database, here.platform, here.workspace)
    return seeds


async def _more_rows(database: Database, platform: str, workspace: str) -> None:
    async with database.write() as connection:
        channel = await connection.scalar(select(channels.c.id).where(channels.c.workspace == workspace))
        followed = {"kind": "topic", "target": "nlp", "mode": {}, "created_by": "ann", "created_at": START}
        await connection.execute(insert(subscriptions).values(channel_id=channel, **followed))
        own = {"slug": "ours", "rules": {}, "created_by": "ann", "created_at": START, "changed_at": START}
        await connection.execute(insert(topics).values(workspace=f"{platform}:{workspace}", **own))
        sealed = {"platform": platform, "workspace": workspace, "data": b"", "installed_at": START}
        await connection.execute(insert(installations).values(**sealed))


async def counted(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        return {one.name: int(await connection.scalar(select(func.count()).select_from(one)) or 0) for one in THEIRS}


def retention(database: Database) -> SqlRetention:
    async def go_on() -> None:
        pass

    return SqlRetention(database, Keeping(departed=GRACE), go_on)


async def test_all_that_was_theirs_goes_after_the_grace_period(database: Database, seeds: Seeds) -> None:
    before = await counted(database)
    states = SqlChannelStates(database)
    await states.close_workspace("room", "demo", "removed", START)
    await states.close_workspace("room", "demo", "removed", START + 29 * DAY)
    assert "workspaces" not in await retention(database).clean(START + 29 * DAY)
    async with database.read() as connection:
        version = await current_version(connection)

    gone = await retention(database).clean(START + 31 * DAY)

    assert gone["workspaces"] == 1
    # Half of every kind is the other workspace's, and stays; departures are none any more.
    assert await counted(database) == {name: count // 2 for name, count in before.items()}
    async with database.read() as connection:
        assert await connection.scalar(select(channels.c.workspace)) == "other"
        assert await connection.scalar(select(func.count()).select_from(posts)) == 2
        pools = list(await connection.scalars(select(feed_workspaces.c.workspace)))
        resting = await connection.scalar(select(feeds.c.paused_why).where(feeds.c.title == "Blog of demo"))
        assert await current_version(connection) > version
    assert "room:demo" not in pools
    assert "room:other" in pools
    assert resting is not None


@pytest.mark.parametrize("how", ["reopened", "returned"])
async def test_who_comes_back_loses_nothing(database: Database, seeds: Seeds, how: str) -> None:
    before = await counted(database)
    states = SqlChannelStates(database)
    await states.close_workspace("room", "demo", "removed", START)
    if how == "reopened":
        await states.reopen_workspace("room", "demo", START + DAY)
    else:
        await states.returned("room", "demo")

    assert "workspaces" not in await retention(database).clean(START + 29 * DAY)
    assert "workspaces" not in await retention(database).clean(START + 32 * DAY)

    assert (await counted(database))["channels"] == before["channels"]


def test_no_table_with_a_workspace_is_forgotten() -> None:
    """A new table that names workspaces needs a word in departures.py."""
    named = {table.name for table in metadata.tables.values() if "workspace" in table.c}

    assert named == {
        "audit",
        "channels",
        "departures",
        "feed_workspaces",
        "installations",
        "mutes",
        "post_topics",
        "room_channels",
        "topics",
    }


async def test_a_workspace_that_asks_to_be_forgotten_is_at_once_and_no_other(database: Database, seeds: Seeds) -> None:
    async def go_on() -> None:
        pass

    before = await counted(database)
    await SqlChannelStates(database).close_workspace("room", "other", "removed", START - DAY)
    departed = SqlDepartures(database, go_on)
    assert await departed.channels("room:demo") == 1

    await departed.forget("room:demo", START)
    await departed.forget("room:demo", START)

    # The other one, which removed the bot a day ago, keeps what is its, and that it left.
    left = {name: number // 2 for name, number in before.items()} | {"departures": 1}
    assert await counted(database) == left
    assert await departed.channels("room:demo") == 0
