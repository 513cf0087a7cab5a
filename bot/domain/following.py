"""What people ask to follow, and what they are told about it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.domain.model import FeedId, Follows, Mode, Strictness, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that was fetched and parsed: what a person may add."""

    url: str
    #: None where the feed has none.
    title: str | None = None
    site: str | None = None
    #: How many posts it holds now.
    posts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """A list of feeds (OPML) that stands at an address."""

    feeds: tuple[FoundFeed, ...]
    #: What it names that is no address to fetch, as written.
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFeed:
    """A feed as a workspace sees it."""

    id: FeedId
    url: str
    title: str | None
    site: str | None
    #: In this workspace's own pool.
    own: bool = False
    #: In the pool that all share.
    shared: bool = False
    #: Why the last polls failed; with no failures, what was damaged in a feed that could still be read.
    error: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person asks a channel to follow, and how."""

    follows: Follows
    #: None: as it is; for a new subscription the default.
    mode: Mode | None = None
    strictness: Strictness | None = None
    #: None: as they are.
    filters: tuple[str, ...] | None = None
    #: The role to mention; empty: nobody. None: as it is.
    mention: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """What asking did."""

    subscription: Subscription
    #: The subscription before; None: it is new.
    before: Subscription | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What somebody wants to see posts of."""

    follows: Follows
    strictness: Strictness = Strictness.NORMAL
