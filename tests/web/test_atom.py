"""The Atom we write, judged by Debian's jing and read again by our own parser."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.fetched import ParsedFeed, ParsedPost
from bot.domain.model import TopicName
from bot.domain.pages import Shown
from bot.feeds.child import run_job
from bot.feeds.wire import Job
from bot.store.database import Database
from bot.web.feed_files import TopicFeed, atom
from tests.clock import START
from tests.posts import announcement
from tests.programs import find_jing
from tests.web.server import served

SCHEMA = Path(__file__).parent / "schemas" / "atom.rnc"
NLP = TopicName(slug="nlp", label="NLP & <friends>")
HOSTILE = (
    "<script>alert(1)</script>",
    "</title><entry>",
    "]]> <![CDATA[ x ]]>",
    "<!DOCTYPE feed [<!ENTITY x SYSTEM 'file:///etc/passwd'>]> &x;",
    "<antirez> & Salvatore",
    "&lt;b&gt; &amp;amp; &#0; &nbsp;",
    "bell \x07, null \x00, vertical tab \x0b, delete \x7f, \x85",
    "not XML \ufffe \uffff \x1f",
    "left \u202e right \u200b\ufeff",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 é \u0301",
    "  spaces \n\n and \t tabs  ",
    "quotes \" and ' and `",
    "x" * 5000,
    "",
)
LINKS = (
    "https://blog.example/a?b=1&c=<d>",
    'https://blog.example/"onclick="x',
    "https://blog.example/%zz/%00",
    "https://b\u00fccher.example/\u00fc?q=\U0001f600",
    "https://[2001:db8::1]:8080/",
    "https://user@blog.example/#fragment",
    None,
)


def shown(number: int, **values: Any) -> Shown:
    return Shown(card=announcement(number, **values))


def feed_of(*posts: Shown) -> bytes:
    return atom(TopicFeed(topic=NLP, posts=posts, base="https://tidings.example", now=START))


def hostile_posts() -> list[Shown]:
    """Every hostile text in every place where a text may be, beside every kind of link and date."""
    posts = []
    for number, text in enumerate(HOSTILE):
        link = LINKS[number % len(LINKS)]
        published = None if number % 3 == 0 else START - timedelta(seconds=number, microseconds=number)
        one = shown(number + 1, title=text, summary=text, author=text or None, url=link, published=published)
        posts.append(replace(one, card=replace(one.card, blog=text or None, topics=("nlp", f"t{number}"))))
    return posts


async def verdict(tmp_path: Path, *bodies: bytes) -> str:
    """Return what jing says of the files: nothing where they are valid."""
    jing = find_jing()
    assert jing is not None
    files = [tmp_path / f"{place}.atom" for place in range(len(bodies))]
    for file, body in zip(files, bodies, strict=True):
        file.write_bytes(body)
    process = await asyncio.create_subprocess_exec(
        jing, "-c", str(SCHEMA), *map(str, files), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    return said.decode()


@pytest.mark.jing
async def test_whatever_feeds_wrote_our_atom_is_valid(tmp_path: Path) -> None:
    assert await verdict(tmp_path, feed_of(*hostile_posts()), feed_of()) == ""


@pytest.mark.jing
async def test_a_topics_atom_as_it_is_served_is_valid(sqlite: Database, tmp_path: Path) -> None:
    async with served(sqlite) as site:
        empty = (await site.get("/topics/rust.atom"))[1]
        for number, text in enumerate(HOSTILE):
            await site.post(title=text.replace("\x00", ""), summary=text.replace("\x00", ""), hours=number + 1)
        full = (await site.get("/topics/nlp.atom"))[1]

    assert full.count("<entry>") == len(HOSTILE)
    assert await verdict(tmp_path, empty.encode(), full.encode()) == ""


@pytest.mark.jing
async def test_the_schema_refuses_what_is_not_atom(tmp_path: Path) -> None:
    fine = feed_of(shown(1))
    spoilt = (
        fine.replace(b"<updated>", b"<changed>").replace(b"</updated>", b"</changed>"),
        fine.replace(b"<name>Tidings</name>", b""),
        fine.replace(b"+00:00", b"").replace(b"Z</updated>", b"</updated>"),
        fine.replace(b"<entry>", b"<entry><id>urn:two</id>"),
        fine.replace(b' href="', b' link="'),
    )
    for body in spoilt:
        assert body != fine
        assert "error" in await verdict(tmp_path, body)


def test_every_entry_has_what_the_schema_cannot_ask_for() -> None:
    names = {"a": "http://www.w3.org/2005/Atom"}
    root = ET.fromstring(feed_of(*hostile_posts()))

    entries = root.findall("a:entry", names)
    ids = [each.findtext("a:id", namespaces=names) for each in entries]
    assert len(set(ids)) == len(entries) == len(HOSTILE)
    assert root.find("a:author", names) is not None
    assert root.find("a:link[@rel='self']", names) is not None
    for each in entries:
        has_link = each.find("a:link[@rel='alternate']", names) is not None
        assert has_link or each.find("a:content", names) is not None


def read(body: bytes) -> ParsedFeed:
    job = Job(kind="parse", url="https://tidings.example/topics/nlp.atom", charset=None, known=b"", body=body)
    parsed = run_job(job)
    assert isinstance(parsed, ParsedFeed)
    return parsed


def once(**values: Any) -> ParsedPost:
    [post] = read(feed_of(shown(1, **values))).posts
    return post


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(title=TEXT, summary=TEXT)
def test_what_was_read_once_is_written_and_read_again_unchanged(title: str, summary: str) -> None:
    first = once(title=title, summary=summary)

    again = once(title=first.title, summary=first.summary, author=first.author, published=first.published)

    assert (again.title, again.summary) == (first.title, first.summary)
    assert (again.url, again.published, again.author) == (first.url, first.published, first.author)
