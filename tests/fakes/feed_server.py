"""A farm of well-behaved blogs on loopback: many feeds, validators, conditional answers, a share that changes."""

import asyncio
import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from tests.clock import START


@dataclass(slots=True)
class Item:
    """One article of a fake blog."""

    title: str
    link: str
    guid: str | None = None
    date: datetime | None = None
    text: str = ""

    def xml(self) -> str:
        parts = [f"<title>{escape(self.title)}</title><link>{escape(self.link)}</link>"]
        if self.guid is not None:
            parts.append(f'<guid isPermaLink="false">{escape(self.guid)}</guid>')
        if self.date is not None:
            parts.append(f"<pubDate>{format_datetime(self.date)}</pubDate>")
        return f"<item>{''.join(parts)}<description>{escape(self.text)}</description></item>"


def rss(items: list[Item], title: str = "A blog", head: str = "") -> bytes:
    """Write an RSS 2.0 document."""
    body = "".join(item.xml() for item in items)
    channel = f"<title>{escape(title)}</title><link>http://blog.example/</link>{head}{body}"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}</channel></rss>'.encode()


def items(
    count: int, *, newest: datetime = START, every: timedelta = timedelta(days=1), prefix: str = "post"
) -> list[Item]:
    """Return *count* articles, newest first."""
    return [
        Item(
            title=f"{prefix.title()} number {number} of this blog",
            link=f"http://blog.example/{prefix}/{number}",
            guid=f"{prefix}-{number}",
            date=newest - (count - number) * every,
            text=f"<p>What {prefix} {number} has to say, at some length.</p>",
        )
        for number in range(count, 0, -1)
    ]


@dataclass(slots=True)
class Answer:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    #: Answer 304 to whoever has the validator.
    conditional: bool = True
    zipped: bool = False


Handler = Callable[["Request"], "Answer | bytes | None"]


@dataclass(slots=True)
class Request:
    path: str
    headers: dict[str, str]
    #: How often this path was asked before.
    times: int


class FeedServer:
    """Serves what `serve` was told and remembers what it was asked; on bare sockets, so that it can also misbehave."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer | Handler] = {}
        self.asked: Counter[str] = Counter()
        self.requests: list[Request] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def serve(self, path: str, answer: Answer | Handler | bytes) -> str:
        """Answer *path* so from now on; return its address."""
        self._answers[path] = Answer(answer) if isinstance(answer, bytes) else answer
        return self.url(path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            answer = self._answer(head.decode("latin-1"))
            if answer is not None:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, head: str) -> bytes | None:
        first, *lines = head.split("\r\n")
        path = first.split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        request = Request(path, headers, self.asked[path])
        self.asked[path] += 1
        self.requests.append(request)
        found = self._answers.get(path, Answer(b"nothing here", 404))
        answer = found if isinstance(found, Answer) else found(request)
        return _written(answer, headers) if isinstance(answer, Answer) else answer


def _written(answer: Answer, asked: dict[str, str]) -> bytes:
    """The answer as bytes on the wire."""
    headers = {"Content-Type": "application/xml", **answer.headers}
    body, status = answer.body, answer.status
    if answer.conditional and status == 200:
        etag = f'"{blake2b(body, digest_size=6).hexdigest()}"'
        headers.setdefault("ETag", etag)
        if asked.get("if-none-match") == headers["ETag"]:
            status, body = 304, b""
    if answer.zipped and body:
        body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
    if status != 304:
        headers.setdefault("Content-Length", str(len(body)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\nConnection: close\r\n{lines}\r\n".encode() + body
