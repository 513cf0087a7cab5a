"""What the core needs of the outside: each sentence here is a promise that a contract test executes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urlsplit

from bot.domain.fetched import Body, Fetched, Parsed
from bot.domain.model import (
    Announcement,
    Channel,
    FeedId,
    Follows,
    LookUp,
    Message,
    MessageId,
    Mode,
    Outcome,
    Post,
    Strictness,
    Subscription,
    SubscriptionId,
    TopicName,
)
from bot.domain.polled import Claimed, Judged, Polled, Recorded


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A chat's rules for sending. The rates are messages a second; None: no rule."""

    channel: float | None = 1.0
    workspace: float | None = None
    platform: float | None = None
    #: This long after the first attempt the chat itself drops a second copy with the same key: send again, no look.
    dedupes_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    ok: bool
    #: What to do next; empty while all is well.
    why: str = ""


class Chat(Protocol):
    """A chat platform: how messages get out. Commands come in through `bot.commands`."""

    @property
    def platform(self) -> str:
        """The first word of its channels: `slack`, `discord`, `room`."""

    @property
    def pace(self) -> Pace:
        """How fast it may be sent to."""

    async def send(self, message: Message) -> Outcome:
        """Make one attempt. Never raises for what the platform answered, never repeats by itself."""

    async def find_sent(self, message: Message) -> LookUp:
        """Look for what an earlier attempt at *message* may have left in its channel, by the message's key."""

    async def run(self) -> None:
        """Connect and serve commands until cancelled. Returns or raises only when connecting is hopeless."""

    async def close(self) -> None:
        """Let go of connections; sends in flight were awaited before."""

    def health(self) -> Health:
        """Say whether commands and sends work now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing is sent before *until*: to one channel, or to every channel of its workspace or its platform."""

    channel: Channel
    scope: Literal["channel", "workspace", "platform"]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of one attempt, as the outbox is to remember it (decided by domain/sending.py)."""

    message: MessageId
    attempt: int
    state: str
    why: str = ""
    ref: str | None = None
    #: When the next attempt may start; None: at once for `pending`, never by itself for `unknown`.
    retry_at: datetime | None = None
    #: See Message.doubt_until.
    doubt_until: datetime | None = None
    plain: bool = False
    #: A wait the chat asked for.
    hold: Hold | None = None
    #: The chat closed the channel to us, or (`workspace`) the whole installation; the queue is kept, `why` is shown.
    closes: Literal["channel", "workspace"] | None = None


class Outbox(Protocol):
    """The messages. Every write after a claim is fenced by the attempt number."""

    async def due_channels(self, now: datetime, limit: int) -> Sequence[Channel]:
        """Return active channels whose head of line may be claimed now, longest waiting first."""

    async def claim(self, channels: Collection[Channel], now: datetime, lease: timedelta) -> Mapping[Channel, Message]:
        """Reserve the head of each channel's due messages, in one transaction; a channel without one is left out."""

    async def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Write outcomes, in one transaction; one whose attempt is no longer the newest is ignored."""


class ChannelStates(Protocol):
    """What a chat tells of its channels outside of sending: closed to us, open again."""

    async def close_channel(self, channel: Channel, why: str, now: datetime) -> None:
        """Send nothing there; the queue is kept. A channel nobody follows is left alone."""

    async def reopen_channel(self, channel: Channel, now: datetime) -> None:
        """Undo a close by the chat; what a person paused stays paused."""

    async def close_workspace(self, platform: str, workspace: str, why: str, now: datetime) -> None:
        """Close every channel of a workspace."""

    async def reopen_workspace(self, platform: str, workspace: str, now: datetime) -> None:
        """Undo the close of every channel of a workspace."""

    async def is_followed(self, channel: Channel) -> bool:
        """Return whether the channel has a subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInstallation:
    """An app's installation in one workspace, sealed by its adapter: no token in the clear."""

    platform: str
    #: Empty where the workspace belongs to no enterprise grid.
    enterprise: str
    workspace: str
    data: bytes
    installed_at: datetime


class Installations(Protocol):
    """The workspaces that installed the app by OAuth, and the one-time states of installations under way."""

    async def put(self, installation: StoredInstallation) -> None:
        """Remember an installation in place of an earlier one; it is active."""

    async def get(self, platform: str, workspace: str) -> StoredInstallation | None:
        """Return an active installation; None where there is none, or it was removed."""

    async def remove(self, platform: str, workspace: str) -> None:
        """Forget the sealed data of an installation."""

    async def workspaces(self, platform: str) -> Sequence[str]:
        """Return the workspaces with an active installation."""

    async def add_state(self, state: str, expires_at: datetime) -> None:
        """Remember a state until it is taken or too old."""

    async def take_state(self, state: str, now: datetime) -> bool:
        """Return True once for a known state that is not too old."""


class Topics(Protocol):
    """The topics a workspace sees: the built-in ones, and its own."""

    async def all(self, workspace: str) -> Sequence[TopicName]:
        """Return them by label."""

    async def find(self, workspace: str, name: str) -> TopicName | None:
        """Return the topic with this slug, label or alias; case and hyphens do not matter."""

    async def near(self, workspace: str, name: str) -> TopicName | None:
        """Return the one topic whose name is a slip of the pen away, to ask about; never to be assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that was fetched and parsed: what a person may add."""

    url: str
    #: None where the feed has none.
    title: str | None = None
    site: str | None = None
    #: How many posts it holds now.
    posts: int = 0


class Discovery(Protocol):
    """From what a person typed to feeds that work."""

    async def discover(self, url: str) -> Sequence[FoundFeed]:
        """Return the feed at *url*, or those its page names, best first. Raises UsageError."""


class Actions(Protocol):
    """Commands too long for a button."""

    async def keep(self, channel: Channel, command: str, now: datetime) -> str:
        """Store a command for a button in *channel* and return its id."""

    async def find(self, channel: Channel, action: str) -> str | None:
        """Return the command; None where it was made for another channel, or is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person asks a channel to follow, and how."""

    follows: Follows
    #: None: as it is; for a new subscription the default.
    mode: Mode | None = None
    strictness: Strictness | None = None
    #: None: as they are.
    filters: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """What asking did."""

    subscription: Subscription
    #: The subscription before; None: it is new.
    before: Subscription | None = None


class Subscriptions(Protocol):
    """What channels follow. Every change is seen by the next post that is stored, in whatever process."""

    async def of_channel(self, channel: Channel) -> Sequence[Subscription]:
        """Return a channel's subscriptions, oldest first; feeds carry the blog's name as label."""

    async def subscribe(
        self, channel: Channel, asks: Sequence[Ask], *, by: str, now: datetime, limit: int, channel_name: str = ""
    ) -> Sequence[Subscribed]:
        """Make or change subscriptions, all or none. Raises UsageError above *limit* for a channel."""

    async def unsubscribe(self, channel: Channel, ids: Collection[SubscriptionId], now: datetime) -> int:
        """Remove subscriptions, cancel what is pending and no other one wants; return how many were cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFeed:
    """A feed as a workspace sees it."""

    id: FeedId
    url: str
    title: str | None
    site: str | None
    #: Added in this workspace; otherwise shared by all.
    own: bool
    error: str | None = None
    paused_why: str | None = None
    last_good_poll: datetime | None = None
    next_poll_at: datetime
    posts: int = 0

    @property
    def name(self) -> str:
        """Return the blog's name, else its host."""
        return self.title or urlsplit(self.url).hostname or self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCounts:
    """How many feeds a workspace sees."""

    watched: int
    own: int
    #: Never polled so far.
    waiting: int
    failing: int


class Feeds(Protocol):
    """Who sees which feed. A feed is fetched once for everyone, and seen where it was added; '' is everywhere."""

    async def counts(self, workspace: str) -> FeedCounts:
        """Count the feeds *workspace* sees."""

    async def own(self, workspace: str) -> Sequence[KnownFeed]:
        """Return the feeds added in *workspace*, by name."""

    async def find(self, workspace: str, text: str, limit: int = 25) -> Sequence[KnownFeed]:
        """Return feeds *workspace* sees whose address, site or name is, or else contains, *text*."""

    async def add(
        self, workspace: str, found: Sequence[FoundFeed], *, by: str, now: datetime, limit: int | None = None
    ) -> Sequence[tuple[KnownFeed, bool]]:
        """Make feeds seen in *workspace*, new ones due at once; True: they were not seen there before."""

    async def remove(self, workspace: str, ids: Collection[FeedId], now: datetime) -> int:
        """Take feeds out of *workspace*, with its channels' subscriptions; nobody's feeds are polled no longer."""


class Posts(Protocol):
    """The posts a workspace sees."""

    async def latest(
        self, workspace: str, follows: Follows | None, strictness: Strictness, *, limit: int, offset: int = 0
    ) -> Sequence[Announcement]:
        """Return the newest, one for each story, as cards; None: of all topics and feeds."""

    async def count(self, workspace: str, follows: Follows | None, strictness: Strictness, since: datetime) -> int:
        """Count the stories since then."""


class Fetcher(Protocol):
    """How feeds get in."""

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None, readers: int = 0
    ) -> Fetched:
        """Fetch *url*, conditionally where validators are given. Never raises for what a server did."""

    def is_inside(self, host: str) -> bool:
        """Whether *host* is known to lie in a private network allowed by setting: it needs no politeness."""


class Parser(Protocol):
    """How bodies are read, away from the event loop."""

    async def parse(self, body: Body, known: bytes = b"") -> Parsed:
        """Read a body; items whose hash is among *known* (8 bytes each) are passed over. Never raises for the body."""


class FeedQueue(Protocol):
    """Feeds by when they are due. Every write after a claim is fenced by the claim's token."""

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, *, not_since: datetime | None = None
    ) -> Sequence[Claimed]:
        """Reserve feeds that are due, the longest waiting first; nobody else gets them until the lease ends.

        *not_since*: reserve those not polled since then, due or not.
        """

    async def release(self, claimed: Collection[Claimed]) -> None:
        """Give back feeds that were not polled; they stay due."""

    async def workspaces(self, feeds: Collection[FeedId]) -> Mapping[FeedId, frozenset[str]]:
        """Return who sees each feed; '' is everybody."""

    async def seen(self, keys: Mapping[FeedId, Collection[bytes]]) -> Mapping[FeedId, frozenset[bytes]]:
        """Return which of a feed's *keys* it has brought before."""

    async def dates(self, feeds: Collection[FeedId], limit: int = 10) -> Mapping[FeedId, Sequence[datetime]]:
        """Return the dates of each feed's newest posts."""

    async def record(self, polls: Sequence[Polled], version: int, now: datetime) -> Recorded | None:
        """Store polls with their posts, announcements and messages, in one transaction.

        Returns None, and stores nothing, where the version of what is wanted is no longer *version*.
        """


class Judge(Protocol):
    """What a post is about and who wants it."""

    @property
    def version(self) -> int:
        """The version of subscriptions, topics and mutes that it decides by."""

    def judge(self, post: Post, blog: str | None, workspaces: Collection[str]) -> Judged:
        """Decide for a post of a feed that *workspaces* see ('' is everybody)."""

    async def refresh(self) -> None:
        """Take in what has changed since."""
