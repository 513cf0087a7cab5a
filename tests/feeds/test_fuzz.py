"""No body makes the pre-check or the parser raise, whatever it is made of."""

import json
import random
import sys
from pathlib import Path

import pytest

from bot.domain.fetched import ParsedFeed, Unreadable
from bot.feeds.child import run_job
from bot.feeds.wire import Job, pack_parsed, unpack_parsed

FEEDS = Path(__file__).parents[1] / "corpus" / "feeds"
SEEDS = [path.read_bytes() for path in sorted(FEEDS.iterdir()) if not path.name.endswith(".expected.json")]
SCRAPS = [
    *(b"<item>", b"</item>", b"<entry>", b"<title>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE", b"<!ENTITY"),
    *(b"&#xD800;", b"&#0;", b"&amp;", b"&", b"&nbsp;", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"encoding='utf-7'"),
    *(
        b"<a href='",
        b"javascript:",
        b"http://",
        b"\xe2\x80\xae",
        b"<?xml version='1.0'?>",
        b"xmlns='",
        b"/>",
        b"{",
        b"[[",
    ),
]


def mutate(chance: random.Random) -> bytes:
    """A body of the corpus, hurt in a few places; now and then plain noise."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(200))
    body = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(1, 8)):
        at, length = chance.randrange(len(body) + 1), chance.randrange(1, 40)
        match chance.randrange(5):
            case 0:
                body[at : at + length] = b""
            case 1:
                body[at:at] = chance.choice(SCRAPS) * chance.choice((1, 1, 1, 50))
            case 2:
                body[at : at + length] = chance.randbytes(length)
            case 3:
                other = chance.choice(SEEDS)
                start = chance.randrange(len(other))
                body[at:at] = other[start : start + length * 4]
            case _:
                del body[at:]
    return bytes(body)


def check(body: bytes) -> None:
    charset = [None, "utf-8", "latin-1", "zlib_codec", "utf-7", "nonsense"][len(body) % 6]
    parsed = run_job(Job(kind="parse", url="https://blog.example/feed", charset=charset, known=b"", body=body))
    assert unpack_parsed(pack_parsed(parsed)) == parsed
    if isinstance(parsed, Unreadable):
        assert parsed.why.endswith(".")
        return
    assert isinstance(parsed, ParsedFeed)
    for post in parsed.posts:
        assert post.title
        assert "\n" not in post.title
        assert len(post.summary) <= 300
        assert len(post.text) <= 3000
        assert post.url is None or post.url.startswith(("http://", "https://"))
        assert not set(post.title) & set("\x00\x1b\u202e\ufeff")
        json.dumps([post.title, post.summary, post.text, post.guid]).encode()
        (post.title + post.summary + post.text + (post.guid or "")).encode("utf-8", "strict")


def run(times: int, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(times):
        body = mutate(chance)
        try:
            check(body)
        except Exception:
            print(f"seed {seed}, input {number}: {body!r}", file=sys.stderr)
            raise


def test_two_thousand_hurt_bodies_are_read_or_refused() -> None:
    run(2000, seed=20261122)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_thousand_hurt_bodies_are_read_or_refused(seed: int) -> None:
    run(10_000, seed)
