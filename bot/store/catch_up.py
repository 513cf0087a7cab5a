"""Start on a database that was put back from a backup, and flood no one.

What was announced after the backup is not in it. So what the feeds brought since counts as known, like at a first
poll; and what waited in the outbox may have been sent since, so it is looked for by its key before it is sent.
"""

from datetime import datetime

from sqlalchemy import delete, func, literal, update

from bot.domain.unsaid import stored
from bot.store.columns import Time
from bot.store.database import Database
from bot.store.tables import feeds, messages, meta
from bot.store.transfer import RESTORED
from bot.store.upsert import insert_into

WHY = stored("the database was put back from a backup: this may have been sent since")


async def must_catch_up(database: Database) -> bool:
    """Say whether somebody asked for it: `tidings catch-up`, or the import of a copy."""
    async with database.read() as connection:
        row = await connection.execute(meta.select().where(meta.c.name == RESTORED))
        return row.first() is not None


async def ask_to_catch_up(database: Database, now: datetime) -> None:
    """Let the next start catch up."""
    async with database.write() as connection:
        row = insert_into(connection, meta).values(name=RESTORED, value=now.isoformat())
        await connection.execute(row.on_conflict_do_nothing())


async def catch_up(database: Database, now: datetime) -> tuple[int, int]:
    """Make feeds start over in silence, and messages be looked for first; return how many of each."""
    m = messages.c
    in_doubt = {
        "state": "unknown",
        "retry_at": now,
        "doubt_until": now,
        "lease_until": None,
        "first_attempt_at": func.coalesce(m.first_attempt_at, m.due_at, literal(now, Time)),
        "why": WHY,
    }
    async with database.write() as connection:
        polled = await connection.execute(update(feeds).values(last_good_poll=None, lease_until=None, lease_token=None))
        waiting = m.state.in_(("pending", "sending", "unknown")), m.due_at <= now
        found = await connection.execute(update(messages).where(*waiting).values(in_doubt))
        await connection.execute(delete(meta).where(meta.c.name == RESTORED))
    return polled.rowcount, found.rowcount
