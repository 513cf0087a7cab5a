"""The queue of feeds, and what polls write, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.domain.fetched import FeedWishes
from bot.domain.identity import Fate
from bot.domain.message import MessageKind
from bot.domain.polled import Polled
from bot.store.database import Database
from bot.store.feed_rows import read_wishes, write_wishes
from bot.store.polls import SqlFeedQueue
from bot.store.tables import (
    announcements,
    feeds,
    messages,
    meta,
    posts,
    seen_keys,
    stories,
)
from tests.clock import START
from tests.store.polled import HERE, LEASE, add, add_channel, brought, claim, count


async def test_a_feed_is_claimed_by_one_until_its_lease_ends(database: Database) -> None:
    queue = SqlFeedQueue(database)
    await add(database, "https://a.example/", "https://b.example/", "https://c.example/")

    first, second = await queue.claim(START, LEASE, 2), await queue.claim(START, LEASE, 2)
    third = await queue.claim(START, LEASE, 2)
    after = await queue.claim(START + LEASE * 2, LEASE, 5)

    assert [len(first), len(second), len(third), len(after)] == [2, 1, 0, 3]
    assert {one.host for one in after} == {"a.example", "b.example", "c.example"}


async def test_what_is_not_due_paused_or_given_back(database: Database) -> None:
    queue = SqlFeedQueue(database)
    await add(database, "https://a.example/", "https://b.example/", "https://c.example/")
    async with database.write() as connection:
        await connection.execute(update(feeds).where(feeds.c.host == "b.example").values(paused_why="Gone."))
        later = START + timedelta(hours=1)
        await connection.execute(update(feeds).where(feeds.c.host == "c.example").values(next_poll_at=later))

    claimed = await queue.claim(START, LEASE, 10)
    await queue.release(claimed)
    again = await queue.claim(START, LEASE, 10, not_since=START)

    assert [one.host for one in claimed] == ["a.example"]
    assert {one.host for one in again} == {"a.example", "c.example"}


async def test_shards_are_polled_by_their_owner(database: Database) -> None:
    await add(database, *(f"https://{name}.example/" for name in "abcdef"))
    queue = SqlFeedQueue(database)
    queue.shards = range(32)
    lower = await queue.claim(START, LEASE, 10)
    queue.shards = range(32, 64)
    upper = await queue.claim(START, LEASE, 10)

    assert len(lower) + len(upper) == 6


async def test_a_poll_is_stored_whole_with_what_it_wants(database: Database) -> None:
    await add(database, "https://a.example/")
    await add_channel(database)
    queue = SqlFeedQueue(database)
    (claimed,) = await queue.claim(START, LEASE, 1)

    recorded = await queue.record([brought(claimed, "One", "Two")], 0, START)

    assert recorded is not None
    assert (recorded.posts, recorded.lost, list(recorded.due)) == (2, 0, [HERE])
    assert [await count(database, table) for table in (posts, stories, announcements, messages)] == [2, 2, 2, 2]
    known = f"k{claimed.feed.id}One".encode()
    feed = claimed.feed.id
    remembered = await queue.remembered([feed], {feed: [known, b"never seen"]}, START - timedelta(days=1))
    assert remembered.seen == {feed: {known}}
    assert remembered.dates == {feed: [START, START]}
    assert remembered.workspaces == {feed: frozenset({""})}


async def test_a_quiet_poll_writes_its_times_and_frees_the_feed(database: Database) -> None:
    await add(database, "https://a.example/")
    queue = SqlFeedQueue(database)
    (claimed,) = await queue.claim(START, LEASE, 1)
    two = timedelta(hours=2)
    after = replace(claimed.feed, next_poll_at=START + two, interval=two, last_good_poll=START)

    await queue.record([Polled(token=claimed.token, feed=after, changed=False)], 0, START)
    (again,) = await queue.claim(START + timedelta(hours=3), LEASE, 1)

    assert (again.feed.interval, again.feed.last_good_poll) == (timedelta(hours=2), START)


async def test_a_poll_whose_lease_somebody_else_has_writes_nothing(database: Database) -> None:
    await add(database, "https://a.example/")
    queue = SqlFeedQueue(database)
    (slow,) = await queue.claim(START, LEASE, 1)
    (quick,) = await queue.claim(START + LEASE * 2, LEASE, 1)

    late = await queue.record([brought(slow, "Twice")], 0, START)
    good = await queue.record([brought(quick, "Twice")], 0, START)

    assert late is not None
    assert (late.posts, late.lost) == (0, 1)
    assert good is not None
    assert await count(database, posts) == 1


async def test_nothing_is_stored_where_what_is_wanted_has_changed(database: Database) -> None:
    await add(database, "https://a.example/")
    queue = SqlFeedQueue(database)
    (claimed,) = await queue.claim(START, LEASE, 1)
    async with database.write() as connection:
        await connection.execute(insert(meta).values(name="version", value="7"))

    assert await queue.record([brought(claimed, "One")], 6, START) is None
    assert await count(database, posts) == 0
    assert await queue.record([brought(claimed, "One")], 7, START) is not None
    assert await count(database, posts) == 1


async def test_the_same_article_of_two_feeds_is_one_story_and_one_announcement(database: Database) -> None:
    await add(database, "https://a.example/", "https://b.example/", "https://c.example/")
    await add_channel(database)
    queue = SqlFeedQueue(database)
    one, two, three = await queue.claim(START, LEASE, 3)

    pair = [brought(one, "Same", url="https://x.example/same"), brought(two, "Copy", url="http://www.x.example/same/")]
    await queue.record(pair, 0, START)
    await queue.record([brought(three, "Later", url="https://x.example/same?utm_source=p")], 0, START)

    assert [await count(database, table) for table in (posts, stories, announcements)] == [3, 1, 1]


async def test_two_posts_of_one_feed_are_two_stories_whatever_their_address(database: Database) -> None:
    await add(database, "https://a.example/")
    queue = SqlFeedQueue(database)
    (claimed,) = await queue.claim(START, LEASE, 1)

    await queue.record([brought(claimed, "One", "Two", url="https://x.example/log")], 0, START)

    assert await count(database, stories) == 2


@pytest.mark.parametrize(("fate", "kinds"), [(Fate.KNOWN, []), (Fate.LATE, [MessageKind.DIGEST])])
async def test_what_is_known_is_kept_quiet_and_what_is_late_is_rolled_up(
    database: Database, fate: Fate, kinds: list[MessageKind]
) -> None:
    await add(database, "https://a.example/")
    await add_channel(database)
    queue = SqlFeedQueue(database)
    (claimed,) = await queue.claim(START, LEASE, 1)

    await queue.record([brought(claimed, "One", fate=fate)], 0, START)

    async with database.read() as connection:
        assert list((await connection.scalars(select(messages.c.kind))).all()) == kinds
        assert list((await connection.scalars(select(posts.c.announced))).all()) == [fate is not Fate.KNOWN]


async def test_a_feed_moves_unless_its_new_address_is_a_feed_already(database: Database) -> None:
    await add(database, "https://a.example/", "https://b.example/")
    queue = SqlFeedQueue(database)
    one, two = await queue.claim(START, LEASE, 2)
    taken = replace(one.feed, url=two.feed.url)
    free = replace(two.feed, url="https://new.example/feed")

    await queue.record([Polled(token=one.token, feed=taken)], 0, START)
    await queue.record([Polled(token=two.token, feed=free)], 0, START)

    async with database.read() as connection:
        rows = (await connection.execute(select(feeds.c.url, feeds.c.host).order_by(feeds.c.id))).all()
    assert [tuple(row) for row in rows] == [(one.feed.url, one.host), ("https://new.example/feed", "new.example")]


async def test_channels_subscribed_to_the_very_feed_get_its_notice(database: Database) -> None:
    await add(database, "https://a.example/")
    (claimed,) = await claim(database)
    await add_channel(database, claimed.feed.id)

    poll = Polled(token=claimed.token, feed=claimed.feed, notice="A is no longer polled.")
    await SqlFeedQueue(database).record([poll], 0, START)

    async with database.read() as connection:
        rows = (await connection.execute(select(messages.c.kind, messages.c.text))).all()
    assert [tuple(row) for row in rows] == [(MessageKind.NOTICE, "A is no longer polled.")]


async def test_a_channel_is_due_for_the_first_of_what_it_gets(database: Database) -> None:
    await add(database, "https://a.example/")
    (claimed,) = await claim(database)
    await add_channel(database, claimed.feed.id)

    poll = replace(brought(claimed, "For the digest", fate=Fate.LATE), notice="A has moved.")
    recorded = await SqlFeedQueue(database).record([poll], 0, START)

    assert recorded is not None
    assert recorded.due == {HERE: START}


async def test_keys_are_remembered_once(database: Database) -> None:
    await add(database, "https://a.example/")
    queue = SqlFeedQueue(database)
    for _ in range(2):
        (claimed,) = await queue.claim(START + timedelta(days=2), LEASE, 1)
        await queue.record([Polled(token=claimed.token, feed=claimed.feed, keys=frozenset({b"a", b"b"}))], 0, START)

    assert await count(database, seen_keys) == 2


def test_what_a_feed_asks_survives_the_store() -> None:
    wishes = FeedWishes(ttl=timedelta(hours=1), skip_hours=frozenset({0, 5}), skip_days=frozenset({6}))

    assert read_wishes(write_wishes(wishes)) == wishes
    assert write_wishes(FeedWishes()) is None
