"""The topic pages, as people and programs get them."""

import os
import re
from base64 import b64encode
from pathlib import Path

import pytest

from bot.domain.fetched import ParsedFeed
from bot.feeds.child import run_job
from bot.feeds.opml import read_opml
from bot.feeds.wire import Job
from bot.store.database import Database
from tests.web.server import Served, served

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = '<script>alert("1")</script> & <antirez> "onmouseover=x'


def golden(name: str, text: str) -> None:
    """Compare with the file of that name; UPDATE_GOLDEN=1 writes it anew."""
    text = re.sub(r"\b[0-9a-f]{32}\b", "POST", text)
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


async def fill(site: Served) -> None:
    blog = await site.seeds.feed(HOSTILE)
    await site.post(feed=blog, title=HOSTILE, summary=HOSTILE, author=HOSTILE, hours=24 * 7, views=1)
    await site.post(title="No date, no link", published=None, url=None, summary="", hours=2)
    await site.post(feed=await site.seeds.feed(None), title="A blog without a name", hours=24 * 400, views=2)


async def test_hostile_texts_are_shown_as_text(sqlite: Database) -> None:
    async with served(sqlite) as site:
        await fill(site)
        status, text = await site.get("/topics/nlp")

    assert status == 200
    assert "<script>alert" not in text
    golden("topic.html", text)


async def test_the_heading_counts_in_the_right_plural_and_nothing_is_said_of_nothing(sqlite: Database) -> None:
    async with served(sqlite) as site:
        assert "(0 found)" in (await site.get("/topics/nlp"))[1]
        await site.post()
        text = (await site.get("/topics/nlp"))[1]

    assert "(1 found)" in text
    assert "1 hour ago" in text
    assert "view" not in text.replace("viewport", "")


async def test_where_nothing_is_counted_any_more_no_old_count_is_shown(sqlite: Database) -> None:
    for counting in (True, False):
        async with served(sqlite, counting=counting) as site:
            await site.post(views=7)
            assert ("7 views" in (await site.get("/topics/nlp"))[1]) is counting


async def test_a_list_is_paged_and_every_link_leads_somewhere(sqlite: Database) -> None:
    async with served(sqlite) as site:
        for number in range(60):
            await site.post(title=f"Post {number}", hours=number)
        first = (await site.get("/topics/nlp"))[1]
        second = (await site.get("/topics/nlp?page=2"))[1]

    assert "(60 found)" in first
    assert 'rel="next" href="?page=2"' in first
    assert "Post 49<" in first
    assert "Post 50<" not in first
    assert "Post 50<" in second
    assert 'rel="prev" href="?"' in second
    assert len(first.encode()) < 60_000


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/topics/nlp?page=-1", 404),
        ("/topics/nlp?page=0", 404),
        ("/topics/nlp?page=99999999999", 404),
        ("/topics/nlp?page=two", 404),
        ("/topics/nlp?page=2", 404),
        ("/topics/nlp?blog=x", 404),
        ("/topics/nlp?q=" + "x" * 5000, 400),
        ("/topics/nlp?q=" + "x" * 10_000, 400),
        ("/topics/nlp?q=%22NEAR(a+b)*+OR+title:", 200),
        ("/topics/nlp?q=%00", 200),
        ("/topics/natural-language-processing", 301),
        ("/topics/nothing.atom", 404),
        ("/topics/nothing.opml", 404),
        ("/topics/%3Cscript%3E", 404),
        ("/topics/nlp?token=x", 400),
    ],
)
async def test_whatever_is_asked_has_an_answer(sqlite: Database, path: str, status: int) -> None:
    async with served(sqlite) as site:
        answered, text = await site.get(path)

    assert answered == status
    assert "<script>" not in text


async def test_an_unknown_topic_names_the_near_ones(sqlite: Database) -> None:
    async with served(sqlite) as site:
        status, text = await site.get("/topics/rsut")
        shared = await site.get("/topics/rust-tools")
        other = await site.get("/topics/birds")

    assert status == 404
    assert 'Did you mean <a href="/topics/rust">Rust</a>?' in text
    assert '<a href="/topics/rust">Rust</a>, <a href="/topics/rust-for-games">Rust for games</a>?' in shared[1]
    assert "Did you mean" not in other[1]


async def test_a_search_and_a_blog_narrow_the_list(sqlite: Database) -> None:
    async with served(sqlite) as site:
        feed = await site.seeds.feed("Quiet Gradients")
        await site.post(feed=feed, title="Tokenisers in Finnish")
        await site.post(feed=feed, title="Attention")
        await site.post(title="Tokenisers in Welsh")

        text = (await site.get(f"/topics/nlp?q=tokenisers&blog={feed}"))[1]
        nothing = (await site.get("/topics/nlp?q=zzz"))[1]

    assert "(1 found)" in text
    assert "Tokenisers in Finnish" in text
    assert 'value="tokenisers"' in text
    assert "Nothing fits" in nothing


async def test_the_index_lists_every_topic_with_its_posts_of_a_month(sqlite: Database) -> None:
    async with served(sqlite) as site:
        await site.post(hours=5)
        await site.post(hours=24 * 40)
        text = (await site.get("/topics"))[1]

    assert '<a href="/topics/nlp">NLP</a> <span class="number">1</span>' in text
    assert '<a href="/topics/rust">Rust</a></li>' in text


@pytest.mark.parametrize("suffix", ["atom", "json"])
async def test_a_topics_feed_comes_back_unchanged_through_our_own_parser(sqlite: Database, suffix: str) -> None:
    async with served(sqlite) as site:
        await site.post(
            title="<antirez> & friends", summary="a < b, and [x](javascript:alert(1))", url="https://a.example/1"
        )
        await site.post(title="Without a date", published=None, url="https://a.example/2", hours=3)
        body = (await site.get(f"/topics/nlp.{suffix}"))[1].encode()
        job = Job(kind="parse", url=f"https://tidings.example/topics/nlp.{suffix}", charset=None, known=b"", body=body)
        read = run_job(job)

    assert isinstance(read, ParsedFeed)
    assert read.title == "Tidings: NLP"
    assert [(post.title, post.url) for post in read.posts] == [
        ("<antirez> & friends", "https://a.example/1"),
        ("Without a date", "https://a.example/2"),
    ]
    assert read.posts[0].summary == "a < b, and [x](javascript:alert(1))"
    assert read.posts[0].author == "A blog"
    assert read.posts[0].categories == ("nlp",)


async def test_an_atom_feed_holds_no_character_that_xml_forbids(sqlite: Database) -> None:
    async with served(sqlite) as site:
        await site.post(title="Bell \x07 and form feed \x0c", summary="\ufffe")
        text = (await site.get("/topics/nlp.atom"))[1]

    assert "Bell  and form feed " in text


async def test_a_topics_blogs_come_as_opml(sqlite: Database) -> None:
    async with served(sqlite) as site:
        await site.post(feed=await site.seeds.feed("<antirez>"))
        await site.post(feed=await site.seeds.feed("Ours", workspace="slack:T1"))
        text = (await site.get("/topics/nlp.opml"))[1]

    assert [outline.title for outline in read_opml(text.encode())] == ["<antirez>"]


@pytest.mark.parametrize("suffix", ["atom", "json", "opml"])
async def test_a_reader_that_has_the_feed_is_told_so(sqlite: Database, suffix: str) -> None:
    async with served(sqlite) as site:
        # Of one blog, so that the list of blogs changes by its date alone.
        feed = await site.seeds.feed("Quiet Gradients")
        await site.post(feed=feed)
        async with site.client.get(f"/topics/nlp.{suffix}") as answer:
            tag, changed = answer.headers["ETag"], answer.headers["Last-Modified"]

        assert await site.get(f"/topics/nlp.{suffix}", If_None_Match=tag) == (304, "")
        assert await site.get(f"/topics/nlp.{suffix}", If_Modified_Since=changed) == (304, "")
        await site.post(feed=feed, hours=0.5)
        assert (await site.get(f"/topics/nlp.{suffix}", If_None_Match=tag))[0] == (304 if suffix == "opml" else 200)
        assert (await site.get(f"/topics/nlp.{suffix}", If_Modified_Since=changed))[0] == 200


async def test_pages_behind_a_token_ask_people_by_a_form_and_programs_by_basic(sqlite: Database) -> None:
    async with served(sqlite, token="let me in") as site:
        status, text = await site.get("/topics/nlp")
        assert status == 401
        assert 'type="password"' in text
        assert (await site.get("/topics/nlp.atom"))[0] == 401

        basic = "Basic " + b64encode(b"reader:let me in").decode()
        assert (await site.get("/topics/nlp.atom", Authorization=basic))[0] == 200
        assert (await site.get("/topics/nlp", Authorization="Bearer let me in"))[0] == 200
        assert (await site.get("/topics/nlp.atom", Authorization="Basic !"))[0] == 401

        form = {"token": "let me in", "to": "/topics/nlp?page=1"}
        async with site.client.post("/sign-in/pages", data=form, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/topics/nlp?page=1")
            cookie = answer.cookies["tidings_pages"]
            assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "/\r\nSet-Cookie: x=1"])
async def test_a_sign_in_leads_to_no_other_site(sqlite: Database, to: str) -> None:
    async with served(sqlite, token="t") as site:
        form = {"token": "t", "to": to}
        async with site.client.post("/sign-in/pages", data=form, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/"


async def test_a_sign_in_is_no_guessing_game_and_takes_no_other_sites_form(sqlite: Database) -> None:
    async with served(sqlite, token="t") as site:
        foreign = {"Origin": "https://evil.example"}
        async with site.client.post("/sign-in/pages", data={"token": "t"}, headers=foreign) as answer:
            assert answer.status == 403
        answers = []
        for _ in range(12):
            async with site.client.post("/sign-in/pages", data={"token": "wrong"}) as answer:
                answers.append(answer.status)

    assert answers == [403] * 10 + [429] * 2
