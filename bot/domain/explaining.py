"""Why a post came to a channel, or why not: from what was stored with it to sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.errors import UsageError
from bot.domain.model import (
    Channel,
    Evidence,
    FollowsFeed,
    FollowsQuery,
    FollowsTopic,
    Match,
    Post,
    Subscription,
    SubscriptionId,
)
from bot.domain.muting import Mute, Mutes
from bot.domain.query_text import parse_filters, parse_query
from bot.domain.seen import Blog, Seen
from bot.domain.strictness import reaches

MOST_TERMS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What became of the post's story in the channel."""

    state: str
    created_at: datetime
    #: None until the chat shows it.
    sent_at: datetime | None
    #: Who took it away; None: nobody.
    removed_by: str | None
    subscriptions: tuple[SubscriptionId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A post, its topics as they were stored, and what became of it in one channel."""

    post: Post
    blog: Blog
    #: Found when its blog was first read, or brought in afterwards: known, not news.
    known_before: bool
    matches: tuple[Match, ...]
    #: None: its story has no announcement here.
    came: Came | None
    #: The revision of each topic's rules that decided.
    revisions: Mapping[str, str] = field(default_factory=dict)


def why_topic(match: Match, label: str, revision: str = "") -> str:
    """Return one line for a topic: `NLP 13.0 (strict, rules 1f2e): llms in the title +6, gpt-5 in the text +3`."""
    terms = ", ".join(map(_in_words, match.evidence[:MOST_TERMS]))
    more = len(match.evidence) - MOST_TERMS
    rest = f" and {more} more" if more > 0 else ""
    rules = f", rules {revision}" if revision else ""
    return f"{label} {match.score:.1f} ({match.strictness}{rules}): {terms}{rest}"


def _in_words(evidence: Evidence) -> str:
    places = {"title": "in the title", "text": "in the text", "category": "as the blog's own category"}
    term = evidence.term.removeprefix("=").rstrip("*")
    return f"“{term}” {places.get(evidence.where, evidence.where)} {evidence.points:+g}"


def why_not(case: Case, subscription: Subscription, label: str) -> str | None:
    """Say why a subscription does not want the post; None where it does."""
    match subscription.follows:
        case FollowsTopic(slug=slug):
            found = next((match for match in case.matches if match.topic == slug), None)
            if found is None:
                return f"{label}: the post has not enough of its words."
            if not reaches(found.strictness, subscription.strictness):
                asked = subscription.strictness
                return f"{label}: only {found.score:.1f} points, enough for {found.strictness}, not for {asked}."
        case FollowsFeed(feed_id=feed):
            if feed != case.post.feed_id:
                return f"{label}: that is another blog."
        case FollowsQuery():
            pass
    return _unheld(case, subscription, label)


def _unheld(case: Case, subscription: Subscription, label: str) -> str | None:
    """Name the first filter that keeps the post out."""
    seen = Seen(case.post, case.blog)
    try:
        if isinstance(subscription.follows, FollowsQuery) and not parse_query(subscription.follows.text).holds(seen):
            return f"{label}: the query does not hold for it."
        for text in subscription.filters:
            query = parse_filters((text,))
            if query is not None and not query.holds(seen):
                return f"{label}: the filter {text} keeps it out."
    except UsageError:
        return f"{label}: its query can no longer be read; please make it anew."
    return None


def muted_by(case: Case, channel: Channel, mutes: Iterable[Mute]) -> Mute | None:
    """Return the mute that keeps the post out of the channel."""
    topics = [match.topic for match in case.matches]
    return Mutes(mutes).scopes(Seen(case.post, case.blog), topics).of(channel)


def explain(
    case: Case,
    channel: Channel,
    subscriptions: Sequence[Subscription],
    mutes: Sequence[Mute],
    labels: Mapping[SubscriptionId, str],
) -> list[str]:
    """Return the sentences that say whether and why it came here."""
    if case.came is not None:
        return _told(case.came, labels)
    if not subscriptions:
        return ["Nothing is followed here, so nothing comes."]
    if mute := muted_by(case, channel, mutes):
        where = "everywhere" if mute.channel is None else "here"
        return [f"It did not come: this {mute.kind} is muted {where}."]
    reasons = {one.id: why_not(case, one, labels[one.id]) for one in subscriptions}
    wanting = [one for one in subscriptions if reasons[one.id] is None]
    if not wanting:
        return ["It did not come here.", *filter(None, reasons.values())]
    return [_too_early(case, wanting, labels)]


def _too_early(case: Case, wanting: Sequence[Subscription], labels: Mapping[SubscriptionId, str]) -> str:
    names = ", ".join(labels[one.id] for one in wanting)
    first = min(one.created_at for one in wanting)
    if case.known_before:
        return f"{names} wants it, but it was there already when the blog was first read."
    if first > case.post.first_seen:
        return f"{names} wants it, but is followed here only since {first:%Y-%m-%d}, and the post is older."
    return f"{names} wants it by today's rules; when it was found, the rules were others."


def _told(came: Came, labels: Mapping[SubscriptionId, str]) -> list[str]:
    names = ", ".join(labels[one] for one in came.subscriptions if one in labels) or "a subscription that is gone"
    match came.state:
        case "sent":
            when = came.sent_at or came.created_at
            return [f"It came here on {when:%Y-%m-%d at %H:%M} UTC because of {names}."]
        case "removed":
            return [f"It came here because of {names}, and was removed by {came.removed_by}."]
        case "planned":
            return [f"It is on its way here because of {names}."]
        case "dead":
            return [f"{names} wants it, but the chat would not take the message."]
        case _:
            return [f"It was to come because of {names}, and was cancelled before it did."]
