"""CPU of reading a feed with one new post, beside feedparser on the whole of it: `./run bench parse`."""

import io
import random
import time
from collections.abc import Callable

import feedparser

from bot.domain.fetched import ParsedFeed
from bot.feeds.child import run_job
from bot.feeds.slices import HASH, slice_items
from bot.feeds.wire import Job

URL = "https://blog.example/feed"
#: What is compared between a post read alone and the same post read in its feed.
FIELDS = ("id", "link", "title", "published", "summary")
#: (posts, characters of each): the median, the mean and the 95th percentile of real feeds.
SIZES = ((15, 5_000), (25, 9_000), (50, 22_000))


def feed(posts: int, length: int) -> bytes:
    """Write a feed as blog software does: HTML in CDATA, links, code, pictures."""
    chance = random.Random(posts)
    words = ["the", "of", "model", "data", "query", "cache", "index", "node", "value", "graph", "kernel", "token"]
    items = []
    for number in range(posts):
        parts: list[str] = []
        while sum(map(len, parts)) < length:
            text = " ".join(chance.choices(words, k=40))
            parts.append(f'<p>{text} <a href="/post/{number}">link</a>, <em>and</em> <code>x &lt; {number}</code>.</p>')
            if chance.random() < 0.1:
                parts.append(f'<pre class="code">{text}\n  {text}</pre><img src="/i/{number}.png" alt="a picture">')
        items.append(
            f"<item><title>Post {number} &amp; more</title><link>https://blog.example/{number}</link>"
            f"<guid>https://blog.example/{number}</guid><pubDate>Mon, 0{1 + number % 9} Jun 2026 10:00:00 GMT</pubDate>"
            f"<description><![CDATA[{''.join(parts)}]]></description></item>"
        )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Blog</title>'
    return f"{head}<link>https://blog.example/</link>{''.join(items)}</channel></rss>".encode()


def seconds(work: Callable[[], object], times: int) -> float:
    """The least CPU time of several tries."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def equal(body: bytes) -> int:
    """How many posts read alone equal themselves read in the feed; all of them, or it raises."""
    whole = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    sliced = slice_items(body)
    assert sliced is not None
    for item, entry in zip(sliced.items, whole.entries, strict=True):
        alone = feedparser.parse(io.BytesIO(sliced.only([item])), sanitize_html=False, resolve_relative_uris=False)
        assert all(alone.entries[0].get(name) == entry.get(name) for name in FIELDS)
    return len(whole.entries)


def main(arguments: list[str]) -> int:
    """Print the table; 0 where the ratio is reached at the mean size."""
    reached = True
    for posts, length in SIZES:
        body = feed(posts, length)
        first = run_job(Job(kind="parse", url=URL, charset=None, known=b"", body=body))
        assert isinstance(first, ParsedFeed)
        job = Job(kind="parse", url=URL, charset=None, known=first.item_hashes[HASH:], body=body)
        ours = seconds(lambda job=job: run_job(job), 10)  # type: ignore[misc]
        theirs = seconds(lambda body=body: feedparser.parse(io.BytesIO(body)), 3)  # type: ignore[misc]
        ratio = theirs / ours
        print(
            f"{len(body) // 1000:5} kB, {posts} posts: one new post {ours * 1000:6.2f} ms, feedparser on the whole "
            f"{theirs * 1000:7.1f} ms: 1/{ratio:.0f}; {equal(body)} of {posts} posts equal in {', '.join(FIELDS)}"
        )
        reached = reached and ratio >= 15
    return 0 if reached else 1
