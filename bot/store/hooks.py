"""Our addresses at WebSub hubs."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, insert, or_, select, update

from bot.domain.model import FeedId
from bot.domain.websub import Hook
from bot.store.database import Database
from bot.store.tables import feeds, hooks

_TOPIC = func.coalesce(feeds.c.hub_topic, feeds.c.url)


class SqlHooks:
    """Keeps bot.ports.Hooks' promises on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: datetime, limit: int) -> Sequence[Hook]:
        async with self._database.read() as connection:
            stale = (await connection.scalars(_stale())).all()
            unmade = (await connection.execute(_unmade(limit))).all()
        if stale or unmade:
            async with self._database.write() as connection:
                if stale:
                    await connection.execute(delete(hooks).where(hooks.c.feed_id.in_(stale)))
                # Looked at again: another process may have made them meanwhile.
                if rows := (await connection.execute(_unmade(limit))).all():
                    await connection.execute(insert(hooks), [_new(row, now) for row in rows])
        async with self._database.read() as connection:
            due = _hooks().where(hooks.c.next_at <= now).order_by(hooks.c.next_at).limit(limit)
            return [_hook(row) for row in await connection.execute(due)]

    async def find(self, token: str) -> Hook | None:
        async with self._database.read() as connection:
            row = (await connection.execute(_hooks().where(hooks.c.token == token))).first()
        return _hook(row) if row else None

    async def ask(self, hook: Hook, now: datetime, next_at: datetime) -> None:
        await self._change(hook, asked_at=now, next_at=next_at)

    async def refuse(self, hook: Hook, why: str, next_at: datetime) -> None:
        await self._change(hook, asked_at=None, next_at=next_at, failures=hook.failures + 1, why=why)

    async def grant(self, hook: Hook, lease_until: datetime, next_at: datetime) -> None:
        await self._change(hook, asked_at=None, lease_until=lease_until, next_at=next_at, failures=0, why="")

    async def _change(self, hook: Hook, **values: Any) -> None:
        # By token: a hook made anew for another hub is another one.
        async with self._database.write() as connection:
            await connection.execute(update(hooks).where(hooks.c.token == hook.token).values(**values))


def _wanted() -> Any:
    # No hub is told an address with a password in it.
    public = and_(feeds.c.hub.is_not(None), feeds.c.sealed.is_(None))
    return and_(public, feeds.c.paused_why.is_(None), feeds.c.last_good_poll.is_not(None))


def _stale() -> Select[Any]:
    """Hooks whose feed has another hub by now, or none."""
    same = and_(_wanted(), feeds.c.hub == hooks.c.hub, hooks.c.topic == _TOPIC)
    return select(hooks.c.feed_id).join(feeds, feeds.c.id == hooks.c.feed_id).where(or_(~same, feeds.c.hub.is_(None)))


def _unmade(limit: int) -> Select[Any]:
    lacks = feeds.c.id.not_in(select(hooks.c.feed_id))
    return select(feeds.c.id, feeds.c.hub, _TOPIC.label("topic")).where(_wanted(), lacks).limit(limit)


def _hooks() -> Select[Any]:
    return select(hooks, feeds.c.url).join(feeds, feeds.c.id == hooks.c.feed_id).where(feeds.c.paused_why.is_(None))


def _new(row: Row[Any], now: datetime) -> dict[str, Any]:
    names = {"token": secrets.token_urlsafe(24), "secret": secrets.token_urlsafe(32)}
    return {"feed_id": row.id, "hub": row.hub, "topic": row.topic, "next_at": now, "failures": 0, "why": "", **names}


def _hook(row: Row[Any]) -> Hook:
    return Hook(
        feed_id=FeedId(row.feed_id),
        feed_url=row.url,
        hub=row.hub,
        topic=row.topic,
        token=row.token,
        secret=row.secret,
        asked_at=row.asked_at,
        lease_until=row.lease_until,
        failures=row.failures,
    )
