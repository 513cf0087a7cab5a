"""Roles that one process at a time holds: a leased row each, so that they also work behind PgBouncer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from bot.store.database import Database
from bot.store.platform_tables import roles
from bot.store.upsert import insert_into


class SqlRoles:
    """Keeps bot.ports.Roles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(self, name: str, holder: str, now: datetime, lease: timedelta) -> bool:
        async with self._database.write() as connection:
            row = insert_into(connection, roles).values(name=name, holder=holder, until=now + lease)
            free = or_(roles.c.holder == holder, roles.c.until <= now)
            taken = row.on_conflict_do_update(
                index_elements=[roles.c.name],
                set_={"holder": row.excluded.holder, "until": row.excluded.until},
                where=free,
            )
            return (await connection.execute(taken.returning(roles.c.name))).first() is not None

    async def let_go(self, name: str, holder: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(roles).where(roles.c.name == name, roles.c.holder == holder))

    async def held(self, prefix: str, now: datetime) -> Sequence[str]:
        running = roles.c.name.startswith(prefix, autoescape=True), roles.c.until > now
        async with self._database.read() as connection:
            return list(await connection.scalars(select(roles.c.name).where(*running).order_by(roles.c.name)))

    async def take_lapsed(self, prefix: str, now: datetime) -> Sequence[str]:
        lapsed = roles.c.name.startswith(prefix, autoescape=True), roles.c.until <= now
        async with self._database.write() as connection:
            return list(await connection.scalars(delete(roles).where(*lapsed).returning(roles.c.name)))
