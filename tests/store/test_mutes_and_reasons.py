"""Mutes, removals, reasons and dated posts, on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.domain.following import Interest
from bot.domain.model import AnnouncementId, Channel, FeedId, FollowsFeed, FollowsTopic, MessageRef, PostId
from bot.domain.muting import Mute, MuteKind
from bot.domain.previewing import Dated
from bot.store.database import Database
from bot.store.mutes import SqlMutes
from bot.store.reasons import SqlReasons
from bot.store.removals import SqlRemovals
from bot.store.shown_posts import SqlPosts
from bot.store.tables import announcements, messages, mutes, posts
from bot.store.wishes import SqlWishBook
from tests.clock import START
from tests.seeds import NLP, RUST, Seeds


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


def mute(kind: MuteKind, target: str, channel: Channel | None = NLP) -> Mute:
    return Mute(workspace="room:demo", channel=channel, kind=kind, target=target, created_by="ann", created_at=START)


async def test_a_mute_is_kept_once_and_reaches_the_judge(database: Database, seeds: Seeds) -> None:
    book = SqlMutes(database)

    assert await book.add(mute("word", "crypto"), NLP)
    assert not await book.add(mute("word", "crypto"), NLP)
    assert await book.add(mute("word", "crypto", None), NLP)

    known = (await SqlWishBook(database).wishes()).mutes
    assert [(one.channel, one.target) for one in known] == [(NLP, "crypto"), (None, "crypto")]
    assert len(await book.of_channel(NLP)) == 2
    assert len(await book.of_channel(RUST)) == 1


async def test_a_blog_that_is_muted_is_named(database: Database, seeds: Seeds) -> None:
    feed = await seeds.feed("Simon")
    await SqlMutes(database).add(mute("feed", str(feed)), NLP)

    assert [one.label for one in await SqlMutes(database).of_channel(NLP)] == ["Simon"]


async def test_only_what_applies_here_is_unmuted_here(database: Database, seeds: Seeds) -> None:
    book = SqlMutes(database)
    await book.add(mute("word", "crypto"), NLP)
    (one,) = await book.of_channel(NLP)

    assert not await book.remove(one.id, RUST, "ann", START)
    assert await book.remove(one.id, NLP, "ann", START)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(mutes)) == 0


async def test_a_case_has_the_post_its_topics_and_what_became_of_it(database: Database, seeds: Seeds) -> None:
    await seeds.channel()
    await seeds.announce("About BERT")
    async with database.write() as connection:
        await connection.execute(update(announcements).values(state="sent", sent_at=START))
        one = AnnouncementId(str(await connection.scalar(select(announcements.c.id))))
        post = await connection.scalar(select(posts.c.id))
    await seeds.topic([PostId(str(post))])

    case = await SqlReasons(database).announced(one, NLP)

    assert case is not None
    assert case.post.title == "About BERT"
    assert [match.topic for match in case.matches] == ["nlp"]
    assert case.came is not None
    assert (case.came.state, case.came.sent_at) == ("sent", START)
    assert await SqlReasons(database).newest(NLP) == case
    assert await SqlReasons(database).linked(f"https://blog.example/{post}?utm_medium=y", NLP) == case
    assert await SqlReasons(database).announced(one, RUST) is None


async def test_a_message_is_known_by_its_name_in_its_channel(database: Database, seeds: Seeds) -> None:
    await seeds.channel()
    await seeds.channel(RUST)
    await seeds.announce("About BERT")
    ref, m = MessageRef("r1"), messages.c
    reasons = SqlReasons(database)
    assert await reasons.carried(NLP, ref) is None
    async with database.write() as connection:
        await connection.execute(update(messages).values(state="sent", ref=ref))
        one = await connection.scalar(select(announcements.c.id))

    found = await reasons.carried(NLP, ref)
    assert found is not None
    assert (found.id, found.post.title) == (one, "About BERT")
    assert await reasons.carried(RUST, ref) is None
    assert await reasons.carried(NLP, MessageRef("r2")) is None

    async with database.write() as connection:
        await connection.execute(update(messages).where(m.ref == ref).values(kind="digest"))
    assert await reasons.carried(NLP, ref) is None
    async with database.write() as connection:
        await connection.execute(update(messages).where(m.ref == ref).values(kind="post"))
    await SqlRemovals(database).remove(found.id, NLP, "ann", START)
    assert await reasons.carried(NLP, ref) is None


async def test_a_removed_announcement_leaves_its_message_and_comes_with_another(
    database: Database, seeds: Seeds
) -> None:
    await seeds.channel()
    (message,) = await seeds.announce("About BERT")
    async with database.write() as connection:
        await connection.execute(update(messages).values(state="sent", ref="r1"))
        one = AnnouncementId(str(await connection.scalar(select(announcements.c.id))))

    assert await SqlRemovals(database).remove(one, NLP, "ann", START) == "About BERT"
    assert await SqlRemovals(database).remove(one, NLP, "ann", START) is None

    async with database.read() as connection:
        rows = (await connection.execute(select(messages).order_by(messages.c.seq))).all()
    assert [(row.kind, row.target) for row in rows] == [("post", None), ("delete", message)]


async def test_dated_posts_are_one_for_each_story_oldest_first(database: Database, seeds: Seeds) -> None:
    feed = await seeds.feed("Simon")
    found = await seeds.posts(["One", "Two"], feed)
    await seeds.posts(["One again"], await seeds.feed("Planet"), story=found[0])
    await seeds.topic(found)
    interests = [Interest(follows=FollowsTopic(slug="nlp")), Interest(follows=FollowsFeed(feed_id=FeedId(feed)))]

    dated = await SqlPosts(database).dated("room:demo", interests, START - timedelta(days=1))

    assert dated == [Dated(START, "Simon"), Dated(START + timedelta(seconds=1), "Simon")]
