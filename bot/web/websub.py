"""/websub/TOKEN: where hubs verify what we asked for, and push what a feed published."""

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from bot.domain.websub import Hook, granted, is_expected, is_genuine, renewal, retry
from bot.ports.polling import Hooks
from bot.ports.running import Clock

#: Takes a hook, a body and its charset; returns `stored`, `busy` or `unreadable`.
Take = Callable[[Hook, bytes, str | None], Awaitable[str]]
_CHALLENGE = 1000


class WebSub:
    """Answers hubs. The address of a hook is a secret of ours and its hub's; all others are gone."""

    def __init__(self, *, hooks: Hooks, take: Take, clock: Clock, body_limit: int) -> None:
        self._hooks = hooks
        self._take = take
        self._clock = clock
        self._limit = body_limit

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the routes, for the web server to mount."""
        path = r"/websub/{token:[\w-]{20,64}}"
        return [web.get(path, self._verify, allow_head=False), web.post(path, self._push)]

    async def _verify(self, request: web.Request) -> web.StreamResponse:
        """Confirm what we asked for, or hear that it is denied."""
        hook = await self._hook(request)
        asked, now = request.query, self._clock.now()
        mode, topic = asked.get("hub.mode", ""), asked.get("hub.topic", "")
        if not is_expected(hook, topic, now):
            raise web.HTTPNotFound(text="Nobody asked for that.\n")
        if mode == "denied":
            await self._hooks.refuse(hook, "The hub denied it.", retry(now, hook.failures + 1))
            return web.Response(status=204)
        challenge = asked.get("hub.challenge", "")
        if mode != "subscribe" or not 0 < len(challenge) <= _CHALLENGE:
            raise web.HTTPNotFound(text="Nobody asked for that.\n")
        until = granted(asked.get("hub.lease_seconds", ""), now)
        await self._hooks.grant(hook, until, renewal(now, until))
        return web.Response(text=challenge)

    async def _push(self, request: web.Request) -> web.StreamResponse:
        """Take in what is genuine; a 2xx says that it is committed."""
        hook = await self._hook(request)
        if not hook.is_active(self._clock.now()):
            raise web.HTTPGone(text="This lease has ended.\n")
        body = await self._body(request)
        if not is_genuine(request.headers.get("X-Hub-Signature", ""), body, hook.secret):
            raise web.HTTPForbidden(text="The signature is not right.\n")
        taken = await self._take(hook, body, request.charset)
        if taken == "busy":
            raise web.HTTPServiceUnavailable(text="Busy; try again shortly.\n", headers={"Retry-After": "5"})
        if taken == "unreadable":
            raise web.HTTPUnprocessableEntity(text="That is no feed.\n")
        return web.Response(status=204)

    async def _hook(self, request: web.Request) -> Hook:
        hook = await self._hooks.find(request.match_info["token"])
        if hook is None:
            raise web.HTTPGone(text="There is nothing here.\n")
        return hook

    async def _body(self, request: web.Request) -> bytes:
        """Read the body, and not a byte more than is allowed, whatever its header says."""
        if (request.content_length or 0) > self._limit:
            raise web.HTTPRequestEntityTooLarge(self._limit, request.content_length or 0)
        parts, size = [], 0
        async for part in request.content.iter_any():
            size += len(part)
            if size > self._limit:
                raise web.HTTPRequestEntityTooLarge(self._limit, size)
            parts.append(part)
        return b"".join(parts)
