"""Whose turn it is to send: rates for channel, workspace and platform, shared round-robin; and waits asked for."""

import asyncio
import functools
import heapq
import itertools
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.domain.errors import StoreBusy
from bot.domain.model import Channel
from bot.domain.sending import Hold
from bot.ports.chat import Pace
from bot.ports.running import Clock, Rates

Reserve = Callable[[], Awaitable[datetime]]
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
#: A lane that fell behind (a slow loop, a coarse timer) catches up this much.
SLACK = timedelta(milliseconds=100)


class Lane:
    """Lets one through at a time, a fixed rate: whoever was served longest ago goes first.

    Where several processes send, *reserve* gives the slots, so that they keep the rate together.
    """

    def __init__(self, rate: float, clock: Clock, reserve: Reserve | None = None) -> None:
        self._interval = timedelta(seconds=1 / rate)
        self._clock = clock
        self._reserve = reserve
        self._next = LONG_AGO
        self._order = itertools.count()
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._pump: asyncio.Task[None] | None = None

    async def turn(self, served: datetime) -> None:
        """Return when it is this caller's turn; *served* says when it last had one."""
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (served, next(self._order), passed))
        if self._pump is None:
            self._pump = asyncio.create_task(self._let_through())
        await passed

    async def _let_through(self) -> None:
        try:
            while self._waiting:
                # Who goes is decided after the wait, so that a newcomer need not stand behind a queue.
                await self._wait_for_slot()
                self._pass_one()
        finally:
            self._pump = None

    async def _wait_for_slot(self) -> None:
        if self._reserve is not None:
            self._next = await self._reserve()
        while (wait := (self._next - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(wait)

    def _pass_one(self) -> None:
        while self._waiting:
            _, _, passed = heapq.heappop(self._waiting)
            if not passed.done():
                passed.set_result(None)
                self._next = max(self._next, self._clock.now() - SLACK) + self._interval
                return


Scope = Literal["channel", "workspace", "platform"]


class Pacer:
    """Keeps to each chat's Pace and to the waits that chats ask for; with *rates*, together with other processes."""

    def __init__(self, paces: Mapping[str, Pace], clock: Clock, rates: Rates | None = None) -> None:
        self._paces = paces
        self._clock = clock
        self._rates = rates
        self._served: dict[Channel, datetime] = {}
        self._lanes: dict[tuple[str, ...], Lane] = {}
        self._holds: dict[tuple[str, ...], datetime] = {}

    async def turn(self, channel: Channel) -> datetime | None:
        """Return None when it is the channel's turn, or until when a wait holds it."""
        pace = self._paces[channel.platform]
        if until := self.held_until(channel):
            return until
        served = self._served.get(channel, LONG_AGO)
        if pace.channel is not None:
            await self._sleep_until(served + timedelta(seconds=1 / pace.channel))
        if pace.workspace is not None:
            await self._lane(pace.workspace, channel.platform, channel.workspace).turn(served)
        if pace.platform is not None:
            await self._lane(pace.platform, channel.platform).turn(served)
        if pace.channel is not None and self._rates is not None:
            # Last, as the waits above would make it stale: another process may just have sent here.
            await self._sleep_until(await self._reserve(self._rates, str(channel), pace.channel))
        return self.held_until(channel)

    def sending(self, channel: Channel) -> None:
        """Note that a message of the channel goes out now."""
        self._served[channel] = self._clock.now()

    def hold(self, hold: Hold) -> None:
        """Let nothing out of the hold's scope before it ends."""
        key = _key(hold.channel, hold.scope)
        self._holds[key] = max(hold.until, self._holds.get(key, hold.until))

    def held_until(self, channel: Channel) -> datetime | None:
        """Return when the longest wait over the channel ends; None where none holds it now."""
        scopes: tuple[Scope, ...] = ("channel", "workspace", "platform")
        until = max(self._holds.get(_key(channel, scope), LONG_AGO) for scope in scopes)
        return until if until > self._clock.now() else None

    async def _sleep_until(self, free: datetime) -> None:
        await self._clock.sleep(max(0.0, (free - self._clock.now()).total_seconds()))

    def _lane(self, rate: float, *name: str) -> Lane:
        if name not in self._lanes:
            rates = self._rates
            reserve = None if rates is None else functools.partial(self._reserve, rates, ":".join(name), rate)
            self._lanes[name] = Lane(rate, self._clock, reserve)
        return self._lanes[name]

    async def _reserve(self, rates: Rates, name: str, per_second: float) -> datetime:
        """Wait for the database where it is away: without it nothing is claimed either."""
        while True:
            try:
                return await rates.reserve(name, per_second, self._clock.now())
            except StoreBusy:
                await self._clock.sleep(1)


def _key(channel: Channel, scope: Scope) -> tuple[str, ...]:
    match scope:
        case "channel":
            return (channel.platform, channel.workspace, channel.id)
        case "workspace":
            return (channel.platform, channel.workspace)
        case "platform":
            return (channel.platform,)
