"""A server that does what servers on the web do to pollers. Each method of `Hostile` is a path: `/slow_drip`."""

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from tests.fakes.feed_server import Item, items, rss

GOOD = rss(items(3))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n"
MB = 1024 * 1024
BROTLI_BOMB = (Path(__file__).parent / "brotli_bomb.br").read_bytes()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _zeros(wbits: int, size: int) -> bytes:
    """*size* spaces, compressed: about a thousandth of it."""
    squeeze = zlib.compressobj(6, zlib.DEFLATED, wbits)
    block = b" " * MB
    return b"".join(squeeze.compress(block) for _ in range(size // MB)) + squeeze.flush()


@lru_cache(maxsize=3)
def _bomb(name: str) -> bytes:
    made = _zeros(15 if name == "deflate" else 31, 24 * MB)
    return gzip.compress(made) if name == "double" else made


class Hostile:
    """What each path does once the request is read; `canary` counts who came where nobody must."""

    def __init__(self) -> None:
        self.canary = 0
        self.asked: list[str] = []
        self.port = 0

    def bomb(self, name: str) -> bytes:
        return _bomb(name)

    async def good(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD)

    async def slow_drip(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"\r\n")
        while True:
            out.write(b" ")
            await out.drain()
            await asyncio.sleep(0.05)

    async def slow_headers(self, out: asyncio.StreamWriter) -> None:
        out.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            out.write(b"X-%d: 1\r\n" % number)
            await out.drain()
            await asyncio.sleep(0.05)

    async def hang_accept(self, out: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async def endless_chunked(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _chunk(b"<rss><!--"))
        while True:
            out.write(_chunk(b"x" * 65536))
            await out.drain()

    async def endless_items(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b'\r\n<rss version="2.0"><channel><title>x</title>')
        number = 0
        while True:
            number += 1
            out.write(Item(f"Title {number}", f"http://h.example/{number}", text="x" * 5000).xml().encode())
            await out.drain()

    async def length_too_long(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Length: 100000\r\n\r\n" + GOOD)

    async def length_huge(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Length: 10000000000000\r\n\r\n")
        await out.drain()
        await asyncio.sleep(60)

    async def chunk_cut(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _chunk(GOOD[:300]) + b"ffff\r\n<item>")

    async def reset(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Length: 1000\r\n\r\n<rss>")
        await out.drain()
        connection = out.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def header_1mb(self, out: asyncio.StreamWriter) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * MB + b"\r\n\r\n" + GOOD)

    async def headers_20k(self, out: asyncio.StreamWriter) -> None:
        out.write(
            b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(20_000)) + b"\r\n" + GOOD
        )

    async def gzip_bomb(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Encoding: gzip\r\n\r\n" + self.bomb("gzip"))

    async def deflate_bomb(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Encoding: deflate\r\n\r\n" + self.bomb("deflate"))

    async def gzip_bomb_double(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + self.bomb("double"))

    async def zipped_twice(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Encoding: gzip\r\n\r\n" + self.bomb("double"))

    async def brotli_bomb(self, out: asyncio.StreamWriter) -> None:
        # 841 bytes that stand for 1 GiB of spaces.
        out.write(HEAD + b"Content-Encoding: br\r\n\r\n" + BROTLI_BOMB)

    async def summary_9mb(self, out: asyncio.StreamWriter) -> None:
        long = rss([Item("Long", "http://h.example/1", text="A sentence of some length. " * 333_333)])
        out.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(long) + long)

    async def gzip_truncated(self, out: asyncio.StreamWriter) -> None:
        whole = gzip.compress(GOOD)
        out.write(HEAD + b"Content-Encoding: gzip\r\n\r\n" + whole[: len(whole) // 2])

    async def gzip_good(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(GOOD))

    async def redirect_loop(self, out: asyncio.StreamWriter) -> None:
        self.to(out, 302, "/redirect_loop")

    async def moved_301_to_404(self, out: asyncio.StreamWriter) -> None:
        self.to(out, 301, "/nothing")

    async def status_empty_200(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"Content-Length: 0\r\n\r\n")

    async def not_http(self, out: asyncio.StreamWriter) -> None:
        out.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    async def body_is_path(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"\r\n/etc/passwd")

    async def body_is_url(self, out: asyncio.StreamWriter) -> None:
        out.write(HEAD + b"\r\nhttp://127.0.0.1:%d/reached" % self.port)

    async def xxe_http(self, out: asyncio.StreamWriter) -> None:
        entity = b'<!ENTITY x SYSTEM "http://127.0.0.1:%d/reached">' % self.port
        dtd = b"<!DOCTYPE rss [" + entity + b"]>"
        out.write(HEAD + b"\r\n" + dtd + b'<rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>')

    async def reached(self, out: asyncio.StreamWriter) -> None:
        self.canary += 1
        await self.good(out)

    def to(self, out: asyncio.StreamWriter, status: int, location: str) -> None:
        out.write(b"HTTP/1.1 %d X\r\nLocation: %s\r\nConnection: close\r\n\r\n" % (status, location.encode()))

    async def _serve(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = unquote(head.split(b" ")[1].decode()).lstrip("/")
            self.asked.append(path)
            if path.startswith("chain/"):
                self.to(out, 302, f"/chain/{int(path[6:]) - 1}" if path != "chain/0" else "/good")
            elif path.startswith("to/"):
                self.to(out, 302, path.partition("?")[2].replace("PORT", str(self.port)))
            elif path.startswith("status/"):
                code, _, header = path[7:].partition("?")
                name, _, value = header.partition("=")
                extra = f"{name}: {value}\r\n".encode() if header else b""
                out.write(b"HTTP/1.1 %s X\r\nConnection: close\r\n%s\r\n" % (code.encode(), extra))
            elif path in type(self).__dict__ and not path.startswith("_"):
                await getattr(self, path)(out)
            else:
                out.write(b"HTTP/1.1 404 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            await out.drain()
        out.close()


@asynccontextmanager
async def hostile_server() -> AsyncIterator[Hostile]:
    """Serve on loopback for the length of the block."""
    hostile = Hostile()
    tasks: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    def accept(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        writers.append(out)
        task = asyncio.create_task(hostile._serve(reader, out))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    hostile.port = server.sockets[0].getsockname()[1]
    try:
        yield hostile
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for out in writers:
            out.transport.abort()
        await asyncio.sleep(0)
