"""Socket Mode: tickets, sockets, envelopes and their answers."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.slack.world import Json, World


@dataclass(slots=True)
class _Envelope:
    answered: asyncio.Future[Json]
    sent: float = 0.0


@dataclass(slots=True)
class Sockets:
    """The open sockets of the app; each envelope goes to one of them."""

    world: World
    _tickets: set[str] = field(default_factory=set)
    _open: list[web.WebSocketResponse] = field(default_factory=list)
    _waiting: dict[str, _Envelope] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def new_ticket(self) -> str:
        """Return what `apps.connections.open` lets in, once."""
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        return ticket

    @property
    def connected(self) -> int:
        """Return how many sockets are open."""
        return len(self._open)

    async def wait_connected(self, seconds: float) -> bool:
        """Return whether a socket is open, waiting a while for one."""
        try:
            async with asyncio.timeout(seconds):
                while not self._open:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Speak with one socket of the app until it closes."""
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(request.query["ticket"])
        socket = web.WebSocketResponse(heartbeat=10)
        await socket.prepare(request)
        self._open.append(socket)
        await socket.send_json(self._hello())
        self._changed.set()
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT and frame.data.startswith("{"):
                    self._take_answer(frame.json())
        finally:
            self._open.remove(socket)
            self._changed.set()
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": "fake", "approximate_connection_time": 3600},
            "connection_info": {"app_id": self.world.app_id},
        }

    def _take_answer(self, answer: Json) -> None:
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting is not None and not waiting.answered.done():
            waiting.answered.set_result(answer)

    async def send(self, kind: str, payload: Json, *, seconds: float, envelope_id: str | None = None) -> Any:
        """Send an envelope through one socket; return its answer, or None where none came in time."""
        envelope_id = envelope_id or secrets.token_hex(16)
        if not self._open:
            return None
        waiting = _Envelope(asyncio.get_running_loop().create_future())
        self._waiting[envelope_id] = waiting
        try:
            await self._open[-1].send_json(
                {
                    "envelope_id": envelope_id,
                    "type": kind,
                    "payload": payload,
                    "accepts_response_payload": kind != "events_api",
                }
            )
            async with asyncio.timeout(seconds):
                return await waiting.answered
        except (TimeoutError, ConnectionError):
            return None
        finally:
            del self._waiting[envelope_id]

    async def disconnect(self, reason: str) -> int:
        """Tell every socket to come back, as Slack does every hour or so, and close it."""
        closing = list(self._open)
        for socket in closing:
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})
            await socket.close()
        return len(closing)
