"""The room's channels and messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.keys import new_id
from bot.domain.model import Channel, MessageRef
from bot.domain.room import RoomChannel, RoomMessage
from bot.store.database import Database
from bot.store.platform_tables import room_channels, room_messages
from bot.store.tables import channels

PLATFORM = "room"
# Any number will do; it must only be ours and never change.
LOCK = 0x71D1_466


class RoomBook:
    """Keeps bot.chat.room.book.Book's promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def channels(self) -> Sequence[RoomChannel]:
        """Return the room's own channels, and those an operator subscribed by name, in the order of their names."""
        async with self._database.read() as connection:
            made = (await connection.execute(select(room_channels))).all()
            followed = (await connection.execute(select(channels).where(channels.c.platform == PLATFORM))).all()
        names = {(row.workspace, row.external_id): row.name or row.external_id for row in followed}
        names |= {(row.workspace, row.id): row.name for row in made}
        return [
            RoomChannel(channel=Channel(platform=PLATFORM, workspace=workspace, id=id), name=name)
            for (workspace, id), name in sorted(names.items(), key=lambda item: item[1].casefold())
        ]

    async def add_channel(self, channel: Channel, name: str, now: datetime) -> None:
        """Make a channel; one that exists keeps its name."""
        async with self._database.write() as connection:
            await _serialise(connection)
            wanted = (room_channels.c.workspace == channel.workspace, room_channels.c.id == channel.id)
            if not (await connection.execute(select(room_channels.c.id).where(*wanted))).first():
                row = {"workspace": channel.workspace, "id": channel.id, "name": name, "created_at": now}
                await connection.execute(insert(room_channels).values(row))

    async def show(self, channel: Channel, key: str, body: Mapping[str, Any], now: datetime) -> MessageRef:
        """Show a message once: the same *key* again changes nothing and returns the first one's reference."""
        async with self._database.write() as connection:
            await _serialise(connection)
            known = (await connection.execute(select(room_messages.c.id).where(room_messages.c.key == key))).scalar()
            if known is not None:
                return MessageRef(known)
            row = {"id": new_id(), "channel": _place(channel), "key": key, "body": dict(body), "created_at": now}
            row["change"] = await _next_change(connection)
            await connection.execute(insert(room_messages).values(row))
            return MessageRef(str(row["id"]))

    async def find(self, key: str) -> MessageRef | None:
        """Return the message with *key*, removed or not; None where none was ever shown."""
        async with self._database.read() as connection:
            found = (await connection.execute(select(room_messages.c.id).where(room_messages.c.key == key))).scalar()
        return None if found is None else MessageRef(found)

    async def edit(self, ref: MessageRef, body: Mapping[str, Any], now: datetime) -> bool:
        """Give a message a new body; False where it is gone."""
        return await self._change(ref, {"body": dict(body), "edited_at": now})

    async def remove(self, ref: MessageRef, now: datetime) -> bool:
        """Take a message off the page; False where it is gone already."""
        return await self._change(ref, {"body": {}, "edited_at": now, "removed": True})

    async def _change(self, ref: MessageRef, values: dict[str, Any]) -> bool:
        async with self._database.write() as connection:
            await _serialise(connection)
            values["change"] = await _next_change(connection)
            wanted = (room_messages.c.id == ref, room_messages.c.removed.is_(False))
            return bool((await connection.execute(update(room_messages).where(*wanted).values(values))).rowcount)

    async def latest(self, channel: Channel, limit: int, before: int | None = None) -> Sequence[RoomMessage]:
        """Return the newest messages of a channel, oldest first; those above the one at order *before*."""
        query = select(room_messages).where(
            room_messages.c.channel == _place(channel), room_messages.c.removed.is_(False)
        )
        if before is not None:
            query = query.where(room_messages.c.seq < before)
        return list(reversed(await self._messages(query.order_by(room_messages.c.seq.desc()).limit(limit))))

    async def changes(self, after: int, limit: int) -> Sequence[RoomMessage]:
        """Return what was shown, edited or removed anywhere after change number *after*, in that order."""
        query = select(room_messages).where(room_messages.c.change > after)
        return await self._messages(query.order_by(room_messages.c.change).limit(limit))

    async def last_change(self) -> int:
        """Return the newest change's number; 0 before the first."""
        async with self._database.read() as connection:
            return int((await connection.execute(select(func.max(room_messages.c.change)))).scalar() or 0)

    async def _messages(self, query: Select[Any]) -> Sequence[RoomMessage]:
        async with self._database.read() as connection:
            return [_message(row) for row in (await connection.execute(query)).all()]


async def _serialise(connection: AsyncConnection) -> None:
    # Numbers must become visible in their order, or a page that read number 8 before number 7 was committed
    # would never ask for 7. SQLite has one writer anyway.
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


async def _next_change(connection: AsyncConnection) -> int:
    return 1 + int((await connection.execute(select(func.max(room_messages.c.change)))).scalar() or 0)


def _place(channel: Channel) -> str:
    return f"{channel.workspace}/{channel.id}"


def _message(row: Row[Any]) -> RoomMessage:
    workspace, _, id = row.channel.partition("/")
    return RoomMessage(
        ref=MessageRef(row.id),
        channel=Channel(platform=PLATFORM, workspace=workspace, id=id),
        body=row.body,
        order=row.seq,
        change=row.change,
        created_at=row.created_at,
        removed=row.removed,
    )
