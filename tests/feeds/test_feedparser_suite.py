"""feedparser's own test files, read through our parser: opt-in, where its source distribution is at hand.

FEEDPARSER_TESTS=…/feedparser-6.0.14/tests ./run test -m peer tests/feeds/test_feedparser_suite.py
"""

import io
import os
from pathlib import Path
from typing import Any

import feedparser
import pytest

from bot.domain.errors import Untrusted
from bot.feeds.prepare import check_declarations, to_utf8
from bot.feeds.rss import _ask, _sliced

#: What a post is known and shown by.
FIELDS = ("id", "link", "title", "published", "summary")


def fields(entry: Any) -> list[Any]:
    return [dict.get(entry, name) for name in FIELDS]


def alone(body: bytes) -> list[list[Any]] | None:
    """The posts of a feed, each read alone; None where the feed is refused or has to be read whole."""
    try:
        document = to_utf8(body, None)
        check_declarations(document)
        document, sliced, _ = _sliced(document)
    except Untrusted:
        return None
    if sliced is None:
        return None
    read = [_ask(sliced.only([item]))["entries"] for item in sliced.items]
    return [fields(entries[0]) for entries in read if entries]


@pytest.mark.peer
def test_each_post_read_alone_is_what_feedparser_reads_in_the_whole() -> None:
    compared, different = 0, []
    for path in sorted(Path(os.environ["FEEDPARSER_TESTS"]).glob("wellformed/**/*.xml")):
        body = path.read_bytes()
        ours = alone(body)
        if ours is None:
            continue
        whole = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        compared += 1
        if ours != [fields(entry) for entry in whole.entries]:
            different.append(path.name)

    print(f"{compared} files compared, {len(different)} different: {different}")
    assert compared > 1000
    assert different == []
