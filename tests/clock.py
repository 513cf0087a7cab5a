"""A clock that only moves when it is told to."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class FakeClock:
    """Keeps bot.ports.Clock's promises without waiting: `sleep` returns once `pass_time` has gone far enough."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.Event()
        self._sleepers.append((self._now + timedelta(seconds=seconds), woken))
        await woken.wait()

    def pass_time(self, span: timedelta | float) -> None:
        """Move on by *span* (seconds where it is a number) and wake who slept that long."""
        self._now += span if isinstance(span, timedelta) else timedelta(seconds=span)
        for until, woken in self._sleepers:
            if until <= self._now:
                woken.set()
        self._sleepers = [(until, woken) for until, woken in self._sleepers if not woken.is_set()]

    @property
    def next_wake(self) -> datetime | None:
        """Return when the first sleeper wants to be woken; None where nobody sleeps."""
        return min((until for until, _ in self._sleepers), default=None)
