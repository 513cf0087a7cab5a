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


class Look(StrEnum):
    FULL = "full"
    COMPACT = "compact"
    TITLE_ONLY = "title-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From and to, minutes after local midnight; over midnight where `start` > `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOptions:
    """What a channel chose, with the defaults of the design."""

    zone: str | None = None
    language: str = "en"
    quiet: QuietHours | None = None
    #: Announcements a day sent at once; the rest roll into the day's digest. None: no budget.
    budget: int | None = None
    #: More than this many within ten minutes become one digest.
    burst: int = 5
    #: How many of the newest matches a new subscription posts into the channel.
    backfill: int = 0
    look: Look = Look.FULL
    #: A person's own template with {placeholders}; None: the look.
    template: str | None = None
    images: Literal["off", "thumbnail"] = "thumbnail"
    buttons: Literal["menu", "full", "none"] = "menu"
    silent: Literal["off", "digests", "all"] = "digests"
    summary_length: int = 300
    #: Where an unknown outcome cannot be looked up.
    on_unknown: Literal["skip", "resend", "ask"] = "skip"
    #: Digests post their items as replies in a thread.
    threads: bool = False
    #: Publish in Discord announcement channels.
    publish: bool = False
    #: Count clicks through /r/ID links.
    views: bool = False
    #: Say in the channel, not only to the asker, that a subscription was made.
    announce_subscriptions: bool = False
    #: Do not repeat a link that a person posted lately (Slack).
    respect_people: bool = False


class ChannelState(StrEnum):
    ACTIVE = "active"
    #: By a person, until `paused_until` or for good.
    PAUSED = "paused"
    #: By the chat: the channel is closed to us; its queue is kept for 30 days.
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """A channel with what is known and chosen about it."""

    channel: Channel
    name: str = ""
    state: ChannelState = ChannelState.ACTIVE
    #: One plain sentence; None while active.
    why: str | None = None
    #: None: until a person resumes it.
    paused_until: datetime | None = None
    options: ChannelOptions = field(default_factory=ChannelOptions)


class Want(NamedTuple):
    """A subscription wants a post: what a channel gets and why.

    A tuple, not a dataclass: a popular post is wanted a thousand times, and a tuple is made in a fifth of the time.
    """

    channel: Channel
    subscription: SubscriptionId
    #: Labels to show, the most specific first; empty for a feed subscription.
    topics: tuple[str, ...]
    score: float
    mode: Mode
    mention: str | None = None
    #: The first topic's slug; None for a feed or query subscription.
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One story for one channel, with all that a message shows of it. Unique (channel, story)."""

    id: AnnouncementId
    story: StoryId
    post: Post
    #: The blog's name; None where it has none (renderers leave it out).
    blog: str | None
    #: Topic names as shown to people, the most specific first.
    topics: tuple[str, ...] = ()
    #: The first topic's slug, for `Not about nlp`; None for a feed subscription.
    topic: str | None = None
    score: float = 0.0
    #: Names of other blogs in which the story appeared.
    also_at: tuple[str, ...] = ()
    #: Counted clicks; None where counting is off, and then nothing is shown.
    views: int | None = None
    #: The address that counts a click and leads on; None where counting is off.
    counted: str | None = None

    @property
    def link(self) -> str | None:
        """Return what the title links to."""
        return self.counted or self.post.url


class MessageKind(StrEnum):
    #: One announcement.
    POST = "post"
    #: Many announcements.
    DIGEST = "digest"
    #: A sentence of ours: a feed failed, a channel was resumed.
    NOTICE = "notice"
    #: Change a message already shown.
    EDIT = "edit"
    #: Publish a message already shown (Discord announcement channels).
    PUBLISH = "publish"
    #: Remove a message already shown.
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One call to a chat, as claimed from the outbox."""

    id: MessageId
    #: 24 characters of lower-case base32: Discord's nonce, Slack's metadata. See `message_key`.
    key: str
    channel: Channel
    kind: MessageKind
    announcements: tuple[Announcement, ...] = ()
    #: The sentence of a notice; the heading of a digest. Empty otherwise.
    text: str = ""
    #: The message to change, publish or remove; of a POST: the digest in whose thread it goes. None for others.
    target: MessageRef | None = None
    #: A role to mention in front; None: nobody.
    mention: str | None = None
    silent: bool = False
    #: The last attempt was refused as malformed: send the plainest form once.
    plain: bool = False
    #: 1 for the first attempt: the fence of every later write.
    attempt: int
    #: When the first attempt was claimed: a look-up reads the channel from shortly before.
    first_attempt_at: datetime
    #: An earlier attempt ended without an answer: look first; from then on, not finding it is believed. None: send.
    doubt_until: datetime | None = None
    #: Nobody else claims it before then.
    lease_until: datetime | None = None
    due_at: datetime
    options: ChannelOptions = field(default_factory=ChannelOptions)


# What became of one attempt to send a message. A closed union: match it to `assert_never`.


@dataclass(frozen=True, slots=True)
class Sent:
    """The chat shows the message."""

    ref: MessageRef


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing can have been posted: 429, a refused connection, a clear refusal for now."""

    why: str
    #: Seconds the chat asked to wait; None: our own back-off.
    retry_after: float | None = None
    #: What the wait holds back: this message's channel, or every channel of the workspace or the platform.
    scope: Literal["channel", "workspace", "platform"] = "channel"


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been posted: a time-out, a lost connection, a 5xx, an answer that is not the expected JSON."""

    why: str


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """It cannot be posted, now or later, until a person does something."""

    why: str
    #: What is at fault: this message (our bug, a filter), its channel, or the whole installation (token).
    what: Literal["message", "channel", "installation"] = "channel"


Outcome = Sent | NotSent | Unknown | Undeliverable


# What a look for an earlier attempt found. A closed union too.


@dataclass(frozen=True, slots=True)
class Found:
    ref: MessageRef


@dataclass(frozen=True, slots=True)
class Absent:
    """The channel's history was read, from before the first attempt on, and the message is not there."""


@dataclass(frozen=True, slots=True)
class CannotLook:
    """History cannot be read; `on_unknown` decides."""

    why: str
    #: Not now, but a later look may succeed (rate limit, outage).
    for_now: bool = False


LookUp = Found | Absent | CannotLook
