"""What counts for a channel's budget of a day, on both databases."""

from datetime import datetime, timedelta

from bot.domain.channels import ChannelOptions
from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import MessageId
from bot.domain.planning import PlannedMessage
from bot.store.database import Database
from bot.store.planned import channel_loads
from tests.clock import START
from tests.seeds import NLP, Seeds, planned_announcement


async def digest(seeds: Seeds, due_at: datetime, *titles: str) -> None:
    carried = tuple(planned_announcement(post) for post in await seeds.posts(titles))
    planned = MessageId(new_id())
    await seeds.plan(
        PlannedMessage(id=planned, channel=NLP, kind=MessageKind.DIGEST, due_at=due_at, announcements=carried)
    )


async def today(database: Database, now: datetime = START) -> int:
    async with database.write() as connection:
        return (await channel_loads(connection, [NLP], [], now))[NLP].today


async def test_single_posts_and_bursts_count_and_what_comes_later_does_not(database: Database) -> None:
    seeds = Seeds(database)
    await seeds.channel(options=ChannelOptions(budget=10))

    await seeds.announce("One", "Two")
    assert await today(database) == 2
    await digest(seeds, START, "Three", "Four", "Five")
    assert await today(database) == 5
    await digest(seeds, START + timedelta(minutes=10), "Six")
    assert await today(database) == 6
    await digest(seeds, START + timedelta(hours=6), "Seven", "Eight")
    assert await today(database) == 6


async def test_every_day_begins_anew(database: Database) -> None:
    seeds = Seeds(database)
    await seeds.channel(options=ChannelOptions(budget=10))
    await seeds.announce("One", "Two")

    assert await today(database, START + timedelta(days=1)) == 0
