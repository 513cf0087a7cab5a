"""How the whole is doing, as numbers and short lists for an operator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.model import Channel, MessageId

HOURS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How long announcements of the last hour waited between being stored and being shown."""

    count: int = 0
    p50: float = 0.0
    p95: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    #: `ok`, `waiting` (never polled), `failing`, `paused`: every feed is in one.
    feeds: Mapping[str, int] = field(default_factory=dict)
    #: Feeds that are due and not polled: a backlog.
    feeds_overdue: int = 0
    posts_last_day: int = 0
    #: By platform and state.
    channels: Mapping[tuple[str, str], int] = field(default_factory=dict)
    subscriptions: int = 0
    #: `pending`, `sending`, `unknown`, `dead`: what is not done.
    queue: Mapping[str, int] = field(default_factory=dict)
    #: Since when the head of the longest line has been due; None: nothing is.
    oldest_due: datetime | None = None
    delay: Delay = field(default_factory=Delay)
    #: Announcements shown in each of the last 48 hours, the oldest first.
    hours: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailing:
    """A feed that is not well."""

    id: int
    name: str
    url: str
    why: str
    paused: bool
    failures: int
    #: None while it is paused.
    next_poll_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A channel nothing is sent to."""

    channel: Channel
    name: str
    state: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A message that nobody sends any more without an operator: dead, or unknown and parked."""

    id: MessageId
    channel: Channel
    state: str
    why: str
    title: str
    attempt: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something a process logged as a warning or an error."""

    #: When it was logged last.
    at: datetime
    #: Which part said it.
    where: str
    text: str
    #: An error; otherwise a warning.
    serious: bool
    times: int = 1


def delay_of(waits: Sequence[timedelta]) -> Delay:
    """Return median and 95th percentile, in seconds."""
    ordered = sorted(wait.total_seconds() for wait in waits)
    if not ordered:
        return Delay()
    last = len(ordered) - 1
    return Delay(count=len(ordered), p50=ordered[round(last * 0.5)], p95=ordered[round(last * 0.95)])


def by_hour(moments: Sequence[datetime], now: datetime) -> tuple[int, ...]:
    """Return how many moments fall into each of the last 48 hours."""
    counts = [0] * HOURS
    for moment in moments:
        hours_ago = int((now - moment).total_seconds() // 3600)
        if 0 <= hours_ago < HOURS:
            counts[HOURS - 1 - hours_ago] += 1
    return tuple(counts)
