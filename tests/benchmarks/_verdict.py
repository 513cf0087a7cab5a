"""What people saw, beside what they were to see; and how late."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import micros
from bot.store.database import Database
from tests.benchmarks._chats import Chats
from tests.benchmarks._farm import gains
from tests.benchmarks._scene import FOLLOWERS, followed

#: Which feeds are polled in real time, and which all at once; `%` would be a placeholder to psycopg.
EVERY_TENTH, OTHERS = "id - id / 10 * 10 = 0", "id - id / 10 * 10 <> 0"
#: Single posts in the order in which they were to come.
_SENT = (
    "SELECT c.external_id, p.title, m.kind FROM announcements a JOIN messages m ON m.id = a.message_id "
    "JOIN channels c ON c.id = a.channel_id JOIN posts p ON p.id = a.post_id "
    "WHERE a.state = 'sent' ORDER BY m.due_at, m.seq"
)
_ANNOUNCED = "SELECT a.channel_id, p.feed_id FROM announcements a JOIN posts p ON p.id = a.post_id"
_SHOWN_AT = (
    "SELECT p.feed_id, a.sent_at FROM announcements a JOIN posts p ON p.id = a.post_id "
    "JOIN messages m ON m.id = a.message_id WHERE m.kind = 'post' AND a.sent_at IS NOT NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the posts of a measurement."""

    posts: int
    shown: int
    lost: int
    doubled: int
    disordered: int


async def verdict(database: Database, places: Chats, size: int, shares: Sequence[float]) -> Verdict:
    """Compare every channel with the subscriptions and the outbox, after *shares* of the feeds changed in turn."""
    async with database.read() as connection:
        posts = len(await _rows(connection, "SELECT id FROM posts"))
        announced = Counter(await _rows(connection, _ANNOUNCED))
        sent: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in await _rows(connection, _SENT):
            sent[row[0]].append((row[1], row[2]))
    # Known without asking the bot: who follows the blogs that wrote something.
    wanted = Counter(
        (number, feed)
        for number in range(1, len(places.channels) + 1)
        for feed in (range(1, size + 1) if number <= FOLLOWERS else followed(number, size))
        for turn, share in enumerate(shares)
        if gains(feed, turn, share)
    )
    lost, doubled, disordered, shown = (wanted - announced).total(), 0, 0, 0
    for channel in places.channels:
        seen = places.shown(channel)
        shown += len(seen)
        missing, again, swapped = _compare(sent[channel.id], seen)
        lost, doubled, disordered = lost + missing, doubled + again, disordered + swapped
    return Verdict(posts=posts, shown=shown, lost=lost, doubled=doubled, disordered=disordered)


async def _rows(connection: AsyncConnection, text: str) -> list[tuple[Any, ...]]:
    return list(map(tuple, (await connection.exec_driver_sql(text)).all()))


def _compare(sent: Sequence[tuple[str, str]], seen: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    titles = Counter(title for message in seen for title in message)
    lost = len({title for title, _ in sent} - titles.keys())
    doubled = sum(times - 1 for times in titles.values())
    single = [title for title, kind in sent if kind == "post"]
    in_order = [message[0] for message in seen if len(message) == 1 and message[0] in set(single)]
    return lost, doubled, sum(one != other for one, other in zip(in_order, single, strict=False))


async def lags(database: Database, start: datetime, step: int) -> tuple[str, str]:
    """Return how long after each was due feeds were polled, and their posts shown: of every tenth feed."""
    begin = micros(start)
    async with database.read() as connection:
        polled = await _rows(connection, f"SELECT id, last_poll_at FROM feeds WHERE {EVERY_TENTH}")
        sent = await _rows(connection, _SHOWN_AT)
    late = [row[1] - begin - row[0] // 10 * step for row in polled]
    shown = [row[1] - begin - row[0] // 10 * step for row in sent if row[0] % 10 == 0 and row[1] >= begin]
    return _spread(late), _spread(shown)


def _spread(microseconds: Sequence[int]) -> str:
    late = sorted(one / 1_000_000 for one in microseconds)
    if not late:
        return "nothing"
    return (
        f"{late[len(late) // 2]:.1f} s after it was due (p95 {late[len(late) * 95 // 100]:.1f}, at most {late[-1]:.1f})"
    )
