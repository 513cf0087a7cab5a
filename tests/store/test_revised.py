"""A changed post edits the messages that show it, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.message import Message
from bot.domain.model import Channel, MessageId
from bot.domain.polled import Claimed, Polled
from bot.domain.revising import Returned
from bot.domain.sending import Settlement
from bot.store.database import Database
from bot.store.outbox import SqlOutbox
from bot.store.polls import SqlFeedQueue
from bot.store.tables import posts, story_keys
from tests.clock import START
from tests.store.polled import HERE, add, add_channel, brought, claim

LEASE = timedelta(minutes=5)
LINK = "https://blog.example/1/Typpo"


@pytest.fixture
async def claimed(database: Database) -> Claimed:
    """A feed whose one post waits in the outbox."""
    await add_channel(database)
    await add(database, "https://a.example/")
    [claimed] = await claim(database)
    await record(database, brought(claimed, "Typpo", url=LINK))
    return claimed


async def record(database: Database, poll: Polled, now: datetime = START) -> dict[Channel, datetime]:
    recorded = await SqlFeedQueue(database).record([poll], 0, now)
    assert recorded is not None
    return dict(recorded.due)


async def revise(
    database: Database, claimed: Claimed, title: str, now: datetime = START, url: str = LINK, *, retitled: bool = True
) -> dict[Channel, datetime]:
    """Poll again: the feed has changed its post."""
    [again] = await SqlFeedQueue(database).claim(now + timedelta(days=90), LEASE, 1)
    came = Returned(title=title, url=url, retitled=retitled)
    return await record(database, replace(brought(again), returned=(came,)), now)


async def send(database: Database, now: datetime = START) -> Message:
    """Send the head of the line."""
    outbox = SqlOutbox(database)
    message = (await outbox.claim([HERE], now, LEASE))[HERE]
    sent = Settlement(message=MessageId(message.id), attempt=message.attempt, state="sent", ref="r1")
    await outbox.settle([sent], now)
    return message


async def test_a_new_title_edits_what_was_sent(database: Database, claimed: Claimed) -> None:
    await send(database)

    assert list(await revise(database, claimed, "Typo")) == [HERE]

    edit = await send(database)
    assert (edit.kind, edit.target, edit.silent) == ("edit", "r1", True)
    assert [one.post.title for one in edit.announcements] == ["Typo"]


async def test_a_new_link_edits_it_too_and_names_the_story(database: Database, claimed: Claimed) -> None:
    await send(database)

    await revise(database, claimed, "Typpo", url="https://blog.example/moved", retitled=False)

    edit = await send(database)
    assert [one.post.url for one in edit.announcements] == ["https://blog.example/moved"]
    async with database.read() as connection:
        assert len((await connection.execute(select(story_keys))).all()) == 2


async def test_what_still_waits_is_sent_as_it_is_now(database: Database, claimed: Claimed) -> None:
    assert await revise(database, claimed, "Typo") == {}

    message = await send(database)
    assert (message.kind, message.announcements[0].post.title) == ("post", "Typo")


async def test_the_same_again_edits_nothing(database: Database, claimed: Claimed) -> None:
    await send(database)

    assert await revise(database, claimed, "Typpo") == {}


async def test_three_edits_are_the_most(database: Database, claimed: Claimed) -> None:
    await send(database)
    made = []
    for number in range(5):
        made.append(len(await revise(database, claimed, f"Title {number}")))
        if made[-1]:
            await send(database)

    assert made == [1, 1, 1, 0, 0]
    async with database.read() as connection:
        assert await connection.scalar(select(posts.c.title)) == "Title 4"


async def test_after_a_day_a_message_stays_as_it_is(database: Database, claimed: Claimed) -> None:
    await send(database)

    assert await revise(database, claimed, "Typo", now=START + timedelta(days=1)) == {}
