"""How an installation stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Counts of what is there, and what waits."""

    feeds: int = 0
    #: Never read so far.
    feeds_waiting: int = 0
    feeds_failing: int = 0
    #: Nobody follows them, or they said they are gone.
    feeds_resting: int = 0
    posts: int = 0
    channels: int = 0
    subscriptions: int = 0
    #: How many messages are in each state.
    messages: Mapping[str, int] = field(default_factory=dict)
    #: When the oldest message that was not sent fell due; None where nothing waits.
    oldest_unsent: datetime | None = None
