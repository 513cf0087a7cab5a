"""Everything that decides who wants a post, as it was at one version, and what has changed since another."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.model import Subscription, SubscriptionId
from bot.domain.muting import Mute
from bot.domain.tuning import Tuning
from bot.domain.vocabulary import Topic


class What(StrEnum):
    """What a version changed."""

    SUBSCRIPTIONS = "subscriptions"
    TOPICS = "topics"
    MUTES = "mutes"
    TUNINGS = "tunings"
    #: Who sees a feed: nothing that is kept in memory.
    FEEDS = "feeds"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Subscriptions, mutes, tunings and own topics; `version` is the store's number for just these."""

    version: int = 0
    subscriptions: tuple[Subscription, ...] = ()
    mutes: tuple[Mute, ...] = ()
    tunings: tuple[Tuning, ...] = ()
    #: Workspaces' own topics, each with the slug `own_slug` gives.
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What has changed up to a version; None: nothing of that kind."""

    version: int
    #: Made or changed.
    subscriptions: tuple[Subscription, ...] = ()
    ended: frozenset[SubscriptionId] = frozenset()
    mutes: tuple[Mute, ...] | None = None
    tunings: tuple[Tuning, ...] | None = None
    topics: tuple[Topic, ...] | None = None
