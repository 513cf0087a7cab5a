"""Counted links: who is counted, where they lead, and where there are none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.domain.channels import ChannelOptions
from bot.domain.counted import with_counted_links
from bot.domain.message import Message
from bot.domain.pages import Wanted
from bot.store.database import Database
from bot.store.pages import SqlPages
from bot.web.app import make_app
from bot.web.views import Views
from tests.clock import FakeClock
from tests.posts import announcement, message
from tests.seeds import NLP, Seeds

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BASE = "https://tidings.example"


@contextlib.asynccontextmanager
async def served(database: Database) -> AsyncIterator[tuple[ClientSession, Views]]:
    views = Views(shelf=SqlPages(database), clock=FakeClock())
    async with TestServer(make_app(views.routes(), {})) as server, ClientSession(server.make_url("/")) as client:
        yield client, views
    await asyncio.sleep(0)


async def shown(database: Database) -> int | None:
    return (await SqlPages(database).find(Wanted())).posts[0].card.views


async def test_a_readers_click_is_counted_and_leads_on(sqlite: Database) -> None:
    [post] = await Seeds(sqlite).posts(["Clicked"])
    async with served(sqlite) as (client, views):
        for _ in range(3):
            headers = {"User-Agent": FIREFOX}
            async with client.get(f"/r/{post}", headers=headers, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (302, f"https://blog.example/{post}")
                assert answer.cookies == {}
                assert answer.headers["Referrer-Policy"] == "no-referrer"
        await views.write()

    assert await shown(sqlite) == 3


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}),
        ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"}),
        ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}),
        ("GET", {"User-Agent": "curl/8.5.0"}),
        ("GET", {"User-Agent": ""}),
        ("GET", {"User-Agent": FIREFOX, "Sec-Purpose": "prefetch;prerender"}),
        ("HEAD", {"User-Agent": FIREFOX}),
    ],
)
async def test_nobody_who_is_no_reader_is_counted(sqlite: Database, method: str, headers: dict[str, str]) -> None:
    [post] = await Seeds(sqlite).posts(["Clicked"])
    async with served(sqlite) as (client, views):
        async with client.request(method, f"/r/{post}", headers=headers, allow_redirects=False) as answer:
            assert answer.status == 302
        await views.write()

    assert await shown(sqlite) is None


async def test_there_is_no_way_to_any_other_address(sqlite: Database) -> None:
    async with served(sqlite) as (client, _):
        for path in ("/r/" + "0" * 32, "/r/https://evil.example", "/r/" + "0" * 32 + "?url=https://evil.example"):
            async with client.get(path, allow_redirects=False) as answer:
                assert answer.status == 404


def counted(base: str, *, views: bool, number: int | None) -> Message:
    each = replace(announcement(1), views=number)
    return with_counted_links(message(NLP, each, options=ChannelOptions(views=views)), base)


def test_links_are_counted_where_the_channel_wants_it_and_the_world_can_follow_them() -> None:
    on = counted(BASE, views=True, number=3).announcements[0]
    assert (on.link, on.views) == (f"{BASE}/r/{on.post.id}", 3)
    assert counted(BASE, views=True, number=0).announcements[0].views is None
    for off in (counted("", views=True, number=3), counted(BASE, views=False, number=3)):
        assert (off.announcements[0].link, off.announcements[0].views) == ("https://blog.example/1", None)


def test_an_address_that_is_none_is_not_made_one_by_counting() -> None:
    each = announcement(1, url="javascript:alert(1)")
    told = with_counted_links(message(NLP, each, options=ChannelOptions(views=True)), BASE).announcements[0]
    assert told.counted is None
