"""Everything that decides who wants a post, as it was at one version."""

from dataclasses import dataclass

from bot.domain.model import Subscription
from bot.domain.muting import Mute
from bot.domain.tuning import Tuning
from bot.domain.vocabulary import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Subscriptions, mutes, tunings and own topics; `version` is the store's number for just these."""

    version: int = 0
    subscriptions: tuple[Subscription, ...] = ()
    mutes: tuple[Mute, ...] = ()
    tunings: tuple[Tuning, ...] = ()
    #: Workspaces' own topics, each with the slug `own_slug` gives.
    topics: tuple[Topic, ...] = ()
