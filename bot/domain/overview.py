"""What a workspace follows and how it goes, at one look: an App Home, an admin page."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.message import Announcement
from bot.domain.model import Channel, SubscriptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One subscription of the workspace."""

    id: SubscriptionId
    channel: Channel
    #: Empty where the chat never said it.
    channel_name: str
    #: What is followed, as people type it after `/unsubscribe`.
    name: str
    #: One plain sentence; None where announcements flow.
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A feed seen only in this workspace that could not be read lately."""

    name: str
    url: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """One announcement a channel was sent."""

    channel: Channel
    announcement: Announcement
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything of one workspace, newest first where there is an order."""

    followed: tuple[Followed, ...] = ()
    failing: tuple[Failing, ...] = ()
    announced: tuple[Announced, ...] = ()
