from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.channels import ChannelOptions, Look
from bot.domain.message import Sent
from bot.domain.model import Channel, MessageRef
from bot.domain.sending import Settlement, Timing, after_send
from bot.store.database import Database
from bot.store.follow_ups import plan_also_at
from bot.store.outbox import SqlOutbox
from bot.store.tables import messages
from tests.clock import START
from tests.seeds import NLP, Seeds, planned_post

LEASE = timedelta(seconds=90)
LATER = START - timedelta(seconds=1)


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


async def sent(seeds: Seeds, database: Database, channel: Channel = NLP, options: ChannelOptions | None = None) -> str:
    """Send one post, and return its story."""
    await seeds.channel(channel, options)
    (post,) = await seeds.posts(["Head"])
    await seeds.plan(planned_post(post, channel=channel))
    outbox = SqlOutbox(database)
    message = (await outbox.claim([channel], START, LEASE))[channel]
    await outbox.settle([Settlement(message=message.id, attempt=1, state="sent", ref="r1")], LATER)
    return post


async def also_at(seeds: Seeds, database: Database, story: str, workspace: str = "") -> int:
    """Bring the story in another feed, and return how many channels get an edit."""
    await seeds.posts(["Head, again"], feed=await seeds.feed("Another blog", workspace), story=story)
    async with database.write() as connection:
        return len(await plan_also_at(connection, [story], START))


async def test_the_same_story_in_another_blog_edits_the_message(seeds: Seeds, database: Database) -> None:
    story = await sent(seeds, database)

    assert await also_at(seeds, database, story) == 1

    edit = (await SqlOutbox(database).claim([NLP], START, LEASE))[NLP]
    assert (edit.kind, edit.target, edit.silent) == ("edit", "r1", True)
    assert edit.announcements[0].also_at == ("Another blog",)


@pytest.mark.parametrize(
    ("options", "edits"),
    [
        (ChannelOptions(look=Look.COMPACT), 1),
        (ChannelOptions(look=Look.TITLE_ONLY), 0),
        (ChannelOptions(template="{title}"), 0),
        (ChannelOptions(template="{title} {ALSO_AT|nobody else}"), 1),
    ],
)
async def test_nothing_is_edited_where_the_other_blog_would_not_show(
    seeds: Seeds, database: Database, options: ChannelOptions, edits: int
) -> None:
    story = await sent(seeds, database, options=options)

    assert await also_at(seeds, database, story) == edits


async def test_a_blog_that_the_channel_may_not_see_edits_nothing(seeds: Seeds, database: Database) -> None:
    story = await sent(seeds, database)

    assert await also_at(seeds, database, story, "room:other") == 0
    assert await also_at(seeds, database, story, "room:demo") == 1


async def test_an_edit_that_waits_says_it_all_and_three_are_the_most(seeds: Seeds, database: Database) -> None:
    story = await sent(seeds, database)
    outbox = SqlOutbox(database)
    made = [await also_at(seeds, database, story), await also_at(seeds, database, story)]
    for _ in range(4):
        if claimed := await outbox.claim([NLP], START, LEASE):
            await outbox.settle([Settlement(message=claimed[NLP].id, attempt=1, state="sent", ref="r1")], START)
        made.append(await also_at(seeds, database, story))

    assert made == [1, 0, 1, 1, 0, 0]


async def test_after_a_day_a_message_stays_as_it_is(seeds: Seeds, database: Database) -> None:
    story = await sent(seeds, database)
    await seeds.posts(["Head, again"], feed=await seeds.feed("Another blog"), story=story)

    async with database.write() as connection:
        assert await plan_also_at(connection, [story], START + timedelta(days=1)) == {}


@pytest.mark.parametrize(("platform", "kinds"), [("discord", ["post", "publish"]), ("slack", ["post"])])
async def test_what_was_sent_is_published_where_a_channel_chose_it_and_can(
    seeds: Seeds, database: Database, platform: str, kinds: list[str]
) -> None:
    channel = Channel(platform=platform, workspace="1", id="2")
    await seeds.channel(channel, ChannelOptions(publish=True))
    await seeds.announce("Head", channel=channel)
    outbox = SqlOutbox(database)
    message = (await outbox.claim([channel], START, LEASE))[channel]
    settled = after_send(message, Sent(ref=MessageRef("r1")), START, Timing(), 0.5, looked=False)
    await outbox.settle([settled], START)

    async with database.read() as connection:
        found = (await connection.execute(select(messages.c.kind).order_by(messages.c.seq))).scalars().all()
    assert found == kinds
    if "publish" in kinds:
        publish = (await outbox.claim([channel], START, LEASE))[channel]
        assert publish.target == "r1"
