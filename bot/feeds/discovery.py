"""Finding the feeds of a web page: what it links to as its feeds, else what is usual on the web."""

import json
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from bot.feeds.prepare import to_utf8
from bot.feeds.text import plain_title, safe_url

_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/json",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
}
#: Asked in this order where a page names no feed.
WELL_KNOWN = ("/feed", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/rss", "/feed.json")
_PREFIX = 256 * 1024
_MOST = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that a page names."""

    url: str
    #: What the page calls it; empty where it does not.
    title: str


def find_feeds(body: bytes, url: str, charset: str | None = None) -> list[Candidate]:
    """Return the feeds a web page links to with rel=alternate, comment feeds last."""
    tree = LexborHTMLParser(to_utf8(body[:_PREFIX], charset))
    node = tree.css_first("base[href]")
    base = safe_url(node.attributes.get("href"), url) if node else None
    found: dict[str, Candidate] = {}
    for link in tree.css("link[rel][href]"):
        attributes = link.attributes
        rels = (attributes.get("rel") or "").lower().split()
        kind = (attributes.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in rels and kind in _TYPES and (target := safe_url(attributes.get("href"), base or url)):
            found.setdefault(target, Candidate(target, plain_title(attributes.get("title") or "")))
    return sorted(found.values(), key=_is_comments)[:_MOST]


def well_known(url: str) -> list[str]:
    """Return the addresses at which the site of *url* would have its feed if it follows custom."""
    below = [urljoin(url.rstrip("/") + "/", path.lstrip("/")) for path in WELL_KNOWN[:2]]
    return list(dict.fromkeys([*below, *(urljoin(url, path) for path in WELL_KNOWN)]))


def pack_candidates(candidates: list[Candidate]) -> bytes:
    """Write what a child found."""
    return json.dumps([[candidate.url, candidate.title] for candidate in candidates]).encode()


def unpack_candidates(answer: bytes) -> list[Candidate]:
    """Read what *pack_candidates* wrote; an answer of another kind means none."""
    found = json.loads(answer)
    return [Candidate(url, title) for url, title in found] if isinstance(found, list) else []


def _is_comments(candidate: Candidate) -> bool:
    return "comment" in candidate.url.lower() or "comment" in candidate.title.lower()
