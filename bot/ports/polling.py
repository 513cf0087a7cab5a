"""What the core needs to poll feeds and to be pushed by hubs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.fetched import Body, Failed, Fetched, Parsed
from bot.domain.model import (
    FeedId,
)
from bot.domain.polled import Claimed, Polled, Recorded, Remembered
from bot.domain.websub import Hook


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

    async def remembered(
        self, feeds: Collection[FeedId], keys: Mapping[FeedId, Collection[bytes]], since: datetime
    ) -> Remembered:
        """Return who sees these *feeds*; of those in *keys* also which keys are known, and dates not before *since*."""

    async def record(self, polls: Sequence[Polled], version: int, now: datetime) -> Recorded | None:
        """Store polls with their posts, announcements and messages, in one transaction.

        Returns None, and stores nothing, where the version of what is wanted is no longer *version*.
        """


class PushedFeeds(FeedQueue, Protocol):
    """The feeds that hubs push to, beside the queue."""

    async def claim_one(self, feed: FeedId, now: datetime, lease: timedelta) -> Claimed | None:
        """Reserve one feed, due or not; None where somebody has it or it is stopped."""


class Hooks(Protocol):
    """Our addresses at WebSub hubs, one for each feed that names a hub."""

    async def due(self, now: datetime, limit: int) -> Sequence[Hook]:
        """Return those to be asked for, the longest waiting first; made and forgotten as feeds name hubs."""

    async def find(self, token: str) -> Hook | None:
        """Return the hook of an address; None where there is none, or its feed is stopped."""

    async def ask(self, hook: Hook, now: datetime, next_at: datetime) -> None:
        """Note that its hub is being asked; an intent is expected from now on."""

    async def refuse(self, hook: Hook, why: str, next_at: datetime) -> None:
        """Note that its hub does not push; ask again then. A lease that runs goes on."""

    async def grant(self, hook: Hook, lease_until: datetime, next_at: datetime) -> None:
        """Note that its hub pushes until then; the question is settled."""


class Hubs(Protocol):
    """WebSub hubs."""

    async def ask(self, hook: Hook) -> Failed | None:
        """Ask a hub to push; None where it took that. Never raises for what the hub did."""
