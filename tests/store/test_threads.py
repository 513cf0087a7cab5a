"""A digest as one message with its posts in its thread, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.channels import ChannelOptions
from bot.domain.keys import new_id
from bot.domain.message import Message, MessageKind, Outcome, Sent, Undeliverable
from bot.domain.model import Channel, MessageId, MessageRef
from bot.domain.planning import PlannedMessage
from bot.domain.sending import Timing, after_send
from bot.store.database import Database
from bot.store.outbox import SqlOutbox
from bot.store.planned import channel_loads
from bot.store.tables import announcements, messages
from tests.clock import START
from tests.seeds import Seeds, planned_announcement

LEASE = timedelta(seconds=90)
HERE = Channel(platform="slack", workspace="T1", id="C1")


async def digest(database: Database, channel: Channel = HERE, *, threads: bool = True) -> MessageId:
    """Plan a digest of three posts in a channel that wants threads, and has a budget."""
    seeds = Seeds(database)
    await seeds.channel(channel, ChannelOptions(threads=threads, budget=9))
    carried = tuple(planned_announcement(post) for post in await seeds.posts(["One", "Two", "Three"]))
    planned = MessageId(new_id())
    heading = "3 new posts"
    await seeds.plan(
        PlannedMessage(
            id=planned, channel=channel, kind=MessageKind.DIGEST, due_at=START, announcements=carried, text=heading
        )
    )
    return planned


async def send(database: Database, ref: str = "r1", channel: Channel = HERE) -> Message:
    return await settle(database, Sent(MessageRef(ref)), channel)


async def settle(database: Database, outcome: Outcome, channel: Channel = HERE) -> Message:
    """Claim the head of the line, and let *outcome* come of it."""
    outbox = SqlOutbox(database)
    message = (await outbox.claim([channel], START, LEASE))[channel]
    await outbox.settle([after_send(message, outcome, START, Timing(), 0.5, looked=False)], START)
    return message


async def test_posts_follow_in_order_once_the_digest_is_shown(database: Database) -> None:
    await digest(database)

    whole = await send(database)
    rest = [await send(database, f"r{number}") for number in (2, 3, 4)]

    assert [one.post.title for one in whole.announcements] == ["One", "Two", "Three"]
    assert [(one.kind, one.target, one.silent) for one in rest] == [("post", "r1", True)] * 3
    assert [[one.post.title for one in each.announcements] for each in rest] == [["One"], ["Two"], ["Three"]]
    assert {one.text for one in rest} == {"3 new posts"}
    assert await SqlOutbox(database).claim([HERE], START, LEASE) == {}


@pytest.mark.parametrize(
    ("channel", "threads", "ref"),
    [
        (HERE, False, "r1"),
        # It was deleted before we heard of it.
        (HERE, True, ""),
        (Channel(platform="room", workspace="demo", id="nlp"), True, "r1"),
    ],
    ids=["not chosen", "gone", "a chat without threads"],
)
async def test_without_a_thread_nothing_follows(database: Database, channel: Channel, threads: bool, ref: str) -> None:
    await digest(database, channel, threads=threads)

    await send(database, ref, channel)

    assert await SqlOutbox(database).claim([channel], START, LEASE) == {}


async def test_a_thread_that_takes_nothing_leaves_the_rest_in_the_digest(database: Database) -> None:
    whole = await digest(database)
    await send(database)

    refused = await settle(database, Undeliverable("locked", "thread"))

    assert await SqlOutbox(database).claim([HERE], START, LEASE) == {}
    async with database.read() as connection:
        carriers = (await connection.scalars(select(announcements.c.message_id))).all()
        states = (await connection.scalars(select(messages.c.state).order_by(messages.c.seq))).all()
        kept = set((await connection.scalars(select(announcements.c.state))).all())
    assert sorted(carriers) == sorted([refused.id, whole, whole])
    assert states == ["sent", "dead", "cancelled", "cancelled"]
    assert kept == {"sent"}


async def test_they_count_as_their_digest_does_for_a_budget_and_are_no_backlog(database: Database) -> None:
    await digest(database)
    async with database.write() as connection:
        before = (await channel_loads(connection, [HERE], [], START))[HERE]
    await send(database)

    async with database.write() as connection:
        load = (await channel_loads(connection, [HERE], [], START))[HERE]
    await SqlOutbox(database).tidy(START + timedelta(days=1), timedelta(days=30))

    assert load.today == before.today
    async with database.read() as connection:
        states = (await connection.scalars(select(messages.c.state).order_by(messages.c.seq))).all()
    assert states == ["sent", "pending", "pending", "pending"]
