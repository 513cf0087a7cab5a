"""What a feed is after a poll: pure functions from what it was, what came, and the time."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from operator import attrgetter

from bot.domain.cadence import Pace, back_off, failed, gone, moved, next_poll, relaxed, slower, succeeded
from bot.domain.fetched import NO_SERVER_WISHES, Body, Failed, Gone, NotModified, ParsedFeed, ServerWishes, Unreadable
from bot.domain.links import has_secret, host_of
from bot.domain.model import Feed
from bot.domain.unsaid import stored

#: What is written only where it changed.
_lasting = attrgetter(
    *(field.name for field in fields(Feed) if field.name not in {"id", "next_poll_at", "interval", "last_good_poll"})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a poll ended, and its share of chance."""

    now: datetime
    #: From 0 to 1.
    chance: float
    pace: Pace


def body_hash(body: bytes) -> bytes:
    """Return the name under which a whole answer is remembered as read."""
    return blake2b(body, digest_size=16).digest()


def after_unchanged(feed: Feed, answer: NotModified | Body, moment: Moment) -> Feed:
    """Return *feed* after a 304, or after the same bytes again."""
    known = moved(feed, answer.moved_to)
    if feed.failures or feed.reported_at:
        known = succeeded(known, moment.now)
    if isinstance(answer, Body):
        known = replace(known, etag=answer.etag, last_modified=answer.last_modified)
    elif answer.unasked:
        # Whatever made the server say so, only a full answer can help.
        known = replace(known, etag=None, last_modified=None, body_hash=None)
    interval = slower(feed.interval, moment.pace)
    # One copy where three would do: this is what nearly every poll ends with.
    return replace(
        known, interval=interval, next_poll_at=_due(known, interval, answer.wishes, moment), last_good_poll=moment.now
    )


def after_reading(
    feed: Feed, answer: Body, parsed: ParsedFeed, interval: timedelta, moment: Moment, *, digest: bytes
) -> Feed:
    """Return *feed* after an answer that could be read, to be polled every *interval* from now on.

    *digest* is the answer's `body_hash`.
    """
    known = replace(
        succeeded(moved(feed, answer.moved_to), moment.now),
        etag=answer.etag,
        last_modified=answer.last_modified,
        body_hash=digest,
        item_hashes=parsed.item_hashes,
        # Read, and still worth a word: part of it was damaged.
        error=parsed.warning,
    )
    if parsed.described:
        hub, topic = _hub(feed, answer, parsed)
        title, site = parsed.title or feed.title, parsed.site or feed.site
        known = replace(known, title=title, site=site, hub=hub, hub_topic=topic, wishes=parsed.wishes)
    return _scheduled(known, interval, answer.wishes, moment)


def _hub(feed: Feed, answer: Body, parsed: ParsedFeed) -> tuple[str | None, str | None]:
    """Return the hub and the topic it knows, of one place and never half of each."""
    if has_secret(feed.url):
        # What the feed calls itself there lets in whoever reads it; no hub is told.
        return None, None
    return (answer.hub, answer.hub_topic) if answer.hub else (parsed.hub, parsed.hub_topic)


def after_failure(feed: Feed, answer: Failed | Unreadable, moment: Moment) -> Feed:
    """Return *feed* after a poll that gave nothing; what it had is kept."""
    broken = failed(feed, answer.why, moment.now, moment.pace)
    wishes = answer.wishes if isinstance(answer, Failed) else NO_SERVER_WISHES
    # The interval stays: a feed that is back has the rhythm it had.
    return replace(broken, next_poll_at=_due(broken, back_off(broken.failures, moment.pace), wishes, moment))


def after_gone(feed: Feed, answer: Gone, moment: Moment) -> Feed:
    """Return *feed* stopped for good."""
    return gone(feed, answer, moment.now, moment.pace)


def notice_of(before: Feed, after: Feed) -> str | None:
    """Return what channels subscribed to this very feed are told: a failure once, and its end."""
    if after.paused_why == before.paused_why and after.reported_at == before.reported_at:
        return None
    name = after.title or host_of(after.url)
    if after.paused_why and not before.paused_why:
        return stored("{blog} is no longer polled: {why}", blog=name, why=after.paused_why)
    if after.reported_at and not before.reported_at:
        return stored(
            "{blog} has not worked for days: {why} It is still tried, now and then.", blog=name, why=after.error
        )
    if before.reported_at and not after.reported_at:
        return stored("{blog} is back.", blog=name)
    return None


def is_quiet(before: Feed, after: Feed) -> bool:
    """Whether nothing but times changed, as after nearly every poll."""
    return _lasting(before) == _lasting(after)


def _scheduled(feed: Feed, interval: timedelta, server: ServerWishes, moment: Moment) -> Feed:
    return replace(feed, interval=interval, next_poll_at=_due(feed, interval, server, moment))


def _due(feed: Feed, interval: timedelta, server: ServerWishes, moment: Moment) -> datetime:
    interval = relaxed(interval, moment.pace) if feed.pushed_until and feed.pushed_until > moment.now else interval
    return next_poll(interval, moment.now, moment.chance, pace=moment.pace, server=server, feed=feed.wishes)
