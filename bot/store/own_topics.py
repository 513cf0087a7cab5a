"""Workspaces' own topics, and the posts they have."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import UsageError
from bot.domain.matching import match
from bot.domain.model import Match, Post, PostId
from bot.domain.own_topics import OwnRules, own_topic, rules_of
from bot.domain.vocabulary import Topic, Vocabulary
from bot.domain.wishes import What
from bot.store.archive import archive
from bot.store.audit import note
from bot.store.database import Database
from bot.store.tables import channels, post_topics, posts, subscriptions, topics
from bot.store.versions import bump


async def all_own_topics(connection: AsyncConnection) -> tuple[Topic, ...]:
    """Return every workspace's own topics, each with the slug that `own_slug` gives."""
    rows = await connection.execute(select(topics).order_by(topics.c.workspace, topics.c.slug))
    return tuple(own_topic(row.workspace, row.slug, rules_of(row.rules)) for row in rows)


class SqlOwnTopics:
    """Keeps bot.ports.OwnTopics."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, workspace: str, slug: str) -> OwnRules | None:
        async with self._database.read() as connection:
            rules = await connection.scalar(select(topics.c.rules).where(*_named(workspace, slug)))
        return None if rules is None else rules_of(rules)

    async def share(self, workspace: str, slug: str, rules: OwnRules, since: datetime) -> tuple[int, int]:
        matched = total = 0
        async for found, page in self._matched(workspace, slug, rules, since):
            matched, total = matched + len(found), total + page
        return matched, total

    async def put(self, workspace: str, slug: str, rules: OwnRules, *, by: str, now: datetime, limit: int) -> None:
        async with self._database.write() as connection:
            known = await connection.scalar(select(topics.c.revision).where(*_named(workspace, slug)))
            if known is None:
                await _check_limit(connection, workspace, limit)
                row = {"workspace": workspace, "slug": slug, "created_by": by, "created_at": now}
                await connection.execute(insert(topics).values(**row, rules=rules.stored(), changed_at=now))
            else:
                changed = {"rules": rules.stored(), "revision": known + 1, "changed_at": now}
                await connection.execute(update(topics).where(*_named(workspace, slug)).values(**changed))
            verb = "created" if known is None else "edited"
            await note(connection, now, (workspace, "everywhere"), by, f"{verb} topic {slug}: {rules}")
            await bump(connection, What.TOPICS)

    async def rematch(self, workspace: str, slug: str, since: datetime) -> int:
        rules = await self.find(workspace, slug)
        t = post_topics.c
        async with self._database.write() as connection:
            await connection.execute(delete(post_topics).where(t.workspace == workspace, t.topic == slug))
        if rules is None:
            return 0
        number = 0
        async for found, _ in self._matched(workspace, slug, rules, since):
            number += len(found)
            rows = [_row(workspace, slug, match, post, sort_at) for match, post, sort_at in found]
            async with self._database.write() as connection:
                ids = [row["post_id"] for row in rows]
                here = set((await connection.scalars(select(posts.c.id).where(posts.c.id.in_(ids)))).all())
                # A poll that runs meanwhile may have filed its new posts already.
                filed = select(t.post_id).where(t.workspace == workspace, t.topic == slug, t.post_id.in_(ids))
                here -= set((await connection.scalars(filed)).all())
                if left := [row for row in rows if row["post_id"] in here]:
                    await connection.execute(insert(post_topics), left)
        return number

    async def delete(self, workspace: str, slug: str, *, by: str, now: datetime) -> bool:
        t = post_topics.c
        async with self._database.write() as connection:
            gone = await connection.execute(delete(topics).where(*_named(workspace, slug)))
            if not gone.rowcount:
                return False
            await connection.execute(delete(post_topics).where(t.workspace == workspace, t.topic == slug))
            await note(connection, now, (workspace, "everywhere"), by, f"deleted topic {slug}")
            await bump(connection, What.TOPICS)
            return True

    async def followers(self, workspace: str, slug: str) -> int:
        platform, _, name = workspace.partition(":")
        there = exists().where(
            channels.c.id == subscriptions.c.channel_id,
            channels.c.platform == platform,
            channels.c.workspace == name,
        )
        following = select(func.count()).where(subscriptions.c.kind == "topic", subscriptions.c.target == slug, there)
        async with self._database.read() as connection:
            return int(await connection.scalar(following) or 0)

    async def _matched(self, workspace: str, slug: str, rules: OwnRules, since: datetime) -> Any:
        """Yield (the matches of a page, how many posts it has); the matching runs beside the loop."""
        vocabulary = Vocabulary([own_topic(workspace, slug, rules)])

        def of_page(page: Sequence[tuple[Post, object, datetime]]) -> list[tuple[Match, PostId, datetime]]:
            return [(one, post.id, at) for post, _, at in page for one in match(post, vocabulary)]

        async for page in archive(self._database, workspace, since):
            yield await asyncio.to_thread(of_page, page), len(page)


def _named(workspace: str, slug: str) -> tuple[Any, Any]:
    return topics.c.workspace == workspace, topics.c.slug == slug


async def _check_limit(connection: AsyncConnection, workspace: str, limit: int) -> None:
    number = await connection.scalar(select(func.count()).where(topics.c.workspace == workspace)) or 0
    if number >= limit:
        raise UsageError("The topics of a workspace's own are limited to {limit}; delete one first.", limit=limit)


def _row(workspace: str, slug: str, match: Match, post: PostId, sort_at: datetime) -> dict[str, Any]:
    return {
        "post_id": post,
        "workspace": workspace,
        "topic": slug,
        "score": match.score,
        "strictness": match.strictness,
        "evidence": [list(one) for one in match.evidence],
        "revision": "",
        "sort_at": sort_at,
    }
