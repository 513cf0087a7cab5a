from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.channels import ChannelOptions
from bot.domain.errors import UsageError
from bot.domain.following import Ask
from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import (
    AnnouncementId,
    Channel,
    Digest,
    Each,
    FeedId,
    Follows,
    FollowsFeed,
    FollowsQuery,
    FollowsTopic,
    MessageId,
    PostId,
    StoryId,
    Strictness,
    SubscriptionId,
)
from bot.domain.planning import PlannedAnnouncement, PlannedMessage
from bot.store.database import Database
from bot.store.known_feeds import NOBODY
from bot.store.subscriptions import SqlSubscriptions
from bot.store.tables import announcements, feeds
from bot.store.versions import current_version
from tests.clock import START
from tests.seeds import NLP, RUST, Seeds

TOPIC = FollowsTopic(slug="nlp")
DAILY = Digest(every="daily", at_minute=540, zone="Europe/Berlin")


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


@pytest.fixture
def subscriptions(database: Database) -> SqlSubscriptions:
    return SqlSubscriptions(database)


async def follow(
    subscriptions: SqlSubscriptions, *follows: Follows, channel: Channel = NLP, limit: int = 50
) -> list[SubscriptionId]:
    asks = [Ask(follows=one) for one in follows]
    made = await subscriptions.subscribe(channel, asks, by="ann", now=START, limit=limit)
    return [one.subscription.id for one in made]


async def version(database: Database) -> int:
    async with database.read() as connection:
        return await current_version(connection)


async def test_a_channel_that_nobody_used_follows_nothing(subscriptions: SqlSubscriptions) -> None:
    assert await subscriptions.of_channel(NLP) == []


async def test_what_is_asked_for_is_kept(subscriptions: SqlSubscriptions, seeds: Seeds) -> None:
    feed = FeedId(await seeds.feed(title="<antirez>"))
    asks = [
        Ask(follows=TOPIC, mode=DAILY, strictness=Strictness.STRICT, filters=("-jobs", "lang:en")),
        Ask(follows=FollowsFeed(feed_id=feed)),
        Ask(follows=FollowsQuery(text="postgres NOT vacuum")),
    ]
    await subscriptions.subscribe(NLP, asks, by="ann", now=START, limit=50, channel_name="NLP")

    topic, blog, query = await subscriptions.of_channel(NLP)
    assert (topic.follows, topic.mode, topic.strictness) == (TOPIC, DAILY, Strictness.STRICT)
    assert (topic.filters, topic.created_by, topic.created_at) == (("-jobs", "lang:en"), "ann", START)
    assert (blog.follows, blog.mode) == (FollowsFeed(feed_id=feed, label="<antirez>"), Each())
    assert query.follows == FollowsQuery(text="postgres NOT vacuum")
    assert await subscriptions.of_channel(RUST) == []
    assert await subscriptions.all() == [topic, blog, query]


async def test_a_new_channel_starts_with_the_operator_s_options(database: Database, seeds: Seeds) -> None:
    await follow(SqlSubscriptions(database, ChannelOptions(backfill=3)), TOPIC)

    assert (await seeds.channel_row()).options == {"backfill": 3}


async def test_asking_again_changes_only_what_was_said(subscriptions: SqlSubscriptions) -> None:
    first = Ask(follows=TOPIC, strictness=Strictness.STRICT, filters=("-jobs",))
    await subscriptions.subscribe(NLP, [first], by="ann", now=START, limit=50)
    (changed,) = await subscriptions.subscribe(NLP, [Ask(follows=TOPIC, mode=DAILY)], by="ben", now=START, limit=50)

    assert changed.before is not None
    assert changed.before.mode == Each()
    assert changed.subscription.mode == DAILY
    assert (changed.subscription.strictness, changed.subscription.filters) == (Strictness.STRICT, ("-jobs",))
    assert [found.id for found in await subscriptions.of_channel(NLP)] == [changed.before.id]


async def test_more_than_the_limit_is_refused_whole(subscriptions: SqlSubscriptions) -> None:
    await follow(subscriptions, TOPIC, limit=2)

    with pytest.raises(UsageError, match="can have 2 subscriptions, and this one has 1"):
        await follow(subscriptions, FollowsTopic(slug="ai"), FollowsTopic(slug="rust"), limit=2)
    assert len(await subscriptions.of_channel(NLP)) == 1


async def test_every_change_makes_the_version_grow(subscriptions: SqlSubscriptions, database: Database) -> None:
    versions = [await version(database)]
    made = await follow(subscriptions, TOPIC)
    versions.append(await version(database))
    await follow(subscriptions, TOPIC)
    versions.append(await version(database))
    await subscriptions.unsubscribe(NLP, made, START)
    versions.append(await version(database))

    assert versions == [0, 1, 2, 3]


async def test_a_channel_cannot_end_the_subscription_of_another(subscriptions: SqlSubscriptions) -> None:
    made = await follow(subscriptions, TOPIC)

    await subscriptions.unsubscribe(RUST, made, START)

    assert len(await subscriptions.of_channel(NLP)) == 1


def planned(
    *posts: PostId, wanted_by: list[SubscriptionId], kind: MessageKind = MessageKind.POST, channel: Channel = NLP
) -> PlannedMessage:
    return PlannedMessage(
        id=MessageId(new_id()),
        channel=channel,
        kind=kind,
        due_at=START,
        announcements=tuple(
            PlannedAnnouncement(
                id=AnnouncementId(new_id()),
                story=StoryId(post),
                post=post,
                topics=("NLP",),
                topic="nlp",
                score=1.0,
                subscriptions=tuple(wanted_by),
            )
            for post in posts
        ),
    )


async def announcement_states(database: Database) -> list[tuple[str, list[int]]]:
    statement = select(announcements.c.state, announcements.c.subscriptions).order_by(announcements.c.state)
    async with database.read() as connection:
        return [(state, wanted) for state, wanted in await connection.execute(statement)]


async def test_unsubscribing_cancels_what_only_that_subscription_wanted(
    subscriptions: SqlSubscriptions, seeds: Seeds, database: Database
) -> None:
    nlp, ai = await follow(subscriptions, TOPIC, FollowsTopic(slug="ai"))
    only, both = await seeds.posts(["only nlp", "nlp and ai"])
    await seeds.plan(planned(only, wanted_by=[nlp]), planned(both, wanted_by=[nlp, ai]))

    assert await subscriptions.unsubscribe(NLP, [nlp], START) == 1
    assert await seeds.states() == {"only nlp": "cancelled", "nlp and ai": "pending"}
    assert await announcement_states(database) == [("cancelled", [nlp]), ("planned", [ai])]


async def test_another_channel_s_announcements_stay(subscriptions: SqlSubscriptions, seeds: Seeds) -> None:
    (mine,) = await follow(subscriptions, TOPIC)
    (theirs,) = await follow(subscriptions, TOPIC, channel=RUST)
    (post,) = await seeds.posts(["a post"])
    await seeds.plan(planned(post, wanted_by=[theirs], channel=RUST))

    assert await subscriptions.unsubscribe(NLP, [mine], START) == 0
    assert await seeds.states() == {"a post": "pending"}


async def test_a_digest_loses_what_is_unwanted_and_goes_where_nothing_is_left(
    subscriptions: SqlSubscriptions, seeds: Seeds
) -> None:
    nlp, ai = await follow(subscriptions, TOPIC, FollowsTopic(slug="ai"))
    one, two, three = await seeds.posts(["one", "two", "three"])
    mixed = planned(one, wanted_by=[nlp], kind=MessageKind.DIGEST)
    mixed = PlannedMessage(
        id=mixed.id,
        channel=NLP,
        kind=mixed.kind,
        due_at=START,
        announcements=(*mixed.announcements, *planned(two, wanted_by=[ai]).announcements),
    )
    await seeds.plan(mixed, planned(three, wanted_by=[nlp], kind=MessageKind.DIGEST))

    assert await subscriptions.unsubscribe(NLP, [nlp], START) == 2
    assert await seeds.states() == {"one + two": "pending", "three": "cancelled"}


async def test_a_digest_that_was_attempted_keeps_what_it_carries(
    subscriptions: SqlSubscriptions, seeds: Seeds, database: Database
) -> None:
    (nlp,) = await follow(subscriptions, TOPIC)
    (post,) = await seeds.posts(["a post"])
    message = planned(post, wanted_by=[nlp], kind=MessageKind.DIGEST)
    await seeds.plan(message)
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE messages SET attempt = 1")

    assert await subscriptions.unsubscribe(NLP, [nlp], START) == 0
    assert await seeds.states() == {"a post": "pending"}


async def test_a_feed_that_nobody_follows_any_more_rests(
    subscriptions: SqlSubscriptions, seeds: Seeds, database: Database
) -> None:
    followed = FeedId(await seeds.feed(workspace="slack:T1"))
    alone = FeedId(await seeds.feed(workspace="slack:T1"))
    async with database.write() as connection:
        await connection.exec_driver_sql(f"DELETE FROM feed_workspaces WHERE feed_id = {alone}")
    made = await follow(subscriptions, FollowsFeed(feed_id=followed), FollowsFeed(feed_id=alone))

    await subscriptions.unsubscribe(NLP, made, START + timedelta(hours=1))

    async with database.read() as connection:
        rows = await connection.execute(select(feeds.c.id, feeds.c.paused_why))
        resting = {row.id: row.paused_why for row in rows}
    assert resting == {followed: None, alone: NOBODY}


async def test_the_role_to_mention_stays_until_another_or_nobody_is_named(subscriptions: SqlSubscriptions) -> None:
    kept = []
    for mention in ("55", None, ""):
        (made,) = await subscriptions.subscribe(
            NLP, [Ask(follows=TOPIC, mention=mention)], by="ann", now=START, limit=9
        )
        kept.append(made.subscription.mention)

    assert kept == ["55", "55", None]
