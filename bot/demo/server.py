"""The sample blogs on loopback: their feeds with validators, their pages, and a new post every few seconds."""

import itertools
import random
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from aiohttp import web

from bot.demo.formats import feed_of, page_of
from bot.demo.writing import SampleBlog, SamplePost, dated, posts_of, read_blogs
from bot.ports.running import Clock

#: Posts that a blog has when the demo starts, over the last month.
OLD = 6
#: A feed shows its newest posts only, as feeds do.
WINDOW = 15


class SampleWeb:
    """Fifteen blogs; `publish` writes the next post."""

    def __init__(self, clock: Clock, blogs: Sequence[SampleBlog] | None = None) -> None:
        self._clock = clock
        self._blogs = {blog.slug: blog for blog in blogs or read_blogs()}
        now = clock.now()
        writers = {slug: posts_of(blog, now) for slug, blog in self._blogs.items() if not blog.planet}
        self._posts = {slug: _old(writer, now, slug) for slug, writer in writers.items()}
        self._writers = writers
        self._turns = itertools.cycle(_turns(list(writers)))
        self.site = ""

    @property
    def feeds(self) -> list[str]:
        """Return the address of every feed."""
        return [f"{self.site}/{slug}/feed" for slug in self._blogs]

    def publish(self) -> SamplePost | None:
        """Write the next post, of the blog whose turn it is; None once it has nothing left to say."""
        slug = next(self._turns)
        post = next(self._writers[slug], None)
        if post is not None:
            post = dated(post, self._clock.now())
            self._posts[slug].appendleft(post)
        return post

    async def publish_for_ever(self, every: timedelta) -> None:
        """Write a post, wait, and so on."""
        while True:
            await self._clock.sleep(every.total_seconds())
            self.publish()

    async def start(self) -> web.AppRunner:
        """Serve on a free port of this machine; the caller cleans the runner up."""
        app = web.Application()
        app.router.add_get("/{blog}/feed", self._feed)
        app.router.add_get("/{blog}/", self._page)
        app.router.add_get("/{blog}/{post}", self._post)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.site = f"http://{host}:{port}"
        return runner

    def shown(self, slug: str) -> list[SamplePost]:
        """Return the posts in a blog's feed; a planet's are those of other blogs."""
        planet = self._blogs[slug].planet
        found = [post for one in planet or (slug,) for post in self._posts[one]]
        return sorted(found, key=lambda post: post.written, reverse=True)[:WINDOW]

    def _blog(self, request: web.Request) -> SampleBlog:
        blog = self._blogs.get(request.match_info["blog"])
        if blog is None:
            raise web.HTTPNotFound
        return blog

    async def _feed(self, request: web.Request) -> web.Response:
        blog = self._blog(request)
        response = web.Response(
            text=feed_of(blog, self.shown(blog.slug), self.site), content_type="application/xml", charset="utf-8"
        )
        newest = self.shown(blog.slug)[0]
        etag = f"{newest.blog}-{newest.slug}"
        response.etag = etag
        known = request.if_none_match or ()
        if any(tag.value == etag for tag in known):
            not_modified = web.Response(status=304)
            not_modified.etag = etag
            return not_modified
        return response

    async def _page(self, request: web.Request) -> web.Response:
        blog = self._blog(request)
        text = "\n\n".join(post.title for post in self.shown(blog.slug))
        return web.Response(text=page_of(blog.name, text, f"/{blog.slug}/feed"), content_type="text/html")

    async def _post(self, request: web.Request) -> web.Response:
        blog = self._blog(request)
        for post in self._posts.get(blog.slug, ()):
            if post.slug == request.match_info["post"]:
                page = page_of(post.title, post.text, f"/{blog.slug}/feed")
                return web.Response(text=page, content_type="text/html")
        raise web.HTTPNotFound


def _old(writer: Iterator[SamplePost], now: datetime, slug: str) -> deque[SamplePost]:
    chance = random.Random(slug)
    days = sorted(chance.uniform(0.5, 29) for _ in range(OLD))
    written = zip(itertools.islice(writer, OLD), days, strict=True)
    return deque(dated(post, now - timedelta(days=ago)) for post, ago in written)


def _turns(slugs: list[str]) -> list[str]:
    """Return the order of writing: about language every second time, so that `/subscribe nlp` shows something soon."""
    language = [slug for slug in ("tokens-and-trees", "mirela", "longread", "fieldnotes") if slug in slugs]
    others = [slug for slug in slugs if slug not in language]
    if not language or not others:
        return slugs
    pairs = zip(itertools.islice(itertools.cycle(language), len(others) * 2), others * 2, strict=False)
    return [slug for pair in pairs for slug in pair]
