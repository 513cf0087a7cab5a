"""Who wants a post: an index from topics, feeds and words to subscriptions, changed in place."""

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.audience import LEVELS, Audience, Entry, Offer, Subject, wants_of
from bot.domain.errors import UsageError
from bot.domain.model import (
    Channel,
    Follows,
    FollowsFeed,
    FollowsQuery,
    FollowsTopic,
    Match,
    Mode,
    Subscription,
    SubscriptionId,
    Taker,
    Want,
    workspace_of,
)
from bot.domain.muting import Mutes
from bot.domain.query import And, Or, Query
from bot.domain.query_text import parse_filters, parse_query
from bot.domain.seen import Seen
from bot.domain.tuning import Tuning, tune
from bot.domain.unsaid import Text
from bot.domain.vocabulary import Vocabulary, own_slug

_ANY = 0


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
        self._tunings = _by_place(tunings)
        self._entries: dict[SubscriptionId, Entry] = {}
        self._audiences: dict[Subject, Audience] = {}
        #: Few modes are in use: one object for each, so that making wants stays in the processor's cache.
        self._modes: dict[Mode, Mode] = {}
        for subscription in subscriptions:
            self.put(subscription)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def subscriptions(self) -> Iterator[Subscription]:
        """Yield every subscription."""
        return (entry.subscription for entry in self._entries.values())

    def put(self, subscription: Subscription) -> None:
        """Add a subscription, or replace the one with its id."""
        self.remove(subscription.id)
        entry = self._entry(subscription)
        self._entries[subscription.id] = entry
        audience = self._audiences.get(entry.subject)
        if audience is None:
            audience = self._audiences[entry.subject] = Audience()
        audience.put(entry)

    def remove(self, id: SubscriptionId) -> None:
        """Forget a subscription; one that is not here is no error."""
        self.unreadable.pop(id, None)
        entry = self._entries.pop(id, None)
        if entry is not None:
            self._audiences[entry.subject].remove(entry)

    def set_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Take over changed topics; a workspace's own topic takes the place of a built-in one of its name."""
        changed = vocabulary.topics.keys() ^ self.vocabulary.topics.keys()
        self.vocabulary = vocabulary
        for slug in changed:
            # An own topic's followers may have moved to the built-in one of the name, and back.
            for name in {slug, slug.rpartition("/")[2]}:
                self._again(("topic", name))

    def set_tunings(self, tunings: Iterable[Tuning]) -> None:
        """Take over how channels weigh topics; what is not among *tunings* is weighed as everywhere again."""
        now = _by_place(tunings)
        changed = [key for key in now.keys() | self._tunings.keys() if now.get(key) != self._tunings.get(key)]
        self._tunings = now
        for channel, topic in changed:
            for name in (topic, own_slug(workspace_of(channel), topic)):
                self._again(("topic", name))

    def _again(self, subject: Subject) -> None:
        """Decide anew how those who follow a subject are asked."""
        if audience := self._audiences.get(subject):
            for id in audience.ids():
                self.put(self._entries[id].subscription)

    def wants(self, seen: Seen, matches: Sequence[Match]) -> list[Want]:
        """Return every want for a post with these topics, muted channels left out."""
        found: list[Want] = []
        for offer in self.offers(seen, matches):
            if audience := self._audiences.get(offer.subject):
                self._ask(audience, offer, seen, found)
        if not self.mutes or not found:
            return found
        scopes = self.mutes.scopes(seen, (match.topic for match in matches), self.vocabulary.topics)
        return [want for want in found if scopes.of(want.channel) is None] if scopes else found

    def asked_one_by_one(self, seen: Seen, matches: Sequence[Match]) -> list[Want]:
        """Return what `wants` does, the slow way: what the index is measured and tested against."""
        scopes = self.mutes.scopes(seen, (match.topic for match in matches), self.vocabulary.topics)
        offers = {offer.subject: offer for offer in self.offers(seen, matches)}
        found: list[Want] = []
        for entry in self._entries.values():
            offer = offers.get(entry.subject)
            taken = self._taken(entry, offer, seen) if offer and entry.level <= offer.level else None
            if taken is not None and scopes.of(entry.subscription.channel) is None:
                found += wants_of([entry.taker], taken)
        return found

    def offers(self, seen: Seen, matches: Sequence[Match]) -> Iterator[Offer]:
        """Yield what a post brings: its topics, its feed, itself to queries."""
        yield Offer(("feed", str(seen.blog.id)), _ANY)
        yield Offer(("query", ""), _ANY)
        for match in matches:
            level = LEVELS.index(match.strictness)
            yield Offer(("topic", match.topic), level, self._labels(match, matches)).weighed(match)

    def _labels(self, match: Match, matches: Sequence[Match]) -> tuple[str, ...]:
        """Return the label of the most specific matched topic under this one, then its own."""
        lineages, topics = self.vocabulary.lineages, self.vocabulary.topics
        under = [other.topic for other in matches if match.topic in lineages[other.topic]]
        deepest = max(under, key=lambda slug: len(lineages[slug]), default=match.topic)
        return tuple(dict.fromkeys((topics[deepest].label, topics[match.topic].label)))

    def _ask(self, audience: Audience, offer: Offer, seen: Seen, found: list[Want]) -> None:
        """Add the wants of one audience: of all plain ones at once, of the others by what they ask."""
        takers = audience.plain(offer.level)
        if not seen.blog.shared:
            takers = [one for one in takers if self._sees(self._entries[one.subscription], seen)]
        for entry in audience.asked(seen.words.folded, offer.level):
            taken = self._taken(entry, offer, seen, by_word=True)
            if taken is offer:
                takers.append(entry.taker)
            elif taken is not None:
                found += wants_of([entry.taker], taken)
        found += wants_of(takers, offer)

    def _taken(self, entry: Entry, offer: Offer, seen: Seen, *, by_word: bool = False) -> Offer | None:
        """Return the offer if the subscription takes it, weighed as its channel weighs it.

        *by_word*: it was found by one of the words it needs, which may be all it takes.
        """
        if not self._sees(entry, seen):
            return None
        if entry.condition is not None and not (by_word and entry.needs_suffice) and not entry.condition.holds(seen):
            return None
        if offer.match is None or entry.tuning is None:
            return offer
        match = tune(offer.match, entry.tuning, self.vocabulary)
        if match is None or LEVELS.index(match.strictness) < entry.level:
            return None
        return offer.weighed(match)

    def _sees(self, entry: Entry, seen: Seen) -> bool:
        # Who follows a blog itself gets its posts, also where topics do not use the blog.
        return seen.blog.seen_in(entry.workspace) or entry.subject == ("feed", str(seen.blog.id))

    def _entry(self, subscription: Subscription) -> Entry:
        condition, tuning = self._condition(subscription), None
        channel, mode = subscription.channel, subscription.mode
        workspace = workspace_of(channel)
        if isinstance(subscription.follows, FollowsTopic):
            tuning = self._tunings.get((channel, subscription.follows.slug))
        return Entry(
            subscription=subscription,
            taker=Taker(channel, subscription.id, self._modes.setdefault(mode, mode), subscription.mention),
            subject=self._subject(subscription.follows, workspace),
            level=_level(subscription),
            workspace=workspace,
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

    def _subject(self, follows: Follows, workspace: str) -> Subject:
        match follows:
            case FollowsTopic(slug=slug):
                own = own_slug(workspace, slug)
                return "topic", own if own in self.vocabulary.topics else slug
            case FollowsFeed(feed_id=feed):
                return "feed", str(feed)
            case FollowsQuery():
                return "query", ""


def _by_place(tunings: Iterable[Tuning]) -> dict[tuple[Channel, str], Tuning]:
    return {(tuning.channel, tuning.topic): tuning for tuning in tunings}


def condition_of(subscription: Subscription) -> Query | None:
    """Return what must hold beside a topic or a feed.

    Raises UsageError where it was written for an older version of the language and cannot be read any more.
    """
    condition = parse_filters(subscription.filters)
    if not isinstance(subscription.follows, FollowsQuery):
        return condition
    query = parse_query(subscription.follows.text)
    return query if condition is None else And((query, condition))


def unreadable(subscription: Subscription) -> Text | None:
    """Say why a subscription gets nothing because it cannot be read; None where it can."""
    try:
        condition_of(subscription)
    except UsageError as error:
        return error.told
    return None


def _level(subscription: Subscription) -> int:
    """Return how strict a subscription is; to a feed or a query it makes no difference."""
    return LEVELS.index(subscription.strictness) if isinstance(subscription.follows, FollowsTopic) else _ANY
