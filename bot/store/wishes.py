"""What is wished, for the index that is held in memory: read whole once, then what has changed."""

import asyncio
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.model import Mode, Subscription, SubscriptionId
from bot.domain.wishes import Changes, What, Wishes
from bot.store.database import Database
from bot.store.feedback import all_tunings
from bot.store.mutes import all_mutes, mute_of
from bot.store.options import read_mode
from bot.store.own_topics import all_own_topics
from bot.store.subscriptions import all_subscriptions, subscription_of, subscription_with
from bot.store.tables import subscriptions, wish_changes
from bot.store.versions import KEPT, current_version

PAGE = 1000


class SqlWishBook:
    """Keeps bot.ports.WishBook."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self) -> int:
        async with self._database.read() as connection:
            return await current_version(connection)

    async def wishes(self) -> Wishes:
        # The version first: what a writer commits meanwhile is then read under an older number, and read again.
        async with self._database.read() as connection:
            return Wishes(
                version=await current_version(connection),
                subscriptions=await _all(connection),
                mutes=tuple(map(mute_of, await connection.execute(all_mutes()))),
                tunings=await all_tunings(connection),
                topics=await all_own_topics(connection),
            )

    async def changes(self, since: int) -> Changes | None:
        async with self._database.read() as connection:
            version = await current_version(connection)
            changed = await _changed(connection, since, version)
            if changed is None or What.EVERYTHING in changed:
                return None
            ids = changed.get(What.SUBSCRIPTIONS, set())
            made = await _of(connection, ids)
            muted = (await connection.execute(all_mutes())).all() if What.MUTES in changed else None
            return Changes(
                version=version,
                subscriptions=tuple(made),
                ended=frozenset(map(SubscriptionId, ids - {one.id for one in made})),
                mutes=None if muted is None else tuple(map(mute_of, muted)),
                tunings=await all_tunings(connection) if What.TUNINGS in changed else None,
                topics=await all_own_topics(connection) if What.TOPICS in changed else None,
            )


async def _changed(connection: AsyncConnection, since: int, version: int) -> Mapping[str, set[int]] | None:
    """Return what every version since then changed; None where one of them left no word."""
    if not 0 <= version - since < KEPT:
        return None
    w = wish_changes.c
    rows = (await connection.execute(select(wish_changes).where(w.version > since, w.version <= version))).all()
    if len({row.version for row in rows}) != version - since:
        return None
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row.what, set()).add(row.subscription)
    return found


async def _of(connection: AsyncConnection, ids: Collection[int]) -> list[Subscription]:
    found: list[Subscription] = []
    wanted = sorted(ids)
    for start in range(0, len(wanted), PAGE):
        page = all_subscriptions().where(subscriptions.c.id.in_(wanted[start : start + PAGE]))
        found += map(subscription_of, await connection.execute(page))
    return found


async def _all(connection: AsyncConnection) -> tuple[Subscription, ...]:
    found: list[Subscription] = []
    while True:
        after = found[-1].id if found else 0
        page = (await connection.execute(_as_stored().where(subscriptions.c.id > after).limit(PAGE))).all()
        found += map(_unpacked, page)
        if len(page) < PAGE:
            return tuple(found)
        # Thousands at the first reading: chats must be answered meanwhile.
        await asyncio.sleep(0)


def _as_stored() -> Select[Any]:
    """The statement of `all_subscriptions` with JSON left as text: nearly all of it is the same few texts."""
    s = subscriptions.c
    plain = [column for column in all_subscriptions().selected_columns if column.key not in ("mode", "filters")]
    written = (cast(s.mode, Text).label("mode"), cast(s.filters, Text).label("filters"))
    return all_subscriptions().with_only_columns(*plain, *written, maintain_column_froms=True)


def _unpacked(row: Row[Any]) -> Subscription:
    return subscription_with(row, _mode(row.mode), _filters(row.filters))


@lru_cache(1000)
def _mode(text: str) -> Mode:
    return read_mode(json.loads(text))


@lru_cache(1000)
def _filters(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
