"""What the core needs to answer what people follow, which feeds there are and what was posted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.following import Ask, FeedCounts, FeedList, FoundFeed, Interest, KnownFeed, Subscribed
from bot.domain.message import Announcement
from bot.domain.model import Channel, FeedId, Subscription, SubscriptionId
from bot.domain.pages import PAGE_SIZE, Wanted
from bot.domain.pages import Found as FoundPosts
from bot.domain.previewing import Dated


class Discovery(Protocol):
    """From what a person typed to feeds that work."""

    async def discover(self, url: str) -> Sequence[FoundFeed] | FeedList:
        """Return the feed at *url*, those its page names, best first, or the list it is. Raises UsageError."""


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


class Feeds(Protocol):
    """Which feeds there are, and who sees them.

    A workspace's pool is what its topics are found in, beside the shared feeds (the pool of workspace ''). A feed that
    a channel follows is polled, too, but reaches no topic unless it is in the pool.
    """

    async def counts(self, workspace: str) -> FeedCounts:
        """Count the feeds *workspace* sees."""

    async def pool(self, workspace: str) -> Sequence[KnownFeed]:
        """Return the feeds added in *workspace*, by name."""

    async def followed(self, channel: Channel) -> Sequence[KnownFeed]:
        """Return the feeds *channel* follows, in a pool or not."""

    async def ailing(
        self, workspace: str, channel: Channel | None, *, limit: int, offset: int = 0
    ) -> tuple[Sequence[KnownFeed], int]:
        """Return a page of the feeds with something wrong that *workspace* sees or *channel* follows, and their number.

        Those of the workspace or channel itself come first, then by how long they have been failing.
        """

    async def find(self, workspace: str, text: str, limit: int = 25) -> Sequence[KnownFeed]:
        """Return feeds *workspace* sees whose address, site or name is *text*; else those that contain it."""

    def check(self, url: str) -> None:
        """Raise UsageError where *url* holds a secret, and there is no key to keep it encrypted with."""

    async def seen(self, workspace: str, urls: Collection[str]) -> Collection[str]:
        """Return those of *urls* that are feeds *workspace* sees."""

    async def know(self, found: Sequence[FoundFeed], now: datetime) -> Sequence[KnownFeed]:
        """Return these feeds; new ones are made and rest until they are added or followed."""

    async def add(
        self, workspace: str, feeds: Collection[FeedId], *, by: str, now: datetime, limit: int | None = None
    ) -> Collection[FeedId]:
        """Put feeds into a pool, polled at once; return those *workspace* did not see before.

        Raises UsageError above *limit*.
        """

    async def remove(self, workspace: str, feeds: Collection[FeedId], now: datetime) -> int:
        """Take feeds out of a pool, and cancel what is pending because of that; return how many were in it."""


class Posts(Protocol):
    """The posts that are stored."""

    async def latest(
        self, workspace: str, interests: Sequence[Interest] | None, *, limit: int, offset: int = 0
    ) -> Sequence[Announcement]:
        """Return the newest that match any interest, one for each story; None: all it sees. Topics are slugs."""

    async def count(self, workspace: str, interests: Sequence[Interest] | None, since: datetime) -> int:
        """Count the stories published since then that match any interest."""

    async def dated(self, workspace: str, interests: Sequence[Interest], since: datetime) -> Sequence[Dated]:
        """Return when and where each of those stories was published, oldest first."""


class Library(Protocol):
    """The posts that are stored, as lists that can be searched and paged."""

    async def find(self, wanted: Wanted, page: int = 1, size: int = PAGE_SIZE) -> FoundPosts:
        """Return one page of a list, newest first, each story once."""
