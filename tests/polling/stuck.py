"""A queue of feeds that stops at a step of a poll, for ever: there the process dies."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.model import FeedId
from bot.domain.polled import Claimed, Polled, Recorded, Remembered
from bot.store.database import Database
from bot.store.polls import SqlFeedQueue

STEPS = ("claimed", "fetched and read", "decided", "committed")


class Stuck(SqlFeedQueue):
    """Keeps what SqlFeedQueue does, up to *step*."""

    def __init__(self, database: Database, step: str) -> None:
        super().__init__(database)
        self.step = step
        self.reached = asyncio.Event()

    async def _pass(self, step: str) -> None:
        if step == self.step:
            self.reached.set()
            await asyncio.Event().wait()

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, *, not_since: datetime | None = None
    ) -> Sequence[Claimed]:
        claimed = await super().claim(now, lease, limit, not_since=not_since)
        await self._pass("claimed")
        return claimed

    async def remembered(
        self, feeds: Collection[FeedId], keys: Mapping[FeedId, Collection[bytes]], since: datetime
    ) -> Remembered:
        await self._pass("fetched and read")
        return await super().remembered(feeds, keys, since)

    async def record(self, polls: Sequence[Polled], version: int, now: datetime) -> Recorded | None:
        await self._pass("decided")
        recorded = await super().record(polls, version, now)
        await self._pass("committed")
        return recorded
