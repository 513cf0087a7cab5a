"""A database as it is after two busy days, with something of everything an operator may have to look at."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, literal_column, update

from bot.domain.model import Channel
from bot.store.database import Database
from bot.store.tables import announcements, channels, feeds, messages, posts, subscriptions
from tests.databases import sqlite_database
from tests.seeds import Seeds

NEWS = Channel(platform="slack", workspace="T1", id="C1")
SHIPS = Channel(platform="discord", workspace="G1", id="D1")
GONE = Channel(platform="slack", workspace="T1", id="C2")
BLOGS = ("Tokens and Trees", "Kettle & Compiler", "Quiet Gradients", "<mirela>", "Harbour Notes", "Planet Sample")
FAILING = {
    "Harbour Notes": {"failures": 4, "error": "the server answered 503"},
    "Planet Sample": {"paused_why": "The feed is gone (410).", "failures": 9},
}


async def busy_day(folder: Path) -> None:
    """Fill the database that a bot in *folder* is about to open."""
    now = datetime.now(UTC).replace(microsecond=0)
    draw = random.Random(7)
    async with sqlite_database(folder) as database:
        seeds = Seeds(database)
        for channel in (NEWS, SHIPS, GONE):
            await seeds.channel(channel)
        blogs = {name: await seeds.feed(name) for name in BLOGS}
        for hour in range(47):
            busy = 2 + 9 * (8 <= (now - timedelta(hours=hour)).hour <= 18)
            titles = [f"Post {hour}.{number}" for number in range(draw.randrange(busy))]
            if titles:
                await seeds.announce(*titles, channel=draw.choice((NEWS, SHIPS)), now=now - timedelta(hours=hour))
        await _sent(database, draw)
        stuck = await seeds.announce("Attention, and what it costs", "A spell checker for old maps", channel=NEWS)
        await _changed(database, stuck, now)
        await _polled(database, blogs, now)


async def _polled(database: Database, blogs: dict[str, int], now: datetime) -> None:
    async with database.write() as connection:
        well = {"last_good_poll": now, "last_poll_at": now, "next_poll_at": now + timedelta(hours=3)}
        await connection.execute(update(feeds).values(**well))
        await connection.execute(update(posts).values(sort_at=now - timedelta(hours=3)))
        for name, values in FAILING.items():
            since = {"failing_since": now - timedelta(days=2)}
            await connection.execute(update(feeds).where(feeds.c.id == blogs[name]).values(**values, **since))
        for channel, topic in ((1, "nlp"), (1, "rust"), (2, "security")):
            row = {"channel_id": channel, "kind": "topic", "target": topic, "mode": {}}
            await connection.execute(insert(subscriptions).values(**row, created_by="U1", created_at=now))


async def _sent(database: Database, draw: random.Random) -> None:
    """Let everything planned so far have been shown a moment later."""
    a = announcements.c
    async with database.write() as connection:
        for digit in "0123456789abcdef":
            wait: Any = literal_column(str(draw.randrange(300_000, 2_500_000)))
            shown = update(announcements).where(a.id.like(f"%{digit}"))
            await connection.execute(shown.values(state="sent", sent_at=a.created_at.op("+")(wait)))
        await connection.execute(update(messages).values(state="sent", settled_at=messages.c.created_at))


async def _changed(database: Database, stuck: Sequence[str], now: datetime) -> None:
    async with database.write() as connection:
        for message, state, why in ((stuck[0], "dead", "not_in_channel"), (stuck[1], "unknown", "no answer came")):
            values = {"state": state, "why": why, "settled_at": now - timedelta(hours=2)}
            await connection.execute(update(messages).where(messages.c.id == message).values(**values))
        closed = {"state": "closed", "why": "The channel was archived.", "state_since": now - timedelta(days=1)}
        await connection.execute(update(channels).where(channels.c.external_id == GONE.id).values(**closed))
