"""Counts by day, and marks of what a platform last accepted."""

from datetime import date

from sqlalchemy import select

from bot.store.database import Database
from bot.store.platform_tables import counts, sync_marks
from bot.store.upsert import insert_into


class SqlCounts:
    """Keeps `bot.ports.Counts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, name: str, day: date) -> int:
        async with self._database.write() as connection:
            one = insert_into(connection, counts).values(name=name, day=day.isoformat(), count=1)
            more = one.on_conflict_do_update(
                index_elements=[counts.c.name, counts.c.day], set_={"count": counts.c.count + 1}
            )
            return int((await connection.execute(more.returning(counts.c.count))).scalar_one())


class SqlMarks:
    """Keeps `bot.ports.Marks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        async with self._database.read() as connection:
            found: str | None = await connection.scalar(select(sync_marks.c.value).where(sync_marks.c.name == name))
            return found

    async def put(self, name: str, value: str) -> None:
        async with self._database.write() as connection:
            made = insert_into(connection, sync_marks).values(name=name, value=value)
            await connection.execute(
                made.on_conflict_do_update(index_elements=[sync_marks.c.name], set_={"value": value})
            )
