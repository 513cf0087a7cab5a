"""Topics as files for feed readers: Atom (RFC 4287) and JSON Feed 1.1."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from bot.domain.model import TopicName
from bot.domain.pages import Shown

ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold, however it is written.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFeed:
    """A topic's newest posts, and where the feed stands."""

    topic: TopicName
    posts: Sequence[Shown]
    #: The address of this site, without a slash at its end.
    base: str
    #: Shown where there is no post yet.
    now: datetime

    @property
    def page(self) -> str:
        return f"{self.base}/topics/{self.topic.slug}"

    @property
    def updated(self) -> datetime:
        return max((when(shown) for shown in self.posts), default=self.now)

    @property
    def title(self) -> str:
        return f"Tidings: {self.topic.label}"


def when(shown: Shown) -> datetime:
    """Return a post's date: the feed's, else when it was first seen."""
    return shown.card.post.published or shown.card.post.first_seen


def story_urn(shown: Shown) -> str:
    """Return a name for the story that stays the same wherever this feed moves."""
    return uuid.UUID(hex=shown.card.story).urn


def atom(feed: TopicFeed) -> bytes:
    """Return the feed as Atom."""
    root = ET.Element("feed", {"xmlns": ATOM})
    _text(root, "id", uuid.uuid5(uuid.NAMESPACE_URL, feed.page).urn)
    _text(root, "title", feed.title)
    _text(root, "updated", _stamp(feed.updated))
    _text(ET.SubElement(root, "author"), "name", "Tidings")
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": f"{feed.page}.atom"})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    for shown in feed.posts:
        _entry(root, shown)
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body + b"\n"


def _entry(root: ET.Element, shown: Shown) -> None:
    post, blog = shown.card.post, shown.card.blog
    entry = ET.SubElement(root, "entry")
    _text(entry, "id", story_urn(shown))
    _text(entry, "title", post.title)
    _text(entry, "updated", _stamp(when(shown)))
    if post.published:
        _text(entry, "published", _stamp(post.published))
    if post.author or blog:
        _text(ET.SubElement(entry, "author"), "name", post.author or blog or "")
    if post.url:
        ET.SubElement(entry, "link", {"rel": "alternate", "href": post.url})
    for slug in shown.card.topics:
        ET.SubElement(entry, "category", {"term": slug})
    _text(entry, "summary", post.summary)
    if not post.url:
        # RFC 4287, 4.1.1: an entry without a link to the article must hold it.
        _text(entry, "content", post.summary)
    if blog:
        _text(ET.SubElement(entry, "source"), "title", blog)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = NOT_XML.sub("", text)


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def json_feed(feed: TopicFeed) -> bytes:
    """Return the feed as JSON Feed 1.1."""
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": f"{feed.page}.json",
        "items": [_item(shown) for shown in feed.posts],
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def _item(shown: Shown) -> dict[str, Any]:
    post = shown.card.post
    item: dict[str, Any] = {
        "id": story_urn(shown),
        "title": post.title,
        "content_text": post.summary,
        "tags": list(shown.card.topics),
        "_tidings": {"blog": shown.card.blog, "also_at": list(shown.card.also_at), "matched": list(shown.matched)},
    }
    if post.url:
        item["url"] = post.url
    if post.published:
        item["date_published"] = _stamp(post.published)
    if post.author or shown.card.blog:
        item["authors"] = [{"name": post.author or shown.card.blog}]
    return item
