"""Rows of `feeds` as values, and back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from bot.domain.fetched import NO_FEED_WISHES, FeedWishes
from bot.domain.links import host_of
from bot.domain.model import Feed, FeedId
from bot.domain.shards import shard_of
from bot.store.columns import micros
from bot.store.seal import Seal

NO_SEAL = Seal()
_SAME = (
    "title",
    "site",
    "etag",
    "last_modified",
    "body_hash",
    "item_hashes",
    "failures",
    "failing_since",
    "error",
    "last_good_poll",
    "paused_why",
    "moved_times",
    "hub",
    "hub_topic",
    "pushed_until",
    "reported_at",
)
#: What `place_of` and `columns_of` give.
PLACE = ("url", "sealed", "host", "shard")
WRITTEN = (*_SAME, "moved_to", "next_poll_at", "interval_s", "wishes")


def place_of(url: str, seal: Seal = NO_SEAL) -> dict[str, Any]:
    """Return the columns that follow from a feed's address."""
    host = host_of(url)
    return {"url": seal.name_of(url), "sealed": seal.sealed(url), "host": host, "shard": shard_of(host)}


def feed_of(row: Row[Any], seal: Seal = NO_SEAL) -> Feed:
    """Return the feed of a row that has all columns of `feeds`. Raises Locked."""
    values = row._mapping
    return Feed(
        id=FeedId(row.id),
        url=seal.opened(row.url, row.sealed),
        moved_to=seal.read(row.moved_to),
        next_poll_at=row.next_poll_at,
        interval=timedelta(seconds=row.interval_s),
        wishes=read_wishes(row.wishes),
        **{name: values[name] for name in _SAME},
    )


def columns_of(feed: Feed, seal: Seal = NO_SEAL) -> Mapping[str, Any]:
    """Return what a poll writes of a feed as the table keeps it, its address left out."""
    values = {name: getattr(feed, name) for name in _SAME}
    for name in ("failing_since", "last_good_poll", "reported_at", "pushed_until"):
        values[name] = values[name] and micros(values[name])
    values["next_poll_at"] = micros(feed.next_poll_at)
    values["interval_s"] = int(feed.interval.total_seconds())
    values["wishes"] = write_wishes(feed.wishes)
    values["moved_to"] = seal.text(feed.moved_to)
    return values


def write_wishes(wishes: FeedWishes) -> str | None:
    """Write wishes as `ttl;hours;days`; None where there are none."""
    if wishes == NO_FEED_WISHES:
        return None
    ttl = str(int(wishes.ttl.total_seconds())) if wishes.ttl else ""
    return ";".join((ttl, _join(wishes.skip_hours), _join(wishes.skip_days)))


def read_wishes(text: str | None) -> FeedWishes:
    """Read what *write_wishes* wrote."""
    if not text:
        return NO_FEED_WISHES
    ttl, hours, days = text.split(";")
    return FeedWishes(
        ttl=timedelta(seconds=int(ttl)) if ttl else None, skip_hours=_split(hours), skip_days=_split(days)
    )


def _join(numbers: frozenset[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def _split(text: str) -> frozenset[int]:
    return frozenset(map(int, text.split(","))) if text else frozenset()
