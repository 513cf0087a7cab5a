"""Posts that their feed changed: the rows follow, and messages that show them are edited."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.model import Channel, FeedId, PostId
from bot.domain.polled import Polled
from bot.domain.revising import REVISED_FOR, Revision, Stored, revisions
from bot.domain.story import face
from bot.store.follow_ups import plan_edits_of
from bot.store.tables import posts, story_keys
from bot.store.upsert import insert_into

_Recent = Mapping[FeedId, Sequence[Stored]]


async def write_revisions(
    connection: AsyncConnection, polls: Sequence[Polled], now: datetime
) -> Mapping[Channel, datetime]:
    """Take over what *polls* say of posts already stored, and return the channels that get an edit."""
    changed = [poll for poll in polls if poll.returned]
    if not changed:
        return {}
    stored = await _stored(connection, [poll.feed.id for poll in changed], now)
    found = [(poll.feed.id, one) for poll in changed for one in revisions(stored[poll.feed.id], poll.returned)]
    if not found:
        return {}
    await _rewrite(connection, [one for _, one in found])
    await _name_stories(connection, found)
    return await plan_edits_of(connection, {one.post for _, one in found}, now)


async def _stored(connection: AsyncConnection, feeds: Sequence[FeedId], now: datetime) -> _Recent:
    p = posts.c
    recent = select(p.feed_id, p.id, p.title, p.url).where(p.feed_id.in_(feeds), p.first_seen > now - REVISED_FOR)
    found: dict[FeedId, list[Stored]] = defaultdict(list)
    for feed, post, title, url in await connection.execute(recent):
        found[FeedId(feed)].append(Stored(id=PostId(post), title=title, url=url))
    return found


async def _rewrite(connection: AsyncConnection, found: Sequence[Revision]) -> None:
    statement = update(posts).where(posts.c.id == bindparam("post"))
    await connection.execute(
        statement.values(title=bindparam("new_title"), url=bindparam("new_url")),
        [{"post": one.post, "new_title": one.title, "new_url": one.url} for one in found],
    )


async def _name_stories(connection: AsyncConnection, found: Sequence[tuple[FeedId, Revision]]) -> None:
    """Let a copy of the article under its new link find its story."""
    keys = {one.post: face(feed, one.url, "", "").url for feed, one in found}
    statement = select(posts.c.id, posts.c.story).where(posts.c.id.in_(keys))
    rows = [{"key": keys[post], "story": story} for post, story in await connection.execute(statement) if keys[post]]
    if rows:
        await connection.execute(insert_into(connection, story_keys).on_conflict_do_nothing(), rows)
