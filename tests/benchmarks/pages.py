"""How long the topic page of 50 of 100,000 posts and a search take on the server, on SQLite."""

import asyncio
import random
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.domain.keys import new_id
from bot.store.database import Database
from bot.store.tables import post_topics, posts, stories
from tests.clock import START
from tests.databases import sqlite_database
from tests.seeds import Seeds
from tests.web.server import Served, served

FEEDS = 500
SYLLABLES = ("ba", "ken", "li", "mor", "na", "pol", "ri", "sten", "tu", "vel", "wa", "zin")
#: As in a language, a few words are in nearly every text and most are rare.
WORDS = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]
WEIGHTS = [1 / (place + 3) for place in range(len(WORDS))]
ROWS = 2000
#: Of the server's time, in milliseconds: the 95th percentile of each kind of page.
MOST = {"topic page": 50.0, "search in a topic": 100.0}
LARGEST = 60_000


def main(arguments: Sequence[str]) -> int:
    """Print p50 and p95; fail where a page is slower or larger than it may be."""
    parser = ArgumentParser(prog="./run bench pages")
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=100)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder), options.posts, options.times))


async def measure(folder: Path, number: int, times: int) -> int:
    draw = random.Random(1)
    async with sqlite_database(folder) as database:
        await fill(database, number, draw)
        async with served(database) as site:
            fine = True
            for kind, paths in asked(times, draw).items():
                fine &= await report(site, kind, list(paths))
    return 0 if fine else 1


def asked(times: int, draw: random.Random) -> dict[str, Iterator[str]]:
    words = sentence(draw, 400).split()
    return {
        "topic page": (f"/topics/nlp?page={1 + number % 20}" for number in range(times)),
        "search in a topic": (f"/topics/nlp?q={draw.choice(words)}+{draw.choice(words)}" for _ in range(times)),
    }


async def report(site: Served, kind: str, paths: Sequence[str]) -> bool:
    """Ask for each page, print how long they took, and say whether they were quick and small enough."""
    await site.get(paths[0])
    took, largest, started = [], 0, time.process_time()
    for path in paths:
        before = time.perf_counter()
        status, text = await site.get(path)
        took.append((time.perf_counter() - before) * 1000)
        largest = max(largest, len(text.encode()))
        assert status == 200, (path, status)
    cpu = (time.process_time() - started) * 1000 / len(paths)
    took.sort()
    p50, p95 = (took[int(share * (len(took) - 1))] for share in (0.5, 0.95))
    print(
        f"{kind}: p50 {p50:.1f} ms, p95 {p95:.1f} ms (at most {MOST[kind]:.0f}), CPU {cpu:.1f} ms,"
        f" largest {largest / 1000:.1f} kB"
    )
    return p95 <= MOST[kind] and largest <= LARGEST


async def fill(database: Database, number: int, draw: random.Random) -> None:
    """Store posts of many blogs; one in three is about NLP."""
    feeds = [await Seeds(database).feed(f"Blog {each}") for each in range(FEEDS)]
    for start in range(0, number, ROWS):
        ids = [new_id() for _ in range(min(ROWS, number - start))]
        rows = [_post(id, start + place, draw.choice(feeds), draw) for place, id in enumerate(ids)]
        async with database.write() as connection:
            await connection.execute(insert(stories), [{"id": id, "created_at": START} for id in ids])
            await connection.execute(insert(posts), rows)
            await connection.execute(insert(post_topics), [_topic(row) for row in rows[::3]])


def sentence(draw: random.Random, length: int) -> str:
    return " ".join(draw.choices(WORDS, WEIGHTS, k=length))


def _post(id: str, place: int, feed: int, draw: random.Random) -> dict[str, Any]:
    when = START - timedelta(minutes=place)
    summary = sentence(draw, 45)[:300]
    return {
        "id": id,
        "feed_id": feed,
        "story": id,
        "title": sentence(draw, 9),
        "url": f"https://blog{feed}.example/{id}",
        "summary": summary,
        "text": summary,
        "author": None,
        "published": when,
        "first_seen": when,
        "sort_at": when,
        "categories": [],
        "image": None,
        "language": None,
        "announced": True,
    }


def _topic(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "post_id": row["id"],
        "workspace": "",
        "topic": "nlp",
        "score": 5.0,
        "strictness": "normal",
        "evidence": [["tokeniser", "title", 3.0]],
        "revision": "1",
        "sort_at": row["sort_at"],
    }
