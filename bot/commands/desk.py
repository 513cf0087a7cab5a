"""What commands work with: the ports they call, the clock, and the limits an operator set."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.allowance import Allowance
from bot.domain.feed_file import Pack
from bot.domain.language import Languages
from bot.domain.model import Channel
from bot.ports.channels import Actions, Channels, Departures
from bot.ports.outbox import Backfill, Reasons, Receipts, Removals
from bot.ports.reading import Discovery, Feeds, Library, Posts, Subscriptions
from bot.ports.running import Clock
from bot.ports.topics import Feedback, MuteBook, OwnTopics, TopicRules, Topics


async def _nothing() -> None:
    """Leave it to the next poll."""


async def _asleep(channel: Channel) -> None:
    """Leave it to the next sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one workspace may have."""

    subscriptions: int = 50
    feeds: int = 500
    topics: int = 100
    lookups: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a command may reach. A new command that needs more adds a field here and a line in app.py."""

    clock: Clock
    channels: Channels
    topics: Topics
    feeds: Feeds
    posts: Posts
    library: Library
    subscriptions: Subscriptions
    receipts: Receipts
    mutes: MuteBook
    reasons: Reasons
    removals: Removals
    departures: Departures
    rules: TopicRules
    own_topics: OwnTopics
    feedback: Feedback
    backfill: Backfill
    discovery: Discovery
    actions: Actions
    #: Blogs that can be added together.
    packs: tuple[Pack, ...] = ()
    #: Makes a change to what is wished heeded at once in this process, rather than with the next poll.
    heed: Callable[[], Awaitable[None]] = _nothing
    #: Makes what waits for a channel go out at once.
    wake: Callable[[Channel], Awaitable[None]] = _asleep
    limits: Limits = field(default_factory=Limits)
    #: Where /r/ID counts clicks, for channels that want it; empty: nowhere.
    counted_base: str = ""
    #: What is offered to who asks for a daily digest in a channel without a time zone.
    timezone: str = "UTC"
    languages: Languages = field(default_factory=Languages)
    #: Addresses a person may have looked up.
    lookups: Allowance = field(default_factory=lambda: Allowance(5, timedelta(minutes=1)))
