"""What is wished, for the index that is held in memory: read whole once, then what has changed."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.model import Subscription
from bot.domain.wishes import Wishes
from bot.store.database import Database
from bot.store.feedback import all_tunings
from bot.store.mutes import all_mutes, mute_of
from bot.store.own_topics import all_own_topics
from bot.store.subscriptions import all_subscriptions, subscription_of
from bot.store.tables import feeds, subscriptions
from bot.store.versions import current_version

PAGE = 500


class SqlWishBook:
    """Keeps bot.ports.WishBook.

    Most changes are one subscription of many thousands. Making all of them anew took 3.2 s for 100,000; comparing
    their rows as the database has them takes a tenth, and only what differs is made.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: dict[int, Sequence[Any]] = {}
        self._made: dict[int, Subscription] = {}

    async def version(self) -> int:
        async with self._database.read() as connection:
            return await current_version(connection)

    async def wishes(self) -> Wishes:
        # The version first: what a writer commits meanwhile is then read under an older number, and read again.
        async with self._database.read() as connection:
            version = await current_version(connection)
            await self._update(connection)
            muted = await connection.execute(all_mutes())
            return Wishes(
                version=version,
                subscriptions=tuple(self._made.values()),
                mutes=tuple(map(mute_of, muted)),
                tunings=await all_tunings(connection),
                topics=await all_own_topics(connection),
            )

    async def _update(self, connection: AsyncConnection) -> None:
        rows = {row[0]: row for row in (await connection.execute(_as_stored())).all()}
        await asyncio.sleep(0)
        changed = [id for id, row in rows.items() if self._rows.get(id) != row]
        made = dict(self._made)
        for start in range(0, len(changed), PAGE):
            made.update(await _made(connection, changed[start : start + PAGE]))
            # Thousands at the first reading: chats must be answered meanwhile.
            await asyncio.sleep(0)
        self._made = {id: made[id] for id in rows if id in made}
        self._rows = {id: rows[id] for id in self._made}


def _as_stored() -> Select[Any]:
    """The statement for every column that a subscription is made of, unread: JSON stays text."""
    s = subscriptions.c
    shown = (s.id, s.channel_id, s.kind, s.target, s.strictness, s.mention, feeds.c.title)
    written = (cast(s.mode, Text), cast(s.filters, Text))
    joined = subscriptions.outerjoin(feeds, feeds.c.id == s.feed_id)
    return select(*shown, *written).select_from(joined).order_by(s.id)


async def _made(connection: AsyncConnection, ids: Collection[int]) -> dict[int, Subscription]:
    rows: Sequence[Row[Any]] = (await connection.execute(all_subscriptions().where(subscriptions.c.id.in_(ids)))).all()
    return {row.id: subscription_of(row) for row in rows}
