"""The number that every change to what is wanted makes grow: subscriptions, topics, mutes, who sees a feed.

A poll matches outside its transaction; inside it reads the number again, and decides anew where it has grown.
"""

from sqlalchemy import BigInteger, Text, cast, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import meta

NAME = "version"


async def bump(connection: AsyncConnection) -> None:
    """Make the version grow, in the transaction of the change."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    grown = cast(cast(meta.c.value, BigInteger) + 1, Text)
    first = insert(meta).values(name=NAME, value="1")
    await connection.execute(first.on_conflict_do_update(index_elements=["name"], set_={"value": grown}))


async def current_version(connection: AsyncConnection) -> int:
    """Return the version; 0 in a database that nobody has used."""
    return int(await connection.scalar(select(meta.c.value).where(meta.c.name == NAME)) or 0)
