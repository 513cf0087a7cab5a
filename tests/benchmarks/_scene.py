"""What the bot finds at the start of a measurement at size: feeds polled for years, channels, subscriptions."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import psycopg
from sqlalchemy import insert

from bot.domain.fetched import ParsedPost
from bot.domain.identity import keys_of
from bot.domain.model import Channel
from bot.feeds.slices import item_hash, slice_items
from bot.store.batches import batches, write_rows
from bot.store.columns import micros
from bot.store.database import Database
from bot.store.tables import channels, feed_workspaces, feeds, subscriptions
from tests.benchmarks._farm import address, gains, read

CADENCE = timedelta(minutes=15)
#: Subscriptions of each channel: so many blogs and one topic.
FOLLOWED = 9
#: The posts of the farm have this topic, and so many channels follow it; the others follow topics that are rare.
TOPIC, FOLLOWERS = "distributed-systems", 5
RARE = ("rust", "go", "games", "mobile", "design", "hardware", "privacy", "career")
#: Keys of fifty posts for each feed that will not change; their hashes.
KEYS, ITEMS = 150, 20


async def seed(
    database: Database,
    base: str,
    size: int,
    places: Sequence[Channel],
    *,
    shares: Sequence[float],
    now: datetime,
    away: timedelta | None = None,
) -> None:
    """Store *size* feeds of the farm at *base*, all polled before, and who follows them.

    *shares* of the feeds will change, in turn. They are due only later, or have been for as long as the bot was *away*.
    """
    polled, due = (now - CADENCE, now + timedelta(days=1)) if away is None else (now - away, now - away + CADENCE)
    changing = [
        number for number in range(1, size + 1) if any(gains(number, turn, share) for turn, share in enumerate(shares))
    ]
    known = _known(base, changing)
    async with database.write() as connection:
        for some in batches(range(1, size + 1), 2000):
            rows = [_feed(base, number, known.get(number), polled, due) for number in some]
            await write_rows(connection, _FEEDS, rows)
            visible = [{"feed_id": number, "workspace": "", "added_by": "", "added_at": micros(now)} for number in some]
            await write_rows(connection, _VISIBLE, visible)
        await connection.execute(insert(channels), [_channel(number, one, now) for number, one in enumerate(places)])
        await connection.execute(insert(subscriptions), list(_subscriptions(len(places), size, now)))
    await store_keys(database, _keys(size, known, now))
    async with database.write() as connection:
        await connection.exec_driver_sql("ANALYZE")


_FEEDS = insert(feeds)
_VISIBLE = insert(feed_workspaces)
Known = Mapping[int, tuple[bytes, set[bytes]]]


def _feed(
    base: str, number: int, known: tuple[bytes, set[bytes]] | None, polled: datetime, due: datetime
) -> dict[str, Any]:
    empty = {column.name: None for column in feeds.c}
    url = address(base, number)
    return empty | {
        "id": number,
        "url": url,
        "host": url.partition("//")[2].partition(":")[0],
        # By host they would all be of four shards. Each tenth of the numbers is to have all of them.
        "shard": number // 10 % 64,
        "title": f"Blog {number}",
        "site": f"http://blog-{number}.example/",
        "etag": f'"{number}-0"',
        "body_hash": os.urandom(16),
        "item_hashes": known[0] if known else os.urandom(8 * ITEMS),
        "next_poll_at": micros(due),
        "interval_s": int(CADENCE.total_seconds()),
        "failures": 0,
        "moved_times": 0,
        "last_poll_at": micros(polled),
        "last_good_poll": micros(polled),
        "added_at": micros(polled - timedelta(days=400)),
    }


def _known(base: str, numbers: Iterable[int]) -> Known:
    """Return, of each of these feeds, what a bot remembers that has read it: hashes of items, keys of posts."""
    with ThreadPoolExecutor(4) as threads:
        return dict(threads.map(lambda number: (number, _remembered(base, number)), numbers))


def _remembered(base: str, number: int) -> tuple[bytes, set[bytes]]:
    sliced = slice_items(read(address(base, number)))
    assert sliced is not None
    keys = keys_of([_post(item.decode()) for item in sliced.items])
    return b"".join(map(item_hash, sliced.items)), {key for own in keys for key in own.all() | own.marks}


def _post(item: str) -> ParsedPost:
    """Read what makes the keys of an item of the farm."""

    def part(tag: str) -> str:
        return item.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]

    link = part("link")
    published = parsedate_to_datetime(part("pubDate"))
    return ParsedPost(guid=part("guid"), url=link, title=part("title"), summary="", text="", published=published)


def _keys(size: int, known: Known, now: datetime) -> Iterator[tuple[int, bytes, int]]:
    seen_at = micros(now - timedelta(days=30))
    for number in range(1, size + 1):
        keys = known[number][1] if number in known else {os.urandom(11) for _ in range(KEYS)}
        yield from ((number, key, seen_at) for key in sorted(keys))


async def store_keys(database: Database, rows: Iterable[tuple[int, bytes, int]]) -> None:
    """Put many rows into seen_keys, by the shortest way each database has."""
    if database.is_sqlite:
        async with database.write() as connection:
            for some in batches(rows, 50_000):
                await connection.exec_driver_sql("INSERT INTO seen_keys VALUES (?, ?, ?)", some)
        return
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with (
        await psycopg.AsyncConnection.connect(url) as line,
        line.cursor().copy("COPY seen_keys FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int8", "bytea", "int8"])
        for row in rows:
            await copy.write_row(row)


def _channel(number: int, channel: Channel, now: datetime) -> dict[str, Any]:
    return {
        "id": number + 1,
        "platform": channel.platform,
        "workspace": channel.workspace,
        "external_id": channel.id,
        "created_at": now,
    }


def _subscriptions(count: int, size: int, now: datetime) -> Iterator[dict[str, Any]]:
    common = {"mode": {}, "created_by": "bench", "created_at": now}
    for channel in range(1, count + 1):
        for feed in followed(channel, size):
            yield {"channel_id": channel, "kind": "feed", "target": str(feed), "feed_id": feed, **common}
        topic = TOPIC if channel <= FOLLOWERS else RARE[channel % len(RARE)]
        yield {"channel_id": channel, "kind": "topic", "target": topic, "feed_id": None, **common}


def followed(channel: int, size: int) -> set[int]:
    """Return the blogs a channel follows, spread over all of them."""
    return {(channel * FOLLOWED + turn) * 7919 % size + 1 for turn in range(FOLLOWED)}
