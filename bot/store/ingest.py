"""What polls brought, stored in one transaction: feeds, posts, stories, topics, announcements, messages.

A feed's validators are written with its posts or not at all: saved first, a crash between the two would let the
server's 304 hide the posts for good.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.digesting import plan
from bot.domain.errors import StoreBusy
from bot.domain.identity import Fate
from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import Channel, Digest, Each, FeedId, MessageId, PostId, StoryId, Want
from bot.domain.planning import PlannedMessage, StoryWants
from bot.domain.polled import NewPost, Polled, Recorded
from bot.store.batches import write_rows
from bot.store.columns import micros
from bot.store.database import Database
from bot.store.feed_rows import PLACE, WRITTEN, columns_of, place_of
from bot.store.follow_ups import plan_also_at
from bot.store.outbox import channel_of
from bot.store.planned import add_planned, channel_loads
from bot.store.revised import write_revisions
from bot.store.seal import Seal
from bot.store.stories import Overtaken, Stories
from bot.store.tables import channels, feeds, post_topics, posts, seen_keys, subscriptions
from bot.store.versions import current_version

#: How often polls are recorded anew because another worker stored a copy of their posts at the same moment.
_TRIES = 5


class Ingest:
    """Writes finished polls."""

    def __init__(self, database: Database, default_zone: str) -> None:
        self._database = database
        self._zone = default_zone

    async def record(self, polls: Sequence[Polled], version: int, now: datetime) -> Recorded | None:
        for _ in range(_TRIES):
            with suppress(Overtaken):
                async with self._database.write() as connection:
                    return await self._record(connection, polls, version, now)
        raise StoreBusy("Other workers store copies of the same posts; try again shortly.")

    async def _record(
        self, connection: AsyncConnection, polls: Sequence[Polled], version: int, now: datetime
    ) -> Recorded | None:
        quiet = [poll for poll in polls if not poll.changed]
        loud = [poll for poll in polls if poll.changed]
        if any(poll.posts for poll in loud) and await current_version(connection) != version:
            return None
        if quiet:
            await _write_quiet(connection, quiet, now)
        if not loud:
            return Recorded()
        owned = await _owned(connection, loud)
        ours = [poll for poll in loud if (poll.feed.id, poll.token) in owned]
        polled = [poll for poll in ours if not poll.pushed]
        await _write_feeds(connection, polled, owned, now, self._database.seal)
        await _write_pushes(connection, [poll for poll in ours if poll.pushed])
        stories = Stories(connection, now)
        placed = await _write_posts(connection, ours, stories, now)
        edits = await plan_also_at(connection, set(placed.values()), now)
        revised = await write_revisions(connection, ours, now)
        notices = await _write_notices(connection, [poll for poll in ours if poll.notice], now)
        # Late, as others that plan for the same channels wait from here on; then all who store posts.
        planned = await self._plan(connection, ours, placed, now)
        await stories.confirm()
        if placed and await current_version(connection) != version:
            raise Overtaken
        return Recorded(due=_soonest(edits, revised, notices, planned), posts=len(placed), lost=len(loud) - len(ours))

    async def _plan(
        self, connection: AsyncConnection, polls: Sequence[Polled], placed: Mapping[PostId, StoryId], now: datetime
    ) -> Mapping[Channel, datetime]:
        new = [post for poll in polls for post in poll.posts]
        wanted = [_wants(one, placed[one.post.id]) for one in new if one.fate is not Fate.KNOWN and one.judged.wants]
        wanted_in = {want.channel for story in wanted for want in story.wants}
        loads = await channel_loads(connection, wanted_in, [story.story for story in wanted], now, self._zone)
        return await add_planned(connection, plan(wanted, loads, now, self._zone), now)


def _soonest(*found: Mapping[Channel, datetime]) -> dict[Channel, datetime]:
    due: dict[Channel, datetime] = {}
    for one in found:
        for channel, at in one.items():
            due[channel] = min(at, due.get(channel, at))
    return due


async def _write_posts(
    connection: AsyncConnection, polls: Sequence[Polled], stories: Stories, now: datetime
) -> Mapping[PostId, StoryId]:
    """Write what polls found, and return the story of each post."""
    await _write_keys(connection, polls, now)
    new = [post for poll in polls for post in poll.posts]
    if not new:
        return {}
    placed = await stories.place(new)
    await write_rows(connection, _POSTS, [_post_row(one, placed[one.post.id]) for one in new])
    await write_rows(connection, _TOPICS, [row for one in new for row in _topic_rows(one)])
    return placed


_QUIET = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"), feeds.c.lease_token == bindparam("token"))
    .values(
        next_poll_at=bindparam("next_poll_at"),
        interval_s=bindparam("interval_s"),
        last_poll_at=bindparam("now"),
        last_good_poll=bindparam("last_good_poll"),
        lease_until=None,
        lease_token=None,
    )
)


#: The compiled statements bind NULL as they bind all else.
_FREE = {"lease_until": None, "lease_token": None}
_LOUD = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"))
    .values({name: bindparam(name) for name in (*WRITTEN, "last_poll_at", *_FREE)})
)
_MOVED = update(feeds).where(feeds.c.id == bindparam("feed")).values({name: bindparam(name) for name in PLACE})


async def _write_quiet(connection: AsyncConnection, polls: Sequence[Polled], now: datetime) -> None:
    """Write the times of polls that brought nothing: the one statement that nearly every poll ends with."""
    await write_rows(connection, _QUIET, [_quiet_row(poll, micros(now)) for poll in polls])


def _quiet_row(poll: Polled, now: int) -> dict[str, Any]:
    feed = poll.feed
    return {
        "feed": feed.id,
        "token": poll.token,
        "next_poll_at": micros(feed.next_poll_at),
        "interval_s": int(feed.interval.total_seconds()),
        "last_good_poll": feed.last_good_poll and micros(feed.last_good_poll),
        "now": now,
        **_FREE,
    }


async def _owned(connection: AsyncConnection, polls: Sequence[Polled]) -> dict[tuple[FeedId, str], str]:
    """The claims that are still ours, with the name of the feed's address as it stands."""
    statement = select(feeds.c.id, feeds.c.lease_token, feeds.c.url).where(
        feeds.c.id.in_([poll.feed.id for poll in polls])
    )
    rows = await connection.execute(statement.order_by(feeds.c.id).with_for_update())
    return {(FeedId(feed), token or ""): url for feed, token, url in rows}


async def _write_feeds(
    connection: AsyncConnection,
    polls: Sequence[Polled],
    owned: Mapping[tuple[FeedId, str], str],
    now: datetime,
    seal: Seal,
) -> None:
    if not polls:
        return
    names = {poll.feed.id: seal.name_of(poll.feed.url) for poll in polls}
    rows = [
        {"feed": poll.feed.id, **columns_of(poll.feed, seal), "last_poll_at": micros(now), **_FREE} for poll in polls
    ]
    await write_rows(connection, _LOUD, rows)
    moved = [poll.feed for poll in polls if names[poll.feed.id] != owned[poll.feed.id, poll.token]]
    if not moved:
        return
    new = {names[feed.id] for feed in moved}
    taken = set((await connection.scalars(select(feeds.c.url).where(feeds.c.url.in_(new)))).all())
    # Where the new address is a feed of its own already, this one stays where it was.
    places = [{"feed": feed.id, **place_of(feed.url, seal)} for feed in moved if names[feed.id] not in taken]
    await write_rows(connection, _MOVED, places)


async def _write_pushes(connection: AsyncConnection, polls: Sequence[Polled]) -> None:
    """Give the feeds back as they were: a push says nothing of validators, hashes and times of polls."""
    for poll in polls:
        ours = and_(feeds.c.id == poll.feed.id, feeds.c.lease_token == poll.token)
        await connection.execute(update(feeds).where(ours).values(**_FREE, pushed_until=poll.feed.pushed_until))


async def _write_keys(connection: AsyncConnection, polls: Sequence[Polled], now: datetime) -> None:
    seen_at = micros(now)
    rows = [{"feed_id": poll.feed.id, "key": key, "seen_at": seen_at} for poll in polls for key in poll.keys]
    await write_rows(connection, _NEW_KEYS[connection.dialect.name], rows)


_NEW_KEYS = {
    "sqlite": sqlite.insert(seen_keys).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(seen_keys).on_conflict_do_nothing(),
}


_POSTS = insert(posts)
_TOPICS = insert(post_topics)


def _post_row(new: NewPost, story: StoryId) -> dict[str, Any]:
    post = new.post
    return {
        "id": post.id,
        "feed_id": post.feed_id,
        "story": story,
        "title": post.title,
        "url": post.url,
        "summary": post.summary,
        "text": post.text,
        "author": post.author,
        "published": post.published and micros(post.published),
        "first_seen": micros(post.first_seen),
        "sort_at": micros(post.published or post.first_seen),
        "categories": json.dumps(post.categories),
        "image": post.image,
        "language": post.language,
        "announced": new.fate is not Fate.KNOWN,
        "views": 0,
    }


def _topic_rows(new: NewPost) -> Iterable[dict[str, Any]]:
    for filed in new.judged.topics:
        match = filed.match
        yield {
            "post_id": new.post.id,
            "workspace": filed.workspace,
            "topic": match.topic,
            "score": match.score,
            "strictness": match.strictness,
            "evidence": json.dumps([[one.term, one.where, one.points] for one in match.evidence]),
            "revision": filed.revision,
            "sort_at": micros(new.post.published or new.post.first_seen),
        }


def _wants(new: NewPost, story: StoryId) -> StoryWants:
    wants = new.judged.wants
    if new.fate is Fate.LATE:
        wants = tuple(map(_rolled, wants))
    return StoryWants(story=story, post=PostId(new.post.id), wants=wants)


def _rolled(want: Want) -> Want:
    # What an outage held back comes in the next hour's digest, not one by one.
    if not isinstance(want.mode, Each):
        return want
    return want._replace(taker=want.taker._replace(mode=Digest(every="hourly", at_minute=0)))


async def _write_notices(
    connection: AsyncConnection, polls: Sequence[Polled], now: datetime
) -> Mapping[Channel, datetime]:
    """Tell the channels that are subscribed to these very feeds."""
    if not polls:
        return {}
    notices = {poll.feed.id: poll.notice or "" for poll in polls}
    rows = await connection.execute(
        select(channels, subscriptions.c.feed_id)
        .join(subscriptions, and_(subscriptions.c.channel_id == channels.c.id, subscriptions.c.kind == "feed"))
        .where(subscriptions.c.feed_id.in_(notices))
    )
    planned = [
        PlannedMessage(
            id=MessageId(new_id()),
            channel=channel_of(row),
            kind=MessageKind.NOTICE,
            due_at=now,
            text=notices[row.feed_id],
            silent=True,
        )
        for row in rows
    ]
    return await add_planned(connection, planned, now)
