"""What a hub pushed, on the way a poll takes: parse, decide, one transaction. A part of the feed, and of nothing else.

A push brings some posts of a feed, not its document: validators, the hash of the body, the rhythm and the time of the
next poll stay what the last poll made of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.cadence import Pace
from bot.domain.errors import StoreBusy
from bot.domain.fetched import Body, Unreadable
from bot.domain.model import Channel
from bot.domain.polled import Claimed
from bot.domain.websub import Hook
from bot.polling.outcomes import Moment
from bot.polling.recorder import Draft, Recorder, keys_for
from bot.ports.polling import Parser, PushedFeeds
from bot.ports.running import Clock
from bot.ports.topics import Judge

_LEASE = timedelta(minutes=1)
#: A poll of the same feed takes about a second; hubs wait for an answer for five at least.
_PATIENCE = 4.0
_LOOK = 0.2


class Taken(StrEnum):
    """What became of a push."""

    STORED = "stored"
    #: The feed is being polled, or the store is away: to be sent again.
    BUSY = "busy"
    UNREADABLE = "unreadable"


class Pushes:
    """Takes in what hubs push."""

    def __init__(
        self,
        *,
        feeds: PushedFeeds,
        parser: Parser,
        judge: Judge,
        clock: Clock,
        announced: Callable[[Mapping[Channel, datetime]], Awaitable[None]],
    ) -> None:
        self._feeds = feeds
        self._parser = parser
        self._clock = clock
        self._recorder = Recorder(feeds, judge, clock, announced)

    async def take(self, hook: Hook, body: bytes, charset: str | None) -> Taken:
        """Store what is new in *body*; STORED is said after the commit only."""
        answer = Body(body=body, url=hook.feed_url, charset=charset)
        parsed = await self._parser.parse(answer)
        if isinstance(parsed, Unreadable):
            return Taken.UNREADABLE
        claimed = await self._claim(hook)
        if claimed is None:
            return Taken.BUSY
        feed = replace(claimed.feed, pushed_until=hook.lease_until)
        moment = Moment(now=self._clock.now(), chance=0.5, pace=Pace())
        keys = await keys_for(parsed)
        draft = Draft(claimed=claimed, feed=feed, answer=answer, parsed=parsed, moment=moment, keys=keys, pushed=True)
        try:
            recorded = await self._recorder.record([draft])
        except StoreBusy:
            return Taken.BUSY
        finally:
            # Free already, unless something failed.
            await self._feeds.release([claimed])
        return Taken.BUSY if recorded.lost else Taken.STORED

    async def _claim(self, hook: Hook) -> Claimed | None:
        """Reserve the feed, waiting for a poll that is under way."""
        until = self._clock.now() + timedelta(seconds=_PATIENCE)
        while (claimed := await self._feeds.claim_one(hook.feed_id, self._clock.now(), _LEASE)) is None:
            if self._clock.now() >= until:
                return None
            await self._clock.sleep(_LOOK)
        return claimed
