"""A blog that is polled without a network: what it publishes, everybody who follows wants."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.domain.fetched import Body, NotModified, ParsedFeed, ParsedPost
from bot.domain.model import Feed, Mode, Post, SubscriptionId, Taker, Want
from bot.domain.polled import Judged
from tests.clock import FakeClock
from tests.seeds import NLP


@dataclass
class Blog:
    """Fetcher, parser and judge in one."""

    clock: FakeClock
    #: Who follows it, and how; shared with the test.
    follows: Mapping[SubscriptionId, Mode] = field(default_factory=dict)
    posts: list[ParsedPost] = field(default_factory=list)
    version: int = 0

    def publish(self, count: int) -> None:
        for number in range(len(self.posts), len(self.posts) + count):
            url = f"https://blog.example/{number}"
            self.posts.append(
                ParsedPost(guid=url, url=url, title=f"Post {number}", summary="", text="", published=self.clock.now())
            )

    # -- bot.ports.Fetcher ----------------------------------------------------------------------
    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None, readers: int = 0
    ) -> Body | NotModified:
        current = f'"{len(self.posts)}"'
        return NotModified() if etag == current else Body(body=current.encode(), url=url, etag=current)

    def is_inside(self, host: str) -> bool:
        return True

    # -- bot.ports.Parser -----------------------------------------------------------------------
    async def parse(self, body: Body, known: bytes = b"") -> ParsedFeed:
        return ParsedFeed(title="A blog", posts=tuple(reversed(self.posts)), window=len(self.posts))

    # -- bot.ports.Judge ------------------------------------------------------------------------
    def judge(self, post: Post, feed: Feed, workspaces: Collection[str]) -> Judged:
        return Judged(
            wants=tuple(Want(Taker(NLP, one, mode), topics=("NLP",), score=1.0) for one, mode in self.follows.items())
        )

    async def refresh(self) -> None:
        """Know everything already."""
