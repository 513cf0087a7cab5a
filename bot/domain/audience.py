"""The subscriptions to one subject, kept by what it takes to decide which of them want a post."""

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import NamedTuple

from bot.domain.model import Match, Strictness, Subscription, SubscriptionId, Taker, Want
from bot.domain.query import Has, Query
from bot.domain.tuning import Tuning

LEVELS = tuple(Strictness)
#: What is followed: ("topic", slug), ("feed", number) or ("query", "").
Subject = tuple[str, str]


class Offer(NamedTuple):
    """One thing a post brings to those who follow it."""

    subject: Subject
    #: A strict match is for lenient subscriptions, too.
    level: int
    #: What those who follow are shown, the most specific first.
    labels: tuple[str, ...] = ()
    #: The topic's match; None for a feed and for queries.
    match: Match | None = None
    score: float = 0.0
    #: The topic's name in its workspace.
    slug: str | None = None

    def weighed(self, match: Match) -> "Offer":
        """Return the offer with another match of the same topic."""
        return self._replace(match=match, score=match.score, slug=match.topic.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Entry:
    """A subscription with all that decides over a post, made ready."""

    subscription: Subscription
    taker: Taker
    subject: Subject
    level: int
    workspace: str
    #: What must hold beside the topic or the feed; None: nothing.
    condition: Query | None
    #: The channel's own weights for the topic; None: the common ones.
    tuning: Tuning | None
    #: The words of which a post must have one; None: none in particular.
    needs: frozenset[str] | None

    @property
    def is_plain(self) -> bool:
        """Say whether there is nothing to ask but the strictness and who sees the blog."""
        return self.condition is None and self.tuning is None

    @property
    def needs_suffice(self) -> bool:
        """Say whether one of the needed words is all it takes."""
        return self.tuning is None and isinstance(self.condition, Has) and self.condition.is_one_word


class Audience:
    """Those who follow one subject.

    Half of 100,000 subscriptions ask nothing: all of them are taken at once. Most others need a word, and are asked
    only where it occurs. What is looked at for every post lies together, so that few entries are touched in vain.
    """

    __slots__ = ("_by_word", "_checked", "_plain")

    def __init__(self) -> None:
        #: Nothing more to ask, by level.
        self._plain: tuple[dict[SubscriptionId, Taker], ...] = tuple({} for _ in LEVELS)
        #: Wanted only where a word occurs: by that word.
        self._by_word: dict[str, dict[SubscriptionId, Entry]] = {}
        #: To be asked for every post.
        self._checked: dict[SubscriptionId, Entry] = {}

    def put(self, entry: Entry) -> None:
        id = entry.subscription.id
        if entry.is_plain:
            self._plain[entry.level][id] = entry.taker
        elif entry.needs is None:
            self._checked[id] = entry
        else:
            for word in entry.needs:
                self._by_word.setdefault(word, {})[id] = entry

    def remove(self, entry: Entry) -> None:
        id = entry.subscription.id
        self._plain[entry.level].pop(id, None)
        self._checked.pop(id, None)
        for word in entry.needs or ():
            here = self._by_word.get(word, {})
            here.pop(id, None)
            if not here:
                self._by_word.pop(word, None)

    def ids(self) -> set[SubscriptionId]:
        """Return everybody."""
        return set().union(*self._plain, self._checked, *self._by_word.values())

    def plain(self, level: int) -> list[Taker]:
        """Return those who take whatever is as sure as this."""
        found: list[Taker] = []
        for takers in self._plain[: level + 1]:
            found += takers.values()
        return found

    def asked(self, words: Set[str], level: int) -> Iterator[Entry]:
        """Yield those who may take a post with these words, each once."""
        found = self._checked
        for word in self._by_word.keys() & words:
            found = found | self._by_word[word]
        return (entry for entry in found.values() if entry.level <= level)


#: What `Want._make` does, without a Python call for each of a hundred thousand wants.
_MAKE: Callable[[Iterable[object]], Want] = partial(tuple.__new__, Want)


def wants_of(takers: Iterable[Taker], offer: Offer) -> Iterable[Want]:
    """Make the wants of all who take an offer."""
    return map(_MAKE, zip(takers, repeat(offer.labels), repeat(offer.score), repeat(offer.slug), strict=False))
