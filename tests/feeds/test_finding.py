"""From what a person types to feeds that work."""

import ipaddress
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.domain.errors import FeedNotReached, UsageError
from bot.domain.following import FeedList, FoundFeed
from bot.feeds.fetch import FetchLimits, HttpFetcher
from bot.feeds.finding import FeedFinder, typed_address
from bot.feeds.guard import Guard
from bot.feeds.parsing import ParserPool
from tests.fakes.feed_server import Answer, FeedServer, items, rss

HTML = {"Content-Type": "text/html"}


class Desk:
    def __init__(self, finder: FeedFinder, server: FeedServer) -> None:
        self.finder = finder
        self.server = server

    async def discover(self, url: str) -> Sequence[FoundFeed]:
        found = await self.finder.discover(url)
        assert not isinstance(found, FeedList)
        return found

    def page(self, path: str, head: str) -> str:
        return self.server.serve(path, Answer(f"<html><head>{head}</head><body>hi</body></html>".encode(), 200, HTML))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    guard = Guard(inside=(ipaddress.ip_network("127.0.0.0/8"),))
    async with (
        FeedServer() as server,
        HttpFetcher(guard, user_agent="Tidings/0 (+x)", limits=FetchLimits(deadline=2, refusal=0)) as fetcher,
        ParserPool(1) as parser,
    ):
        yield Desk(FeedFinder(fetcher, parser), server)


async def test_the_address_of_a_feed_is_the_feed(desk: Desk) -> None:
    url = desk.server.serve("/feed", rss(items(3), title="<antirez>"))

    (found,) = await desk.discover(url)

    assert (found.url, found.title, found.site, found.posts) == (url, "<antirez>", "http://blog.example/", 3)


async def test_a_page_leads_to_the_feeds_it_names_comments_last(desk: Desk) -> None:
    desk.server.serve("/a/posts.xml", rss(items(3), title="Posts"))
    desk.server.serve("/comments.xml", rss(items(1, prefix="c"), title="Comments"))
    url = desk.page(
        "/a/",
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments.xml">'
        '<link rel="ALTERNATE" type="application/rss+xml; charset=utf-8" href="posts.xml">'
        '<link rel="alternate" type="application/rss+xml" href="http://169.254.169.254/feed">'
        '<link rel="stylesheet" href="/x.css">',
    )

    found = await desk.discover(url)

    assert [feed.title for feed in found] == ["Posts", "Comments"]


async def test_a_page_that_names_no_feed_is_asked_at_the_usual_places(desk: Desk) -> None:
    desk.server.serve("/rss.xml", rss(items(2), title="By custom"))

    found = await desk.discover(desk.page("/blog/post", ""))

    assert [feed.title for feed in found] == ["By custom"]


async def test_a_page_without_a_feed_says_so(desk: Desk) -> None:
    with pytest.raises(UsageError, match="No feed was found"):
        await desk.discover(desk.page("/", ""))


async def test_a_server_that_fails_today_can_be_added_as_pending(desk: Desk) -> None:
    url = desk.server.serve("/feed", Answer(b"", 503))

    with pytest.raises(FeedNotReached, match="not available") as caught:
        await desk.discover(url)

    assert caught.value.url == url


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/feed", "http://[::1]/", "http://169.254.169.254/latest", "http://2130706434/"]
)
async def test_an_address_inside_is_refused_in_the_same_words(desk: Desk, url: str) -> None:
    with pytest.raises(UsageError, match=r"^That address is not allowed\.$"):
        await desk.discover(url)


async def test_a_permanent_redirect_is_followed_for_good_and_another_is_not(desk: Desk) -> None:
    target = desk.server.serve("/new", rss(items(1)))
    moved = desk.server.serve("/moved", Answer(b"", 301, {"Location": "/new"}))
    found = desk.server.serve("/found", Answer(b"", 302, {"Location": "/new"}))

    assert [feed.url for feed in await desk.discover(moved)] == [target]
    assert [feed.url for feed in await desk.discover(found)] == [found]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("example.com", "https://example.com"),
        ("<https://example.com/feed>", "https://example.com/feed"),
        ("<http://example.com|example.com>", "http://example.com"),
        ("“https://example.com/feed”", "https://example.com/feed"),
        ("feed://example.com/rss", "https://example.com/rss"),
        ("feed:https://example.com/rss", "https://example.com/rss"),
    ],
)
def test_what_people_type_becomes_an_address(typed: str, address: str) -> None:
    assert typed_address(typed) == address


@pytest.mark.parametrize("typed", ["nlp", "file:///etc/passwd", "javascript:alert(1)", "", "http://", "two words"])
def test_what_is_no_address_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(UsageError, match="not a web address"):
        typed_address(typed)


OPML = b"""<?xml version="1.0"?><opml version="2.0"><body><outline text="Tech">
<outline text="&lt;antirez&gt;" xmlUrl="http://redis.example/rss" htmlUrl="http://redis.example/"/>
<outline text="Twice" xmlUrl="http://redis.example/rss"/><outline text="No" xmlUrl="file:///etc/passwd"/>
</outline></body></opml>"""


async def test_a_link_to_a_list_is_the_list(desk: Desk) -> None:
    found = await desk.finder.discover(desk.server.serve("/blogroll.opml", OPML))

    assert isinstance(found, FeedList)
    assert [(feed.url, feed.title, feed.site) for feed in found.feeds] == [
        ("http://redis.example/rss", "<antirez>", "http://redis.example/")
    ]
    assert found.broken == ("file:///etc/passwd",)


BOMB = b'<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaaaaaaaa">]><opml><body><outline text="&a;" xmlUrl="http://x.example"/>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (OPML.replace(b"</opml>", b"<!--" + b"x" * 1024 * 1024 + b"--></opml>"), "larger than 1 MB"),
        (OPML[:200], "not well-formed OPML"),
        (BOMB + b"</body></opml>", "declares entities"),
        (b"<opml><body>" + b"<outline>" * 60 + b"</outline>" * 60 + b"</body></opml>", "nested too deeply"),
    ],
)
async def test_a_bad_list_is_refused_in_a_sentence(desk: Desk, body: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        await desk.finder.discover(desk.server.serve("/blogroll.opml", body))
