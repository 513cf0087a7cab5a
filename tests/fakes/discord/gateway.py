"""Discord's gateway over a real WebSocket: HELLO, IDENTIFY or RESUME, events, heartbeats; zlib-stream."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord import shapes
from tests.fakes.discord.answers import Json
from tests.fakes.discord.world import World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
KNOWN_INTENTS = (1 << 26) - 1
UNKNOWN_OPCODE, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4003, 4004
INVALID_INTENTS, DISALLOWED_INTENTS = 4013, 4014


@dataclass(slots=True)
class Session:
    id: str
    sequence: int = 0
    events: deque[Json] = field(default_factory=lambda: deque(maxlen=1000))
    line: Line | None = None


class Line:
    """One WebSocket connection."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self._request = request
        # What is not zlib-stream goes out as text, which every client also takes.
        compress = request.query.get("compress") == "zlib-stream"
        self._zlib = zlib.compressobj() if compress else None

    async def send(self, payload: Json | str) -> None:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        # A client that is gone gets what it missed when it resumes.
        with contextlib.suppress(ConnectionError):
            if self._zlib is None:
                await self.socket.send_str(text)
            else:
                data = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(data)

    def abort(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()


class Gateway:
    """All sessions of the bot."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions: dict[str, Session] = {}
        self.url = ""
        #: Refuse so many connections, with 502, before one is let in.
        self.refuse = 0
        self.identifies: list[float] = []
        self.resumes = 0
        self._outgoing: deque[tuple[Session, Json]] = deque()
        #: Set while the bot has a session on an open line.
        self.connected = asyncio.Event()

    def bot_info(self) -> Json:
        """The answer to GET /gateway/bot."""
        left = max(0, self.world.settings.session_start_limit - len(self.identifies))
        limit = {"total": 1000, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}
        return {"url": self.url, "shards": 1, "session_start_limit": limit}

    # -- one connection -------------------------------------------------------------------------
    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.refuse > 0:
            self.refuse -= 1
            return web.Response(status=502, text="Bad Gateway")
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        line = Line(socket, request)
        await line.send({"op": HELLO, "d": {"heartbeat_interval": self.world.settings.heartbeat_interval_ms}})
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._receive(line, json.loads(frame.data))
        finally:
            # Of a line that was cut off the handler is cancelled.
            self._lost(line)
        return socket

    def _lost(self, line: Line) -> None:
        """Note that a connection is over: what happens now is told when its session is resumed."""
        for session in self.sessions.values():
            if session.line is line:
                session.line = None
        if not self._lines():
            self.connected.clear()

    async def _receive(self, line: Line, payload: Json) -> None:
        match payload.get("op"):
            case 1:
                await line.send({"op": ACK})
            case 2:
                await self._identify(line, payload["d"])
            case 6:
                await self._resume(line, payload["d"])
            case 3 | 4 | 8:
                pass
            case _:
                await line.socket.close(code=UNKNOWN_OPCODE, message=b"Unknown opcode.")

    async def _identify(self, line: Line, data: Json) -> None:
        refusal = self._refuse_identify(data)
        if refusal is not None:
            await line.socket.close(code=refusal[0], message=refusal[1])
            return
        now, last = self.world.now(), self.identifies[-1] if self.identifies else 0
        self.identifies.append(now)
        if now - last < self.world.settings.identify_seconds:
            await line.send({"op": INVALID_SESSION, "d": False})
            return
        if len(self.identifies) >= self.world.settings.session_start_limit:
            # Discord ends every session and resets the token of an app that identifies too often.
            self.world.token = secrets.token_hex(16)
        session = Session(secrets.token_hex(8), line=line)
        self.sessions[session.id] = session
        await self._welcome(session)
        self.connected.set()

    def _refuse_identify(self, data: Json) -> tuple[int, bytes] | None:
        if data.get("token") != self.world.token:
            return AUTHENTICATION_FAILED, b"Authentication failed."
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return INVALID_INTENTS, b"Invalid intent(s)."
        return (DISALLOWED_INTENTS, b"Disallowed intent(s).") if intents & PRIVILEGED else None

    async def _welcome(self, session: Session) -> None:
        mine = [g for g in self.world.guilds.values() if self.world.bot_id in g.members]
        ready = {
            "v": 10, "user": shapes.bot_user(self.world), "session_id": session.id, "resume_gateway_url": self.url,
            "guilds": [{"id": str(g.id), "unavailable": True} for g in mine], "shard": [0, 1],
            "application": {"id": str(self.world.application_id), "flags": 0},
        }  # fmt: skip
        await self._tell(session, "READY", ready)
        for guild in mine:
            if guild.available:
                await self._tell(session, "GUILD_CREATE", shapes.guild(self.world, guild))

    async def _resume(self, line: Line, data: Json) -> None:
        session = self.sessions.get(data.get("session_id") or "")
        if session is None or data.get("token") != self.world.token:
            await line.send({"op": INVALID_SESSION, "d": False})
            return
        self.resumes += 1
        session.line = line
        for event in [e for e in session.events if e["s"] > (data.get("seq") or 0)]:
            await line.send(event)
        await self._tell(session, "RESUMED", {})
        self.connected.set()

    # -- events ---------------------------------------------------------------------------------
    def emit(self, name: str, data: Json) -> None:
        """Queue an event for every session; `flush` sends it."""
        for session in self.sessions.values():
            self._outgoing.append((session, self._event(session, name, data)))

    def _event(self, session: Session, name: str, data: Any) -> Json:
        session.sequence += 1
        event = {"op": DISPATCH, "t": name, "s": session.sequence, "d": data}
        session.events.append(event)
        return event

    async def flush(self) -> None:
        while self._outgoing:
            session, event = self._outgoing.popleft()
            if session.line is not None:
                await session.line.send(event)

    async def _tell(self, session: Session, name: str, data: Json) -> None:
        event = self._event(session, name, data)
        if session.line is not None:
            await session.line.send(event)

    # -- faults ---------------------------------------------------------------------------------
    async def send_raw(self, payload: Json | str) -> None:
        """Send what Discord never would: a malformed event, an unknown one, no JSON at all."""
        for line in self._lines():
            await line.send(payload)

    async def drop(self, code: int | None = None) -> None:
        """Close every connection with *code*, or without a word where there is none."""
        for line in self._lines():
            if code is not None:
                await line.socket.close(code=code)
            else:
                line.abort()

    async def ask_reconnect(self) -> None:
        for line in self._lines():
            await line.send({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        lines = self._lines()
        if not resumable:
            self.sessions.clear()
        for line in lines:
            await line.send({"op": INVALID_SESSION, "d": resumable})

    def _lines(self) -> list[Line]:
        return [s.line for s in self.sessions.values() if s.line is not None and not s.line.socket.closed]
