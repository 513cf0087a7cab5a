from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.errors import UsageError
from bot.domain.following import Ask, FeedCounts, FoundFeed
from bot.domain.model import SHARED, FeedId, FollowsFeed, FollowsTopic
from bot.domain.shards import shard_of
from bot.store.database import Database
from bot.store.known_feeds import NOBODY, SqlFeeds
from bot.store.subscriptions import SqlSubscriptions
from bot.store.tables import feeds as feeds_table
from tests.clock import START
from tests.seeds import NLP, RUST, Seeds
from tests.store.test_subscriptions import planned

SIMON = FoundFeed(url="https://simon.example/atom/", title="Simon’s Weblog", site="https://simon.example/")
REDIS = FoundFeed(url="https://redis.example/rss", title="<antirez>")
ROOM = "room:demo"


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


@pytest.fixture
def feeds(database: Database) -> SqlFeeds:
    return SqlFeeds(database)


async def add(feeds: SqlFeeds, *found: FoundFeed, workspace: str = ROOM, limit: int | None = None) -> list[FeedId]:
    ids = [feed.id for feed in await feeds.know(found, START)]
    await feeds.add(workspace, ids, by="ann", now=START, limit=limit)
    return ids


async def column(database: Database, name: str) -> list[Any]:
    async with database.read() as connection:
        rows = await connection.execute(select(feeds_table.c[name]).order_by(feeds_table.c.id))
        return list(rows.scalars())


async def change(database: Database, feed: FeedId, **values: Any) -> None:
    async with database.write() as connection:
        await connection.execute(update(feeds_table).where(feeds_table.c.id == feed).values(**values))


async def test_a_feed_is_made_once_and_rests_until_it_is_added(feeds: SqlFeeds, database: Database) -> None:
    (first,) = await feeds.know([SIMON], START)
    again, other = await feeds.know([SIMON, REDIS], START + timedelta(days=1))

    assert (first.id, first.title, first.name) == (again.id, "Simon’s Weblog", "Simon’s Weblog")
    assert (other.title, other.own, other.shared) == ("<antirez>", False, False)
    assert await column(database, "paused_why") == [NOBODY, NOBODY]
    await feeds.add(ROOM, [first.id, other.id], by="ann", now=START + timedelta(days=1))
    assert await column(database, "paused_why") == [None, None]
    assert await column(database, "next_poll_at") == [START + timedelta(days=1)] * 2
    assert await column(database, "shard") == [shard_of("simon.example"), shard_of("redis.example")]


async def test_a_feed_in_a_pool_is_seen_in_its_workspace_only(feeds: SqlFeeds) -> None:
    await add(feeds, SIMON)
    await add(feeds, REDIS, workspace=SHARED)

    assert [feed.name for feed in await feeds.pool(ROOM)] == ["Simon’s Weblog"]
    assert [feed.name for feed in await feeds.find(ROOM, "simon")] == ["Simon’s Weblog"]
    assert await feeds.find("slack:T1", "simon") == []
    assert [(feed.shared, feed.own) for feed in await feeds.find("slack:T1", "antirez")] == [(True, False)]


async def test_what_was_seen_already_is_not_added_again(feeds: SqlFeeds) -> None:
    await add(feeds, REDIS, workspace=SHARED)
    ids = [feed.id for feed in await feeds.know([SIMON, REDIS], START)]

    assert await feeds.add(ROOM, ids, by="ann", now=START) == ids[:1]
    assert await feeds.add(ROOM, ids, by="ann", now=START) == []


async def test_a_pool_has_a_limit(feeds: SqlFeeds) -> None:
    await add(feeds, SIMON, limit=1)

    with pytest.raises(UsageError, match="can have 1 feeds of its own, and this one has 1"):
        await add(feeds, REDIS, limit=1)
    assert len(await feeds.pool(ROOM)) == 1


@pytest.mark.parametrize(
    "text",
    ["https://simon.example/atom/", "https://simon.example/atom", "https://simon.example", "simon.example", "weblog"],
)
async def test_a_feed_is_found_by_what_people_call_it(feeds: SqlFeeds, text: str) -> None:
    await add(feeds, SIMON, REDIS)

    assert [feed.url for feed in await feeds.find(ROOM, text)] == [SIMON.url]


async def test_the_very_name_goes_before_names_that_contain_it(feeds: SqlFeeds) -> None:
    longer = FoundFeed(url="https://more.example/", title="More than <antirez>")
    await add(feeds, longer, REDIS)

    assert [feed.url for feed in await feeds.find(ROOM, "<antirez>")] == [REDIS.url]
    assert [feed.url for feed in await feeds.find(ROOM, "antirez")] == [longer.url, REDIS.url]
    assert await feeds.find(ROOM, "100%_sure") == []


async def test_what_a_channel_follows_is_known_in_a_pool_or_not(feeds: SqlFeeds, database: Database) -> None:
    (simon,) = await add(feeds, SIMON)
    (redis,) = await feeds.know([REDIS], START)
    asks = [Ask(follows=FollowsFeed(feed_id=redis.id)), Ask(follows=FollowsFeed(feed_id=simon))]
    await SqlSubscriptions(database).subscribe(NLP, asks, by="ann", now=START, limit=9)

    assert [(feed.name, feed.own) for feed in await feeds.followed(NLP)] == [
        ("Simon’s Weblog", True),
        ("<antirez>", False),
    ]
    assert await feeds.followed(RUST) == []


async def test_feeds_are_counted_as_they_are(feeds: SqlFeeds, database: Database) -> None:
    first, second, third = await add(feeds, SIMON, REDIS, FoundFeed(url="https://c.example/"))
    await add(feeds, FoundFeed(url="https://d.example/"), workspace=SHARED)
    await change(database, first, last_good_poll=START)
    await change(database, second, failures=2, error="Gone.")
    await change(database, third, paused_why="Stopped.")

    assert await feeds.counts(ROOM) == FeedCounts(watched=3, own=3, waiting=1, failing=1)
    assert await feeds.counts("slack:T1") == FeedCounts(watched=1, own=0, waiting=1, failing=0)


async def test_what_ails_is_listed_own_feeds_first_and_counted(feeds: SqlFeeds, database: Database) -> None:
    well, own = await add(feeds, SIMON, REDIS)
    shared, damaged = await add(
        feeds, FoundFeed(url="https://c.example/"), FoundFeed(url="https://d.example/"), workspace=SHARED
    )
    (elsewhere,) = await add(feeds, FoundFeed(url="https://e.example/"), workspace="slack:T1")
    (followed,) = await feeds.know([FoundFeed(url="https://f.example/")], START)
    ask = Ask(follows=FollowsFeed(feed_id=followed.id))
    await SqlSubscriptions(database).subscribe(NLP, [ask], by="ann", now=START, limit=9)
    await change(database, well, last_good_poll=START)
    for number, feed in enumerate((shared, own, elsewhere, followed.id)):
        await change(database, feed, failures=1, error="No.", failing_since=START + timedelta(hours=number))
    await change(database, damaged, error="Torn.", last_good_poll=START)

    found, number = await feeds.ailing(ROOM, NLP, limit=3)
    rest, _ = await feeds.ailing(ROOM, NLP, limit=3, offset=3)

    assert [feed.id for feed in (*found, *rest)] == [own, followed.id, shared, damaged]
    assert (number, found[0].failures, found[0].failing_since) == (4, 1, START + timedelta(hours=1))
    assert [feed.id for feed in (await feeds.ailing(SHARED, None, limit=9))[0]] == [shared, damaged]


async def test_a_followed_feed_is_woken_and_what_is_seen_is_told(feeds: SqlFeeds, database: Database) -> None:
    (redis,) = await feeds.know([REDIS], START)
    await add(feeds, SIMON, workspace=SHARED)

    ask = Ask(follows=FollowsFeed(feed_id=redis.id))
    await SqlSubscriptions(database).subscribe(NLP, [ask], by="ann", now=START, limit=9)

    assert await column(database, "paused_why") == [None, None]
    assert await feeds.seen(ROOM, {SIMON.url, REDIS.url, "https://none.example/"}) == {SIMON.url}


async def test_a_database_is_new_until_its_first_feed_even_if_that_is_removed(feeds: SqlFeeds) -> None:
    assert await feeds.is_new()

    await feeds.remove(ROOM, await add(feeds, SIMON), START)

    assert not await feeds.is_new()


async def test_nothing_is_counted_in_an_empty_database(feeds: SqlFeeds) -> None:
    assert await feeds.counts(ROOM) == FeedCounts(watched=0, own=0, waiting=0, failing=0)


async def test_a_feed_out_of_every_pool_rests_and_starts_anew_when_added_again(
    feeds: SqlFeeds, database: Database
) -> None:
    ids = await add(feeds, SIMON)
    await change(database, ids[0], last_good_poll=START, etag='"1"', failures=3)

    assert await feeds.remove(ROOM, ids, START) == 1
    assert await feeds.remove(ROOM, ids, START) == 0
    assert await column(database, "paused_why") == [NOBODY]

    await add(feeds, SIMON)

    # Its old posts must not come as news after the rest.
    assert [await column(database, name) for name in ("paused_why", "last_good_poll", "etag", "failures")] == [
        [None],
        [None],
        [None],
        [0],
    ]


async def test_a_feed_that_is_also_shared_is_polled_on(feeds: SqlFeeds, database: Database) -> None:
    ids = await add(feeds, SIMON)
    await add(feeds, SIMON, workspace="slack:T1")

    await feeds.remove(ROOM, ids, START)

    assert await column(database, "paused_why") == [None]
    assert len(await feeds.pool("slack:T1")) == 1


async def test_removing_a_feed_cancels_what_waits_of_it_save_where_the_feed_itself_is_followed(
    feeds: SqlFeeds, seeds: Seeds, database: Database
) -> None:
    ids = await add(feeds, SIMON, REDIS)
    subscriptions = SqlSubscriptions(database)
    asks = [Ask(follows=FollowsTopic(slug="nlp")), Ask(follows=FollowsFeed(feed_id=ids[1]))]
    made = await subscriptions.subscribe(NLP, asks, by="ann", now=START, limit=9)
    topic, feed = (one.subscription.id for one in made)
    (simon,) = await seeds.posts(["of simon"], feed=ids[0])
    (redis,) = await seeds.posts(["of redis"], feed=ids[1])
    (other,) = await seeds.posts(["of another"])
    await seeds.plan(
        planned(simon, wanted_by=[topic]),
        planned(redis, wanted_by=[topic, feed]),
        planned(other, wanted_by=[topic]),
    )

    await feeds.remove(ROOM, ids, START)

    assert await seeds.states() == {"of simon": "cancelled", "of redis": "pending", "of another": "pending"}
    assert await column(database, "paused_why") == [NOBODY, None, None]
