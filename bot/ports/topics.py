"""What the core needs of the store to decide which posts belong where, and what people said of that."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.model import (
    AnnouncementId,
    Channel,
    Evidence,
    Feed,
    Post,
    TopicName,
)
from bot.domain.muting import Mute
from bot.domain.own_topics import OwnRules
from bot.domain.polled import Judged
from bot.domain.tuning import Change, Tuning
from bot.domain.vocabulary import Topic, Weight
from bot.domain.wishes import Changes, Wishes


class Topics(Protocol):
    """The topics a workspace sees: the built-in ones, and its own."""

    async def all(self, workspace: str) -> Sequence[TopicName]:
        """Return them by label."""

    async def find(self, workspace: str, name: str) -> TopicName | None:
        """Return the topic with this slug, label or alias; case and hyphens do not matter."""

    async def near(self, workspace: str, name: str) -> TopicName | None:
        """Return the one topic whose name is a slip of the pen away, to ask about; never to be assumed."""


class TopicRules(Protocol):
    """By which words topics are found."""

    async def rules(self, workspace: str, slug: str) -> Topic | None:
        """Return a topic of *workspace* with its terms."""

    async def weights(self, workspace: str, slug: str) -> Mapping[str, Weight]:
        """Return how much each term counts for a topic, the terms of the topics below it with them."""

    async def is_built_in(self, slug: str) -> bool:
        """Whether a topic of this name is there for everybody."""


class OwnTopics(Protocol):
    """The topics that workspaces made themselves; every change is noted in the audit and heeded by the next post."""

    async def find(self, workspace: str, slug: str) -> OwnRules | None:
        """Return the rules of a topic of *workspace*."""

    async def share(self, workspace: str, slug: str, rules: OwnRules, since: datetime) -> tuple[int, int]:
        """Return how many posts since then such a topic would have, and of how many; nothing is stored."""

    async def put(self, workspace: str, slug: str, rules: OwnRules, *, by: str, now: datetime, limit: int) -> None:
        """Make or change a topic. Raises UsageError where the workspace has *limit* already."""

    async def rematch(self, workspace: str, slug: str, since: datetime) -> int:
        """File the posts since then under the topic as it is now; nothing is announced. Return how many."""

    async def delete(self, workspace: str, slug: str, *, by: str, now: datetime) -> bool:
        """Delete a topic; False: there was none."""

    async def followers(self, workspace: str, slug: str) -> int:
        """Count the channels of *workspace* that follow a topic of this name."""


class Feedback(Protocol):
    """What people said about announcements, and how channels weigh topics since."""

    async def vote(self, announcement: AnnouncementId, channel: Channel, person: str, now: datetime) -> str | None:
        """Count one `Not about`, once for a person and post; return the topic, None where there is none."""

    async def unvote(self, announcement: AnnouncementId, channel: Channel, person: str) -> str | None:
        """Take a person's `Not about` back; return the topic, None where there is none."""

    async def ballots(self, channel: Channel, topic: str) -> Sequence[Sequence[Evidence]]:
        """Return the evidence of the match behind every vote in *channel* against *topic*."""

    async def tunings(self, channel: Channel) -> Mapping[str, Mapping[str, Change]]:
        """Return what *channel* changed, by topic and term."""

    async def tune(self, tuning: Tuning, *, by: str, now: datetime) -> None:
        """Weigh a topic's terms for one channel; without terms, as everywhere."""


class MuteBook(Protocol):
    """What channels and workspaces never want to see again; every change is heeded by the next post."""

    async def of_channel(self, channel: Channel) -> Sequence[Mute]:
        """Return what is muted in *channel*, its workspace's mutes included, oldest first."""

    async def add(self, mute: Mute, here: Channel) -> bool:
        """Mute, with a line in the audit; False: it is muted already. *here* is where it was asked for."""

    async def remove(self, id: int, here: Channel, by: str, now: datetime) -> bool:
        """Unmute; False: there is no such mute that applies *here*."""


class Judge(Protocol):
    """What a post is about and who wants it."""

    @property
    def version(self) -> int:
        """The version of subscriptions, topics and mutes that it decides by."""

    def judge(self, post: Post, feed: Feed, workspaces: Collection[str]) -> Judged:
        """Decide for a post of *feed*, which *workspaces* see ('' is everybody)."""

    async def refresh(self) -> None:
        """Take in what has changed since."""


class WishBook(Protocol):
    """All that decides who wants a post, to be held in memory."""

    async def version(self) -> int:
        """Return the number that grows with every change."""

    async def wishes(self) -> Wishes:
        """Return everything, as it was at one version."""

    async def changes(self, since: int) -> Changes | None:
        """Return what has changed since a version; None where that is no longer known: read everything."""
