"""Bodies that are built, or just happen, to cost much: what comes of each, and in how much CPU time."""

import time

import pytest

from bot.domain.fetched import ParsedFeed, Unreadable
from tests.feeds.test_corpus import read

ENTITIES = "declares entities of its own"
STUFFED = "nested or stuffed beyond reason"
TORN = "damaged beyond reading"


def entity(size: int, uses: int, more: bytes = b"") -> bytes:
    """One entity on a line of its own, as the loose parser would expand it."""
    declared = b'<!DOCTYPE r [\n<!ENTITY a "' + b"x" * size + b'">\n]>'
    return declared + b"<rss><channel><item><title>" + b"&a;" * uses + more + b"</title></item></channel></rss>"


def one(description: bytes) -> bytes:
    item = b"<item><title>x</title><description>" + description + b"</description></item>"
    return b'<rss version="2.0"><channel>' + item + b"</channel></rss>"


MANY = b"".join(b"<item><title>T%d</title><link>http://h.example/%d</link></item>" % (n, n) for n in range(10_000))
#: A number of posts, or words of the sentence that refuses.
CASES: dict[str, tuple[bytes, int | str]] = {
    "quadratic_lines": (entity(30_000, 330), ENTITIES),
    "quadratic_lines_1mb": (entity(500_000, 150_000), ENTITIES),
    "amplify_99x": (entity(1_000_000, 198, b"x" * 900_000), ENTITIES),
    "deep_nesting": (b"<rss><channel><item><description>" + b"<a>" * 100_000 + b"</a>" * 100_000, STUFFED),
    "many_attrs": (
        b"<rss><channel><item " + b" ".join(b'a%d="1"' % n for n in range(100_000)) + b"/></channel></rss>",
        STUFFED,
    ),
    "namespaces": (b"<rss " + b" ".join(b'xmlns:n%d="u"' % n for n in range(20_000)) + b"/>", STUFFED),
    "html_unclosed_1mb": (one(b"<![CDATA[" + b"<a href='" * 110_000 + b"]]>"), 1),
    "summary_83k": (one(b"A sentence of some length. " * 3100), 1),
    "summary_9mb": (one(b"A sentence of some length. " * 333_333), 1),
    "paragraphs_8mb": (one(b"<![CDATA[" + b"<p>A paragraph.</p>" * 420_000 + b"]]>"), 1),
    "items_10000": (b'<rss version="2.0"><channel>' + MANY + b"</channel></rss>", 10_000),
    "json_deep": (b'{"a":' * 200_000, "neither a feed nor proper JSON"),
    "sgml_redos": (b"<rss><channel><item><title>x</title>" + b"<!--<a " * 28_000, TORN),
}


@pytest.mark.parametrize("case", CASES)
def test_a_heavy_feed_is_read_or_refused_in_time(case: str) -> None:
    body, outcome = CASES[case]
    start = time.process_time()

    parsed = read(body)

    assert time.process_time() - start < 5
    if isinstance(outcome, int):
        assert isinstance(parsed, ParsedFeed)
        assert len(parsed.posts) == outcome
        assert all(len(post.summary) <= 300 and len(post.text) <= 3000 for post in parsed.posts)
    else:
        assert isinstance(parsed, Unreadable)
        assert outcome in parsed.why
