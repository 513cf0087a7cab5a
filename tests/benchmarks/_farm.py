"""A farm of feeds on loopback in a process of its own: validators, conditional answers, a share that changes.

`/f/17` is a feed of 20 posts of 1.5 kB. `/set?share=0.05` gives that share of the feeds one new post.
"""

import asyncio
import contextlib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import cast

WINDOW = 20
#: One address has 28,000 ports for those who ask it, each of them taken for a minute.
HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
_WORDS = (
    *("databases", "language", "models", "web", "systems", "kernel", "latency", "cache", "index", "query", "graph"),
    *("tensor", "compiler", "parser", "network", "memory", "thread", "lock", "queue", "cloud", "cluster", "shard"),
    *("replica", "schema", "token", "vector", "search", "ranking", "crawler", "feed", "reader"),
)
_DAY = timedelta(days=1)


class _Farm:
    """What the feeds say at the moment."""

    def __init__(self) -> None:
        self.rounds: list[float] = []
        self._bodies: dict[tuple[int, int], bytes] = {}
        self._start = datetime.now(UTC) - _DAY

    def version(self, feed: int) -> int:
        """How many posts the feed has gained."""
        return sum((feed * 7919 + turn * 104729) % 1000 < share * 1000 for turn, share in enumerate(self.rounds))

    def body(self, feed: int) -> bytes:
        gained = self.version(feed)
        # 200 kinds: 36,515 feeds of 35 kB each would be 1.3 GB.
        key = (feed % 200, gained)
        if key not in self._bodies:
            items = "".join(self._item(number, feed % 200) for number in range(WINDOW + gained, gained, -1))
            self._bodies[key] = (
                '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Blog @@@</title>'
                f"<link>http://blog-@@@.example/</link>{items}</channel></rss>"
            ).encode()
        return self._bodies[key].replace(b"@@@", str(feed).encode())

    def _item(self, number: int, seed: int) -> str:
        age = _DAY * 3 * (WINDOW - number) if number <= WINDOW else timedelta(minutes=WINDOW - number)
        # No two posts alike, or all of them would be one story.
        words = [_WORDS[(seed * 31 + number * 17 + at * at) % len(_WORDS)] for at in range(90)]
        marked = [f"{word} @@@-{number * at % 97}" for at, word in enumerate(words)]
        text = "".join(f"<p>{' '.join(marked[at : at + 10])} <em>and so on</em>.</p>" for at in range(0, 90, 10))
        link = f"http://blog-@@@.example/{number}"
        when = format_datetime(self._start - age)
        return (
            f"<item><title>Post {number} of blog @@@</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{when}</pubDate><description><![CDATA[{text}]]></description></item>"
        )


class _Connection(asyncio.Protocol):
    def __init__(self, farm: _Farm) -> None:
        self._farm = farm
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if self._head.endswith(b"\r\n\r\n"):
            self._transport.write(self._answer(self._head))
            self._transport.close()

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path.startswith("/set?"):
            self._farm.rounds.append(float(path.partition("share=")[2]))
            return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        feed = int(path.rpartition("/")[2])
        etag = f'"{feed}-{self._farm.version(feed)}"'.encode()
        end = b"\r\nConnection: close\r\n\r\n"
        if etag in head:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + end
        body = self._farm.body(feed)
        kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: " + etag
        return kind + b"\r\nContent-Length: " + str(len(body)).encode() + end + body


async def _serve() -> None:
    farm = _Farm()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(farm), HOSTS[0], 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    for host in HOSTS[1:]:
        await loop.create_server(lambda: _Connection(farm), host, port, backlog=4096)
    print(port, flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def farm() -> Iterator[str]:
    """Give the address of a farm that runs in another process."""
    command = [sys.executable, "-m", "tests.benchmarks._farm"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def address(base: str, feed: int) -> str:
    """Return where a feed is, the many spread over the farm's addresses."""
    return f"{base.replace(HOSTS[0], HOSTS[feed % len(HOSTS)])}/f/{feed}"


def change(base: str, share: float) -> None:
    """Give *share* of the feeds one new post."""
    with urllib.request.urlopen(f"{base}/set?share={share}", timeout=5) as answer:
        answer.read()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve())
