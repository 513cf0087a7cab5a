"""Feeds as they come, each beside what is to be read from it: `corpus/feeds/X.xml` and `X.expected.json`.

`UPDATE_GOLDEN=1` rewrites the expected files; what changed is then for a person to read.
"""

import json
import os
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.fetched import Parsed, ParsedFeed
from bot.feeds.child import run_job
from bot.feeds.slices import HASH
from bot.feeds.wire import Job, pack_job, pack_parsed, unpack_job, unpack_parsed

FEEDS = Path(__file__).parents[1] / "corpus" / "feeds"
CASES = sorted(path for path in FEEDS.iterdir() if not path.name.endswith(".expected.json"))


def read(body: bytes, known: bytes = b"", charset: str | None = None) -> Parsed:
    return run_job(Job(kind="parse", url="https://blog.example/dir/feed", charset=charset, known=known, body=body))


def shown(parsed: Parsed) -> dict[str, Any]:
    """What a person would compare: what is empty is left out."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, timedelta):
            return value.total_seconds()
        if isinstance(value, frozenset):
            return sorted(value)
        if isinstance(value, bytes):
            return len(value) // HASH
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items() if one or one is False}
        return [plain(one) for one in value] if isinstance(value, list | tuple) else value

    found: dict[str, Any] = plain(asdict(parsed))
    return found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_feed_is_read_as_expected(path: Path) -> None:
    golden = path.with_suffix(".expected.json")
    found = shown(read(path.read_bytes()))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")

    assert found == json.loads(golden.read_text())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_what_a_child_reads_passes_the_line_unchanged(path: Path) -> None:
    parsed = read(path.read_bytes())

    assert unpack_parsed(pack_parsed(parsed)) == parsed


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_each_item_alone_is_read_as_in_its_feed(path: Path) -> None:
    body = path.read_bytes()
    whole = read(body)
    if not isinstance(whole, ParsedFeed) or not whole.item_hashes:
        return
    hashes = [whole.item_hashes[at : at + HASH] for at in range(0, len(whole.item_hashes), HASH)]

    for number, post in enumerate(whole.posts):
        others = b"".join(hashes[:number] + hashes[number + 1 :])
        alone = read(body, known=others)
        assert isinstance(alone, ParsedFeed)
        assert alone.posts == (post,)


def test_a_feed_without_unknown_items_is_not_read_at_all() -> None:
    body = (FEEDS / "atom.xml").read_bytes()
    whole = read(body)
    assert isinstance(whole, ParsedFeed)

    again = read(body, known=whole.item_hashes)

    assert isinstance(again, ParsedFeed)
    assert (again.described, again.posts, again.window) == (False, (), 2)


def test_a_header_that_disagrees_with_valid_utf_8_is_passed_over() -> None:
    body = '<?xml version="1.0"?><rss version="2.0"><channel><item><title>Café</title></item></channel></rss>'.encode()

    parsed = read(body, charset="iso-8859-1")

    assert isinstance(parsed, ParsedFeed)
    assert parsed.posts[0].title == "Café"


def test_a_job_passes_the_line_unchanged() -> None:
    job = Job(kind="parse", url="https://ü.example/", charset=None, known=b"12345678", body=b"\x00body")
    packed = pack_job(job)
    head, rest = int.from_bytes(packed[:4]), int.from_bytes(packed[4:8])

    assert unpack_job(packed[8 : 8 + head], packed[8 + head :]) == job
    assert len(packed) == 8 + head + rest
