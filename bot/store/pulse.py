"""Signs of life: does the database answer, and when did a bot last work on it?"""

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import StoreBusy
from bot.ports.chat import Health
from bot.store.database import Database
from bot.store.tables import meta
from bot.store.upsert import insert_into

ALIVE = "alive"


class Pulse:
    """Notes in the database, and in the time of a file beside it, that a bot works on it now."""

    def __init__(self, database: Database, witness: Path | None = None) -> None:
        self._database = database
        self._witness = witness
        self._trouble = ""

    async def beat(self, now: datetime) -> None:
        """Note the time, and whether the database took it."""
        try:
            async with self._database.write() as connection:
                await _note(connection, now)
        except StoreBusy as error:
            self._trouble = str(error)
            return
        self._trouble = ""
        if self._witness is not None:
            self._witness.touch()
            os.utime(self._witness, (now.timestamp(), now.timestamp()))

    async def look(self) -> None:
        """Note only whether the database answers: for a process that does not work on it."""
        try:
            await last_beat(self._database)
        except StoreBusy as error:
            self._trouble = str(error)
        else:
            self._trouble = ""

    def health(self) -> Health:
        """Say whether the last beat reached the database."""
        return Health(ok=not self._trouble, why=self._trouble)


async def last_beat(database: Database) -> datetime | None:
    """Return when a bot last worked on the database; None where none ever did."""
    async with database.read() as connection:
        noted = (await connection.execute(select(meta.c.value).where(meta.c.name == ALIVE))).scalar()
    return None if noted is None else datetime.fromisoformat(noted)


def witness_of(database: Path) -> Path:
    """Return the file beside an SQLite database that a backup of the database alone does not bring back."""
    return database.with_name(database.name + ".alive")


def witnessed(witness: Path) -> datetime | None:
    """Return the time of the file beside the database; None where there is none."""
    return datetime.fromtimestamp(witness.stat().st_mtime, UTC) if witness.exists() else None


async def _note(connection: AsyncConnection, now: datetime) -> None:
    row = insert_into(connection, meta).values(name=ALIVE, value=now.isoformat())
    await connection.execute(row.on_conflict_do_update(index_elements=[meta.c.name], set_={"value": now.isoformat()}))
