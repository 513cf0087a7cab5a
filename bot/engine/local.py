"""The embedded engine: one asyncio task for each key, nothing remembered."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from bot.engine.later import Later, Name
from bot.engine.running import Job, run_job
from bot.ports.chat import Health
from bot.ports.running import Clock


class LocalEngine:
    """Keeps bot.ports.Engine's promise inside one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: Mapping[str, Job] = {}
        self._later = Later(clock, self.wake)
        self._running: dict[Name, asyncio.Task[None]] = {}
        self._again: set[Name] = set()
        self._stopping = False

    def serve(self, jobs: Mapping[str, Job]) -> None:
        """Say what runs for each kind."""
        self._jobs = jobs

    def start(self) -> None:
        """Begin to work: nothing to do, a wake-up is work here."""

    async def wake(self, kind: str, key: str, at: datetime | None = None) -> None:
        name = (kind, key)
        if self._stopping:
            return
        if at is not None and at > self._clock.now():
            self._later.set(name, at)
        elif name in self._running:
            self._again.add(name)
        else:
            self._running[name] = asyncio.create_task(self._run(kind, key))

    async def _run(self, kind: str, key: str) -> None:
        name = (kind, key)
        try:
            while True:
                self._again.discard(name)
                await run_job(self._jobs[kind], kind, key)
                if name not in self._again or self._stopping:
                    return
        finally:
            self._running.pop(name, None)
            self._again.discard(name)

    def health(self) -> Health:
        """Say whether wake-ups are taken."""
        return Health(ok=not self._stopping, why="The program is stopping." if self._stopping else "")

    async def idle(self) -> None:
        """Return when nothing runs; what waits for a later time may still wait."""
        while self._running:
            await asyncio.gather(*self._running.values())

    async def stop(self, grace: float) -> None:
        """Take no more; give what runs *grace* seconds; then cancel it."""
        self._stopping = True
        self._later.clear()
        if self._running:
            _, late = await asyncio.wait(list(self._running.values()), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
