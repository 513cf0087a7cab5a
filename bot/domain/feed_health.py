"""What is wrong with a feed, in one plain sentence: the same words in every chat and for operators."""

from datetime import datetime, timedelta

from bot.domain.following import KnownFeed
from bot.domain.language import Language
from bot.domain.receipt import show_span

_MOMENT = timedelta(seconds=90)


def health_of(say: Language, feed: KnownFeed, now: datetime) -> str:
    """Return what is wrong, since when, and when it is tried again; empty where all is well."""
    if feed.paused_why:
        return say("No longer polled: {why}", why=say.again(feed.paused_why))
    if feed.failures:
        why = say.again(feed.error or "") or say("It cannot be read.")
        return f"{why} {_since(say, feed, now)}"
    if feed.error:
        return say.again(feed.error)
    return "" if feed.last_good_poll else say("It waits for its first reading, {when}.", when=_when(say, feed, now))


def _since(say: Language, feed: KnownFeed, now: datetime) -> str:
    when, since = _when(say, feed, now), feed.failing_since
    if since is None or now - since < _MOMENT:
        return say("Just now; it is tried again {when}.", when=when)
    return say("So for {span}; it is tried again {when}.", span=show_span(say, now - since), when=when)


def _when(say: Language, feed: KnownFeed, now: datetime) -> str:
    wait = feed.next_poll_at - now
    return say("in {span}", span=show_span(say, wait)) if wait > _MOMENT else say("within a minute or two")
