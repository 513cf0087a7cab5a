"""What a channel chose, and where it stands."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bot.domain.model import (
    Channel,
)


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
    #: A language's code; None: what the chat says of the person, else the operator's default.
    language: str | None = None
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
