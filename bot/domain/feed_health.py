"""What is wrong with a feed, in one plain sentence: the same words in every chat and for operators."""

from datetime import datetime, timedelta

from bot.domain.following import KnownFeed
from bot.domain.receipt import show_span

_MOMENT = timedelta(seconds=90)


def health_of(feed: KnownFeed, now: datetime) -> str:
    """Return what is wrong, since when, and when it is tried again; empty where all is well."""
    if feed.paused_why:
        return f"No longer polled: {feed.paused_why}"
    if feed.failures:
        return f"{feed.error or 'It cannot be read.'} {_since(feed, now)}it is tried again {_when(feed, now)}."
    if feed.error:
        return feed.error
    return "" if feed.last_good_poll else f"It waits for its first reading, {_when(feed, now)}."


def _since(feed: KnownFeed, now: datetime) -> str:
    since = feed.failing_since
    if since is None or now - since < _MOMENT:
        return "Just now; "
    return f"So for {show_span(now - since)}; "


def _when(feed: KnownFeed, now: datetime) -> str:
    wait = feed.next_poll_at - now
    return f"in {show_span(wait)}" if wait > _MOMENT else "within a minute or two"
