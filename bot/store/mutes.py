"""What channels and workspaces never want to see again."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import Row, Select, and_, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.model import Channel
from bot.domain.muting import Mute
from bot.domain.seen import Words
from bot.domain.terms import Term
from bot.domain.wishes import What
from bot.store.audit import note
from bot.store.channels import channel_row
from bot.store.database import Database
from bot.store.filed import filed_for
from bot.store.outbox import is_any
from bot.store.tables import announcements, channels, feeds, mutes, post_topics, posts, subscriptions
from bot.store.unwanted import cancel_unwanted
from bot.store.versions import bump


def all_mutes() -> Select[Any]:
    """The statement for rows that `mute_of` reads."""
    place = channels.c.external_id.label("channel")
    return select(mutes, place).select_from(mutes.outerjoin(channels)).order_by(mutes.c.id)


def mute_of(row: Row[Any]) -> Mute:
    """Return the mute of a row of `all_mutes`."""
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


class SqlMutes:
    """Keeps bot.ports.MuteBook."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_channel(self, channel: Channel) -> Sequence[Mute]:
        async with self._database.read() as connection:
            found = [mute_of(row) for row in await connection.execute(all_mutes().where(_applies(channel)))]
            ids = [int(one.target) for one in found if one.kind == "feed"]
            named = select(feeds.c.id, func.coalesce(feeds.c.title, feeds.c.host)).where(feeds.c.id.in_(ids))
            names = {str(id): name for id, name in await connection.execute(named)}
        return [replace(one, label=names.get(one.target, "")) for one in found]

    async def add(self, mute: Mute, here: Channel) -> bool:
        platform, _, workspace = mute.workspace.partition(":")
        async with self._database.write() as connection:
            row = await channel_row(connection, here, mute.created_at)
            place = None if mute.channel is None else row
            values = {"platform": platform, "workspace": workspace, "kind": mute.kind, "target": mute.target}
            same = and_(*(mutes.c[name] == value for name, value in values.items()), mutes.c.channel_id == place)
            if await connection.scalar(select(mutes.c.id).where(same)):
                return False
            made = {"channel_id": place, "created_by": mute.created_by, "created_at": mute.created_at}
            await connection.execute(insert(mutes).values(**values, **made))
            where = "everywhere" if mute.channel is None else str(here)
            what = f"muted {mute.kind} {mute.target}"
            await note(connection, mute.created_at, (mute.workspace, where), mute.created_by, what)
            await _cancel_planned(connection, place, mute)
            await bump(connection, What.MUTES)
            return True

    async def remove(self, id: int, here: Channel, by: str, now: datetime) -> bool:
        async with self._database.write() as connection:
            row = (await connection.execute(all_mutes().where(mutes.c.id == id, _applies(here)))).one_or_none()
            if row is None:
                return False
            mute = mute_of(row)
            await connection.execute(delete(mutes).where(mutes.c.id == id))
            await note(connection, now, (mute.workspace, str(here)), by, f"unmuted {mute.kind} {mute.target}")
            await bump(connection, What.MUTES)
            return True


async def _cancel_planned(connection: AsyncConnection, place: int | None, mute: Mute) -> None:
    """Take back what waits to be posted and is muted now, in the channel or in all of the workspace."""
    platform, _, workspace = mute.workspace.partition(":")
    here = subscriptions.join(channels, channels.c.id == subscriptions.c.channel_id)
    within = (
        and_(channels.c.platform == platform, channels.c.workspace == workspace)
        if place is None
        else channels.c.id == place
    )
    gone: dict[int, set[int]] = {}
    found = select(subscriptions.c.channel_id, subscriptions.c.id).select_from(here).where(within)
    for channel_id, id in await connection.execute(found):
        gone.setdefault(channel_id, set()).add(id)
    muted = await _muted_posts(connection, gone, mute)
    await cancel_unwanted(connection, gone, mute.created_at, only=muted, why="muted")


async def _muted_posts(connection: AsyncConnection, places: Collection[int], mute: Mute) -> set[str]:
    """Return which of the posts that wait in these channels are what the mute names."""
    a, t = announcements.c, post_topics.c
    waiting = select(a.post_id).where(a.channel_id.in_(places), a.state == "planned")
    match mute.kind:
        case "feed":
            named = select(posts.c.id).where(posts.c.id.in_(waiting), posts.c.feed_id == int(mute.target))
        case "topic":
            named = select(t.post_id).where(t.post_id.in_(waiting), t.topic == mute.target, filed_for(mute.workspace))
        case "word":
            read = select(posts.c.id, posts.c.title, posts.c.text, posts.c.summary).where(posts.c.id.in_(waiting))
            term = Term(mute.target)
            rows = await connection.execute(read)
            return {row.id for row in rows if Words(row.title, row.text or row.summary).has(term)}
        case _:
            assert_never(mute.kind)
    return set(await connection.scalars(named))


def _applies(channel: Channel) -> Any:
    everywhere = and_(
        mutes.c.platform == channel.platform, mutes.c.workspace == channel.workspace, mutes.c.channel_id.is_(None)
    )
    return or_(everywhere, mutes.c.channel_id.in_(select(channels.c.id).where(is_any([channel]))))
