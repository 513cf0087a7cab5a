"""Leaving hosts in peace: few requests at once, some time between two, none while one asked us to wait."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a single host is treated, however many blogs it carries."""

    at_once: int = 2
    spacing: timedelta = timedelta(seconds=1)
    #: A poll that would wait longer than this gives its place to another.
    patience: timedelta = timedelta(seconds=5)


class Politeness:
    """Says when a host may be asked; nothing here waits by itself."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._free: dict[str, datetime] = {}
        #: When the next poll that gets no place is told to come back. Not `_free`: a moment that is only promised
        #: must not keep the host from whoever comes before it, or all put each other off for good.
        self._promised: dict[str, datetime] = {}
        #: When the last request went out, which may be a little after its moment.
        self._begun: dict[str, datetime] = {}
        self._busy: Counter[str] = Counter()

    def reserve(self, host: str, now: datetime) -> datetime | None:
        """Return when the request may start and count it as under way; None: come back at `free_at`."""
        start = max(now, self._free.get(host, now))
        if self._busy[host] >= self._manners.at_once or start - now > self._manners.patience:
            return None
        self._busy[host] += 1
        self._free[host] = start + self._manners.spacing
        return start

    def wait(self, host: str, start: datetime, now: datetime) -> timedelta:
        """Return how long a request that was to go out at *start* has to wait yet; none: call `begin`, and send it."""
        begun = self._begun.get(host)
        return max(start, start if begun is None else begun + self._manners.spacing) - now

    def begin(self, host: str, now: datetime) -> None:
        """A request goes out."""
        self._begun[host] = now

    def free_at(self, host: str, now: datetime) -> datetime:
        """Return when a poll that got no place should come back, a moment that no other is told."""
        start = max(now + self._manners.patience, self._free.get(host, now), self._promised.get(host, now))
        self._promised[host] = start + self._manners.spacing
        return start

    def done(self, host: str, now: datetime) -> None:
        """A request has ended."""
        self._busy[host] -= 1
        if self._busy[host] <= 0:
            del self._busy[host]
        if len(self._free) > 10_000:
            self._free = {name: free for name, free in self._free.items() if free > now}
        if len(self._begun) > 10_000:
            self._begun = {name: at for name, at in self._begun.items() if at > now - self._manners.spacing}
        if len(self._promised) > 10_000:
            self._promised = {name: at for name, at in self._promised.items() if at > now}

    def rest(self, host: str, until: datetime) -> None:
        """The host asked for time."""
        self._free[host] = max(until, self._free.get(host, until))
