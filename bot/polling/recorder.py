"""Finished polls, recorded together: one look-up and one transaction for all that wait."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.cadence import Pace, rhythm, slower
from bot.domain.errors import StoreBusy
from bot.domain.fetched import Body, ParsedFeed, ParsedPost
from bot.domain.identity import Fate, Found, Keys, Verdict, believed_date, judge, keys_of, offered
from bot.domain.keys import new_id
from bot.domain.model import Channel, Feed, FeedId, Post, PostId
from bot.domain.polled import Claimed, NewPost, Polled, Recorded, Remembered
from bot.domain.story import WINDOW, face
from bot.polling.outcomes import Moment, after_reading, is_quiet, notice_of
from bot.ports.polling import FeedQueue
from bot.ports.running import Clock
from bot.ports.topics import Judge

log = logging.getLogger(__name__)

_AT_ONCE = 100
#: In one transaction, give or take a feed: others write too, and what is bound is bound on the event loop.
_MOST_POSTS = 200
#: Posts that are decided in one go: matching takes up to 0.3 ms for each.
_BREATH = 10
#: Old posts of one feed that are worth keeping; the keys of all are remembered.
_MOST_KNOWN = 200
#: Posts older than this say nothing about a feed's rhythm.
_RHYTHM = timedelta(days=200)
#: With other polls under way, the first of a batch waits for them, so long for each and no longer than that: a
#: transaction costs as much as several polls in it.
_GATHER = 0.02
_LONGEST_GATHER = 1.0
_PATIENCE = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A poll that has ended and is not recorded yet."""

    claimed: Claimed
    #: As it is from now on; where posts are to be judged, decided only then.
    feed: Feed
    answer: Body | None = None
    #: The answer's `body_hash`.
    digest: bytes = b""
    parsed: ParsedFeed | None = None
    moment: Moment
    keys: Sequence[Keys] = ()
    #: By a hub, a part of the feed: *feed* stays as it is.
    pushed: bool = False


class Recorder:
    """Takes drafts, decides what is new, and stores it; `run` works until it is cancelled."""

    def __init__(
        self,
        feeds: FeedQueue,
        judge: Judge,
        clock: Clock,
        announced: Callable[[Mapping[Channel, datetime]], Awaitable[None]],
        under_way: Callable[[], int] = lambda: 0,
    ) -> None:
        """*under_way* counts the polls that have not ended."""
        self._feeds = feeds
        self._judge = judge
        self._clock = clock
        self._announced = announced
        self._under_way = under_way
        # Bounded: with the store away, polling waits too.
        self._waiting: asyncio.Queue[Draft] = asyncio.Queue(2 * _AT_ONCE)
        self._enough = asyncio.Event()
        self.posts = 0

    async def add(self, draft: Draft) -> None:
        """Leave a draft to be recorded soon."""
        await self._waiting.put(draft)
        if self._waiting.qsize() >= _AT_ONCE:
            self._enough.set()

    async def flush(self) -> None:
        """Return when everything added so far is recorded."""
        self._enough.set()
        await self._waiting.join()

    async def run(self) -> None:
        while True:
            drafts = [await self._waiting.get()]
            posts = _posts(drafts[0])
            await self._gather()
            while len(drafts) < _AT_ONCE and posts < _MOST_POSTS and not self._waiting.empty():
                drafts.append(self._waiting.get_nowait())
                posts += _posts(drafts[-1])
            try:
                await self.record(drafts)
            except Exception:
                # Their leases end and they are polled again: late, and nothing lost.
                log.exception("polls could not be recorded", extra={"polls": len(drafts)})
            finally:
                for _ in drafts:
                    self._waiting.task_done()

    async def _gather(self) -> None:
        """Wait for other polls that are about to end, until there are enough or they are waited for elsewhere."""
        others = self._under_way() - 1
        if others <= 0 or self._waiting.qsize() >= _AT_ONCE:
            return
        self._enough.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._enough.wait(), min(others * _GATHER, _LONGEST_GATHER))

    async def record(self, drafts: Sequence[Draft]) -> Recorded:
        """Store these at once. Raises StoreBusy where the store stays away."""
        quiet = [_quiet(draft) for draft in drafts if draft.parsed is None]
        told = [draft for draft in drafts if draft.parsed is not None]
        for wait in (*_PATIENCE, None):
            try:
                recorded = await self._store(quiet, told)
                break
            except StoreBusy as busy:
                if wait is None:
                    raise
                if wait == _PATIENCE[0]:
                    log.warning("polls wait to be recorded", extra={"why": str(busy)})
                await self._clock.sleep(wait)
        self.posts += recorded.posts
        if recorded.due:
            await self._announced(recorded.due)
        return recorded

    async def _store(self, quiet: Sequence[Polled], told: Sequence[Draft]) -> Recorded:
        look = await self._remembered(told) if told else Remembered()
        while True:
            version = self._judge.version
            polls = [*quiet]
            decided = 0
            for draft in told:
                polls.append(self._decide(draft, look))
                # A first poll may bring hundreds of posts to match; chats must be answered meanwhile.
                decided += _posts(draft)
                if decided >= _BREATH:
                    decided = 0
                    await asyncio.sleep(0)
            recorded = await self._feeds.record(polls, version, self._clock.now())
            if recorded is not None:
                return recorded
            await self._judge.refresh()

    async def _remembered(self, told: Sequence[Draft]) -> Remembered:
        brought = [draft for draft in told if draft.parsed and draft.parsed.posts]
        ids = [draft.claimed.feed.id for draft in brought]
        keys = {draft.claimed.feed.id: offered(draft.keys) for draft in brought if draft.claimed.feed.last_good_poll}
        return await self._feeds.remembered(ids, keys, self._clock.now() - _RHYTHM)

    def _decide(self, draft: Draft, look: Remembered) -> Polled:
        before, parsed, answer = draft.claimed.feed, draft.parsed, draft.answer
        if parsed is None or answer is None:
            return _quiet(draft)
        now = draft.moment.now
        verdict = judge(
            parsed.posts,
            draft.keys,
            seen=look.seen.get(before.id, frozenset()),
            window=parsed.window,
            last_good_poll=before.last_good_poll,
            now=now,
        )
        interval = _interval(before, verdict, look.dates.get(before.id, ()), now, draft.moment.pace)
        read = after_reading(before, answer, parsed, interval, draft.moment, digest=draft.digest)
        after = draft.feed if draft.pushed else _after(before, verdict, read)
        places = look.workspaces.get(before.id, frozenset())
        found = _kept(verdict.found, now)
        return Polled(
            token=draft.claimed.token,
            feed=after,
            pushed=draft.pushed,
            posts=tuple(self._new_post(one, after, places, now) for one in found),
            returned=verdict.returned,
            keys=verdict.keys,
            notice=None if draft.pushed else notice_of(before, after),
        )

    def _new_post(self, found: Found, feed: Feed, workspaces: frozenset[str], now: datetime) -> NewPost:
        post = _post(found.post, feed.id, now)
        recent = (post.published or now) >= now - WINDOW
        return NewPost(
            post=post,
            fate=found.fate,
            face=face(feed.id, post.url, post.title, post.text if recent else ""),
            judged=self._judge.judge(post, feed, workspaces),
        )


async def keys_for(parsed: ParsedFeed) -> Sequence[Keys]:
    """Return the keys of a feed's posts; those of an archive are made beside the event loop."""
    if len(parsed.posts) > 300:
        return await asyncio.to_thread(keys_of, parsed.posts)
    return keys_of(parsed.posts)


def _posts(draft: Draft) -> int:
    return len(draft.parsed.posts) if draft.parsed else 0


def _quiet(draft: Draft) -> Polled:
    before, after = draft.claimed.feed, draft.feed
    return Polled(
        token=draft.claimed.token,
        feed=after,
        changed=not is_quiet(before, after),
        notice=notice_of(before, after),
    )


def _kept(found: Sequence[Found], now: datetime) -> Sequence[Found]:
    """All that is news, and the newest of what is not."""
    known = [one for one in found if one.fate is Fate.KNOWN]
    if len(known) <= _MOST_KNOWN:
        return found
    # Undated ones stay in the document's order, which is newest first nearly everywhere.
    known.sort(key=lambda one: believed_date(one.post.published, now) or now, reverse=True)
    kept = set(map(id, known[:_MOST_KNOWN]))
    return [one for one in found if one.fate is not Fate.KNOWN or id(one) in kept]


def _after(before: Feed, verdict: Verdict, after: Feed) -> Feed:
    """Return *after*; where a poll found what the hub should have pushed, the hub is no longer relied on."""
    missed = before.pushed_until and any(one.fate is not Fate.KNOWN for one in verdict.found)
    return replace(after, pushed_until=None) if missed else after


def _interval(before: Feed, verdict: Verdict, dates: Sequence[datetime], now: datetime, pace: Pace) -> timedelta:
    fresh = [believed_date(one.post.published, now) or now for one in verdict.found]
    return rhythm([*fresh, *dates], now, pace) if fresh else slower(before.interval, pace)


def _post(parsed: ParsedPost, feed: FeedId, now: datetime) -> Post:
    return Post(
        id=PostId(new_id()),
        feed_id=feed,
        title=parsed.title,
        url=parsed.url,
        summary=parsed.summary,
        text=parsed.text,
        author=parsed.author,
        published=believed_date(parsed.published, now),
        first_seen=now,
        categories=parsed.categories,
        image=parsed.image,
        language=parsed.language,
    )
