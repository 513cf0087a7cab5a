"""Sentences that several replies share; numbers in them are counted, never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.asking import options_in_words
from bot.domain.channels import ChannelState, ChannelStatus
from bot.domain.counted import counted
from bot.domain.following import FeedCounts
from bot.domain.language import Language
from bot.domain.message import Announcement
from bot.domain.model import Follows, FollowsFeed, FollowsQuery, FollowsTopic, Subscription, TopicName

DAYS = 30


def watching(say: Language, counts: FeedCounts) -> str:
    """Say how many blogs a workspace's topics are found in, and how many of them were never read so far."""
    if not counts.watched:
        return say("No blogs are watched yet: `/tidings feeds add URL` adds one.")
    text = say.plural("Watching {number} blog.", "Watching {number} blogs.", counts.watched)
    if not counts.waiting:
        return text
    waiting = say.plural(
        "{number} of them is being read for the first time.",
        "{number} of them are being read for the first time.",
        counts.waiting,
    )
    return f"{text} {waiting}"


def volume(say: Language, number: int, what: Follows, label: str) -> str:
    """Say how many posts there were lately: `9 posts about NLP in the last 30 days, about 2 a week.`"""
    if not number:
        return say("No posts {about} in the last {days} days.", about=about(say, what, label), days=DAYS)
    weekly = round(number * 7 / DAYS)
    return say.plural(
        "{number} post {about} in the last {days} days, {rate}.",
        "{number} posts {about} in the last {days} days, {rate}.",
        number,
        about=about(say, what, label),
        days=DAYS,
        rate=say("about {number} a week", number=weekly) if weekly else say("less than one a week"),
    )


def about(say: Language, what: Follows, label: str) -> str:
    """Return what posts are about, as it stands after the word `posts`."""
    match what:
        case FollowsTopic():
            return say("about {topic}", topic=label)
        case FollowsFeed():
            return say("by {blog}", blog=label)
        case FollowsQuery():
            return say("for {query}", query=label)


def label_of(follows: Follows, topics: Mapping[str, TopicName]) -> str:
    """Return what is followed, as people call it."""
    match follows:
        case FollowsTopic(slug=slug):
            return topics[slug].label if slug in topics else slug
        case FollowsFeed(label=label):
            return label
        case FollowsQuery(text=text):
            return f"query: {text}"


def name_of(follows: Follows) -> str:
    """Return what is followed, as it is typed."""
    match follows:
        case FollowsTopic(slug=slug):
            return slug
        case FollowsFeed(feed_id=feed):
            return f"feed:{feed}"
        case FollowsQuery(text=text):
            return f"query: {text}"


def described(say: Language, subscription: Subscription, topics: Mapping[str, TopicName]) -> str:
    """Return one line about a subscription: `NLP, strict, digest daily at 09:00 Europe/Berlin`."""
    return ", ".join([label_of(subscription.follows, topics), *options_in_words(say, subscription)])


def labelled(
    cards: Sequence[Announcement], topics: Mapping[str, TopicName], base: str = ""
) -> tuple[Announcement, ...]:
    """Return cards whose topics carry their labels instead of their slugs; views are shown where *base* counts them."""
    return tuple(
        replace(card, topics=tuple(topics[slug].label for slug in card.topics if slug in topics))
        for card in counted(cards, base)
    )


def state_of(say: Language, status: ChannelStatus) -> str:
    """Say why nothing is posted here at the moment; empty where all is well."""
    if status.state is ChannelState.ACTIVE:
        return ""
    if status.state is ChannelState.CLOSED:
        text = say("Posting here is stopped")
    elif status.paused_until is None:
        text = say("Posting here is paused")
    else:
        text = say("Posting here is paused until {time}", time=say.moment(status.paused_until))
    return f"{text}: {say.again(status.why)}" if status.why else text


def in_words(say: Language, names: Sequence[str]) -> str:
    """Return at most five names, and how many more there are."""
    if len(names) <= 6:
        return say.joined(names)
    return say.joined([*names[:5], say("{number} more", number=len(names) - 5)])


def headed(say: Language, heading: str, page: int) -> str:
    """Return the first line of a list of posts, and which page it is where that is not the first."""
    return f"{heading}:" if page == 1 else say("{heading}, page {page}:", heading=heading, page=page)
