"""JSON Feed 1.0 and 1.1, which feedparser does not read."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain.fetched import Parsed, ParsedFeed, ParsedPost, Unreadable
from bot.domain.hygiene import one_line
from bot.domain.summary import first_words, summarise
from bot.domain.unsaid import stored
from bot.feeds.rss import SUMMARY_LENGTH, TEXT_LENGTH
from bot.feeds.slices import item_hash
from bot.feeds.text import plain_text, plain_title, safe_url

_VERSION = "https://jsonfeed.org/version/"
_MOST_ITEMS = 10_000


def looks_like_json(body: bytes) -> bool:
    """Whether the body starts as a JSON object does."""
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def parse_json(body: bytes, *, url: str, known: frozenset[bytes] = frozenset()) -> Parsed:
    """Read a JSON Feed; items whose hash is in *known* are passed over. Never raises."""
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError, MemoryError):
        return Unreadable(why=stored("The answer is neither a feed nor proper JSON."))
    if not isinstance(document, dict) or not str(document.get("version", "")).startswith(_VERSION):
        return Unreadable(why=stored("The answer is JSON, but not a JSON Feed."))
    listed = document.get("items")
    items = [item for item in (listed if isinstance(listed, list) else [])[:_MOST_ITEMS] if isinstance(item, dict)]
    hashes = [item_hash(json.dumps(item, sort_keys=True).encode()) for item in items]
    fresh = [item for item, name in zip(items, hashes, strict=True) if name not in known]
    hub = next((one for one in _dicts(document, "hubs") if one.get("type") == "WebSub"), {})
    return ParsedFeed(
        title=plain_title(_text(document, "title"), is_text=True) or None,
        site=safe_url(_text(document, "home_page_url"), url),
        posts=tuple(_post(item, url, _text(document, "language").lower()[:16] or None) for item in fresh),
        item_hashes=b"".join(hashes),
        window=len(items),
        hub=safe_url(_text(hub, "url"), url),
        hub_topic=safe_url(_text(document, "feed_url"), url),
    )


def _post(item: Mapping[str, Any], base: str, language: str | None) -> ParsedPost:
    content = _text(item, "content_html")
    text = plain_text(content, TEXT_LENGTH) if content else " ".join(_text(item, "content_text")[:20_000].split())
    text = text[:TEXT_LENGTH]
    short = plain_text(_text(item, "summary"), TEXT_LENGTH)
    # Ids are strings by the standard and numbers in the wild.
    guid = one_line(str(item.get("id") or ""))[:1000] or None
    tags = item.get("tags")
    names = (one_line(tag)[:64] for tag in (tags if isinstance(tags, list) else []) if isinstance(tag, str))
    return ParsedPost(
        guid=guid,
        url=safe_url(_text(item, "url"), base) or safe_url(_text(item, "external_url"), base) or safe_url(guid),
        title=plain_title(_text(item, "title"), is_text=True) or first_words(text) or "Untitled",
        summary=summarise(short or text, SUMMARY_LENGTH),
        text=text or short,
        author=_author(item),
        published=_date(item.get("date_published")) or _date(item.get("date_modified")),
        categories=tuple(dict.fromkeys(filter(None, names)))[:20],
        image=safe_url(_text(item, "image"), base) or safe_url(_text(item, "banner_image"), base),
        language=_text(item, "language").lower()[:16] or language,
    )


def _author(item: Mapping[str, Any]) -> str | None:
    single = item.get("author")
    people = [*_dicts(item, "authors"), *([single] if isinstance(single, dict) else [])]
    return next((name for person in people if (name := one_line(_text(person, "name"))[:100])), None)


def _dicts(thing: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = thing.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def _date(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) < 64 else None
        if moment is None:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
