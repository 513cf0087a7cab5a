"""Topic pages that answer on a real socket."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy import update

from bot.domain.language import Languages
from bot.domain.model import TopicName
from bot.feeds.opml import write_opml
from bot.store.database import Database
from bot.store.pages import SqlPages
from bot.store.tables import post_topics, posts
from bot.web.access import Gate
from bot.web.app import make_app
from bot.web.pages import Pages
from bot.web.templates import Templates
from tests.clock import START, FakeClock
from tests.seeds import Seeds

TOPICS = (
    TopicName(slug="nlp", label="NLP", aliases=("natural-language-processing",)),
    TopicName(slug="rust", label="Rust"),
    TopicName(slug="rust-for-games", label="Rust for games"),
)


class FakeTopics:
    """A few topics, and none near them in chats."""

    async def all(self, workspace: str) -> Sequence[TopicName]:
        return TOPICS

    async def find(self, workspace: str, name: str) -> TopicName | None:
        return next((each for each in TOPICS if name in {each.slug, each.label, *each.aliases}), None)

    async def near(self, workspace: str, name: str) -> TopicName | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    client: ClientSession
    seeds: Seeds
    database: Database
    clock: FakeClock

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.get(path, headers=named, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def post(self, *, feed: int | None = None, hours: float = 1, **values: Any) -> str:
        """Store a post about NLP, written *hours* ago."""
        [post] = await self.seeds.posts(["Post"], feed=feed)
        await self.seeds.topic([post])
        when = START - timedelta(hours=hours)
        async with self.database.write() as connection:
            changes = {"sort_at": when, "published": when, **values}
            await connection.execute(update(posts).where(posts.c.id == post).values(changes))
            evidence = [["tokeniser", "title", 3.0], ["corpus", "text", 1.0]]
            of_post = update(post_topics).where(post_topics.c.post_id == post)
            await connection.execute(of_post.values(sort_at=when, evidence=evidence))
        return post


@contextlib.asynccontextmanager
async def served(
    database: Database, token: str = "", languages: Languages | None = None, *, counting: bool = True
) -> AsyncIterator[Served]:
    """Serve the pages for the length of the block."""
    clock = FakeClock()
    templates = Templates(languages or Languages(), clock)
    gate = Gate(purpose="pages", token=token, clock=clock, templates=templates)
    pages = Pages(
        shelf=SqlPages(database),
        topics=FakeTopics(),
        clock=clock,
        gate=gate,
        templates=templates,
        write_opml=write_opml,
        counting=counting,
    )
    async with (
        TestServer(make_app(pages.routes(), {})) as server,
        ClientSession(server.make_url("/")) as client,
    ):
        yield Served(client=client, seeds=Seeds(database), database=database, clock=clock)
