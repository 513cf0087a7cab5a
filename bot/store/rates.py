"""Rates of sending that all processes keep together: each row says when the next slot is free."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, case, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import MICROSECOND, Time
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
                # In one order everywhere: two processes that lock rows crosswise would wait for each other.
                return {rate: await _advance(connection, rate, batch) for rate in sorted(batch.wanted)}


async def _advance(connection: AsyncConnection, rate: Rate, batch: _Batch) -> datetime:
    """Move the row on by the slots wanted; return the first of them."""
    span = batch.wanted[rate] * _spacing(rate)
    row = insert_into(connection, rates).values(name=rate[0], free_at=batch.now + span)
    free, soonest = type_coerce(rates.c.free_at, BigInteger), type_coerce(row.excluded.free_at, BigInteger)
    later = case((free + span // MICROSECOND > soonest, free + span // MICROSECOND), else_=soonest)
    moved = row.on_conflict_do_update(index_elements=[rates.c.name], set_={"free_at": type_coerce(later, Time)})
    free_at: datetime = (await connection.execute(moved.returning(rates.c.free_at))).scalar_one()
    return free_at - span


def _spacing(rate: Rate) -> timedelta:
    return timedelta(seconds=1 / rate[1])
