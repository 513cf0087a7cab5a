"""A WebSub hub on loopback: takes subscriptions, verifies them, and pushes what is published."""

import asyncio
import hmac
import io
import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web


@dataclass(slots=True)
class Asked:
    """One request for a subscription, as it came."""

    callback: str
    topic: str
    secret: str
    lease_seconds: str
    verified: bool = False


class Hub:
    """Strict where the standard is; `publish` returns what subscribers answered."""

    def __init__(self, *, lease: int = 3600, verifies: bool = True) -> None:
        self.lease = lease
        self.verifies = verifies
        #: What a request for a subscription is answered with.
        self.status = 202
        self.asked: list[Asked] = []
        self.asked_once = asyncio.Event()
        self.verified_once = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.post("/", self._subscribe)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()
        await self._runner.cleanup()

    async def _subscribe(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.get("hub.mode") != "subscribe" or not form.get("hub.callback", "").startswith("http"):
            return web.Response(status=400, text="hub.mode and hub.callback are needed")
        asked = Asked(
            form["hub.callback"], form["hub.topic"], form.get("hub.secret", ""), form.get("hub.lease_seconds", "")
        )
        if len(asked.secret.encode()) >= 200:
            return web.Response(status=400, text="hub.secret is too long")
        self.asked.append(asked)
        self.asked_once.set()
        if self.verifies and 200 <= self.status < 300:
            task = asyncio.create_task(self._verify(asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response(status=self.status)

    async def _verify(self, asked: Asked) -> None:
        challenge = secrets.token_hex(16)
        status, text = await self.call(asked, "subscribe", challenge=challenge, lease_seconds=str(self.lease))
        asked.verified = 200 <= status < 300 and text == challenge
        if asked.verified:
            self.verified_once.set()

    async def call(self, asked: Asked, mode: str, topic: str | None = None, **fields: str) -> tuple[int, str]:
        """Call a subscriber back about its intent."""
        query = {"hub.mode": mode, "hub.topic": topic or asked.topic}
        query |= {f"hub.{name}": value for name, value in fields.items()}
        async with self._session.get(asked.callback, params=query) as answer:
            return answer.status, await answer.text()

    async def publish(self, body: bytes) -> list[int]:
        """Push to every subscriber that was verified, once each; return the statuses."""
        known = {asked.callback: asked for asked in self.asked if asked.verified}
        return [await self.push(asked, body) for asked in known.values()]

    async def push(self, asked: Asked, body: bytes, signature: str | None = None) -> int:
        """Push to one subscriber; *signature* in place of the right one."""
        if signature is None:
            signature = f"sha256={hmac.new(asked.secret.encode(), body, 'sha256').hexdigest()}"
        headers = {"Content-Type": "application/rss+xml; charset=utf-8", "X-Hub-Signature": signature}
        async with self._session.post(asked.callback, data=io.BytesIO(body), headers=headers) as answer:
            return answer.status
