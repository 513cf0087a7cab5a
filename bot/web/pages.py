"""Topic pages: every topic's posts for people, and the same as Atom, JSON Feed and OPML for programs."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.domain.links import has_secret
from bot.domain.model import SHARED, FeedId, TopicName
from bot.domain.names import alike
from bot.domain.pages import COUNTED, LAST_PAGE, LONGEST_SEARCH, PAGE_SIZE, Blog, Found, Wanted, search_words
from bot.ports.running import Clock
from bot.ports.topics import Topics
from bot.web.access import Gate
from bot.web.feed_files import TopicFeed, atom, json_feed, when
from bot.web.fresh import Fresh
from bot.web.shelf import Shelf
from bot.web.templates import Templates

MONTH = timedelta(days=30)
BLOGS = 30
FILE_SIZE = 50

WriteOpml = Callable[[Iterable[tuple[str, str | None, str | None]], str], str]


@dataclass(frozen=True, slots=True)
class FileKind:
    """A feed file's name and type."""

    suffix: str
    type: str


ATOM = FileKind("atom", "application/atom+xml")
JSON = FileKind("json", "application/feed+json")
OPML = FileKind("opml", "text/x-opml")


class Pages:
    """Answers /topics and what is below."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        topics: Topics,
        clock: Clock,
        gate: Gate,
        templates: Templates,
        write_opml: WriteOpml,
        counting: bool = False,
    ) -> None:
        """*counting*: clicks are counted, and how many there were is shown."""
        self._counting = counting
        self._shelf = shelf
        self._topics = topics
        self._clock = clock
        self._gate = gate
        self._templates = templates
        self._write_opml = write_opml
        self._counts: Fresh[Mapping[str, int]] = Fresh(clock)
        self._blogs: Fresh[Sequence[Blog]] = Fresh(clock)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the routes of the pages, for the web server to mount."""
        page, file = self._gate.page, self._gate.feed
        return [
            *self._gate.routes(),
            web.get("/topics", page(self._index)),
            web.get(r"/topics/{slug:[^/.]{1,100}}", page(self._topic)),
            web.get(r"/topics/{slug:[^/.]{1,100}}.atom", file(self._file(ATOM))),
            web.get(r"/topics/{slug:[^/.]{1,100}}.json", file(self._file(JSON))),
            web.get(r"/topics/{slug:[^/.]{1,100}}.opml", file(self._opml)),
        ]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        since = self._clock.now() - MONTH
        counts = await self._counts.get("", lambda: self._shelf.recent_counts(since))
        topics = await self._topics.all(SHARED)
        values = {"topics": [(topic, counts.get(topic.slug, 0)) for topic in topics]}
        return self._templates.page(request, "topics.html", values=values)

    async def _topic(self, request: web.Request) -> web.StreamResponse:
        topic = await self._named(request)
        if topic is None:
            return await self._unknown(request)
        asked = _Asked.of(request)
        if len(request.query.get("q", "").strip()) > LONGEST_SEARCH:
            return self._templates.page(request, "too-long.html", 400, {"longest": LONGEST_SEARCH, "topic": topic})
        if asked is None:
            return self._templates.page(request, "not-found.html", 404, {"near": None, "wanted": None})
        wanted = Wanted(topic=topic.slug, feed=asked.blog, words=search_words(asked.text))
        found = await self._shelf.find(wanted, asked.page)
        if not found.posts and asked.page > 1:
            return self._templates.page(request, "not-found.html", 404, {"near": None, "wanted": None})
        labels = {each.slug: each.label for each in await self._topics.all(SHARED)}
        values: dict[str, Any] = {
            "topic": topic,
            "found": found,
            "counted": COUNTED,
            "asked": asked,
            "labels": labels,
            "blogs": await self._blogs.get(topic.slug, lambda: self._shelf.blogs(topic.slug, BLOGS)),
            "newer": asked.link(asked.page - 1) if asked.page > 1 else None,
            "older": asked.link(asked.page + 1) if _has_more(found, asked.page) else None,
            "longest": LONGEST_SEARCH,
            "counting": self._counting,
        }
        return self._templates.page(request, "topic.html", values=values)

    async def _named(self, request: web.Request) -> TopicName | None:
        """Return the topic of the address; another name of it redirects to its page."""
        slug = request.match_info["slug"]
        topic = await self._topics.find(SHARED, slug)
        if topic is not None and topic.slug != slug:
            suffix = request.path.rpartition("/")[2].partition(".")[2]
            raise web.HTTPMovedPermanently(f"/topics/{topic.slug}{'.' + suffix if suffix else ''}")
        return topic

    async def _unknown(self, request: web.Request) -> web.Response:
        wanted = request.match_info["slug"]
        values = {"near": alike(wanted, await self._topics.all(SHARED)), "wanted": wanted}
        return self._templates.page(request, "not-found.html", 404, values)

    def _file(self, kind: FileKind) -> Callable[[web.Request], Any]:
        write = atom if kind is ATOM else json_feed

        async def answer(request: web.Request) -> web.StreamResponse:
            topic = await self._named(request)
            if topic is None:
                raise web.HTTPNotFound(text="There is no such topic.\n")
            found = await self._shelf.find(Wanted(topic=topic.slug), size=FILE_SIZE, most=FILE_SIZE)
            base = f"{request.scheme}://{request.host}"
            feed = TopicFeed(topic=topic, posts=found.posts, base=base, now=self._clock.now())
            changed = feed.updated if found.posts else None
            return conditional(request, write(feed), kind, changed)

        return answer

    async def _opml(self, request: web.Request) -> web.StreamResponse:
        topic = await self._named(request)
        if topic is None:
            raise web.HTTPNotFound(text="There is no such topic.\n")
        blogs = await self._shelf.blogs(topic.slug, 500)
        # A feed behind a password is nobody else's to read.
        feeds = sorted((blog.url, blog.name, blog.site) for blog in blogs if not has_secret(blog.url))
        text = self._write_opml(feeds, f"Tidings: {topic.label}")
        # Which blogs write about a topic changes when one of them writes; a new name of one shows in the tag.
        newest = (await self._shelf.find(Wanted(topic=topic.slug), size=1, most=1)).posts
        return conditional(request, text.encode(), OPML, max(map(when, newest), default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the address of a topic page asks for."""

    text: str = ""
    blog: FeedId | None = None
    page: int = 1

    @classmethod
    def of(cls, request: web.Request) -> "_Asked | None":
        """Return what is asked for; None where it is nothing that could be."""
        blog, page = request.query.get("blog", ""), request.query.get("page", "1")
        text = request.query.get("q", "").strip()
        numbers = [each for each in (blog or "1", page) if not (each.isascii() and each.isdigit() and len(each) < 10)]
        if numbers or not 1 <= int(page) <= LAST_PAGE:
            return None
        return cls(text=text, blog=FeedId(int(blog)) if blog else None, page=int(page))

    def link(self, page: int) -> str:
        """Return the address of another page of the same list."""
        named = {"q": self.text, "blog": self.blog or "", "page": "" if page == 1 else page}
        return "?" + urlencode({name: value for name, value in named.items() if value})


def _has_more(found: Found, page: int) -> bool:
    return found.total > page * PAGE_SIZE and page < LAST_PAGE


def conditional(request: web.Request, body: bytes, kind: FileKind, changed: datetime | None) -> web.Response:
    """Return a file, or 304 where the reader has it already."""
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    response = web.Response(body=body, content_type=kind.type, charset="utf-8")
    response.etag = tag
    response.headers["Cache-Control"] = "private, max-age=300" if "Authorization" in request.headers else "max-age=300"
    if changed is not None:
        response.last_modified = changed
    if _is_known(request, tag, changed):
        response.body = b""
        response.set_status(304)
    return response


def _is_known(request: web.Request, tag: str, changed: datetime | None) -> bool:
    # RFC 9110, 13.1.3: where a tag is given, the date does not count.
    if request.if_none_match is not None:
        return any(each.value in {tag, "*"} for each in request.if_none_match)
    since = request.if_modified_since
    return since is not None and changed is not None and changed.replace(microsecond=0) <= since
