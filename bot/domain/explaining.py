"""Why a post came to a channel, or why not: from what was stored with it to sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.errors import UsageError
from bot.domain.language import Language
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
from bot.domain.muting import Mute, MuteKind, Mutes
from bot.domain.query_text import parse_filters, parse_query
from bot.domain.seen import Blog, Seen
from bot.domain.strictness import HOW_STRICT, reaches
from bot.domain.unsaid import Text

MOST_TERMS = 5
_FOUND = {
    "title": Text("“{term}” in the title {points}"),
    "text": Text("“{term}” in the text {points}"),
    "category": Text("“{term}” as the blog's own category {points}"),
}
_MUTED_HERE: Mapping[MuteKind, Text] = {
    "feed": Text("It did not come: this feed is muted here."),
    "topic": Text("It did not come: this topic is muted here."),
    "word": Text("It did not come: this word is muted here."),
}
_MUTED_EVERYWHERE: Mapping[MuteKind, Text] = {
    "feed": Text("It did not come: this feed is muted everywhere."),
    "topic": Text("It did not come: this topic is muted everywhere."),
    "word": Text("It did not come: this word is muted everywhere."),
}


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


def why_topic(say: Language, match: Match, label: str, revision: str = "") -> str:
    """Return one line for a topic: `NLP 13.0 (strict, rules 1f2e): llms in the title +6, gpt-5 in the text +3`."""
    terms = ", ".join(_in_words(say, one) for one in match.evidence[:MOST_TERMS])
    more = len(match.evidence) - MOST_TERMS
    if more > 0:
        terms = say("{terms} and {number} more", terms=terms, number=more)
    how = say(HOW_STRICT[match.strictness])
    if revision:
        how = say("{strictness}, rules {revision}", strictness=how, revision=revision)
    return f"{label} {say.tenths(match.score)} ({how}): {terms}"


def _in_words(say: Language, evidence: Evidence) -> str:
    term = evidence.term.removeprefix("=").rstrip("*")
    points = f"{'+' if evidence.points >= 0 else ''}{say.number(evidence.points)}"
    return say(_FOUND[evidence.where], term=term, points=points)


def why_not(say: Language, case: Case, subscription: Subscription, label: str) -> str | None:
    """Say why a subscription does not want the post; None where it does."""
    match subscription.follows:
        case FollowsTopic(slug=slug):
            found = next((match for match in case.matches if match.topic == slug), None)
            if found is None:
                return say("{what}: the post has not enough of its words.", what=label)
            if not reaches(found.strictness, subscription.strictness):
                return say(
                    "{what}: only {points} points, enough for {reached}, not for {asked}.",
                    what=label,
                    points=say.tenths(found.score),
                    reached=say(HOW_STRICT[found.strictness]),
                    asked=say(HOW_STRICT[subscription.strictness]),
                )
        case FollowsFeed(feed_id=feed):
            if feed != case.post.feed_id:
                return say("{what}: that is another blog.", what=label)
        case FollowsQuery():
            pass
    return _unheld(say, case, subscription, label)


def _unheld(say: Language, case: Case, subscription: Subscription, label: str) -> str | None:
    """Name the first filter that keeps the post out."""
    seen = Seen(case.post, case.blog)
    try:
        if isinstance(subscription.follows, FollowsQuery) and not parse_query(subscription.follows.text).holds(seen):
            return say("{what}: the query does not hold for it.", what=label)
        for text in subscription.filters:
            query = parse_filters((text,))
            if query is not None and not query.holds(seen):
                return say("{what}: the filter {filter} keeps it out.", what=label, filter=text)
    except UsageError:
        return say("{what}: its query can no longer be read; please make it anew.", what=label)
    return None


def muted_by(case: Case, channel: Channel, mutes: Iterable[Mute]) -> Mute | None:
    """Return the mute that keeps the post out of the channel."""
    topics = [match.topic for match in case.matches]
    return Mutes(mutes).scopes(Seen(case.post, case.blog), topics).of(channel)


def explain(
    say: Language,
    case: Case,
    channel: Channel,
    subscriptions: Sequence[Subscription],
    mutes: Sequence[Mute],
    *,
    labels: Mapping[SubscriptionId, str],
) -> list[str]:
    """Return the sentences that say whether and why it came here."""
    if case.came is not None:
        return [_told(say, case.came, labels)]
    if not subscriptions:
        return [say("Nothing is followed here, so nothing comes.")]
    if mute := muted_by(case, channel, mutes):
        return [say((_MUTED_EVERYWHERE if mute.channel is None else _MUTED_HERE)[mute.kind])]
    reasons = {one.id: why_not(say, case, one, labels[one.id]) for one in subscriptions}
    wanting = [one for one in subscriptions if reasons[one.id] is None]
    if not wanting:
        return [say("It did not come here."), *filter(None, reasons.values())]
    return [_too_early(say, case, wanting, labels)]


def _too_early(say: Language, case: Case, wanting: Sequence[Subscription], labels: Mapping[SubscriptionId, str]) -> str:
    names = ", ".join(labels[one.id] for one in wanting)
    first = min(one.created_at for one in wanting)
    if case.known_before:
        return say("{names} wants it, but it was there already when the blog was first read.", names=names)
    if first > case.post.first_seen:
        return say(
            "{names} wants it, but is followed here only since {day}, and the post is older.",
            names=names,
            day=say.day(first),
        )
    return say("{names} wants it by today's rules; when it was found, the rules were others.", names=names)


def _told(say: Language, came: Came, labels: Mapping[SubscriptionId, str]) -> str:
    names = ", ".join(labels[one] for one in came.subscriptions if one in labels)
    names = names or say("a subscription that is gone")
    match came.state:
        case "sent":
            when = came.sent_at or came.created_at
            return say(
                "It came here on {day} at {time} UTC because of {names}.",
                day=say.day(when),
                time=f"{when:%H:%M}",
                names=names,
            )
        case "removed":
            return say(
                "It came here because of {names}, and was removed by {person}.", names=names, person=came.removed_by
            )
        case "planned":
            return say("It is on its way here because of {names}.", names=names)
        case "dead":
            return say("{names} wants it, but the chat would not take the message.", names=names)
        case _:
            return say("It was to come because of {names}, and was cancelled before it did.", names=names)
