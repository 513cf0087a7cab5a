"""Due feeds -> fetch -> parse -> decide -> one transaction. Start reading at `poll_due`."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.cadence import Pace
from bot.domain.errors import StoreBusy
from bot.domain.fetched import Body, Failed, Gone, NotModified, Unreadable
from bot.domain.links import without_secrets
from bot.domain.model import Channel
from bot.domain.polled import Claimed
from bot.polling.outcomes import Moment, after_failure, after_gone, after_unchanged, body_hash
from bot.polling.politeness import Manners, Politeness
from bot.polling.recorder import Draft, Recorder, keys_for
from bot.ports.polling import FeedQueue, Fetcher, Parser
from bot.ports.running import Clock
from bot.ports.topics import Judge

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """How much is polled at once."""

    pace: Pace = field(default_factory=Pace)
    manners: Manners = field(default_factory=Manners)
    #: Feeds claimed in one transaction.
    page: int = 200
    #: Requests under way.
    at_once: int = 100
    #: Requests that wait for a slow server or for their turn at a host with many blogs, and so hold no place.
    slow: int = 300
    slow_after: float = 4.0
    #: Longer than a page takes, its slowest request and the waits for hosts included.
    lease: timedelta = timedelta(minutes=5)
    #: A stop gives requests under way so many seconds; what they might have brought comes with the next poll.
    finish: float = 3.0
    #: How soon feeds that fall due while others are under way are looked for.
    look: float = 0.5


@dataclass(slots=True, kw_only=True)
class PollReport:
    """What polling did so far."""

    feeds: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    #: Polls put off for the sake of their host.
    deferred: int = 0
    posts: int = 0


class Poller:
    """Polls feeds as they fall due."""

    def __init__(
        self,
        *,
        feeds: FeedQueue,
        fetcher: Fetcher,
        parser: Parser,
        judge: Judge,
        clock: Clock,
        announced: Callable[[Mapping[Channel, datetime]], Awaitable[None]],
        settings: PollSettings | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._settings = settings or PollSettings()
        self._feeds = feeds
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        self._chance = chance or random.Random()
        self._recorder = Recorder(feeds, judge, clock, announced, lambda: len(self._running))
        self._politeness = Politeness(self._settings.manners)
        self._places = asyncio.Semaphore(self._settings.at_once)
        self._running: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._turn = asyncio.Lock()
        #: By the loop's time, when requests under way are given up; None: go on.
        self._ends_at: float | None = None
        #: Said in the log already.
        self._is_held_up = False
        #: Counted since the start.
        self.report = PollReport()

    async def poll_due(self, *, everything: bool = False) -> PollReport:
        """Poll until no feed is due and none is under way; *everything*: each feed once, due or not."""
        async with self._turn:
            start = replace(self.report)
            recording = asyncio.create_task(self._recorder.run())
            try:
                await self._poll_pages(self._clock.now() if everything else None)
                await self._recorder.flush()
            finally:
                for task in self._running:
                    task.cancel()
                await asyncio.gather(*self._running, return_exceptions=True)
                recording.cancel()
                with suppress(asyncio.CancelledError):
                    await recording
            self.report.posts = self._recorder.posts
            return _since(start, self.report)

    def stop(self) -> None:
        """Claim no more; what is under way gets a moment to end."""
        self._ends_at = asyncio.get_running_loop().time() + self._settings.finish

    async def _poll_pages(self, not_since: datetime | None) -> None:
        loop, settings = asyncio.get_running_loop(), self._settings
        waiting: deque[Claimed] = deque()
        look_at = loop.time()
        while self._ends_at is None:
            if len(waiting) < settings.page // 2 and loop.time() >= look_at:
                page = await self._claim(not_since)
                waiting.extend(page)
                # A full page promises another; after any other, feeds fall due one by one.
                look_at = loop.time() + (0 if len(page) == settings.page else settings.look)
                if not waiting and not self._running:
                    break
            if waiting and len(self._running) < settings.at_once + settings.slow:
                await self._places.acquire()
                self._begin(waiting.popleft())
            elif self._running:
                await self._wait_for_end(look_at - loop.time() if not waiting else settings.look)
            else:
                look_at = loop.time()
        if waiting:
            await self._feeds.release(waiting)
        while self._running and not (self._ends_at and loop.time() >= self._ends_at):
            await self._wait_for_end(settings.look)

    async def _wait_for_end(self, seconds: float) -> None:
        """Return when no poll is under way, or after a while."""
        self._idle.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), max(seconds, 0.01))

    async def _claim(self, not_since: datetime | None) -> Sequence[Claimed]:
        settings = self._settings
        try:
            claimed = await self._feeds.claim(self._clock.now(), settings.lease, settings.page, not_since=not_since)
        except StoreBusy as busy:
            if not self._is_held_up:
                log.warning("polling waits for the database", extra={"why": str(busy)})
            self._is_held_up = True
            await self._clock.sleep(1)
            return []
        self._is_held_up = False
        return claimed

    def _begin(self, claimed: Claimed) -> None:
        task = asyncio.create_task(self._poll(claimed))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not self._running:
            self._idle.set()

    async def _poll(self, claimed: Claimed) -> None:
        place = _Place(self._places, self._settings.slow_after)
        try:
            draft = await self._draft(claimed, place)
            await self._recorder.add(draft)
            self.report.feeds += 1
        except Exception:
            # A fault of ours; the feed's lease ends and it is polled again.
            log.exception("poll failed", extra={"feed": claimed.feed.id, "url": without_secrets(claimed.feed.url)})
        finally:
            place.give_back()

    async def _draft(self, claimed: Claimed, place: "_Place") -> Draft:
        feed = claimed.feed
        host = claimed.host
        polite = not self._fetcher.is_inside(host)
        now = self._clock.now()
        start = self._politeness.reserve(host, now) if polite else now
        if start is None:
            self.report.deferred += 1
            put_off = replace(feed, next_poll_at=self._politeness.free_at(host, now))
            return Draft(claimed=claimed, feed=put_off, moment=self._moment())
        try:
            if polite:
                await self._wait_for_host(host, start, place)
            place.lend_when_slow()
            answer = await self._fetcher.fetch(
                feed.url, etag=feed.etag, last_modified=feed.last_modified, readers=claimed.readers
            )
        finally:
            place.keep()
            if polite:
                self._politeness.done(host, self._clock.now())
        return await self._read(claimed, answer)

    async def _wait_for_host(self, host: str, start: datetime, place: "_Place") -> None:
        while (wait := self._politeness.wait(host, start, self._clock.now()).total_seconds()) > 0:
            # A host with many blogs must not keep the others from being asked.
            place.give_back()
            await self._clock.sleep(wait)
        self._politeness.begin(host, self._clock.now())

    async def _read(self, claimed: Claimed, answer: Body | NotModified | Failed | Gone) -> Draft:
        feed, moment = claimed.feed, self._moment()
        if isinstance(answer, Gone):
            self.report.failed += 1
            return Draft(claimed=claimed, feed=after_gone(feed, answer, moment), moment=moment)
        if isinstance(answer, Failed):
            return self._failed(claimed, answer, moment)
        digest = b"" if isinstance(answer, NotModified) else body_hash(answer.body)
        if isinstance(answer, NotModified) or digest == feed.body_hash:
            self.report.unchanged += 1
            return Draft(claimed=claimed, feed=after_unchanged(feed, answer, moment), moment=moment)
        parsed = await self._parser.parse(answer, feed.item_hashes)
        if isinstance(parsed, Unreadable):
            return self._failed(claimed, parsed, moment)
        self.report.changed += 1
        keys = await keys_for(parsed)
        return Draft(claimed=claimed, feed=feed, answer=answer, digest=digest, parsed=parsed, moment=moment, keys=keys)

    def _failed(self, claimed: Claimed, answer: Failed | Unreadable, moment: Moment) -> Draft:
        self.report.failed += 1
        after = after_failure(claimed.feed, answer, moment)
        if isinstance(answer, Failed) and answer.slow_down:
            self._politeness.rest(claimed.host, after.next_poll_at)
        return Draft(claimed=claimed, feed=after, moment=moment)

    def _moment(self) -> Moment:
        return Moment(now=self._clock.now(), chance=self._chance.random(), pace=self._settings.pace)


def _since(start: PollReport, now: PollReport) -> PollReport:
    names = ("feeds", "changed", "unchanged", "failed", "deferred", "posts")
    return PollReport(**{name: getattr(now, name) - getattr(start, name) for name in names})


class _Place:
    """One of the places for requests; a slow server has to wait without one, so that it delays nobody else."""

    def __init__(self, places: asyncio.Semaphore, slow_after: float) -> None:
        self._places = places
        self._slow_after = slow_after
        self._held = True
        self._timer: asyncio.TimerHandle | None = None

    def lend_when_slow(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._slow_after, self.give_back)

    def keep(self) -> None:
        if self._timer:
            self._timer.cancel()

    def give_back(self) -> None:
        if self._held:
            self._held = False
            self._places.release()
