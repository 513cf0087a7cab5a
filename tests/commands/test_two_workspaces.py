"""Two workspaces on one bot: what one adds in its chat is matched, listed, searched and previewed there only."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.domain.cadence import Pace
from bot.domain.fetched import Body, ParsedFeed, ParsedPost
from bot.domain.identity import keys_of
from bot.domain.model import Channel
from bot.polling.judging import WishJudge
from bot.polling.outcomes import Moment
from bot.polling.recorder import Draft, Recorder
from bot.store.database import Database
from bot.store.polls import SqlFeedQueue
from bot.store.tables import announcements, channels
from bot.store.wishes import SqlWishBook
from tests.clock import FakeClock
from tests.commands.conftest import RULES, Talk
from tests.seeds import NLP

ELSEWHERE = Channel(platform="room", workspace="other", id="c1")


async def brings(database: Database, clock: FakeClock, *titles: str) -> None:
    """Let the one feed that is due bring posts."""
    queue, judge = SqlFeedQueue(database), WishJudge(RULES, SqlWishBook(database))
    await judge.refresh()
    (claimed,) = await queue.claim(clock.now(), timedelta(minutes=5), 10)
    claimed = replace(claimed, feed=replace(claimed.feed, last_good_poll=clock.now() - timedelta(hours=1)))
    posts = tuple(
        ParsedPost(guid=title, url=None, title=title, summary="", text=title, published=clock.now()) for title in titles
    )
    draft = Draft(
        claimed=claimed,
        feed=claimed.feed,
        answer=Body(body=b"", url=claimed.feed.url),
        parsed=ParsedFeed(posts=posts, window=len(posts), title=claimed.feed.title),
        moment=Moment(now=clock.now(), chance=0.5, pace=Pace()),
        keys=keys_of(posts),
    )

    async def announced(due: Mapping[Channel, datetime]) -> None: ...

    recorder = Recorder(queue, judge, clock, announced)
    await recorder.add(draft)
    running = asyncio.create_task(recorder.run())
    await recorder.flush()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def announced_in(database: Database) -> set[str]:
    statement = select(channels.c.workspace).join(announcements, announcements.c.channel_id == channels.c.id)
    async with database.read() as connection:
        return set((await connection.scalars(statement)).all())


async def test_a_blog_of_one_workspace_is_seen_there_only(talk: Talk, sqlite: Database, clock: FakeClock) -> None:
    for where in (NLP, ELSEWHERE):
        await talk.type("/subscribe rust", where=where)
    await talk.type("/tidings feeds add simon.example", where=NLP)

    await brings(sqlite, clock, "Rust for archivists")

    assert await announced_in(sqlite) == {"demo"}
    for typed in ("/latest rust", "/tidings search archivists", "/tidings preview rust wide"):
        await talk.type(typed, where=NLP)
        assert talk.titles == ["Rust for archivists"], typed
        await talk.type(typed, where=ELSEWHERE)
        assert talk.titles == [], typed
    assert "Simon" in await talk.type("/tidings feeds list", where=NLP)
    assert "Simon" not in await talk.type("/tidings feeds list", where=ELSEWHERE)


async def test_added_by_both_it_is_one_feed_that_reaches_both(talk: Talk, sqlite: Database, clock: FakeClock) -> None:
    for where in (NLP, ELSEWHERE):
        await talk.type("/subscribe rust", where=where)
        await talk.type("/tidings feeds add simon.example", where=where)

    await brings(sqlite, clock, "Rust for archivists")

    assert await announced_in(sqlite) == {"demo", "other"}
    await talk.type("/tidings feeds remove simon.example", where=NLP)
    await talk.type("/tidings search archivists", where=NLP)
    assert talk.titles == []
    await talk.type("/tidings search archivists", where=ELSEWHERE)
    assert talk.titles == ["Rust for archivists"]
