"""Answers that go wrong on demand, in the ways the real ones do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.slack.world import ApiError, Json

#: name -> (the method takes effect, what is answered then)
FAULTS: dict[str, tuple[bool, str]] = {
    "reset": (False, "reset"),
    "commit_then_reset": (True, "reset"),
    "hang": (False, "hang"),
    "commit_then_hang": (True, "hang"),
    "500": (False, "500"),
    "500_after_commit": (True, "500"),
    "503": (False, "503"),
    "429": (False, "429"),
    "ratelimited": (False, "ratelimited"),
    "html": (False, "html"),
    "html_after_commit": (True, "html"),
    "cut_json": (True, "cut"),
    "late": (True, "late"),
    "error": (False, "error"),
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong: for `times` calls of a method, in one team or channel where named."""

    method: str
    kind: str
    times: int = 1
    team: str | None = None
    channel: str | None = None
    #: Let so many calls through before.
    after: int = 0
    retry_after: int = 1
    seconds: float = 3600
    #: What `error` answers.
    error: str = "fatal_error"
    hits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(FAULTS)}")

    def takes(self, method: str, team: str | None, channel: str | None) -> bool:
        """Return whether this call goes wrong, and count it."""
        meant = self.method in ("*", method) and self.team in (None, team) and self.channel in (None, channel)
        if not meant or self.times <= 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


Method = Callable[[], Awaitable[Json]]


async def go_wrong(fault: Fault, request: web.Request, method: Method) -> web.StreamResponse:
    """Let the method take effect or not, then answer as the fault says."""
    commits, then = FAULTS[fault.kind]
    if then == "late":
        # The request is held, takes effect after a while, and nobody is left to read the answer.
        return await _late(fault, method)
    if commits:
        await method()
    return await _ANSWERS[then](fault, request)


async def _late(fault: Fault, method: Method) -> web.StreamResponse:
    async def later() -> None:
        await asyncio.sleep(fault.seconds)
        await method()

    task = asyncio.ensure_future(later())
    await asyncio.shield(task)
    return web.json_response({"ok": True})


async def _reset(_: Fault, request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _hang(fault: Fault, _: web.Request) -> web.StreamResponse:
    await asyncio.sleep(fault.seconds)
    return web.Response(status=504)


async def _status(status: int, **headers: str) -> web.StreamResponse:
    return web.Response(status=status, text="upstream error", headers=headers)


async def _cut(_: Fault, request: web.Request) -> web.StreamResponse:
    return web.Response(text='{"ok": true, "channel": "C0', content_type="application/json")


async def _body(body: Any, **headers: str) -> web.StreamResponse:
    return web.json_response(body, headers=headers)


_ANSWERS: dict[str, Callable[[Fault, web.Request], Awaitable[web.StreamResponse]]] = {
    "reset": _reset,
    "hang": _hang,
    "500": lambda _, __: _status(500),
    "503": lambda _, __: _status(503),
    "429": lambda fault, _: _rate_limited(fault.retry_after),
    "ratelimited": lambda _, __: _body({"ok": False, "error": "ratelimited"}),
    "html": lambda _, __: _html(),
    "cut": _cut,
    "error": lambda fault, _: _body({"ok": False, "error": fault.error}),
}


async def _html() -> web.StreamResponse:
    return web.Response(text="<!DOCTYPE html><title>Slack</title><p>We are working on it", content_type="text/html")


async def _rate_limited(seconds: int) -> web.StreamResponse:
    return too_many(seconds)


def too_many(seconds: int) -> web.Response:
    """Return the one answer that is not HTTP 200."""
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})


def refusal(error: ApiError) -> web.Response:
    """Return a refusal as Slack words it: HTTP 200, ok false."""
    return web.json_response({"ok": False, "error": error.error, **error.details})
