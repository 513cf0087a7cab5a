"""Fetching over HTTP: one request with a deadline, caps, and every hop guarded."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from bot.domain.fetched import Body, Failed, Fetched, Gone, NotModified, ServerWishes
from bot.domain.unsaid import stored
from bot.feeds.body import BodyError, read_body
from bot.feeds.guard import REFUSED, AddressRefused, Guard, GuardedResolver
from bot.feeds.headers import rate_limited, wishes_of
from bot.feeds.text import safe_url

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.4, */*;q=0.1"
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How much of a stranger's answer is taken."""

    #: Seconds for the whole request, redirects and body included.
    deadline: float = 30.0
    #: Decompressed bytes.
    body: int = 5 * 1024 * 1024
    redirects: int = 5
    header: int = 8190
    headers: int = 100
    #: A refusal takes this long whatever its reason, so that its time tells nothing about our network.
    refusal: float = 0.3


class HttpFetcher:
    """Fetches feeds over one shared session; `async with` owns its connections."""

    def __init__(self, guard: Guard, *, user_agent: str, limits: FetchLimits | None = None) -> None:
        self.guard = guard
        self._limits = limits or FetchLimits()
        self._user_agent = user_agent
        self._resolver = GuardedResolver(guard)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # One TLS context for all: making one costs 20 ms. Sockets are not kept: feeds are hosts of
        # their own that are asked every 15 minutes at most.
        connector = aiohttp.TCPConnector(
            ssl=ssl.create_default_context(),
            resolver=self._resolver,
            socket_factory=self.guard.socket,
            force_close=True,
            limit=0,
            ttl_dns_cache=300,
            dns_cache_max_size=20_000,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None),
            auto_decompress=False,
            requote_redirect_url=False,
            headers={"Accept": ACCEPT, "Accept-Encoding": "gzip", "User-Agent": self._user_agent},
            max_line_size=self._limits.header,
            max_field_size=self._limits.header,
            max_headers=self._limits.headers,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    def is_inside(self, host: str) -> bool:
        """Whether *host* is known to lie in a private network that was allowed by setting."""
        return host in self._resolver.inside or self.guard.is_inside(host)

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None, readers: int = 0
    ) -> Fetched:
        """Fetch *url*, conditionally where validators are given. Never raises for what a server did."""
        headers = _request_headers(etag, last_modified, self._user_agent, readers)
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._limits.deadline):
                return await self._follow(url, headers, conditional=bool(etag or last_modified))
        except (BodyError, aiohttp.ClientError, OSError, ValueError) as error:
            return await self._failed(error, started)

    async def post(self, url: str, form: Mapping[str, str]) -> Failed | None:
        """Post *form* to *url*; None where it was taken (2xx). Never raises for what a server did."""
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._limits.deadline):
                response = await self._ask("POST", _target(url), {}, aiohttp.FormData(form))
            response.close()
            good = 200 <= response.status < 300
            why = stored("The server answered with the error {status}.", status=response.status)
            return None if good else Failed(why=why)
        except (BodyError, aiohttp.ClientError, OSError, ValueError) as error:
            return await self._failed(error, started)

    async def _failed(self, error: Exception, started: float) -> Failed:
        """Say why a request failed; a refusal takes its time, whatever its reason."""
        if isinstance(error, AddressRefused):
            await asyncio.sleep(max(0.0, started + self._limits.refusal - asyncio.get_running_loop().time()))
            return Failed(why=REFUSED)
        if isinstance(error, TimeoutError):
            return Failed(why=_late(self._limits.deadline))
        return Failed(why=str(error) if isinstance(error, BodyError) else explain(error))

    async def _follow(self, url: str, headers: Mapping[str, str], *, conditional: bool) -> Fetched:
        permanent, hops = True, 0
        target = _target(url)
        while True:
            response = await self._ask("GET", target, headers)
            try:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or location is None:
                    moved = str(target) if hops and permanent else None
                    return await self._answer(response, target, moved=moved, conditional=conditional)
            finally:
                response.close()
            hops += 1
            if hops > self._limits.redirects:
                return Failed(
                    why=stored("The server redirected more than {number} times.", number=self._limits.redirects)
                )
            permanent = permanent and response.status in _PERMANENT
            target = _with_login(_target(location, base=target), target)

    async def _ask(
        self, method: str, url: URL, headers: Mapping[str, str], data: aiohttp.FormData | None = None
    ) -> aiohttp.ClientResponse:
        """Return the answer's head; whoever asked closes it."""
        if self._session is None:
            raise RuntimeError("the fetcher is used outside its `async with`")
        if url.raw_user is not None:
            headers = {**headers, "Authorization": aiohttp.encode_basic_auth(url.user or "", url.password or "")}
            url = url.with_user(None)
        try:
            return await self._session.request(method, url, headers=headers, data=data, allow_redirects=False)
        except aiohttp.InvalidURL as error:
            # aiohttp's word for 127.1, 2130706433 and the like: addresses that hide what they are.
            raise AddressRefused(REFUSED) from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, AddressRefused):
                raise error.os_error from error
            raise

    async def _answer(
        self, response: aiohttp.ClientResponse, url: URL, *, moved: str | None, conditional: bool
    ) -> Fetched:
        now = datetime.now(UTC)
        wishes = wishes_of(response.headers, now)
        if response.status == 304:
            return NotModified(unasked=not conditional, moved_to=moved, wishes=wishes)
        if response.status != 200:
            return _refusal(response, wishes, now)
        body = await read_body(
            response.content.iter_any(),
            encoding=response.headers.get("Content-Encoding", "").strip().lower(),
            declared=response.content_length,
            cap=self._limits.body,
        )
        hub = _link(response, "hub")
        return Body(
            body=body,
            hub=hub,
            hub_topic=_link(response, "self") if hub else None,
            # Links in the feed are read from here: no password may get into them.
            url=str(url.with_user(None)),
            charset=_charset(response),
            etag=_validator(response.headers.get("ETag")),
            last_modified=_validator(response.headers.get("Last-Modified")),
            moved_to=moved,
            wishes=wishes,
        )


def _request_headers(etag: str | None, last_modified: str | None, user_agent: str, readers: int) -> dict[str, str]:
    headers = {}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    if readers:
        # How many read a feed is what its author would like to know, and what hosts look for.
        noun = "subscriber" if readers == 1 else "subscribers"
        headers["User-Agent"] = f"{user_agent.removesuffix(')')}; {readers} {noun})"
    return headers


def _target(url: str, base: URL | None = None) -> URL:
    """The address to ask; raise ValueError with a sentence for anything but http and https."""
    try:
        target = URL(url) if base is None else base.join(URL(url))
        ok = target.scheme in {"http", "https"} and bool(target.host)
    except ValueError as error:
        raise BodyError(stored("That is not a web address.")) from error
    if not ok:
        raise BodyError(stored("Only http and https addresses can be fetched."))
    return target.with_fragment(None) if target.raw_fragment else target


def _with_login(target: URL, before: URL) -> URL:
    """Go on with the login of *before* on the same server, TLS or more of it; nobody else gets it."""
    safe = before.scheme == "http" or target.scheme == "https"
    same = target.host == before.host and target.port in {before.port, 443}
    if before.user is None or target.user is not None or not (safe and same):
        return target
    return target.with_user(before.user).with_password(before.password)


def _refusal(response: aiohttp.ClientResponse, wishes: ServerWishes, now: datetime) -> Failed | Gone:
    status = response.status
    if status == 410:
        return Gone(why=stored("The blog says that its feed is gone for good (410)."))
    wait = rate_limited(response.headers, now) if status in {403, 429, 503} else None
    if status == 429 or wait is not None:
        asked = ServerWishes(retry_after=wait, fresh_for=wishes.fresh_for)
        why = stored("The server asks to slow down ({status}).", status=status)
        return Failed(why=why, wishes=asked, slow_down=True)
    why = STATUS.get(status) or stored("The server answered with the error {status}.", status=status)
    return Failed(why=why, wishes=wishes)


def _late(seconds: float) -> str:
    return stored("The server did not answer within {seconds} seconds.", seconds=f"{seconds:g}")


STATUS = {
    401: "The server asks for a password (401).",
    403: "The server refuses to show the feed (403).",
    404: "There is nothing at this address (404).",
    451: "The feed is withheld for legal reasons (451).",
    500: "The server has an error of its own (500).",
    502: "The server has an error of its own (502).",
    503: "The server is not available (503).",
    504: "The server has an error of its own (504).",
}


def _link(response: aiohttp.ClientResponse, rel: str) -> str | None:
    """The address of a `Link:` header; None where there is none that is safe."""
    if "Link" not in response.headers:
        return None
    with suppress(ValueError, KeyError):
        found = response.links.get(rel)
        return safe_url(str(found["url"])) if found else None
    return None


def _charset(response: aiohttp.ClientResponse) -> str | None:
    with suppress(LookupError, ValueError):
        return response.charset
    return None


def _validator(value: str | None) -> str | None:
    """A validator as it is to be sent back; None where it is missing or could not be a header again."""
    if not value or len(value) > 1024 or not value.isprintable():
        return None
    return value


SENTENCES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    # The first that fits counts: aiohttp's classes are each other's parents.
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError),
        "The server's certificate is not valid for this address.",
    ),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror), "No server was found under this name."),
    ((aiohttp.ClientConnectorError,), "The server refused the connection or is not there."),
    ((aiohttp.ClientPayloadError,), "The server's answer broke off in the middle."),
    ((aiohttp.ClientResponseError,), "The server's answer is not proper HTTP."),
    ((aiohttp.ServerDisconnectedError, ConnectionError), "The server closed the connection without an answer."),
)


def explain(error: BaseException) -> str:
    """Say in one plain sentence why a request failed; nothing the server wrote is repeated."""
    return next((why for kinds, why in SENTENCES if isinstance(error, kinds)), stored("The request failed."))
