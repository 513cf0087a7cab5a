"""What is wished, read whole: for the index that is held in memory."""

from typing import Any

from sqlalchemy import Row, Select, select

from bot.domain.model import Channel
from bot.domain.muting import Mute
from bot.domain.wishes import Wishes
from bot.store.database import Database
from bot.store.subscriptions import all_subscriptions, subscription_of
from bot.store.tables import channels, mutes
from bot.store.versions import current_version


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
            version = await current_version(connection)
            subscriptions = await connection.execute(all_subscriptions())
            muted = await connection.execute(_all_mutes())
            return Wishes(
                version=version,
                subscriptions=tuple(map(subscription_of, subscriptions)),
                mutes=tuple(map(_mute_of, muted)),
            )


def _all_mutes() -> Select[Any]:
    place = channels.c.external_id.label("channel")
    return select(mutes, place).select_from(mutes.outerjoin(channels)).order_by(mutes.c.id)


def _mute_of(row: Row[Any]) -> Mute:
    channel = Channel(platform=row.platform, workspace=row.workspace, id=row.channel) if row.channel else None
    return Mute(
        id=row.id,
        workspace=f"{row.platform}:{row.workspace}",
        channel=channel,
        kind=row.kind,
        target=row.target,
        created_by=row.created_by,
        created_at=row.created_at,
    )
