"""Seal what was stored before there was a key."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import UsageError
from bot.domain.links import has_secret
from bot.store.database import Database
from bot.store.feed_rows import place_of
from bot.store.seal import LOCKED, Locked
from bot.store.tables import actions, feeds, hooks

AGAIN = "The same feed was added anew."


async def seal_addresses(database: Database) -> int:
    """Seal the addresses that stand in the clear; return how many stay so because there is no key."""
    f = feeds.c
    maybe = select(f.id, f.url, f.moved_to).where(f.sealed.is_(None), or_(f.url.contains("@"), f.url.contains("?")))
    async with database.read() as connection:
        found = [row for row in await connection.execute(maybe) if has_secret(row.url)]
    if not found or not database.seal.secret_key:
        return len(found)
    async with database.write() as connection:
        if database.is_sqlite:
            # What is written over shall not stay readable in the file.
            await connection.exec_driver_sql("PRAGMA secure_delete = ON")
        for row in found:
            await _seal(connection, database, row)
        # A button may carry an address; who presses it is told that it is no longer in use.
        await connection.execute(
            delete(actions).where(or_(actions.c.command.contains("@"), actions.c.command.contains("?")))
        )
    return 0


async def locked(database: Database) -> int:
    """Return how many feeds have an address that was sealed with another key than ours."""
    return sum(not _opens(database, *row) for row in await _sealed(database))


def _opens(database: Database, name: str, token: bytes) -> bool:
    try:
        database.seal.opened(name, token)
    except Locked:
        return False
    return True


async def addresses(database: Database) -> Mapping[str, str]:
    """Return the addresses that are sealed, by their names. Raises UsageError where the key is another one."""
    try:
        return {name: database.seal.opened(name, token) for name, token in await _sealed(database)}
    except Locked as error:
        raise UsageError(LOCKED) from error


async def _sealed(database: Database) -> Sequence[tuple[str, bytes]]:
    sealed = select(feeds.c.url, feeds.c.sealed).where(feeds.c.sealed.is_not(None))
    async with database.read() as connection:
        return [(row.url, row.sealed) for row in await connection.execute(sealed)]


async def _seal(connection: AsyncConnection, database: Database, row: Any) -> None:
    place = place_of(row.url, database.seal)
    taken = await connection.scalar(select(feeds.c.id).where(feeds.c.url == place["url"]))
    # Added again meanwhile: the older row rests, its posts stay.
    values = place if taken is None else {**place, "url": f"{place['url']}.{row.id}", "paused_why": AGAIN}
    await connection.execute(delete(hooks).where(hooks.c.feed_id == row.id))
    hubless = {"hub": None, "hub_topic": None, "moved_to": None, "moved_times": 0}
    await connection.execute(update(feeds).where(feeds.c.id == row.id).values(**values, **hubless))
