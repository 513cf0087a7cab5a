"""Do something in one process at a time, and hand it over when that process dies or stops."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.errors import StoreBusy
from bot.engine.patience import within
from bot.ports.running import Clock, Roles

log = logging.getLogger(__name__)

#: A holder renews every RENEW; who waits asks every ASK. Hand-over after a death: LEASE + ASK at most.
LEASE = timedelta(seconds=12)
RENEW = 5.0
ASK = 2.0
#: A holder that cannot renew stops this long before another may start.
MARGIN = timedelta(seconds=2)


class Holding:
    """Runs *work* while this process holds the role *name*."""

    def __init__(
        self, roles: Roles, clock: Clock, *, name: str, holder: str, work: Callable[[], Awaitable[None]]
    ) -> None:
        self._roles = roles
        self._clock = clock
        self._name = name
        self._holder = holder
        self._work = work
        self._doing: asyncio.Task[None] | None = None
        self._until: datetime | None = None
        #: The last attempt to renew or to ask got an answer.
        self._fresh = False

    @property
    def is_held(self) -> bool:
        return self._doing is not None

    async def run(self) -> None:
        """Take the role whenever it is free, until cancelled; end as *work* ends."""
        try:
            while True:
                await self._renew()
                await self._pause()
                if self._doing is not None and self._doing.done():
                    return await self._doing
        finally:
            await self._end()
            with contextlib.suppress(StoreBusy):
                await self._roles.let_go(self._name, self._holder)

    async def _renew(self) -> None:
        now = self._clock.now()
        try:
            held = await within(ASK, self._roles.hold(self._name, self._holder, now, LEASE))
            self._until = now + LEASE if held else None
            self._fresh = True
        except (StoreBusy, TimeoutError):
            self._fresh = False
        ours = self._until is not None and self._clock.now() < self._until - MARGIN
        if ours and self._doing is None and self._fresh:
            log.info("role taken", extra={"role": self._name})
            self._doing = asyncio.create_task(_as_coroutine(self._work))
        elif not ours and self._doing is not None:
            log.warning("role lost", extra={"role": self._name})
            await self._end()

    async def _pause(self) -> None:
        """Sleep until the role is to be renewed or asked for; wake when the work ends."""
        sleep = asyncio.create_task(self._clock.sleep(RENEW if self.is_held and self._fresh else ASK))
        tasks = {sleep} if self._doing is None else {sleep, self._doing}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()

    async def _end(self) -> None:
        doing, self._doing = self._doing, None
        if doing is not None:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)


async def _as_coroutine(work: Callable[[], Awaitable[None]]) -> None:
    await work()
