"""Sentences that several replies share; numbers in them are counted, never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.asking import options_of
from bot.domain.channels import ChannelState, ChannelStatus
from bot.domain.counted import counted
from bot.domain.following import FeedCounts
from bot.domain.message import Announcement
from bot.domain.model import Follows, FollowsFeed, FollowsQuery, FollowsTopic, Subscription, TopicName
from bot.domain.typed import count, joined

DAYS = 30


def watching(counts: FeedCounts) -> str:
    """Say how many blogs a workspace's topics are found in, and how many of them were never read so far."""
    if not counts.watched:
        return "No blogs are watched yet: `/tidings feeds add URL` adds one."
    text = f"Watching {count(counts.watched, 'blog')}."
    if counts.waiting:
        text += f" {counts.waiting:,} of them {are(counts.waiting)} being read for the first time."
    return text


def are(number: int) -> str:
    return "is" if number == 1 else "are"


def volume(number: int, about: str) -> str:
    """Say how many posts there were lately: `9 posts about NLP in the last 30 days, about 2 a week.`"""
    if not number:
        return f"No posts {about} in the last {DAYS} days."
    weekly = round(number * 7 / DAYS)
    rate = f", about {weekly} a week" if weekly else ", less than one a week"
    return f"{count(number, 'post')} {about} in the last {DAYS} days{rate}."


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


def described(subscription: Subscription, topics: Mapping[str, TopicName]) -> str:
    """Return one line about a subscription: `NLP, strict, digest daily at 09:00 Europe/Berlin`."""
    return ", ".join([label_of(subscription.follows, topics), *options_of(subscription)])


def labelled(
    cards: Sequence[Announcement], topics: Mapping[str, TopicName], base: str = ""
) -> tuple[Announcement, ...]:
    """Return cards whose topics carry their labels instead of their slugs; views are shown where *base* counts them."""
    return tuple(
        replace(card, topics=tuple(topics[slug].label for slug in card.topics if slug in topics))
        for card in counted(cards, base)
    )


def state_of(status: ChannelStatus) -> str:
    """Say why nothing is posted here at the moment; empty where all is well."""
    if status.state is ChannelState.ACTIVE:
        return ""
    until = f" until {status.paused_until:%Y-%m-%d %H:%M} UTC" if status.paused_until else ""
    why = f": {status.why}" if status.why else ""
    return f"Posting here is {'paused' if status.state is ChannelState.PAUSED else 'stopped'}{until}{why}"


def in_words(names: Sequence[str]) -> str:
    """Return at most five names, and how many more there are."""
    return joined([*names[:5], f"{len(names) - 5} more"] if len(names) > 6 else names)
