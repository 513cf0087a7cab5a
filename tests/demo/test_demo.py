import itertools
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import feedparser
import pytest

from bot.demo.formats import feed_of
from bot.demo.run import demo_environment, free_port, say_hello
from bot.demo.server import SampleWeb
from bot.demo.writing import LONG, SampleBlog, posts_of, read_blogs
from bot.settings import load_settings
from tests.clock import START, FakeClock

BLOGS = {blog.slug: blog for blog in read_blogs()}
WRITERS = [blog for blog in BLOGS.values() if not blog.planet]


@pytest.fixture
async def web(clock: FakeClock) -> AsyncIterator[SampleWeb]:
    web = SampleWeb(clock)
    runner = await web.start()
    yield web
    await runner.cleanup()


def test_there_is_one_of_every_kind_of_blog() -> None:
    assert len(BLOGS) >= 12
    assert {blog.format for blog in BLOGS.values()} == {"rss2", "rss1", "atom"}
    assert [blog.slug for blog in BLOGS.values() if not blog.name] == ["untitled"]
    assert [blog.name for blog in BLOGS.values() if blog.name.startswith("<")] == ["<mirela>"]
    assert [blog.slug for blog in BLOGS.values() if blog.dateless] == ["fieldnotes"]
    assert [blog.slug for blog in BLOGS.values() if blog.long] == ["longread"]


@pytest.mark.parametrize("blog", WRITERS, ids=lambda blog: blog.slug)
def test_a_blog_writes_for_hours_without_repeating_a_title(blog: SampleBlog) -> None:
    posts = list(itertools.islice(posts_of(blog, START), 200 if not blog.long else 20))

    assert len({post.title for post in posts}) == len(posts)
    assert min(len(post.text) for post in posts) >= (LONG if blog.long else 200)


@pytest.mark.parametrize("blog", WRITERS, ids=lambda blog: blog.slug)
def test_the_feeds_are_sound_and_say_what_the_blog_says(blog: SampleBlog) -> None:
    posts = list(itertools.islice(posts_of(blog, START), 3))

    parsed = feedparser.parse(feed_of(blog, posts, "http://127.0.0.1:1").encode())

    assert not parsed.bozo
    assert parsed.version == {"rss2": "rss20", "rss1": "rss10", "atom": "atom10"}[blog.format]
    assert parsed.feed.get("title", "").replace("&lt;", "<").replace("&gt;", ">") == blog.name
    assert [item.link for item in parsed.entries] == [f"http://127.0.0.1:1/{blog.slug}/{post.slug}" for post in posts]
    assert [bool(item.get("published_parsed") or item.get("updated_parsed")) for item in parsed.entries] == [
        not blog.dateless
    ] * 3


async def test_a_feed_that_has_not_changed_is_not_sent_again(web: SampleWeb) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{web.site}/kettle/feed") as first:
            etag = first.headers["ETag"]
        async with session.get(f"{web.site}/kettle/feed", headers={"If-None-Match": etag}) as same:
            assert (same.status, await same.read()) == (304, b"")
        while (post := web.publish()) is None or post.blog != "kettle":
            pass
        async with session.get(f"{web.site}/kettle/feed", headers={"If-None-Match": etag}) as changed:
            assert changed.status == 200
            assert post.title in await changed.text()


async def test_every_link_leads_to_a_page(web: SampleWeb) -> None:
    async with aiohttp.ClientSession() as session:
        for feed in web.feeds:
            async with session.get(feed) as answer:
                parsed = feedparser.parse(await answer.read())
            async with session.get(parsed.entries[0].link) as page:
                assert page.status == 200
        for missing in ("/nobody/feed", "/nobody/", "/kettle/9-999"):
            async with session.get(web.site + missing) as answer:
                assert answer.status == 404


async def test_posts_appear_as_time_passes_and_a_planet_repeats_them(web: SampleWeb, clock: FakeClock) -> None:
    before = {post.title for post in web.shown("planet")}
    for _ in range(30):
        clock.pass_time(timedelta(seconds=4))
        web.publish()

    after = {post.title for post in web.shown("planet")}

    assert len(after - before) >= 3
    assert {post.blog for post in web.shown("planet")} <= set(BLOGS["planet"].planet)


def test_about_half_of_what_is_written_is_about_language(clock: FakeClock) -> None:
    web = SampleWeb(clock)
    language = {"tokens-and-trees", "longread", "mirela", "fieldnotes"}

    written = [post.blog for post in (web.publish() for _ in range(40)) if post]

    assert sum(blog in language for blog in written) == 20
    assert set(written) >= {blog.slug for blog in WRITERS}


def test_the_demo_is_quick_and_knows_no_real_chat(tmp_path: Path) -> None:
    environment = {"SLACK_BOT_TOKEN": "xoxb-1", "DISCORD_TOKEN": "x", "PORT": "1234", "POLLING_TICK": "3s"}

    settings = load_settings(demo_environment(environment, tmp_path), tmp_path)

    assert (settings.slack.is_set, settings.discord.is_set, settings.port) == (False, False, 1234)
    assert settings.database_url == f"sqlite:///{tmp_path}/demo.db"
    assert (settings.polling.floor, settings.polling.tick) == (timedelta(seconds=2), timedelta(seconds=3))


def test_a_public_demo_has_a_token_and_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public = load_settings(demo_environment({"HOST": "0.0.0.0", "PORT": "1234"}, tmp_path), tmp_path)
    token = public.room.token.get_secret_value()

    say_hello(public)

    assert len(token) >= 8
    assert f"open http://localhost:1234/, enter with {token}, and type" in capsys.readouterr().out


@pytest.mark.parametrize("own", [{"HOST": "127.0.0.1"}, {}, {"HOST": "0.0.0.0", "ROOM_TOKEN": "mine"}])
def test_a_demo_on_this_machine_needs_none_and_one_s_own_is_kept(own: dict[str, str], tmp_path: Path) -> None:
    settings = load_settings(demo_environment(own, tmp_path), tmp_path)

    assert settings.room.token.get_secret_value() == own.get("ROOM_TOKEN", "")


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert free_port(port) != port
    assert free_port(port) == port
