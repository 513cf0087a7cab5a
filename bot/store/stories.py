"""Which story each new post joins, decided inside the transaction that stores it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
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

_SOME = 2000
#: As much of a text as the comparison reads.
_TEXT = 2400


class Stories:
    """The stories that a batch of posts may join, and the new ones it makes."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now
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
        """Return the story of each post: the oldest that matches, else one of its own."""
        await self._load(new)
        placed = {one.post.id: self._join(one) for one in new}
        await self._write()
        return placed

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

    async def _load(self, new: Sequence[NewPost]) -> None:
        k, s = story_keys.c, story_shingles.c
        urls = {one.face.url for one in new if one.face.url}
        for key, story in await rows_in(self._connection, (k.key, k.story), k.key, urls):
            self._by_url[bytes(key)].append(StoryId(story))
        self._samples = {one.post.id: self._sample(one) for one in new}
        # In order, as the table is: neighbours share pages.
        wanted = sorted({shingle for sample in self._samples.values() for shingle in sample})
        for shingle, story in await rows_in(self._connection, (s.shingle, s.story), s.shingle, wanted):
            self._by_shingle[shingle].append(StoryId(story))
        await self._load_faces(self._near(new))

    def _near(self, new: Sequence[NewPost]) -> set[StoryId]:
        by_url = (story for one in new if one.face.url for story in self._by_url.get(one.face.url, ()))
        by_text = (story for one in new for story in candidates(self._hits(self._samples[one.post.id])))
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
        keys = [{"key": key, "story": story} for key, story in self._new_urls.items()]
        await write_rows(self._connection, _KEYS[self._connection.dialect.name], keys)
        in_order = sorted(self._new_shingles, key=itemgetter(0))
        rows = [{"shingle": shingle, "story": story} for shingle, story in in_order]
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
