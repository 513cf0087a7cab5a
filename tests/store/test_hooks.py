"""Our addresses at hubs, on both databases."""

from datetime import timedelta

from sqlalchemy import update

from bot.store.database import Database
from bot.store.hooks import SqlHooks
from bot.store.tables import feeds
from tests.clock import START
from tests.seeds import Seeds

HUB = {"hub": "https://hub.example/", "hub_topic": "https://a.example/feed", "last_good_poll": START}
LATER = START + timedelta(days=1)


async def a_feed(database: Database, **values: object) -> int:
    feed = await Seeds(database).feed()
    await change(database, feed, **(HUB | values))
    return feed


async def change(database: Database, feed: int, **values: object) -> None:
    async with database.write() as connection:
        await connection.execute(update(feeds).where(feeds.c.id == feed).values(**values))


async def test_a_feed_with_a_hub_gets_one_address_of_its_own(database: Database) -> None:
    hooks = SqlHooks(database)
    feed, other = await a_feed(database), await a_feed(database, hub_topic=None)
    await Seeds(database).feed()
    await a_feed(database, last_good_poll=None)
    await a_feed(database, paused_why="gone")

    due = await hooks.due(START, 10)
    again = await hooks.due(START, 10)

    assert {hook.feed_id for hook in due} == {feed, other}
    assert {hook.token for hook in due} == {hook.token for hook in again}
    assert len({hook.token for hook in due} | {hook.secret for hook in due}) == 4
    topics = {hook.feed_id: hook.topic for hook in due}
    assert topics[feed] == HUB["hub_topic"]  # type: ignore[index]
    assert topics[other].endswith(".example/feed")  # type: ignore[index]
    assert (await hooks.find(due[0].token)) == due[0]
    assert await hooks.find("another") is None


async def test_what_was_asked_granted_and_refused_is_remembered(database: Database) -> None:
    hooks = SqlHooks(database)
    await a_feed(database)
    [hook] = await hooks.due(START, 10)

    await hooks.ask(hook, START, START + timedelta(hours=1))
    asked = await hooks.find(hook.token)
    assert asked is not None
    assert asked.asked_at == START
    assert await hooks.due(START, 10) == []

    await hooks.refuse(asked, "no", START + timedelta(hours=2))
    [refused] = await hooks.due(START + timedelta(hours=2), 10)
    assert (refused.asked_at, refused.failures, refused.lease_until) == (None, 1, None)

    await hooks.grant(refused, LATER, START + timedelta(hours=20))
    known = await hooks.find(hook.token)
    assert known is not None
    assert (known.failures, known.lease_until, known.asked_at) == (0, LATER, None)
    assert known.is_active(START)
    assert not known.is_active(LATER)
    assert await hooks.due(START + timedelta(hours=19), 10) == []


async def test_an_address_ends_with_its_hub(database: Database) -> None:
    hooks = SqlHooks(database)
    feed = await a_feed(database)
    [first] = await hooks.due(START, 10)

    await change(database, feed, hub="https://other.example/")
    [second] = await hooks.due(START, 10)
    assert second.hub == "https://other.example/"
    assert second.token != first.token
    assert await hooks.find(first.token) is None

    await change(database, feed, paused_why="gone")
    assert await hooks.find(second.token) is None
    await change(database, feed, paused_why=None, hub=None)
    assert await hooks.due(START, 10) == []
    assert await hooks.find(second.token) is None
