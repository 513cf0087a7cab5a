"""The rows of channels: made when a channel is first used for something that stays."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.channels import ChannelOptions, ChannelState, ChannelStatus
from bot.domain.model import Channel
from bot.store.database import Database
from bot.store.options import write_options
from bot.store.outbox import is_any
from bot.store.planned import status_of
from bot.store.tables import channels


async def channel_row(
    connection: AsyncConnection,
    channel: Channel,
    now: datetime,
    *,
    name: str = "",
    options: ChannelOptions | None = None,
) -> int:
    """Return a channel's row, made with *options* where it is new, and lock it until the commit."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"platform": channel.platform, "workspace": channel.workspace, "external_id": channel.id}
    chosen = write_options(options or ChannelOptions())
    new = insert(channels).values(**row, name=name, options=chosen, created_at=now)
    await connection.execute(new.on_conflict_do_nothing(index_elements=list(row)))
    found = (await connection.execute(select(channels).where(is_any([channel])).with_for_update())).one()
    if name and name != found.name:
        await connection.execute(update(channels).where(channels.c.id == found.id).values(name=name))
    return int(found.id)


class SqlChannels:
    """Keeps bot.ports.Channels."""

    def __init__(self, database: Database, options: ChannelOptions | None = None) -> None:
        """Take what a new channel starts with."""
        self._database = database
        self._options = options or ChannelOptions()

    async def status(self, channel: Channel) -> ChannelStatus:
        async with self._database.read() as connection:
            row = (await connection.execute(select(channels).where(is_any([channel])))).one_or_none()
        return status_of(row) if row else ChannelStatus(channel=channel, options=self._options)

    async def set_options(self, channel: Channel, options: ChannelOptions, now: datetime, name: str = "") -> None:
        await self._change(channel, now, name, options=write_options(options))

    async def pause(self, channel: Channel, until: datetime | None, now: datetime, name: str = "") -> None:
        paused = ChannelState.PAUSED.value
        await self._change(channel, now, name, state=paused, why=None, paused_until=until, state_since=now)

    async def resume(self, channel: Channel, now: datetime) -> None:
        active: dict[str, Any] = {"state": ChannelState.ACTIVE.value, "state_since": now}
        await self._change(channel, now, "", why=None, paused_until=None, wait_until=None, **active)

    async def _change(self, channel: Channel, now: datetime, name: str, **values: Any) -> None:
        async with self._database.write() as connection:
            row = await channel_row(connection, channel, now, name=name, options=self._options)
            await connection.execute(update(channels).where(channels.c.id == row).values(**values))
