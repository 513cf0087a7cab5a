"""Discord's REST API over a real socket: token, buckets, faults, then the handler."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable

from aiohttp import web

from tests.fakes.discord.answers import ApiError, Json
from tests.fakes.discord.calls import Answer, Call
from tests.fakes.discord.faults import Fault
from tests.fakes.discord.interactions import Desk
from tests.fakes.discord.ratelimits import RateLimits, Refusal, refusal
from tests.fakes.discord.routes import FREE, Route, table
from tests.fakes.discord.world import World

PREFIX = "/api/v10"
VIA = {"Via": "1.1 google", "Server": "cloudflare"}
PAGE = "<html><body><h1>Error 1015</h1>You are being rate limited</body></html>"


class Rest:
    def __init__(self, world: World, desk: Desk, gateway_bot: Callable[[], Json]) -> None:
        self.world = world
        self.limits = RateLimits(world.settings)
        self._table = table(desk, gateway_bot)
        #: Requests answered 401, 403 or 429 (other than a shared one): 10,000 in 10 min are a ban.
        self.invalid = 0
        self._later: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        body = await _body(request)
        response = await self._answer(request, path, body)
        self._record(request, path, body, response.status)
        return response

    def _record(self, request: web.Request, path: str, body: Json | list[Json], status: int) -> None:
        self.world.requests.append(
            {"at": time.monotonic(), "method": request.method, "path": path, "body": body, "status": status}
        )
        self.invalid += status in (401, 403, 429)

    async def _answer(self, request: web.Request, path: str, body: Json | list[Json]) -> web.StreamResponse:
        route, parts = self._find(request.method, path)
        free = path.startswith(FREE)
        if not free and request.headers.get("Authorization") != f"Bot {self.world.token}":
            return _json({"message": "401: Unauthorized", "code": 0}, 401)
        if route is None:
            return _json({"message": "404: Not Found", "code": 0}, 404)
        call = Call(self.world, parts, dict(request.query), body)
        fault = self.world.faults.take(request.method, path)
        if fault is not None:
            return await self._faulty(request, route, call, fault)
        refused = None if free else self.limits.check(route.name, route.major(parts))
        if refused is not None:
            return _refused(refused)
        return self._done(route, call)

    def _find(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        for route in self._table:
            found = route.pattern.match(path)
            if found and route.method == method:
                return route, found.groupdict()
        return None, {}

    def _done(self, route: Route, call: Call) -> web.Response:
        headers = self.limits.headers(route.name, route.major(call.parts))
        try:
            answer = route.handler(call)
        except ApiError as refusing:
            return _json(refusing.body, refusing.status, headers)
        return _json(answer, 200, headers) if answer is not None else web.Response(status=204, headers=VIA | headers)

    # -- faults ---------------------------------------------------------------------------------
    async def _faulty(self, request: web.Request, route: Route, call: Call, fault: Fault) -> web.StreamResponse:
        if fault.kind.endswith("_after"):
            done = self._done(route, call)
            return await self._spoil(request, done, fault)
        match fault.kind:
            case "status":
                return _json({"message": fault.message, "code": fault.code}, fault.status)
            case "rate_limit":
                return _refused(refusal(fault.scope, fault.retry_after))
            case "cloudflare":
                return web.Response(status=429, text=PAGE, content_type="text/html")
            case "hang":
                await asyncio.sleep(3600)
            case "late":
                self._in_a_while(route, call, fault.delay)
            case "delay":
                await asyncio.sleep(fault.delay)
                return self._done(route, call)
        return _hang_up(request)

    async def _spoil(self, request: web.Request, done: web.Response, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case "status_after":
                return _json({"message": fault.message, "code": fault.code}, fault.status)
            case "html_after":
                return web.Response(text=PAGE, content_type="text/html", headers=VIA)
            case "cut_after":
                text = (done.text or "")[: len(done.text or "") // 2]
                return web.Response(body=text.encode(), headers=VIA | {"Content-Type": "application/json"})
            case "hang_after":
                await asyncio.sleep(3600)
        return _hang_up(request, reset=fault.kind == "reset_after")

    def _in_a_while(self, route: Route, call: Call, delay: float) -> None:
        async def later() -> None:
            await asyncio.sleep(delay)
            self._done(route, call)

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)


async def _body(request: web.Request) -> Json | list[Json]:
    raw = await request.read()
    if not raw or request.content_type != "application/json":
        return {}
    loaded: Json | list[Json] = json.loads(raw)
    return loaded


def _json(answer: Answer, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # Exactly this content type: with a charset, discord.py takes the body for text.
    told = VIA | (headers or {}) | {"Content-Type": "application/json"}
    return web.Response(status=status, body=json.dumps(answer).encode(), headers=told)


def _refused(refused: Refusal) -> web.Response:
    return _json(refused.body, 429, refused.headers)


def _hang_up(request: web.Request, *, reset: bool = False) -> web.Response:
    transport = request.transport
    if transport is not None:
        if reset:
            raw: socket.socket = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort() if reset else transport.close()
    return web.Response(status=499)
