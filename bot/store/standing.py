"""How the whole installation stands, in counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.domain.standing import Standing
from bot.store.database import Database
from bot.store.outbox import OPEN_STATES
from bot.store.tables import channels, feeds, messages, posts, subscriptions


class SqlStanding:
    """Counts rows; what it says may be a moment old."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> Standing:
        """Return the counts."""
        f, m = feeds.c, messages.c
        async with self._database.read() as connection:

            async def count(column: Any, *where: Any) -> int:
                return int(await connection.scalar(select(func.count(column)).where(*where)) or 0)

            states = (await connection.execute(select(m.state, func.count()).group_by(m.state))).all()
            oldest: datetime | None = await connection.scalar(
                select(func.min(m.due_at)).where(m.state.in_(OPEN_STATES))
            )
            return Standing(
                feeds=await count(f.id, f.paused_why.is_(None)),
                feeds_waiting=await count(f.id, f.paused_why.is_(None), f.last_good_poll.is_(None), f.failures == 0),
                feeds_failing=await count(f.id, f.paused_why.is_(None), f.failures > 0),
                feeds_resting=await count(f.id, f.paused_why.is_not(None)),
                posts=await count(posts.c.id),
                channels=await count(channels.c.id),
                subscriptions=await count(subscriptions.c.id),
                messages={row[0]: row[1] for row in states},
                oldest_unsent=oldest,
            )
