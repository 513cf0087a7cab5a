"""What wants become: announcements, and the messages that carry them (the rules are in digesting.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.channels import ChannelStatus
from bot.domain.message import MessageKind
from bot.domain.model import AnnouncementId, Channel, MessageId, PostId, StoryId, Want


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWants:
    """One new story and every want for it, decided before the transaction."""

    story: StoryId
    post: PostId
    wants: tuple[Want, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDigest:
    """A digest nobody has claimed yet, and how many announcements it carries."""

    message: MessageId
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLoad:
    """What a channel already has to carry, read in the transaction that plans more."""

    status: ChannelStatus
    #: Announcements of the last ten minutes, as single posts or in a digest that went out at once.
    recent: int = 0
    #: Announcements sent or planned one by one since local midnight; counted where the channel has a budget.
    today: int = 0
    #: Digests not yet claimed, by the time they are due.
    open_digests: Mapping[datetime, OpenDigest] = field(default_factory=dict)
    #: Stories this channel already has an announcement for, among those being planned.
    known: frozenset[StoryId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAnnouncement:
    id: AnnouncementId
    story: StoryId
    post: PostId
    #: Labels of the topics as shown, the most specific first.
    topics: tuple[str, ...]
    #: The first topic's slug; None for a feed or query subscription.
    topic: str | None = None
    score: float
    subscriptions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMessage:
    """A message to put into the outbox, or (`joins`) announcements to add to a digest that waits there."""

    id: MessageId
    channel: Channel
    kind: MessageKind
    due_at: datetime
    announcements: tuple[PlannedAnnouncement, ...] = ()
    joins: bool = False
    #: The message to edit, publish or remove; None for new ones.
    target: MessageId | None = None
    text: str = ""
    mention: str | None = None
    silent: bool = False
