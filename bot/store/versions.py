"""The number that every change to what is wanted makes grow: subscriptions, topics, mutes, who sees a feed.

A poll matches outside its transaction; inside it reads the number again, and decides anew where it has grown. What
each number changed is written beside it: an index of 100,000 subscriptions takes in one of them, not all of them.
"""

from collections.abc import Collection

from sqlalchemy import BigInteger, Text, cast, delete, select
from sqlalchemy import insert as add
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.wishes import What
from bot.store.tables import meta, wish_changes
from bot.store.upsert import insert_into

NAME = "version"
#: Who has missed more changes than this reads everything.
KEPT = 1000


async def bump(connection: AsyncConnection, what: What = What.EVERYTHING, ids: Collection[int] = ()) -> None:
    """Make the version grow, in the transaction of the change; *ids* are the subscriptions made, changed or ended."""
    version = await grow(connection, NAME)
    rows = [{"version": version, "what": what, "subscription": id} for id in ids or (0,)]
    await connection.execute(add(wish_changes), rows)
    await connection.execute(delete(wish_changes).where(wish_changes.c.version <= version - KEPT))


async def current_version(connection: AsyncConnection) -> int:
    """Return the version; 0 in a database that nobody has used."""
    return await number(connection, NAME)


async def number(connection: AsyncConnection, name: str) -> int:
    """Return a number of `meta` as it was committed last; 0 before it has grown."""
    return int(await connection.scalar(select(meta.c.value).where(meta.c.name == name)) or 0)


async def grow(connection: AsyncConnection, name: str) -> int:
    """Add one to a number of `meta` and return it.

    The row stays locked until the commit, so that numbers are committed in their order.
    """
    grown = cast(cast(meta.c.value, BigInteger) + 1, Text)
    first = insert_into(connection, meta).values(name=name, value="1")
    upsert = first.on_conflict_do_update(index_elements=["name"], set_={"value": grown}).returning(meta.c.value)
    return int((await connection.execute(upsert)).scalar_one())
