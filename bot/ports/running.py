"""What the core needs of the process it runs in, and of the other processes beside it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Time is passed in, so that no test sleeps and no decision reads a clock."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""


class Engine(Protocol):
    """What wakes the core. The rows are the truth: a lost wake-up costs latency, never a message."""

    async def wake(self, kind: str, key: str, at: datetime | None = None) -> None:
        """Run `kind(key)` soon, or at *at*; at most one waiting and one running per (kind, key)."""


class Roles(Protocol):
    """What one process at a time does for all: the Discord gateway, a Slack socket set."""

    async def hold(self, name: str, holder: str, now: datetime, lease: timedelta) -> bool:
        """Take or renew *name* until *lease* from now; return False while another holder's lease runs."""

    async def let_go(self, name: str, holder: str) -> None:
        """End the lease, if *holder* has it, so that another may take over at once."""

    async def held(self, prefix: str, now: datetime) -> Sequence[str]:
        """Return the names that start with *prefix* and whose lease runs."""

    async def take_lapsed(self, prefix: str, now: datetime) -> Sequence[str]:
        """Forget the names that start with *prefix* and whose lease ran out; of several callers one gets each."""


class Rates(Protocol):
    """A rate of sending that all processes keep together."""

    async def reserve(self, name: str, per_second: float, now: datetime) -> datetime:
        """Take the next free slot of *name* and return when it may be used: slots are as far apart as the rate says."""


class Counts(Protocol):
    """Small counts kept by day, over restarts."""

    async def add(self, name: str, day: date) -> int:
        """Count one more and return how many there are on that day."""


class Marks(Protocol):
    """What a platform last accepted of us, over restarts."""

    async def get(self, name: str) -> str | None:
        """Return the mark; None where none was made."""

    async def put(self, name: str, value: str) -> None:
        """Make or replace a mark."""
