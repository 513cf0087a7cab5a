"""Which story each new post joins, decided inside the transaction that stores it.

On PostgreSQL several workers store posts side by side, and none sees what another has not committed. So each looks,
writes, and at its end takes a turn: where others had theirs since it looked, it looks again, and where they stored
something that its posts might have joined, it starts over (decision 009).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.keys import new_id
from bot.domain.model import FeedId, PostId, StoryId
from bot.domain.polled import NewPost
from bot.domain.story import COMMON, WINDOW, Face, candidates, face, oldest_match, sampled
from bot.store.batches import batches, rows_in, write_rows
from bot.store.columns import micros
from bot.store.tables import posts, stories, story_keys, story_shingles
from bot.store.versions import grow, number

_SOME = 2000
#: The row of `meta` that counts the transactions which stored posts.
_TURNS = "stories"
#: As much of a text as the comparison reads.
_TEXT = 2400


class Overtaken(Exception):
    """Another transaction has stored what posts of this one might have joined: roll it back and try again."""


class Stories:
    """The stories that a batch of posts may join, and the new ones it makes."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._posts: Sequence[NewPost] = ()
        self._turn: int | None = None
        self._by_url: dict[bytes, list[StoryId]] = defaultdict(list)
        self._by_shingle: dict[int, list[StoryId]] = defaultdict(list)
        self._faces: dict[StoryId, list[Face]] = {}
        #: 0 is the oldest.
        self._age: dict[StoryId, int] = {}
        self._samples: dict[PostId, list[int]] = {}
        self._new: list[StoryId] = []
        self._new_urls: dict[bytes, StoryId] = {}
        self._new_shingles: set[tuple[int, StoryId]] = set()

    async def place(self, new: Sequence[NewPost]) -> dict[PostId, StoryId]:
        """Return the story of each post: the oldest that matches, else one of its own. End with `confirm`."""
        self._posts = new
        if self._connection.dialect.name == "postgresql":
            # Before the first look: whoever has had a turn by now is seen by it.
            self._turn = await number(self._connection, _TURNS)
        await self._look()
        await self._load_faces(self._near())
        placed = {one.post.id: self._join(one) for one in new}
        await self._write()
        return placed

    async def confirm(self) -> None:
        """Make sure that nothing stored meanwhile by others would have been joined; else raise Overtaken.

        From here to the commit all others wait, so it comes last in the transaction.
        """
        if self._turn is None or await grow(self._connection, _TURNS) == self._turn + 1:
            return
        self._by_url.clear()
        self._by_shingle.clear()
        await self._look()
        sizes = await self._sizes(self._near() - set(self._new))
        if any(size != len(self._faces.get(story, ())) for story, size in sizes.items()):
            raise Overtaken

    async def _sizes(self, near: Iterable[StoryId]) -> dict[StoryId, int]:
        """Count the posts of stories as they are now, with those of this transaction."""
        found: dict[StoryId, int] = {}
        for some in batches(near, _SOME):
            statement = select(posts.c.story, func.count()).where(posts.c.story.in_(some)).group_by(posts.c.story)
            found |= {StoryId(story): size for story, size in await self._connection.execute(statement)}
        return found

    def _join(self, new: NewPost) -> StoryId:
        shingles = self._samples[new.post.id]
        hits = self._hits(shingles)
        by_url = self._by_url.get(new.face.url, []) if new.face.url else []
        near = {*by_url, *candidates(hits)}
        by_age = sorted(near & self._age.keys(), key=self._age.__getitem__)
        story = oldest_match(new.face, {story: self._faces[story] for story in by_age})
        if story is None:
            story = StoryId(new_id())
            self._new.append(story)
            self._faces[story] = []
            self._age[story] = len(self._age)
        self._faces[story].append(new.face)
        self._index(new.face, story, shingles)
        return story

    def _index(self, of: Face, story: StoryId, shingles: Collection[int]) -> None:
        if of.url and story not in self._by_url[of.url]:
            self._by_url[of.url].append(story)
            self._new_urls.setdefault(of.url, story)
        for shingle in shingles:
            if story not in self._by_shingle[shingle] and len(self._by_shingle[shingle]) < COMMON:
                self._by_shingle[shingle].append(story)
                self._new_shingles.add((shingle, story))

    def _sample(self, new: NewPost) -> list[int]:
        """The shingles a post is found by; none for a post older than copies of it could be."""
        when = new.post.published or new.post.first_seen
        return sampled(new.face.shingles) if when >= self._now - WINDOW else []

    async def _look(self) -> None:
        """Read which stories have an address or a shingle of the posts."""
        k, s = story_keys.c, story_shingles.c
        urls = {one.face.url for one in self._posts if one.face.url}
        for key, story in await rows_in(self._connection, (k.key, k.story), k.key, urls):
            self._by_url[bytes(key)].append(StoryId(story))
        self._samples = {one.post.id: self._sample(one) for one in self._posts}
        # In order, as the table is: neighbours share pages.
        wanted = sorted({shingle for sample in self._samples.values() for shingle in sample})
        for shingle, story in await rows_in(self._connection, (s.shingle, s.story), s.shingle, wanted):
            self._by_shingle[shingle].append(StoryId(story))

    def _near(self) -> set[StoryId]:
        by_url = (story for one in self._posts if one.face.url for story in self._by_url.get(one.face.url, ()))
        by_text = (story for one in self._posts for story in candidates(self._hits(self._samples[one.post.id])))
        return {*by_url, *by_text}

    def _hits(self, shingles: Iterable[int]) -> Iterable[StoryId]:
        found = (self._by_shingle.get(shingle, ()) for shingle in shingles)
        return (story for stories in found if len(stories) < COMMON for story in stories)

    async def _load_faces(self, near: Iterable[StoryId]) -> None:
        loaded: dict[StoryId, list[Face]] = defaultdict(list)
        made: dict[StoryId, Any] = {}
        for some in batches(near, _SOME):
            start = func.substr(posts.c.text, 1, _TEXT).label("start")
            statement = (
                select(posts.c.story, stories.c.created_at, posts.c.feed_id, posts.c.url, posts.c.title, start)
                .join(stories, stories.c.id == posts.c.story)
                .where(posts.c.story.in_(some))
            )
            for story, created, feed, url, title, text in await self._connection.execute(statement):
                loaded[StoryId(story)].append(face(FeedId(feed), url, title, text))
                made[StoryId(story)] = created
        self._faces = dict(loaded)
        self._age = {story: age for age, story in enumerate(sorted(made, key=lambda story: (made[story], story)))}

    async def _write(self) -> None:
        made = micros(self._now)
        await write_rows(self._connection, _STORIES, [{"id": story, "created_at": made} for story in self._new])
        # In one order everywhere: two transactions that add the same keys crosswise would wait for each other.
        keys = [{"key": key, "story": story} for key, story in sorted(self._new_urls.items())]
        await write_rows(self._connection, _KEYS[self._connection.dialect.name], keys)
        rows = [{"shingle": shingle, "story": story} for shingle, story in sorted(self._new_shingles)]
        await write_rows(self._connection, _SHINGLES[self._connection.dialect.name], rows)


_STORIES = insert(stories)
_KEYS = {
    "sqlite": sqlite.insert(story_keys).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(story_keys).on_conflict_do_nothing(),
}
_SHINGLES = {
    "sqlite": sqlite.insert(story_shingles).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(story_shingles).on_conflict_do_nothing(),
}
