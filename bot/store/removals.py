"""Taking an announcement away again: the message goes, and the story comes back only if a person wants it to."""

from datetime import datetime

from sqlalchemy import insert, select, update

from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import AnnouncementId, Channel
from bot.store.audit import note
from bot.store.database import Database
from bot.store.outbox import is_any
from bot.store.tables import announcements, channels, messages, posts


class SqlRemovals:
    """Keeps bot.ports.Removals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remove(self, announcement: AnnouncementId, channel: Channel, by: str, now: datetime) -> str | None:
        a, m = announcements.c, messages.c
        found = (
            select(a.channel_id, m.id, m.kind, m.state, posts.c.title)
            .select_from(
                announcements.join(messages, m.id == a.message_id)
                .join(posts, posts.c.id == a.post_id)
                .join(channels, channels.c.id == a.channel_id)
            )
            .where(a.id == announcement, is_any([channel]), m.kind == MessageKind.POST)
            .with_for_update(of=[announcements, messages])
        )
        async with self._database.write() as connection:
            row = (await connection.execute(found)).one_or_none()
            if row is None:
                return None
            gone = {"state": "removed", "removed_by": by, "message_id": None}
            await connection.execute(update(announcements).where(a.id == announcement).values(**gone))
            if row.state == "pending":
                values = {"state": "cancelled", "why": "removed by a person", "settled_at": now}
                await connection.execute(update(messages).where(m.id == row.id).values(**values))
            else:
                take_away = {"id": new_id(), "channel_id": row.channel_id, "kind": MessageKind.DELETE.value}
                await connection.execute(
                    insert(messages).values(**take_away, target=row.id, due_at=now, created_at=now)
                )
            place = f"{channel.platform}:{channel.workspace}"
            await note(connection, now, (place, str(channel)), by, f"removed {row.title!r}")
            return str(row.title)

    async def restore(self, announcement: AnnouncementId, channel: Channel, by: str, now: datetime) -> str | None:
        a = announcements.c
        found = (
            select(a.channel_id, posts.c.title)
            .select_from(
                announcements.join(posts, posts.c.id == a.post_id).join(channels, channels.c.id == a.channel_id)
            )
            .where(a.id == announcement, is_any([channel]), a.state == "removed")
            .with_for_update(of=announcements)
        )
        async with self._database.write() as connection:
            row = (await connection.execute(found)).one_or_none()
            if row is None:
                return None
            # A message of its own: the first may be deleted already, and its deletion is in the line before this one.
            anew = {"id": new_id(), "channel_id": row.channel_id, "kind": MessageKind.POST.value}
            await connection.execute(insert(messages).values(**anew, due_at=now, created_at=now))
            back = {"state": "planned", "removed_by": None, "message_id": anew["id"]}
            await connection.execute(update(announcements).where(a.id == announcement).values(**back))
            place = f"{channel.platform}:{channel.workspace}"
            await note(connection, now, (place, str(channel)), by, f"restored {row.title!r}")
            return str(row.title)
