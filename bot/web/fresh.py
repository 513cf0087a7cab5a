"""Answers that may be a minute old: what takes long to count and nobody misses a minute of."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.ports.running import Clock

Value = TypeVar("Value")

LASTS = timedelta(minutes=1)


class Fresh(Generic[Value]):
    """Keeps one answer for each key; ask with few different keys, for none is ever let go."""

    def __init__(self, clock: Clock, lasts: timedelta = LASTS) -> None:
        self._clock = clock
        self._lasts = lasts
        self._kept: dict[str, tuple[datetime, Value]] = {}

    async def get(self, key: str, make: Callable[[], Awaitable[Value]]) -> Value:
        """Return what *make* returned for *key* a short while ago, else what it returns now."""
        now, kept = self._clock.now(), self._kept.get(key)
        if kept is not None and timedelta(0) <= now - kept[0] < self._lasts:
            return kept[1]
        value = await make()
        self._kept[key] = now, value
        return value
