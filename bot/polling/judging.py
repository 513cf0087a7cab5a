"""What a post is about and who wants it, by what was wished at one version."""

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.domain.matching import match
from bot.domain.model import Feed, Match, Post, Subscription
from bot.domain.muting import Mutes
from bot.domain.polled import Filed, Judged
from bot.domain.seen import Blog, Seen
from bot.domain.vocabulary import Topic, Vocabulary
from bot.domain.wanting import Wanting
from bot.domain.wishes import Changes, Wishes
from bot.ports.topics import WishBook

#: Subscriptions taken in before others get a turn.
AT_ONCE = 1000


class WishJudge:
    """Keeps bot.ports.Judge: matches posts against the topics and asks the index of subscriptions."""

    def __init__(self, topics: Sequence[Topic], book: WishBook) -> None:
        """*topics* are the built-in ones."""
        self._built_in = tuple(topics)
        self._book = book
        self._version = -1
        #: Commands, polls and a tick may all ask for what is new: one after the other.
        self._turn = asyncio.Lock()
        self._vocabulary = Vocabulary(self._built_in)
        self._revisions = _revisions(self._built_in)
        self._wanting = Wanting(self._vocabulary)

    @property
    def version(self) -> int:
        return self._version

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
        async with self._turn:
            if await self._book.version() != self._version:
                known = await self._book.changes(self._version)
                await self._take(known or self._differing(await self._book.wishes()))

    async def _take(self, changes: Changes) -> None:
        if changes.topics is not None:
            # Some milliseconds of compiling for each own topic: beside the loop.
            self._vocabulary = await asyncio.to_thread(Vocabulary, (*self._built_in, *changes.topics))
            self._revisions = _revisions((*self._built_in, *changes.topics))
            self._wanting.set_vocabulary(self._vocabulary)
        await self._take_subscriptions(changes.subscriptions)
        for gone in changes.ended:
            self._wanting.remove(gone)
        if changes.tunings is not None:
            self._wanting.set_tunings(changes.tunings)
        if changes.mutes is not None:
            self._wanting.mutes = Mutes(changes.mutes)
        self._version = changes.version

    async def _take_subscriptions(self, changed: Sequence[Subscription]) -> None:
        for number, one in enumerate(changed, 1):
            self._wanting.put(one)
            if number % AT_ONCE == 0:
                # Thousands at the first reading: chats must be answered meanwhile.
                await asyncio.sleep(0)

    def _differing(self, wishes: Wishes) -> Changes:
        """Return what is not known yet of everything there is."""
        known = {one.id: one for one in self._wanting.subscriptions}
        changed = tuple(one for one in wishes.subscriptions if known.pop(one.id, None) != one)
        return Changes(
            version=wishes.version,
            subscriptions=changed,
            ended=frozenset(known),
            mutes=wishes.mutes,
            tunings=wishes.tunings,
            topics=wishes.topics,
        )

    def _filed(self, found: Match) -> Filed:
        workspace, _, slug = found.topic.rpartition("/")
        return Filed(workspace=workspace, match=replace(found, topic=slug), revision=self._revisions[found.topic])


def _revisions(topics: Sequence[Topic]) -> dict[str, str]:
    """Return a short name for each topic's rules as they are: it changes when they do."""
    return {topic.slug: hashlib.blake2b(repr(topic).encode(), digest_size=4).hexdigest() for topic in topics}
