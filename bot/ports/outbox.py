"""What the core needs of the store to send messages and to account for them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.explaining import Case
from bot.domain.message import Announcement, Message
from bot.domain.model import (
    AnnouncementId,
    Channel,
    MessageId,
    MessageRef,
    SubscriptionId,
)
from bot.domain.receipt import Receipt
from bot.domain.sending import Settlement


class Outbox(Protocol):
    """The messages. Every write after a claim is fenced by the attempt number."""

    async def due_channels(self, platforms: Collection[str], now: datetime, limit: int) -> Sequence[Channel]:
        """Return active channels of *platforms* whose head of line may be claimed now, longest waiting first."""

    async def claim(self, channels: Collection[Channel], now: datetime, lease: timedelta) -> Mapping[Channel, Message]:
        """Reserve the head of each channel's due messages, in one transaction; a channel without one is left out."""

    async def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Write outcomes, in one transaction; one whose attempt is no longer the newest is ignored."""

    async def tidy(self, now: datetime, keep: timedelta) -> int:
        """End pauses, make digests of a backlog, cancel what a shut channel kept beyond *keep*; again while not 0."""

    async def take_over(self, now: datetime, lag: timedelta) -> int:
        """Put what earlier owners, proven dead, were sending in doubt: look now, believe an absence after *lag*."""


class Receipts(Protocol):
    """What became of messages; and a person's word on those that need one."""

    async def receipt(self, channel: Channel | None, now: datetime) -> Receipt:
        """Count for one channel, or for all."""

    async def retry(self, message: MessageId, channel: Channel | None, now: datetime) -> bool:
        """Send a dead or parked message anew; False where there is none such in the channel (None: in any)."""

    async def drop(self, message: MessageId, channel: Channel | None, now: datetime) -> bool:
        """Give a message up; False where there is none such, or it is under way."""


class Removals(Protocol):
    """A person's word that an announcement was not wanted."""

    async def remove(self, announcement: AnnouncementId, channel: Channel, by: str, now: datetime) -> str | None:
        """Take a single message away; its story stays away. Return its title, None where there is none."""

    async def restore(self, announcement: AnnouncementId, channel: Channel, by: str, now: datetime) -> str | None:
        """Bring back what a person removed, as a new message; return its title, None where nothing was removed."""


class Reasons(Protocol):
    """What is known of a post and a channel."""

    async def newest(self, channel: Channel) -> Case | None:
        """Return the case of the newest post shown there."""

    async def announced(self, announcement: AnnouncementId, channel: Channel) -> Case | None:
        """Return the case of an announcement of that channel."""

    async def carried(self, channel: Channel, ref: MessageRef) -> Announcement | None:
        """Return what a message of its own shows there; None for a digest, what was taken away, others' messages."""

    async def linked(self, url: str, channel: Channel) -> Case | None:
        """Return the case of the post at a link, with or without a tracker's query; None: nobody has seen it."""


class Backfill(Protocol):
    """What a new subscription brings of the past, where an operator or a channel wants that."""

    async def post(
        self, channel: Channel, cards: Sequence[Announcement], wanted_by: SubscriptionId, now: datetime
    ) -> None:
        """Put posts that are stored into a channel's line, in this order and silently; each story once."""
