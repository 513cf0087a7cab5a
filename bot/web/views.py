"""/r/ID: counts a click and leads on to the post. Counts only: no cookie, no address, nothing about who clicked."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable

from aiohttp import web

from bot.domain.errors import StoreBusy
from bot.ports.running import Clock
from bot.web.shelf import Shelf

#: Chats fetch links to show a preview of them, search engines and scanners follow them: no reader is behind these.
NOBODY = re.compile(
    r"bot\b|bot[/;]|crawl|spider|slurp|preview|unfurl|facebookexternalhit|embedly|whatsapp|skypeuri|"
    r"curl|wget|python|aiohttp|okhttp|go-http|java/|headless|monitor|scanner|proofpoint|barracuda",
    re.IGNORECASE,
)
#: Clicks are written together, this many seconds after the first of them.
TOGETHER = 2.0


class Views:
    """Answers /r/ID. Only for posts we hold: it redirects to no other address."""

    def __init__(self, *, shelf: Shelf, clock: Clock) -> None:
        self._shelf = shelf
        self._clock = clock
        self._clicks: Counter[str] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the route, for the web server to mount."""
        return [web.get("/r/{post:[0-9a-f]{32}}", self._lead_on)]

    async def _lead_on(self, request: web.Request) -> web.StreamResponse:
        post = request.match_info["post"]
        url = await self._shelf.url_of(post)
        if url is None:
            raise web.HTTPNotFound(text="There is no such post.\n")
        if is_a_reader(request):
            self._count(post)
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
        return web.Response(status=302, headers={"Location": url, **headers})

    def _count(self, post: str) -> None:
        self._clicks[post] += 1
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_soon())

    async def _write_soon(self) -> None:
        await self._clock.sleep(TOGETHER)
        self._writing = None
        await self.write()

    async def write(self) -> None:
        """Write the clicks that wait; called at the end, too."""
        clicks, self._clicks = self._clicks, Counter()
        try:
            if clicks:
                await self._shelf.count_views(clicks)
        except StoreBusy:
            self._clicks += clicks  # with the next ones


def is_a_reader(request: web.Request) -> bool:
    """Say whether a person opened the link, as far as a request tells."""
    if request.method != "GET" or "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")):
        return False
    agent = request.headers.get("User-Agent", "")
    return bool(agent) and not NOBODY.search(agent)
