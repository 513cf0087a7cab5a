"""From what a person typed to feeds that work: the address itself, the feeds its page names, or the usual places."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from bot.domain.errors import FeedNotReached, UsageError
from bot.domain.fetched import Body, Failed, Fetched, Gone, Parsed, ParsedFeed
from bot.domain.following import FeedList, FoundFeed
from bot.domain.links import host_of, is_concealed
from bot.domain.unsaid import stored
from bot.feeds.discovery import Candidate, well_known
from bot.feeds.guard import REFUSED
from bot.feeds.opml import looks_like_opml
from bot.feeds.text import safe_url

_DEADLINE = 25.0
_MOST = 5
#: A list of 5,000 feeds; what a workspace may have is far less.
_LARGEST_LIST = 1024 * 1024


class _Fetches(Protocol):
    async def fetch(self, url: str) -> Fetched: ...


class _Reads(Protocol):
    async def parse(self, body: Body, known: bytes = b"") -> Parsed: ...

    async def discover(self, body: Body) -> list[Candidate]: ...

    async def read_list(self, body: Body) -> FeedList: ...


class FeedFinder:
    """Keeps bot.ports.Discovery's promise."""

    def __init__(self, fetcher: _Fetches, parser: _Reads) -> None:
        self._fetcher = fetcher
        self._parser = parser

    async def discover(self, url: str) -> Sequence[FoundFeed] | FeedList:
        address = typed_address(url)
        try:
            async with asyncio.timeout(_DEADLINE):
                return await self._discover(address)
        except TimeoutError as error:
            raise FeedNotReached("{host} does not answer in time.", address, host=host_of(address)) from error

    async def _discover(self, address: str) -> Sequence[FoundFeed] | FeedList:
        answer = await self._fetcher.fetch(address)
        if isinstance(answer, Gone) or (isinstance(answer, Failed) and answer.why == REFUSED):
            raise UsageError(answer.why)
        if not isinstance(answer, Body):
            why = answer.why if isinstance(answer, Failed) else stored("The server gave no full answer.")
            raise FeedNotReached(why, address)
        if looks_like_opml(answer.body):
            return await self._list(answer)
        if found := await self._as_feed(answer, address):
            return [found]
        named = await self._parser.discover(answer)
        if feeds := await self._working(_with_login(candidate.url, address) for candidate in named[:_MOST]):
            return feeds
        if feeds := await self._working(_with_login(url, address) for url in well_known(answer.url)):
            return feeds[:1]
        raise UsageError("No feed was found at this address. Blogs mostly have one at /feed or /rss.xml.")

    async def _list(self, answer: Body) -> FeedList:
        if len(answer.body) > _LARGEST_LIST:
            raise UsageError("The list is larger than 1 MB.")
        return await self._parser.read_list(answer)

    async def _working(self, urls: Iterable[str]) -> list[FoundFeed]:
        """Those of *urls* that are feeds, in their order; the same feed under two addresses once."""
        tried = await asyncio.gather(*map(self._try, urls))
        found = {(feed.title, feed.site, feed.posts): feed for feed in reversed(tried) if feed}
        return [feed for feed in tried if feed and found.get((feed.title, feed.site, feed.posts)) is feed]

    async def _try(self, url: str) -> FoundFeed | None:
        answer = await self._fetcher.fetch(url)
        return await self._as_feed(answer, url) if isinstance(answer, Body) else None

    async def _as_feed(self, answer: Body, address: str) -> FoundFeed | None:
        parsed = await self._parser.parse(answer)
        if not isinstance(parsed, ParsedFeed):
            return None
        # A temporary redirect may lead elsewhere tomorrow: what was typed is what is kept.
        return FoundFeed(url=answer.moved_to or address, title=parsed.title, site=parsed.site, posts=len(parsed.posts))


def _with_login(url: str, address: str) -> str:
    """Return *url* with the login of *address* where both are of one server, and as well encrypted."""
    here, there = urlsplit(address), urlsplit(url)
    login, at, server = here.netloc.rpartition("@")
    if not at or there.netloc != server or there.scheme != here.scheme:
        return url
    return there._replace(netloc=f"{login}@{server}").geturl()


def typed_address(text: str) -> str:
    """Return the web address a person meant: `example.com`, `<https://…>`, `feed://…`. Raises UsageError."""
    address = text.strip().strip("<>").partition("|")[0].strip("\"'“”‘’ ")
    for scheme in ("feed:", "rss:"):
        if address.lower().startswith(scheme):
            address = address[len(scheme) :].removeprefix("//")
    bare = "://" not in address
    if is_concealed(address):
        raise UsageError("The password of that address is hidden in it; write the whole address.")
    url = safe_url(f"https://{address}" if bare else address)
    # One word is a topic that was not found rather than a host.
    if url is None or (bare and "." not in host_of(url)):
        raise UsageError("That is not a web address. Write it as in https://example.com/feed.")
    return url
