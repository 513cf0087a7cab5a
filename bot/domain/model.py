"""The nouns of the program. One word per thing: see the glossary in docs/internals.md.

All are frozen values. Text is plain text (markup is born in a chat's render.py), datetimes are aware and in UTC,
ids are opaque. `None` always has a meaning, said beside the field.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, NewType

from bot.domain.fetched import NO_FEED_WISHES, FeedWishes

FeedId = NewType("FeedId", int)


SubscriptionId = NewType("SubscriptionId", int)


# UUIDs in hex, never counters: a wiped database must not give an old key to new content.
PostId = NewType("PostId", str)


StoryId = NewType("StoryId", str)


AnnouncementId = NewType("AnnouncementId", str)


MessageId = NewType("MessageId", str)


# What the chat said identifies a message it shows: Slack's ts, Discord's snowflake, a room message's id.
MessageRef = NewType("MessageRef", str)


#: The workspace of packs and operators: its feeds are shared by all.
SHARED = ""


class Strictness(StrEnum):
    """How sure a match must be before a subscription gets the post."""

    WIDE = "wide"
    NORMAL = "normal"
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A place in a chat; opaque outside that chat's adapter."""

    platform: str
    workspace: str
    id: str

    def __str__(self) -> str:
        """The form operators type and logs show: `slack:T1/C1`, `room:demo/nlp`."""
        return f"{self.platform}:{self.workspace}/{self.id}"


def workspace_of(channel: Channel) -> str:
    """Return whose feeds and topics a channel sees beside the shared ones: `slack:T1`."""
    return f"{channel.platform}:{channel.workspace}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicName:
    """A topic as people see it; its rules are in vocabulary.py."""

    slug: str
    label: str
    aliases: tuple[str, ...] = ()
    #: The slug of the topic that gets this one's posts, too; None at the top.
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One article found in a feed."""

    id: PostId
    feed_id: FeedId
    title: str
    #: The article's address, http or https; None where the feed gave none that is safe.
    url: str | None
    #: At most 300 characters by default, ends at a sentence where it can.
    summary: str
    #: The first 3,000 characters of plain text, what topics are decided on.
    text: str = ""
    author: str | None = None
    #: None where the feed gave no date that can be believed.
    published: datetime | None = None
    first_seen: datetime
    categories: tuple[str, ...] = ()
    image: str | None = None
    #: The feed's own claim (`en`, `de-at`); None where it made none.
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A URL that is polled; for people: a blog."""

    id: FeedId
    url: str
    #: The blog's name as it wrote it, `<antirez>` included; None where it wrote none.
    title: str | None = None
    site: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    #: 8 bytes for each item of the last body, joined.
    item_hashes: bytes = b""
    next_poll_at: datetime
    interval: timedelta = timedelta(hours=1)
    failures: int = 0
    failing_since: datetime | None = None
    #: One plain sentence; None while all is well.
    error: str | None = None
    #: None until the first poll that parsed: its posts are known, not news.
    last_good_poll: datetime | None = None
    #: A stopped feed always says why; None while it is polled.
    paused_why: str | None = None
    #: Where permanent redirects pointed, and how many polls in a row.
    moved_to: str | None = None
    moved_times: int = 0
    #: The WebSub hub and the topic address the feed names for itself; None where it names none.
    hub: str | None = None
    hub_topic: str | None = None
    #: Until when a hub that has pushed before goes on; None: nothing is known to be pushed.
    pushed_until: datetime | None = None
    #: A failing feed is reported once to channels subscribed to that very feed; None: not reported.
    reported_at: datetime | None = None
    #: What the feed asked of pollers: ttl, skipHours, skipDays.
    wishes: FeedWishes = NO_FEED_WISHES


class Evidence(NamedTuple):
    """One term that helped to decide: what, where (`title`, `text`, `category`), for how many points.

    A tuple, not a dataclass: every post has dozens, and a tuple is made in a fifth of the time.
    """

    term: str
    where: str
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A topic a post belongs to, and the reasons."""

    topic: str
    score: float
    evidence: tuple[Evidence, ...]
    #: The least score for each strictness that this match reaches: `strict` implies the others.
    strictness: Strictness = Strictness.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowsTopic:
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowsFeed:
    feed_id: FeedId
    #: For people; the feed's title, else its host.
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowsQuery:
    #: As the person wrote it, without `query:`.
    text: str


Follows = FollowsTopic | FollowsFeed | FollowsQuery


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """Announce each post at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Announce many posts in one message."""

    every: Literal["hourly", "daily", "weekly"]
    #: Minutes after local midnight (after the hour for `hourly`).
    at_minute: int = 9 * 60
    weekdays: tuple[Weekday, ...] = ()
    #: An IANA time zone.
    zone: str = "UTC"


Mode = Each | Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A channel follows a topic, a feed or a query. Unique (channel, follows)."""

    id: SubscriptionId
    channel: Channel
    follows: Follows
    mode: Mode = field(default_factory=Each)
    strictness: Strictness = Strictness.NORMAL
    #: Words, phrases, `-word`, `feed:host`, `lang:en`: all must hold. Empty: no filter.
    filters: tuple[str, ...] = ()
    #: A role the person asked to be mentioned (Discord); None: nobody.
    mention: str | None = None
    created_by: str
    created_at: datetime


class Taker(NamedTuple):
    """What a subscription itself says in each of its wants."""

    channel: Channel
    subscription: SubscriptionId
    mode: Mode
    mention: str | None = None


class Want(NamedTuple):
    """A subscription wants a post: what a channel gets and why.

    A tuple around what every want of the subscription shares: a popular post is wanted a thousand times, and what is
    not touched then need not come out of a hundred thousand subscriptions' memory.
    """

    taker: Taker
    #: Labels to show, the most specific first; empty for a feed subscription.
    topics: tuple[str, ...] = ()
    score: float = 0.0
    #: The first topic's slug; None for a feed or query subscription.
    topic: str | None = None

    @property
    def channel(self) -> Channel:
        return self.taker.channel

    @property
    def subscription(self) -> SubscriptionId:
        return self.taker.subscription

    @property
    def mode(self) -> Mode:
        return self.taker.mode

    @property
    def mention(self) -> str | None:
        return self.taker.mention
