"""RSS and Atom: feedparser decides what a post says, and is only shown what is new."""

import calendar
import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.parsers.expat import ExpatError

import feedparser

from bot.domain.errors import Untrusted
from bot.domain.fetched import NO_FEED_WISHES, FeedWishes, Parsed, ParsedFeed, ParsedPost, Unreadable
from bot.domain.hygiene import one_line
from bot.domain.summary import first_words, summarise
from bot.domain.unsaid import stored
from bot.feeds.prepare import check_declarations, check_tags, has_doctype, scrub, to_utf8
from bot.feeds.slices import HASH, Sliced, item_hash, slice_items
from bot.feeds.text import plain_text, plain_title, safe_url

TEXT_LENGTH = 3000
SUMMARY_LENGTH = 300
#: More items than this in one document are not a window but an archive; the newest come first.
_MOST_ITEMS = 10_000
_CLOSED = re.compile(rb"</(?:rss|feed|channel|[a-z0-9]+:rdf)\s*>", re.IGNORECASE)
_DATE = re.compile(
    rb"<((?:dc:|dcterms:|a10:|atom:)?(?:pubDate|date|published|updated|created|modified|issued|lastBuildDate))\b[^>]*>"
    rb".*?</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*$")
_IMAGE = re.compile(r"<img\s[^<>]*?\bsrc\s*=\s*([\"'])(.*?)\1[^<>]*>", re.IGNORECASE | re.DOTALL)
_PIXEL = re.compile(r"\b(?:width|height)\s*=\s*[\"']?1(?:px)?[\"'\s/>]", re.IGNORECASE)
_SKIP = re.compile(rb"<skip(Hours|Days)>(.{0,2000}?)</skip\1>", re.IGNORECASE | re.DOTALL)
_SKIPPED = re.compile(rb"<(?:hour|day)>\s*([A-Za-z0-9]{1,9})\s*<", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_xml(body: bytes, *, url: str, charset: str | None = None, known: frozenset[bytes] = frozenset()) -> Parsed:
    """Read a feed; only items whose hash is not in *known* are given to feedparser. Never raises."""
    try:
        return _parse(body, url, charset, known)
    except Untrusted as error:
        return Unreadable(why=str(error))
    except (MemoryError, RecursionError):
        return Unreadable(why=stored("The feed takes more to read than a feed may."))
    except Exception:
        # feedparser raises whatever its parts raise (UnicodeError, ValueError, AssertionError, ...).
        return Unreadable(why=stored("The feed is damaged beyond reading."))


def _parse(body: bytes, url: str, charset: str | None, known: frozenset[bytes]) -> Parsed:
    document = to_utf8(body, charset)
    check_declarations(document)
    document, sliced, warning = _sliced(document)
    if sliced is None:
        return _whole(document, url, warning)
    items = sliced.items[:_MOST_ITEMS]
    hashes = [item_hash(item) for item in items]
    fresh = [item for item, name in zip(items, hashes, strict=True) if name not in known]
    if not fresh:
        return ParsedFeed(described=False, item_hashes=b"".join(hashes), window=len(items), warning=warning)
    read = _read(sliced.only(fresh))
    return _feed(read, sliced.only([]), url, hashes=b"".join(hashes), window=len(items), warning=warning)


def _sliced(document: bytes) -> tuple[bytes, Sliced | None, str | None]:
    """Slice a document, mended where it is not well-formed; no slices where that does not help."""
    if has_doctype(document):
        # With an external DTD expat passes over `&eacute;` without a word, and the letter is lost.
        document = scrub(document)
    try:
        return document, slice_items(document), None
    except ExpatError:
        mended = scrub(document)
    try:
        return mended, slice_items(mended), None
    except ExpatError:
        check_tags(mended)
        return mended, None, stored("The feed is damaged; what could be read of it was.")


def _whole(document: bytes, url: str, warning: str | None) -> Parsed:
    read = _read(document)
    if not read.get("version") and not read["entries"]:
        return Unreadable(why=_not_a_feed(document))
    if warning and not _CLOSED.search(document[-4096:]) and read["entries"]:
        # Cut in the middle: the last item may be half of itself. It is whole at the next poll.
        read["entries"].pop()
    if warning and not read["entries"]:
        return Unreadable(why="The feed is damaged beyond reading.")
    return _feed(read, document, url, hashes=b"", window=len(read["entries"]), warning=warning)


def _read(document: bytes) -> Mapping[str, Any]:
    try:
        return _ask(document)
    except (MemoryError, RecursionError):
        raise
    except Exception:
        # Nearly always a date: a year of 3,000 digits. The posts are worth more than their dates.
        return _ask(_DATE.sub(b"", document))


def _ask(document: bytes) -> Mapping[str, Any]:
    # BytesIO only: bytes or a str that look like a path or a URL would be opened or fetched.
    read: Mapping[str, Any] = feedparser.parse(
        io.BytesIO(document),
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )
    return read


def _not_a_feed(document: bytes) -> str:
    head = document[:2048].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return stored("This address shows a web page, not a feed.")
    return stored("The answer is empty.") if not document.strip() else stored("The answer is not a feed.")


def _feed(
    read: Mapping[str, Any], head: bytes, url: str, *, hashes: bytes, window: int, warning: str | None
) -> ParsedFeed:
    """*head*: what the document says of itself; its items may be in it."""
    about = read["feed"]
    links = about.get("links") or []
    entries = read["entries"][:_MOST_ITEMS]
    language = _language(about.get("language"))
    atom = str(read.get("version") or "").startswith("atom")
    return ParsedFeed(
        title=plain_title(_value(about, "title"), is_text=atom and _is_text(about)) or None,
        site=safe_url(about.get("link"), url),
        posts=tuple(_post(entry, url, atom=atom, language=language) for entry in entries),
        item_hashes=hashes[: _MOST_ITEMS * HASH],
        window=window,
        hub=_link(links, "hub", url),
        hub_topic=_link(links, "self", url),
        wishes=_wishes(about, head),
        warning=warning,
    )


def _post(entry: dict[str, Any], base: str, *, atom: bool, language: str | None) -> ParsedPost:
    summary, content = _value(entry, "summary"), _content(entry)
    longest = content if len(content) > len(summary) else summary
    text = plain_text(longest, TEXT_LENGTH)
    short = text if longest is summary or not summary else plain_text(summary, TEXT_LENGTH)
    title = plain_title(_value(entry, "title"), is_text=atom and _is_text(entry))
    guid = one_line(str(entry.get("id") or ""))[:1000] or None
    return ParsedPost(
        guid=guid,
        url=safe_url(entry.get("link"), base) or (safe_url(guid) if guid else None),
        title=title or first_words(text) or "Untitled",
        summary=summarise(short or text, SUMMARY_LENGTH),
        text=text,
        author=_author(entry),
        published=_published(entry),
        categories=_categories(entry),
        image=_picture(entry, longest, base),
        language=_language((entry.get("title_detail") or {}).get("language")) or language,
    )


def _value(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def _is_text(thing: Mapping[str, Any]) -> bool:
    return (thing.get("title_detail") or {}).get("type") == "text/plain"


def _content(entry: Mapping[str, Any]) -> str:
    return max((_value(part, "value") for part in entry.get("content") or []), key=len, default="")


def _author(entry: Mapping[str, Any]) -> str | None:
    name = (entry.get("author_detail") or {}).get("name") or entry.get("author")
    return plain_title(str(name))[:100] or None if name else None


def _published(entry: dict[str, Any]) -> datetime | None:
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        # The plain dictionary: feedparser's own `get` answers for `updated` with `published`, and warns.
        if parsed := dict.get(entry, name):
            try:
                return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
            except (ValueError, TypeError, OverflowError, OSError):
                continue
    return None


def _categories(entry: Mapping[str, Any]) -> tuple[str, ...]:
    names = (one_line(str(tag.get("label") or tag.get("term") or ""))[:64] for tag in entry.get("tags") or [])
    return tuple(dict.fromkeys(filter(None, names)))[:20]


def _picture(entry: Mapping[str, Any], markup: str, base: str) -> str | None:
    """The picture a feed gives with a post, else the first in its text that is no tracking pixel."""
    for thing in entry.get("media_thumbnail") or []:
        if picture := safe_url(thing.get("url"), base):
            return picture
    media = [*(entry.get("media_content") or []), *(entry.get("enclosures") or [])]
    for thing in media:
        is_image = thing.get("medium") == "image" or str(thing.get("type") or "").startswith("image/")
        if is_image and (picture := safe_url(thing.get("url") or thing.get("href"), base)):
            return picture
    for match in _IMAGE.finditer(markup, 0, 16_384):
        if not _PIXEL.search(match[0]) and (picture := safe_url(match[2].replace("&amp;", "&"), base)):
            return picture
    return None


def _language(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) and len(value) < 17 and _LANGUAGE.match(value) else None


def _link(links: Iterable[Mapping[str, Any]], rel: str, base: str) -> str | None:
    return next((safe_url(link.get("href"), base) for link in links if link.get("rel") == rel), None)


def _wishes(about: Mapping[str, Any], head: bytes) -> FeedWishes:
    ttl = _value(about, "ttl").strip()[:9]
    hours: set[int] = set()
    days: set[int] = set()
    # feedparser keeps only the last hour and day it meets.
    for kind, inner in _SKIP.findall(head):
        for word in _SKIPPED.findall(inner):
            text = word.decode().lower()
            if kind.lower() == b"hours" and text.isdigit() and int(text) <= 24:
                hours.add(int(text) % 24)
            elif text in _DAYS:
                days.add(_DAYS.index(text))
    minutes = int(ttl) if ttl.isdigit() else 0
    if not (minutes or hours or days):
        return NO_FEED_WISHES
    return FeedWishes(
        ttl=timedelta(minutes=minutes) if minutes else None,
        # Every hour or every day skipped would mean "never"; nobody means that.
        skip_hours=frozenset(hours) if len(hours) < 24 else frozenset(),
        skip_days=frozenset(days) if len(days) < 7 else frozenset(),
    )
