"""Feeds behind a password: who gets it, and where it must not come up."""

import base64
import ipaddress
from collections.abc import AsyncIterator

import pytest

from bot.domain.fetched import Body, Failed, ParsedFeed
from bot.domain.following import FeedList
from bot.feeds.fetch import FetchLimits, HttpFetcher
from bot.feeds.finding import FeedFinder
from bot.feeds.guard import Guard
from bot.feeds.parsing import ParserPool
from tests.fakes.feed_server import Answer, FeedServer, Item, Request, rss

LOGIN = "Basic " + base64.b64encode(b"ann:canary").decode()


def guarded(request: Request) -> Answer:
    if request.headers.get("authorization") != LOGIN:
        return Answer(b"", 401)
    return Answer(rss([Item("Inside", "/posts/1", guid="1")]).replace(b"http://blog.example/<", b"/home<"))


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as server:
        server.serve("/feed", guarded)
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    guard = Guard(inside=(ipaddress.ip_network("127.0.0.0/8"),))
    async with HttpFetcher(guard, user_agent="Tidings/0 (+x)", limits=FetchLimits(deadline=2, refusal=0)) as fetcher:
        yield fetcher


async def test_relative_links_of_a_feed_behind_a_password_hold_none(server: FeedServer, fetcher: HttpFetcher) -> None:
    answer = await fetcher.fetch(server.url("/feed", host="ann:canary@127.0.0.1"))

    assert isinstance(answer, Body)
    async with ParserPool(1) as parser:
        parsed = await parser.parse(answer)
    assert isinstance(parsed, ParsedFeed)
    assert (parsed.site, parsed.posts[0].url) == (server.url("/home"), server.url("/posts/1"))


@pytest.mark.parametrize("status", [301, 302])
async def test_a_redirect_on_the_same_server_keeps_the_login(
    server: FeedServer, fetcher: HttpFetcher, status: int
) -> None:
    for path, target in (("/relative", "/feed"), ("/absolute", server.url("/feed"))):
        server.serve(path, Answer(b"", status, {"Location": target}))

        answer = await fetcher.fetch(server.url(path, host="ann:canary@127.0.0.1"))

        assert isinstance(answer, Body)
        assert answer.moved_to == (server.url("/feed", host="ann:canary@127.0.0.1") if status == 301 else None)


async def test_a_site_behind_a_password_leads_to_its_feed_with_it(server: FeedServer, fetcher: HttpFetcher) -> None:
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head></html>'
    server.serve("/", Answer(page.encode(), headers={"Content-Type": "text/html"}))
    async with ParserPool(1) as parser:
        found = await FeedFinder(fetcher, parser).discover(server.url("/", host="ann:canary@127.0.0.1"))

    assert not isinstance(found, FeedList)
    assert [feed.url for feed in found] == [server.url("/feed", host="ann:canary@127.0.0.1")]


async def test_another_server_gets_no_login(server: FeedServer, fetcher: HttpFetcher) -> None:
    server.serve("/away", Answer(b"", 302, {"Location": server.url("/feed", host="localhost")}))

    answer = await fetcher.fetch(server.url("/away", host="ann:canary@127.0.0.1"))

    assert answer == Failed(why="The server asks for a password (401).", wishes=answer.wishes)  # type: ignore[union-attr]
    assert [request.headers.get("authorization") for request in server.requests] == [LOGIN, None]
