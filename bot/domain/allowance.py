"""So many in so long, for each key: five look-ups a minute for a person."""

from collections import deque
from collections.abc import Hashable
from datetime import datetime, timedelta


class Allowance:
    """Counts what each key took within the last *span*; times are passed in."""

    def __init__(self, most: int, span: timedelta) -> None:
        self._most = most
        self._span = span
        self._taken: dict[Hashable, deque[datetime]] = {}

    def take(self, key: Hashable, now: datetime, many: int = 1) -> bool:
        """Take *many* for *key*, or return False and take nothing."""
        self._forget(now)
        taken = self._taken.get(key, deque())
        if len(taken) + many > self._most:
            return False
        self._taken[key] = taken
        taken.extend([now] * many)
        return True

    def _forget(self, now: datetime) -> None:
        for key in list(self._taken):
            taken = self._taken[key]
            while taken and taken[0] <= now - self._span:
                taken.popleft()
            if not taken:
                del self._taken[key]
