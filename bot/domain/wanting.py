"""Who wants a post: an index from topics, feeds and words to subscriptions, changed in place."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from bot.domain.errors import UsageError
from bot.domain.model import (
    Channel,
    FollowsFeed,
    FollowsQuery,
    FollowsTopic,
    Match,
    Mode,
    Strictness,
    Subscription,
    SubscriptionId,
    Want,
    workspace_of,
)
from bot.domain.muting import Mutes
from bot.domain.query import And, Or, Query
from bot.domain.query_text import parse_filters, parse_query
from bot.domain.seen import Seen
from bot.domain.tuning import Tuning, tune
from bot.domain.vocabulary import Vocabulary, own_slug

_LEVELS = tuple(Strictness)
_ANY = 0
#: What is followed: ("topic", slug), ("feed", number) or ("query", "").
Subject = tuple[str, str]


class _Offer(NamedTuple):
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

    def weighed(self, match: Match) -> "_Offer":
        """Return the offer with another match of the same topic."""
        return self._replace(match=match, score=match.score, slug=match.topic.rpartition("/")[2])


_LABELS, _SCORE, _SLUG = (itemgetter(_Offer._fields.index(name)) for name in ("labels", "score", "slug"))
#: What `Want._make` does, without a Python call for each of a hundred thousand wants.
_MAKE: Callable[[tuple[object, ...]], Want] = partial(tuple.__new__, Want)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A subscription with all that decides over a post, made ready."""

    subscription: Subscription
    subject: Subject
    level: int
    workspace: str
    #: What must hold beside the topic or the feed; None: nothing.
    condition: Query | None
    #: The channel's own weights for the topic; None: the common ones.
    tuning: Tuning | None
    #: The words of which a post must have one; None: none in particular.
    needs: frozenset[str] | None


class _Bucket:
    """The subscriptions to one subject at one strictness, by what it takes to decide."""

    __slots__ = ("by_word", "checked", "plain")

    def __init__(self) -> None:
        #: Nothing more to ask.
        self.plain: dict[SubscriptionId, _Entry] = {}
        #: Wanted only where a word occurs: by that word.
        self.by_word: dict[str, dict[SubscriptionId, _Entry]] = {}
        #: To be asked for every post.
        self.checked: dict[SubscriptionId, _Entry] = {}

    def put(self, entry: _Entry) -> None:
        for place in self._places(entry):
            place[entry.subscription.id] = entry

    def remove(self, entry: _Entry) -> None:
        for place in self._places(entry):
            place.pop(entry.subscription.id, None)
        for word in entry.needs or ():
            if not self.by_word[word]:
                del self.by_word[word]

    def _places(self, entry: _Entry) -> list[dict[SubscriptionId, _Entry]]:
        if entry.needs is not None:
            return [self.by_word.setdefault(word, {}) for word in entry.needs]
        return [self.checked if entry.condition or entry.tuning else self.plain]


class Wanting:
    """Every subscription, to be asked which of them want a post.

    Built once, then changed in place. `version` is the store's number for what it was built from: the
    transaction that stores posts compares it, and decides again where another process changed something.
    *vocabulary* has the built-in topics and all workspaces' own ones, named by `own_slug`.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        subscriptions: Iterable[Subscription] = (),
        *,
        mutes: Mutes | None = None,
        tunings: Iterable[Tuning] = (),
        version: int = 0,
    ) -> None:
        self.vocabulary = vocabulary
        self.mutes = mutes or Mutes()
        self.version = version
        #: Subscriptions whose query or filters cannot be read any more, and why; they get nothing.
        self.unreadable: dict[SubscriptionId, str] = {}
        self._tunings = {(tuning.channel, tuning.topic): tuning for tuning in tunings}
        self._entries: dict[SubscriptionId, _Entry] = {}
        #: A subscription's own part of each of its wants.
        self._parts: dict[SubscriptionId, tuple[Channel, SubscriptionId, Mode, str | None]] = {}
        self._buckets: dict[Subject, tuple[_Bucket, ...]] = {}
        for subscription in subscriptions:
            self.put(subscription)

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, subscription: Subscription) -> None:
        """Add a subscription, or replace the one with its id."""
        self.remove(subscription.id)
        entry = self._entry(subscription)
        self._entries[subscription.id] = entry
        self._parts[subscription.id] = subscription.channel, subscription.id, subscription.mode, subscription.mention
        if entry.subject not in self._buckets:
            self._buckets[entry.subject] = tuple(_Bucket() for _ in _LEVELS)
        self._buckets[entry.subject][entry.level].put(entry)

    def remove(self, id: SubscriptionId) -> None:
        """Forget a subscription; one that is not here is no error."""
        self.unreadable.pop(id, None)
        entry = self._entries.pop(id, None)
        if entry is not None:
            del self._parts[id]
            self._buckets[entry.subject][entry.level].remove(entry)

    def set_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Take over changed topics; a workspace's own topic takes the place of a built-in one of its name."""
        self.vocabulary = vocabulary
        for entry in list(self._entries.values()):
            if self._subject(entry.subscription) != entry.subject:
                self.put(entry.subscription)

    def set_tuning(self, tuning: Tuning) -> None:
        """Take over a channel's weights for a topic; without terms they are the common ones again."""
        self._tunings[tuning.channel, tuning.topic] = tuning
        for entry in list(self._entries.values()):
            if entry.subscription.channel == tuning.channel:
                self.put(entry.subscription)

    def wants(self, seen: Seen, matches: Sequence[Match]) -> list[Want]:
        """Return every want for a post with these topics, muted channels left out."""
        found = self._made(self.takers(seen, matches))
        if not self.mutes or not found:
            return found
        scopes = self.mutes.scopes(seen, (match.topic for match in matches))
        return [want for want in found if scopes.of(want.channel) is None] if scopes else found

    def _made(self, takers: Mapping[SubscriptionId, _Offer]) -> list[Want]:
        """Make the wants of all takers at once, column by column."""
        if not takers:
            return []
        offers = takers.values()
        channels, ids, modes, mentions = zip(*map(self._parts.__getitem__, takers), strict=True)
        labels, scores, slugs = map(_LABELS, offers), map(_SCORE, offers), map(_SLUG, offers)
        return list(map(_MAKE, zip(channels, ids, labels, scores, modes, mentions, slugs, strict=True)))

    def takers(self, seen: Seen, matches: Sequence[Match]) -> dict[SubscriptionId, _Offer]:
        """Return which subscriptions a post is for, and by what; mutes are not asked."""
        found: dict[SubscriptionId, _Offer] = {}
        for offer in self.offers(seen, matches):
            for bucket in self._buckets.get(offer.subject, ())[: offer.level + 1]:
                self._ask(bucket, offer, seen, found)
        return found

    def asked_one_by_one(self, seen: Seen, matches: Sequence[Match]) -> list[Want]:
        """Return what `wants` does, the slow way: what the index is measured and tested against."""
        scopes = self.mutes.scopes(seen, (match.topic for match in matches))
        offers = {offer.subject: offer for offer in self.offers(seen, matches)}
        found: dict[SubscriptionId, _Offer] = {}
        for entry in self._entries.values():
            offer = offers.get(entry.subject)
            taken = self._taken(entry, offer, seen) if offer and entry.level <= offer.level else None
            if taken is not None and scopes.of(entry.subscription.channel) is None:
                found[entry.subscription.id] = taken
        return self._made(found)

    def offers(self, seen: Seen, matches: Sequence[Match]) -> Iterator[_Offer]:
        """Yield what a post brings: its topics, its feed, itself to queries."""
        yield _Offer(("feed", str(seen.blog.id)), _ANY)
        yield _Offer(("query", ""), _ANY)
        for match in matches:
            level = _LEVELS.index(match.strictness)
            yield _Offer(("topic", match.topic), level, self._labels(match, matches)).weighed(match)

    def _labels(self, match: Match, matches: Sequence[Match]) -> tuple[str, ...]:
        """Return the label of the most specific matched topic under this one, then its own."""
        lineages, topics = self.vocabulary.lineages, self.vocabulary.topics
        under = [other.topic for other in matches if match.topic in lineages[other.topic]]
        deepest = max(under, key=lambda slug: len(lineages[slug]), default=match.topic)
        return tuple(dict.fromkeys((topics[deepest].label, topics[match.topic].label)))

    def _ask(self, bucket: _Bucket, offer: _Offer, seen: Seen, found: dict[SubscriptionId, _Offer]) -> None:
        """Add those of one bucket: all plain ones at once, the others by what they ask."""
        if seen.blog.shared:
            found.update(dict.fromkeys(bucket.plain, offer))
            asked = bucket.checked
        else:
            asked = bucket.plain | bucket.checked
        if bucket.by_word:
            for word in bucket.by_word.keys() & seen.words.folded:
                asked = asked | bucket.by_word[word]
        for id, entry in asked.items():
            if taken := self._taken(entry, offer, seen):
                found[id] = taken

    def _taken(self, entry: _Entry, offer: _Offer, seen: Seen) -> _Offer | None:
        """Return the offer if the subscription takes it, weighed as its channel weighs it."""
        # Who follows a blog itself gets its posts, also where topics do not use the blog.
        follows_it = entry.subject == ("feed", str(seen.blog.id))
        if not follows_it and not seen.blog.seen_in(entry.workspace):
            return None
        if entry.condition is not None and not entry.condition.holds(seen):
            return None
        if offer.match is None or entry.tuning is None:
            return offer
        match = tune(offer.match, entry.tuning, self.vocabulary)
        if match is None or _LEVELS.index(match.strictness) < entry.level:
            return None
        return offer.weighed(match)

    def _entry(self, subscription: Subscription) -> _Entry:
        condition, tuning = self._condition(subscription), None
        if isinstance(subscription.follows, FollowsTopic):
            tuning = self._tunings.get((subscription.channel, subscription.follows.slug))
        return _Entry(
            subscription=subscription,
            subject=self._subject(subscription),
            level=_level(subscription),
            workspace=workspace_of(subscription.channel),
            condition=condition,
            tuning=tuning if tuning and tuning.terms else None,
            needs=condition.needs() if condition is not None else None,
        )

    def _condition(self, subscription: Subscription) -> Query | None:
        try:
            return condition_of(subscription)
        except UsageError as error:
            self.unreadable[subscription.id] = str(error)
            return Or(())

    def _subject(self, subscription: Subscription) -> Subject:
        match subscription.follows:
            case FollowsTopic(slug=slug):
                own = own_slug(workspace_of(subscription.channel), slug)
                return "topic", own if own in self.vocabulary.topics else slug
            case FollowsFeed(feed_id=feed):
                return "feed", str(feed)
            case FollowsQuery():
                return "query", ""


def condition_of(subscription: Subscription) -> Query | None:
    """Return what must hold beside a topic or a feed.

    Raises UsageError where it was written for an older version of the language and cannot be read any more.
    """
    condition = parse_filters(subscription.filters)
    if not isinstance(subscription.follows, FollowsQuery):
        return condition
    query = parse_query(subscription.follows.text)
    return query if condition is None else And((query, condition))


def unreadable(subscription: Subscription) -> str | None:
    """Say why a subscription gets nothing because it cannot be read; None where it can."""
    try:
        condition_of(subscription)
    except UsageError as error:
        return str(error)
    return None


def _level(subscription: Subscription) -> int:
    """Return how strict a subscription is; to a feed or a query it makes no difference."""
    return _LEVELS.index(subscription.strictness) if isinstance(subscription.follows, FollowsTopic) else _ANY
