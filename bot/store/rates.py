"""Rates of sending that all processes keep together: each row says when the next slot is free."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, case, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import Time, micros
from bot.store.database import Database
from bot.store.platform_tables import rates
from bot.store.upsert import insert_into

Rate = tuple[str, float]


@dataclass
class _Batch:
    """Slots asked for while the previous statement was on its way."""

    now: datetime
    wanted: Counter[Rate] = field(default_factory=Counter)


class SqlRates:
    """Keeps bot.ports.Rates. Callers beside each other share one transaction: 45 sends a second are few writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._batch: _Batch | None = None
        self._reserving: asyncio.Task[Mapping[Rate, datetime]] | None = None

    async def reserve(self, name: str, per_second: float, now: datetime) -> datetime:
        rate = (name, per_second)
        if self._batch is None or self._reserving is None:
            self._batch = _Batch(now)
            self._reserving = asyncio.create_task(self._reserve(self._batch))
        batch, reserving = self._batch, self._reserving
        place = batch.wanted[rate]
        batch.wanted[rate] += 1
        # A caller that is cancelled must not take the others' slots with it.
        first = (await asyncio.shield(reserving))[rate]
        return first + place * _spacing(rate)

    async def _reserve(self, batch: _Batch) -> Mapping[Rate, datetime]:
        async with self._turn:
            self._batch = None  # from here on, callers gather for the next statement
            async with self._database.write() as connection:
                return await _advance(connection, batch)


async def _advance(connection: AsyncConnection, batch: _Batch) -> Mapping[Rate, datetime]:
    """Move the rows on by the slots wanted, all in one statement; return the first slot of each."""
    # In one order everywhere: two processes that lock rows crosswise would wait for each other.
    spans = {rate: count * _spacing(rate) for rate, count in sorted(batch.wanted.items())}
    rows = [{"name": rate[0], "free_at": batch.now + span} for rate, span in spans.items()]
    row = insert_into(connection, rates).values(rows)
    free, soonest = type_coerce(rates.c.free_at, BigInteger), type_coerce(row.excluded.free_at, BigInteger)
    moved = free + soonest - micros(batch.now)
    later = case((moved > soonest, moved), else_=soonest)
    statement = row.on_conflict_do_update(index_elements=[rates.c.name], set_={"free_at": type_coerce(later, Time)})
    moved_on = await connection.execute(statement.returning(rates.c.name, rates.c.free_at))
    free_at: dict[str, datetime] = {name: free for name, free in moved_on.all()}  # noqa: C416 - rows are no pairs to mypy
    return {rate: free_at[rate[0]] - span for rate, span in spans.items()}


def _spacing(rate: Rate) -> timedelta:
    return timedelta(seconds=1 / rate[1])
