"""One attempt at one REST call: what came back, or what can be said where nothing did.

discord.py repeats a request by itself after 500, 502, 504 and 524 and sleeps through 429. The outbox must know of
every attempt, and a forum post has no nonce that would make a repeat harmless. Its documented `http_trace` sees each
response before the library does: raising there ends the request.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

import aiohttp
import discord
from discord.http import Route

from bot.chat.discord.bucket import TokenBucket

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """2xx with the JSON that was expected."""

    body: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """A 4xx other than 429: nothing was done."""

    status: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Limited:
    """429, or a bucket of ours that is known to be empty: nothing was done."""

    retry_after: float
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Unreached:
    """The request was never written: no connection, or no place in the queue in time."""

    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request was written and no answer can be relied on."""

    why: str


Answer = Answered | Refused | Limited | Unreached | Lost


class _Cut(Exception):
    """Ends a request that discord.py would repeat."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(repr(answer))
        self.answer = answer


@dataclass(slots=True)
class _Attempt:
    written: bool = False


_attempt: ContextVar[_Attempt | None] = ContextVar("discord_attempt", default=None)


def one_attempt_trace() -> aiohttp.TraceConfig:
    """Return what discord.Client takes as `http_trace`, so that `Wire` can make single attempts."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_connected)
    trace.on_connection_reuseconn.append(_connected)
    trace.on_request_end.append(_look_first)
    return trace


async def _connected(_session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object) -> None:
    # From the moment there is a connection some of the request may be on its way.
    if (attempt := _attempt.get()) is not None:
        attempt.written = True


async def _look_first(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
) -> None:
    response = params.response
    if _attempt.get() is None or (response.status < 500 and response.status != 429):
        return
    response.close()
    raise _Cut(limited(response.headers) if response.status == 429 else Lost(f"Discord answered {response.status}"))


def limited(headers: Mapping[str, str]) -> Limited:
    """Read how long a 429 asks to wait. Cloudflare's own bans carry only the plain header, and hold everything."""
    told = headers.get("Retry-After") or headers.get("X-RateLimit-Reset-After") or ""
    try:
        wait = float(told)
    except ValueError:
        wait = 60.0
    everywhere = headers.get("X-RateLimit-Scope") == "global" or "Via" not in headers
    return Limited(max(wait, 0.05), everywhere)


class Wire:
    """Makes REST calls with a logged-in client's session, one attempt each, all within the token's rate."""

    def __init__(self, http: discord.http.HTTPClient, bucket: TokenBucket, timeout: float) -> None:
        self._http = http
        self._bucket = bucket
        self._timeout = timeout

    async def call(
        self,
        method: Literal["GET", "POST", "PATCH", "DELETE"],
        path: str,
        ids: Mapping[str, int],
        *,
        json: Json | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make the call once. The names in *path* and *ids* are discord.py's: they choose the rate limit bucket."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._bucket.take()
        except TimeoutError:
            return Unreached("too many requests were waiting before this one")
        options: dict[str, Any] = {} if json is None else {"json": json}
        if params:
            options["params"] = dict(params)
        return await self._attempt(Route(method, path, metadata=None, **ids), options)

    async def _attempt(self, route: Route, options: dict[str, Any]) -> Answer:
        attempt = _Attempt()
        token = _attempt.set(attempt)
        try:
            async with asyncio.timeout(self._timeout):
                body = await self._http.request(route, **options)
        except _Cut as cut:
            return cut.answer
        except Exception as error:  # discord.py documents no closed list of what a request can raise
            return answer_of(error, written=attempt.written)
        finally:
            _attempt.reset(token)
        # 204 has no body; anything else that is no JSON is not Discord speaking.
        return Lost("Discord's answer was no JSON") if isinstance(body, str) and body else Answered(body)


def answer_of(error: Exception, *, written: bool) -> Answer:
    """Return what *error* says about the request it ended."""
    match error:
        case discord.RateLimited():
            return Limited(error.retry_after, everywhere=False)
        case discord.DiscordServerError():
            return Lost(f"Discord answered {error.status}")
        case discord.HTTPException() if error.status == 429:
            return limited(getattr(error.response, "headers", {}))
        case discord.HTTPException():
            return Refused(error.status, error.code, error.text)
    what = type(error).__name__
    with contextlib.suppress(TypeError):
        what = f"{what}: {error}" if str(error) else what
    return Lost(what) if written else Unreached(what)
