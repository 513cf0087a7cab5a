"""When to poll a feed next: its own rhythm, what it and its server ask, and patience with what fails."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.domain.fetched import FeedWishes, Gone, ServerWishes
from bot.domain.model import Feed

DAY = timedelta(days=1)
#: Of the time between two posts: a post is seen after an eighth of it on average.
_SHARE = 4
#: A poll without news makes the next wait longer by this much.
_SLOWER = 1.1
_SAFETY_NET = timedelta(hours=6)
#: As often must a permanent move be seen before the stored address follows it.
_MOVES = 3
_MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often feeds are polled."""

    floor: timedelta = timedelta(minutes=15)
    ceiling: timedelta = DAY
    #: The share of an interval by which polls are spread, so that feeds added together drift apart.
    jitter: float = 0.1
    #: A feed that fails for so long is reported, once.
    report_after: timedelta = timedelta(days=3)


def rhythm(dates: Sequence[datetime], now: datetime, pace: Pace) -> timedelta:
    """Return the interval that suits posts of these *dates*: a quarter of the usual time between two."""
    newest = sorted((date for date in dates if date <= now), reverse=True)[:10]
    gaps = [later - earlier for later, earlier in pairwise(newest) if later > earlier]
    if not gaps:
        return _within(timedelta(hours=1), pace)
    usual = timedelta(seconds=median(gap.total_seconds() for gap in gaps))
    # A blog that has been silent for longer than usual has a slower rhythm by now.
    return _within(max(usual, (now - newest[0]) / 2) / _SHARE, pace)


def slower(interval: timedelta, pace: Pace) -> timedelta:
    """Return the interval after a poll that brought nothing."""
    return _within(interval * _SLOWER, pace)


def relaxed(interval: timedelta, pace: Pace) -> timedelta:
    """Return the wait where a hub pushes what is new: polls are only there in case it stops."""
    return max(interval, _within(_SAFETY_NET, pace))


def back_off(failures: int, pace: Pace) -> timedelta:
    """Return the wait after the *failures*-th failure in a row: doubling from the floor to the ceiling."""
    return _within(pace.floor * 2 ** min(max(failures - 1, 0), _MOST_DOUBLINGS), pace)


def next_poll(
    wait: timedelta, now: datetime, chance: float, *, pace: Pace, server: ServerWishes, feed: FeedWishes
) -> datetime:
    """Return when to come back after *wait*, later where asked to; never further ahead than a day and the jitter.

    *chance* is a random number from 0 to 1.
    """
    wishes = [wish for wish in (server.retry_after, server.fresh_for, feed.ttl) if wish is not None]
    # What was asked is never cut by jitter; a wild Retry-After is no more than a day.
    asked = min(max(wishes, default=timedelta(0)), DAY)
    own = min(wait, DAY) * (1 + pace.jitter * (2 * chance - 1))
    return _out_of_skipped(now + max(own, asked), now, feed)


def succeeded(feed: Feed, now: datetime) -> Feed:
    """Return *feed* after a poll that could be read."""
    return replace(feed, failures=0, failing_since=None, error=None, last_good_poll=now, reported_at=None)


def failed(feed: Feed, why: str, now: datetime, pace: Pace) -> Feed:
    """Return *feed* after a poll that failed; after days of them the failure is to be reported, once."""
    since = feed.failing_since or now
    report = feed.reported_at or (now if now - since >= pace.report_after else None)
    return replace(feed, failures=feed.failures + 1, failing_since=since, error=why, reported_at=report)


def gone(feed: Feed, answer: Gone, now: datetime, pace: Pace) -> Feed:
    """Return *feed* stopped: it is not asked again, and that is reported at once."""
    return replace(failed(feed, answer.why, now, pace), paused_why=answer.why, reported_at=now)


def moved(feed: Feed, target: str | None) -> Feed:
    """Return *feed* after a readable answer that permanent redirects led to (*target*), or none did."""
    if target is None or target == feed.url:
        return replace(feed, moved_to=None, moved_times=0) if feed.moved_to else feed
    times = feed.moved_times + 1 if target == feed.moved_to else 1
    if times < _MOVES:
        return replace(feed, moved_to=target, moved_times=times)
    return replace(feed, url=target, moved_to=None, moved_times=0)


def _within(interval: timedelta, pace: Pace) -> timedelta:
    return min(max(interval, pace.floor), pace.ceiling)


def _out_of_skipped(due: datetime, now: datetime, feed: FeedWishes) -> datetime:
    """The first moment from *due* on that the feed does not ask to be left alone in, within two days."""
    if not feed.skip_hours and not feed.skip_days:
        return due
    moment = due
    while moment - now < 2 * DAY and (moment.hour in feed.skip_hours or moment.weekday() in feed.skip_days):
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment
