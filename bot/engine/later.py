"""Wake-ups for a later time, kept in memory: one that is lost with its process costs latency until the next sweep.

Not kept by Procrastinate either: 100,000 jobs scheduled for later make every empty poll of its queue cost 10 ms.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.ports.running import Clock

Name = tuple[str, str]


class Later:
    """One alarm for each name; the earliest time asked for wins."""

    def __init__(self, clock: Clock, ring: Callable[[str, str], Awaitable[None]]) -> None:
        self._clock = clock
        self._ring = ring
        self._alarms: dict[Name, tuple[datetime, asyncio.Task[None]]] = {}

    def set(self, name: Name, at: datetime) -> None:
        """Ring for *name* at *at*, unless an alarm rings earlier."""
        if name in self._alarms:
            earlier, task = self._alarms[name]
            if earlier <= at:
                return
            task.cancel()
        self._alarms[name] = (at, asyncio.create_task(self._wait(name, at)))

    async def _wait(self, name: Name, at: datetime) -> None:
        await self._clock.sleep((at - self._clock.now()).total_seconds())
        del self._alarms[name]
        await self._ring(*name)

    def clear(self) -> None:
        """Ring no more."""
        for _, task in self._alarms.values():
            task.cancel()
        self._alarms.clear()
