"""OPML: lists of feeds, as every feed reader writes and reads them."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from bot.domain.errors import UsageError
from bot.domain.following import FeedList, FoundFeed
from bot.domain.hygiene import one_line
from bot.feeds.text import safe_url

_LARGEST = 10 * 1024 * 1024
_DEEPEST = 50
MOST = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed in a list."""

    #: None where the list gives no address that can be fetched.
    url: str | None
    #: As written, for the report.
    written: str
    title: str | None = None
    site: str | None = None
    #: The folders it stands in, outermost first.
    folders: tuple[str, ...] = ()


def looks_like_opml(body: bytes) -> bool:
    """Whether the body is a list of feeds."""
    return b"<opml" in body[:2048].lower()


def read_opml(body: bytes) -> list[Outline]:
    """Return the feeds of a list, each address once. Raises UsageError with a sentence."""
    if len(body) > _LARGEST:
        raise UsageError("The list is larger than 10 MB.")
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        line = f" (line {error.lineno})" if isinstance(error, expat.ExpatError) else ""
        raise UsageError(f"The list is not well-formed OPML{line}.") from error
    if not reader.is_opml:
        raise UsageError("This is not an OPML list.")
    return list(reader.found.values())


def write_opml(feeds: Iterable[tuple[str, str | None, str | None]], title: str = "Tidings") -> str:
    """Write (address, title, site) of each feed as OPML 2.0."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<opml version="2.0">']
    lines += [f"<head><title>{_text(title)}</title></head>", "<body>"]
    for url, name, site in feeds:
        shown = quoteattr(one_line(name or url))
        home = f" htmlUrl={quoteattr(site)}" if site else ""
        lines.append(f'  <outline type="rss" text={shown} title={shown} xmlUrl={quoteattr(url)}{home}/>')
    return "\n".join([*lines, "</body>", "</opml>", ""])


def as_list(outlines: Sequence[Outline]) -> FeedList:
    """Return what *outlines* name as feeds, and what of them is no address."""
    return FeedList(
        feeds=tuple(FoundFeed(url=one.url, title=one.title, site=one.site) for one in outlines if one.url),
        broken=tuple(one.written for one in outlines if not one.url),
    )


def pack_list(read: Callable[[], Sequence[Outline]]) -> bytes:
    """Write what a child read of a list, or why it could not."""
    try:
        found = as_list(read())
    except UsageError as error:
        return json.dumps({"refused": str(error)}).encode()
    return json.dumps([[[one.url, one.title, one.site] for one in found.feeds], found.broken]).encode()


def unpack_list(answer: bytes) -> FeedList:
    """Read what *pack_list* wrote; an answer of another kind means a list that was too much. Raises UsageError."""
    found = json.loads(answer)
    if not isinstance(found, list):
        raise UsageError(found.get("refused") or "The list takes more to read than a list may.")
    feeds, broken = found
    return FeedList(
        feeds=tuple(FoundFeed(url=url, title=title, site=site) for url, title, site in feeds), broken=tuple(broken)
    )


class _Reader:
    """Collects outlines; refuses what is built to hurt before it can."""

    def __init__(self) -> None:
        self.found: dict[str, Outline] = {}
        self.is_opml = False
        self._folders: list[str | None] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._declared

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.lower()
        self.is_opml = self.is_opml or name == "opml"
        if name != "outline":
            return
        values = {key.lower(): value for key, value in attributes.items()}
        title = one_line(values.get("title") or values.get("text") or "")[:200] or None
        written = one_line(values.get("xmlurl", ""))[:500]
        if len(self._folders) >= _DEEPEST:
            raise UsageError("The list is nested too deeply.")
        self._folders.append(None if written else title)
        if written:
            self._keep(written, title, values.get("htmlurl"))

    def _keep(self, written: str, title: str | None, site: str | None) -> None:
        url = safe_url(written)
        if len(self.found) >= MOST:
            raise UsageError(f"The list has more than {MOST:,} feeds.")
        folders = tuple(folder for folder in self._folders if folder)
        self.found.setdefault(
            url or written,
            Outline(url=url, written=written, title=title, site=safe_url(site), folders=folders),
        )

    def _end(self, name: str) -> None:
        if name.lower() == "outline":
            self._folders.pop()

    def _declared(self, *_: Any) -> None:
        raise UsageError("The list declares entities of its own, which is how parsers are attacked; it is not read.")


def _text(text: str) -> str:
    return quoteattr(one_line(text))[1:-1]
