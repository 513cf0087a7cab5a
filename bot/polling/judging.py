"""What a post is about and who wants it, by what was wished at one version."""

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.domain.matching import match
from bot.domain.model import Feed, Match, Post
from bot.domain.muting import Mutes
from bot.domain.polled import Filed, Judged
from bot.domain.seen import Blog, Seen
from bot.domain.tuning import Tuning
from bot.domain.vocabulary import Topic, Vocabulary
from bot.domain.wanting import Wanting
from bot.domain.wishes import Wishes
from bot.ports.topics import WishBook


class WishJudge:
    """Keeps bot.ports.Judge: matches posts against the topics and asks the index of subscriptions."""

    def __init__(self, topics: Sequence[Topic], book: WishBook) -> None:
        """*topics* are the built-in ones."""
        self._built_in = tuple(topics)
        self._book = book
        self._known = Wishes(version=-1)
        self._vocabulary = Vocabulary(self._built_in)
        self._revisions = _revisions(self._built_in)
        self._wanting = Wanting(self._vocabulary)

    @property
    def version(self) -> int:
        return self._known.version

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the topics, those of all workspaces included."""
        return self._vocabulary

    def judge(self, post: Post, feed: Feed, workspaces: Collection[str]) -> Judged:
        """Decide for a post of *feed*, which *workspaces* see ('' is everybody)."""
        blog = Blog.of(feed, workspaces)
        matches = match(post, self._vocabulary)
        # Built-in topics are everybody's; who may see the post in them is decided where it is read.
        filed = [one for one in map(self._filed, matches) if not one.workspace or blog.seen_in(one.workspace)]
        return Judged(topics=tuple(filed), wants=tuple(self._wanting.wants(Seen(post, blog), matches)))

    async def refresh(self) -> None:
        """Take in what has changed since."""
        if await self._book.version() == self._known.version:
            return
        wishes = await self._book.wishes()
        if wishes.topics != self._known.topics:
            # Some milliseconds of compiling for each own topic: beside the loop.
            self._vocabulary = await asyncio.to_thread(Vocabulary, (*self._built_in, *wishes.topics))
            self._revisions = _revisions((*self._built_in, *wishes.topics))
            self._wanting.set_vocabulary(self._vocabulary)
        self._take(wishes)

    def _take(self, wishes: Wishes) -> None:
        before = {one.id: one for one in self._known.subscriptions}
        for one in wishes.subscriptions:
            if before.pop(one.id, None) != one:
                self._wanting.put(one)
        for gone in before:
            self._wanting.remove(gone)
        if wishes.tunings != self._known.tunings:
            kept = {(one.channel, one.topic) for one in wishes.tunings}
            dropped = [one for one in self._known.tunings if (one.channel, one.topic) not in kept]
            for tuning in (*wishes.tunings, *(Tuning(channel=one.channel, topic=one.topic) for one in dropped)):
                self._wanting.set_tuning(tuning)
        if wishes.mutes != self._known.mutes:
            self._wanting.mutes = Mutes(wishes.mutes)
        self._wanting.version = wishes.version
        self._known = wishes

    def _filed(self, found: Match) -> Filed:
        workspace, _, slug = found.topic.rpartition("/")
        return Filed(workspace=workspace, match=replace(found, topic=slug), revision=self._revisions[found.topic])


def _revisions(topics: Sequence[Topic]) -> dict[str, str]:
    """Return a short name for each topic's rules as they are: it changes when they do."""
    return {topic.slug: hashlib.blake2b(repr(topic).encode(), digest_size=4).hexdigest() for topic in topics}
