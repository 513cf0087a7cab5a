"""`Not about nlp`, and what channels made of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.model import AnnouncementId, Channel, Evidence, workspace_of
from bot.domain.tuning import Change, Tuning
from bot.domain.wishes import What
from bot.store.audit import note
from bot.store.channels import channel_row
from bot.store.database import Database
from bot.store.filed import filed_for
from bot.store.outbox import channel_of, is_any
from bot.store.tables import announcements, channels, post_topics, tunings, votes
from bot.store.upsert import insert_into
from bot.store.versions import bump


async def all_tunings(connection: AsyncConnection) -> tuple[Tuning, ...]:
    """Return what every channel changed."""
    place = [channels.c.platform, channels.c.workspace, channels.c.external_id]
    rows = await connection.execute(
        select(tunings, *place).select_from(tunings.join(channels)).order_by(tunings.c.channel_id, tunings.c.topic)
    )
    return tuple(Tuning(channel=channel_of(row), topic=row.topic, terms=dict(row.terms)) for row in rows)


class SqlFeedback:
    """Keeps bot.ports.Feedback."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vote(self, announcement: AnnouncementId, channel: Channel, person: str, now: datetime) -> str | None:
        async with self._database.write() as connection:
            row = (await connection.execute(_about(announcement, channel))).one_or_none()
            if row is None:
                return None
            values = {"channel_id": row.channel_id, "post_id": row.post_id, "person": person}
            vote = insert_into(connection, votes).values(**values, topic=row.topic, created_at=now)
            await connection.execute(vote.on_conflict_do_nothing(index_elements=list(values)))
            return str(row.topic)

    async def unvote(self, announcement: AnnouncementId, channel: Channel, person: str) -> str | None:
        async with self._database.write() as connection:
            row = (await connection.execute(_about(announcement, channel))).one_or_none()
            if row is None:
                return None
            v = votes.c
            of_person = and_(v.channel_id == row.channel_id, v.post_id == row.post_id, v.person == person)
            await connection.execute(delete(votes).where(of_person))
            return str(row.topic)

    async def ballots(self, channel: Channel, topic: str) -> Sequence[Sequence[Evidence]]:
        v, t = votes.c, post_topics.c
        statement = (
            select(t.evidence)
            .select_from(votes.join(channels).join(post_topics, t.post_id == v.post_id))
            .where(is_any([channel]), v.topic == topic, t.topic == topic)
            .where(filed_for(workspace_of(channel)))
            .order_by(v.created_at, v.person)
        )
        async with self._database.read() as connection:
            found = (await connection.scalars(statement)).all()
        return [[Evidence(term, where, points) for term, where, points in evidence] for evidence in found]

    async def tunings(self, channel: Channel) -> Mapping[str, Mapping[str, Change]]:
        statement = select(tunings).select_from(tunings.join(channels)).where(is_any([channel]))
        async with self._database.read() as connection:
            return {row.topic: dict(row.terms) for row in await connection.execute(statement)}

    async def tune(self, tuning: Tuning, *, by: str, now: datetime) -> None:
        async with self._database.write() as connection:
            channel = await channel_row(connection, tuning.channel, now)
            if tuning.terms:
                values = {"terms": dict(tuning.terms), "changed_by": by, "changed_at": now}
                made = insert_into(connection, tunings).values(channel_id=channel, topic=tuning.topic, **values)
                keys = ["channel_id", "topic"]
                await connection.execute(made.on_conflict_do_update(index_elements=keys, set_=values))
            else:
                gone = delete(tunings).where(tunings.c.channel_id == channel, tunings.c.topic == tuning.topic)
                await connection.execute(gone)
            said = ", ".join(f"{term}={change}" for term, change in tuning.terms.items()) or "as built in"
            place = (workspace_of(tuning.channel), str(tuning.channel))
            await note(connection, now, place, by, f"tuned topic {tuning.topic}: {said}")
            await bump(connection, What.TUNINGS)


def _about(announcement: AnnouncementId, channel: Channel) -> Select[Any]:
    a = announcements.c
    return (
        select(a.channel_id, a.post_id, a.topic)
        .select_from(announcements.join(channels, channels.c.id == a.channel_id))
        .where(a.id == announcement, is_any([channel]), a.topic.is_not(None))
    )
