"""What a chat tells of its channels: closed to us, open again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Update, and_, exists, select, update

from bot.domain.channels import ChannelState
from bot.domain.model import Channel
from bot.store.closing import close_where
from bot.store.database import Database
from bot.store.departures import note_departure, note_return
from bot.store.tables import channels, subscriptions


class SqlChannelStates:
    """Keeps `bot.ports.ChannelStates`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def close_channel(self, channel: Channel, why: str, now: datetime, *, told: bool = False) -> None:
        async with self._database.write() as connection:
            await close_where(connection, _is(channel), why, now, tell=not told)

    async def reopen_channel(self, channel: Channel, now: datetime) -> None:
        await self._run(_reopen(_is(channel), now))

    async def close_workspace(self, platform: str, workspace: str, why: str, now: datetime) -> None:
        async with self._database.write() as connection:
            await close_where(connection, _within(platform, workspace), why, now, tell=False)
            await note_departure(connection, platform, workspace, now)

    async def reopen_workspace(self, platform: str, workspace: str, now: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(_reopen(_within(platform, workspace), now))
            await note_return(connection, platform, workspace)

    async def returned(self, platform: str, workspace: str) -> None:
        async with self._database.write() as connection:
            await note_return(connection, platform, workspace)

    async def is_followed(self, channel: Channel) -> bool:
        followed = select(exists().where(subscriptions.c.channel_id == channels.c.id, _is(channel)))
        async with self._database.read() as connection:
            return bool(await connection.scalar(followed))

    async def workspaces(self, platform: str) -> Sequence[str]:
        found = select(channels.c.workspace).where(channels.c.platform == platform).distinct()
        async with self._database.read() as connection:
            return list(await connection.scalars(found.order_by(channels.c.workspace)))

    async def workspaces_closed(self, platform: str, reasons: Collection[str]) -> Sequence[str]:
        c = channels.c
        found = select(c.workspace).where(c.platform == platform, c.state == ChannelState.CLOSED.value)
        async with self._database.read() as connection:
            return list(await connection.scalars(found.where(c.why.in_(sorted(reasons))).distinct()))

    async def closed(self, platform: str, workspace: str) -> Mapping[Channel, str]:
        where = and_(_within(platform, workspace), channels.c.state == ChannelState.CLOSED.value)
        async with self._database.read() as connection:
            rows = await connection.execute(select(channels.c.external_id, channels.c.why).where(where))
        return {Channel(platform=platform, workspace=workspace, id=number): why or "" for number, why in rows}

    async def _run(self, statement: Update) -> None:
        async with self._database.write() as connection:
            await connection.execute(statement)


def _is(channel: Channel) -> ColumnElement[bool]:
    return and_(_within(channel.platform, channel.workspace), channels.c.external_id == channel.id)


def _within(platform: str, workspace: str) -> ColumnElement[bool]:
    return and_(channels.c.platform == platform, channels.c.workspace == workspace)


def _reopen(where: ColumnElement[bool], now: datetime) -> Update:
    active = {"state": ChannelState.ACTIVE.value, "why": None, "state_since": now, "wait_until": None}
    return update(channels).where(where, channels.c.state == ChannelState.CLOSED.value).values(active)
