"""What is old goes; what still guards against a second announcement stays."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update

from bot.domain.model import AnnouncementId
from bot.store.database import Database
from bot.store.retention import Keeping, SqlRetention
from bot.store.tables import (
    announcements,
    channels,
    feeds,
    messages,
    post_topics,
    posts,
    seen_keys,
    stories,
    story_shingles,
)
from tests.clock import START
from tests.seeds import Seeds

KEEPING = Keeping()
DAY = timedelta(days=1)


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


@pytest.fixture
def retention(database: Database) -> SqlRetention:
    return SqlRetention(database, KEEPING, _go_on)


async def _go_on() -> None:
    pass


async def test_texts_go_first_titles_and_links_stay(retention: SqlRetention, seeds: Seeds) -> None:
    await seeds.posts(["Old"])
    assert await retention.clean(START + 89 * DAY) == {}

    assert await retention.clean(START + 91 * DAY) == {"texts": 1}

    async with seeds.database.read() as connection:
        (row,) = (await connection.execute(select(posts.c.title, posts.c.text, posts.c.summary))).all()
    assert row == ("Old", "", "About Old.")


async def test_a_post_nobody_was_sent_goes_with_its_story_and_topics(retention: SqlRetention, seeds: Seeds) -> None:
    old = await seeds.posts(["Old"])
    await seeds.topic(old)

    gone = await retention.clean(START + 401 * DAY)

    assert gone == {"posts": 1, "stories": 1, "texts": 1}
    assert await _counts(seeds.database) == {"posts": 0, "stories": 0, "post_topics": 0}


async def test_a_story_that_was_announced_stays_as_long_as_its_announcement(
    retention: SqlRetention, seeds: Seeds
) -> None:
    await seeds.channel()
    await seeds.announce("Waiting")
    (sent,) = await seeds.announce("Sent")
    async with seeds.database.write() as connection:
        await connection.execute(update(messages).where(messages.c.id == sent).values(state="sent", settled_at=START))
        is_sent = announcements.c.message_id == sent
        later = {"state": "sent", "created_at": START + 30 * DAY}
        await connection.execute(update(announcements).where(is_sent).values(later))

    gone = await retention.clean(START + 401 * DAY)
    assert (gone["messages"], gone.get("announcements"), gone.get("posts")) == (1, None, None)

    gone = await retention.clean(START + 431 * DAY)
    assert (gone["announcements"], gone["posts"], gone["stories"]) == (1, 1, 1)
    assert (await seeds.states()) == {"Waiting": "pending"}


async def test_seen_keys_go_when_they_are_old_and_many_newer_ones_came(
    retention: SqlRetention, seeds: Seeds, database: Database
) -> None:
    busy, quiet = await seeds.feed(), await seeds.feed()
    newer = [{"feed_id": busy, "key": b"new%d" % number, "seen_at": START + 300 * DAY} for number in range(305)]
    old = [{"feed_id": feed, "key": b"old", "seen_at": START} for feed in (busy, quiet)]
    async with database.write() as connection:
        await connection.execute(insert(seen_keys), [*newer, *old])

    assert await retention.clean(START + 399 * DAY) == {}
    assert await retention.clean(START + 401 * DAY) == {"seen keys": 1}

    async with database.read() as connection:
        left = list(await connection.scalars(select(seen_keys.c.feed_id).where(seen_keys.c.key == b"old")))
    assert left == [quiet]


async def test_a_long_feed_keeps_the_keys_of_all_its_items(
    retention: SqlRetention, seeds: Seeds, database: Database
) -> None:
    feed = await seeds.feed()
    rows = [{"feed_id": feed, "key": b"k%d" % number, "seen_at": START} for number in range(900)]
    async with database.write() as connection:
        await connection.execute(update(feeds).values(item_hashes=bytes(8 * 200)))
        await connection.execute(insert(seen_keys), rows)

    assert await retention.clean(START + 500 * DAY) == {}


async def test_more_than_a_page_goes_page_by_page(seeds: Seeds, database: Database) -> None:
    pauses = []

    async def pause() -> None:
        pauses.append(1)

    (post,) = await seeds.posts(["Old"])
    rows = [{"shingle": number, "story": post} for number in range(2500)]
    async with database.write() as connection:
        await connection.execute(insert(story_shingles), rows)

    gone = await SqlRetention(database, KEEPING, pause).clean(START + 61 * DAY)

    assert gone == {"shingles": 2500}
    assert len(pauses) == 2 + 1  # two between pages of shingles, one after the page of feeds


async def test_a_removed_announcement_is_kept_like_any_other(retention: SqlRetention, seeds: Seeds) -> None:
    await seeds.channel()
    await seeds.announce("Removed")
    async with seeds.database.write() as connection:
        await connection.execute(update(announcements).values(state="removed", message_id=None))
        await connection.execute(update(channels).values(state="active"))

    await retention.clean(START + 399 * DAY)

    async with seeds.database.read() as connection:
        assert [AnnouncementId(one) for one in await connection.scalars(select(announcements.c.id))]


async def _counts(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        return {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (posts, stories, post_topics)
        }


async def test_what_stories_are_found_by_goes_with_them(seeds: Seeds, database: Database) -> None:
    """By a constraint on SQLite, by a trigger on PostgreSQL."""
    first, second, kept = await seeds.posts(["First", "Second", "Kept"])
    async with database.write() as connection:
        rows = [{"shingle": number, "story": story} for story in (first, second, kept) for number in range(3)]
        await connection.execute(insert(story_shingles), rows)
        await connection.execute(delete(posts).where(posts.c.id.in_([first, second])))
        await connection.execute(delete(stories).where(stories.c.id.in_([first, second])))

    async with database.read() as connection:
        left = (await connection.execute(select(story_shingles.c.story))).scalars().all()
    assert left == [kept] * 3
