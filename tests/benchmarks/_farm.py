"""A farm of feeds on loopback in a process of its own: validators, conditional answers, a share that changes.

`/f/17` is a feed of 20 posts of 1.5 kB. `/set?share=0.05` gives that share of the feeds one new post. A share of them
may be slow, a share broken (an error, no HTTP, a broken-off answer, in turn), and all of them may want TLS.
"""

import argparse
import asyncio
import contextlib
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
#: A slow feed answers after so many seconds.
_LATE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How the farm's servers are."""

    slow: float = 0.0
    broken: float = 0.0
    tls: bool = False

    def is_slow(self, feed: int) -> bool:
        return feed * 7919 % 1000 < self.slow * 1000

    def is_broken(self, feed: int) -> bool:
        # From the other end: a feed is slow or broken.
        return feed * 7919 % 1000 >= 1000 - self.broken * 1000

    def words(self) -> list[str]:
        """Return it as options of a command."""
        return ["--slow", str(self.slow), "--broken", str(self.broken), *(["--tls"] if self.tls else [])]


FAIR = Weather()


@dataclass(frozen=True, slots=True)
class Place:
    """A farm that runs."""

    base: str
    #: What processes need in their environment to trust it.
    trust: Mapping[str, str] = field(default_factory=dict)


def gains(feed: int, turn: int, share: float) -> bool:
    """Whether the feed gains a post when *share* of the feeds do, for the so-manieth time."""
    return (feed * 7919 + turn * 104729) % 1000 < share * 1000


class _Farm:
    """What the feeds say at the moment."""

    def __init__(self, weather: Weather = FAIR) -> None:
        self.weather = weather
        self.rounds: list[float] = []
        self._bodies: dict[tuple[int, int], bytes] = {}
        self._start = datetime.now(UTC) - _DAY

    def version(self, feed: int) -> int:
        """How many posts the feed has gained."""
        return sum(gains(feed, turn, share) for turn, share in enumerate(self.rounds))

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


_BROKEN = (
    b"HTTP/1.1 500 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n<rss>",
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
            feed = self._head.split(b" ", 2)[1].rpartition(b"/")[2]
            late = feed.isdigit() and self._farm.weather.is_slow(int(feed))
            asyncio.get_running_loop().call_later(_LATE, self._finish) if late else self._finish()

    def _finish(self) -> None:
        self._transport.write(self._answer(self._head))
        self._transport.close()

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path.startswith("/set?"):
            self._farm.rounds.append(float(path.partition("share=")[2]))
            return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        feed = int(path.rpartition("/")[2])
        if self._farm.weather.is_broken(feed):
            return _BROKEN[feed % len(_BROKEN)]
        etag = f'"{feed}-{self._farm.version(feed)}"'.encode()
        end = b"\r\nConnection: close\r\n\r\n"
        if etag in head:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + end
        body = self._farm.body(feed)
        kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: " + etag
        return kind + b"\r\nContent-Length: " + str(len(body)).encode() + end + body


async def _serve(weather: Weather, folder: str) -> None:
    farm = _Farm(weather)
    loop = asyncio.get_running_loop()
    context = None
    if weather.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(f"{folder}/farm.pem")
    server = await loop.create_server(lambda: _Connection(farm), HOSTS[0], 0, backlog=4096, ssl=context)
    port = server.sockets[0].getsockname()[1]
    for host in HOSTS[1:]:
        await loop.create_server(lambda: _Connection(farm), host, port, backlog=4096, ssl=context)
    print(port, flush=True)
    await server.serve_forever()


def _make_certificate(path: str) -> None:
    """Write a key and a certificate for the farm's addresses, signed by itself."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "farm")])
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host)) for host in HOSTS])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - _DAY, now + _DAY)
    made = made.add_extension(hosts, critical=False).add_extension(x509.BasicConstraints(True, None), critical=True)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(path, "wb") as file:
        file.write(private + made.sign(key, hashes.SHA256()).public_bytes(pem))


@contextlib.contextmanager
def farm(weather: Weather = FAIR) -> Iterator[str]:
    """Give the address of a farm that runs in another process."""
    with farm_in(weather) as place:
        yield place.base


@contextlib.contextmanager
def farm_in(weather: Weather) -> Iterator[Place]:
    """Give a farm in any weather, with what is needed to trust it."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/farm.pem"
        trust = {"SSL_CERT_FILE": file, "REQUESTS_CA_BUNDLE": file} if weather.tls else {}
        if weather.tls:
            _make_certificate(file)
        command = [sys.executable, "-m", "tests.benchmarks._farm", folder, *weather.words()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                scheme = "https" if weather.tls else "http"
                yield Place(f"{scheme}://{HOSTS[0]}:{process.stdout.readline().strip()}", trust)
            finally:
                process.kill()


def address(base: str, feed: int) -> str:
    """Return where a feed is, the many spread over the farm's addresses."""
    return f"{base.replace(HOSTS[0], HOSTS[feed % len(HOSTS)])}/f/{feed}"


def change(base: str, share: float) -> None:
    """Give *share* of the feeds one new post."""
    read(f"{base}/set?share={share}")


def read(url: str) -> bytes:
    """Return what the farm answers; it need not prove to us who it is."""
    with urllib.request.urlopen(url, timeout=30, context=_ANY) as answer:
        return bytes(answer.read())


_ANY = ssl._create_unverified_context()


def read_weather(arguments: list[str]) -> tuple[Weather, list[str]]:
    """Read what *Weather.words* wrote, and return what else there is."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--broken", type=float, default=0.0)
    parser.add_argument("--tls", action="store_true")
    found, rest = parser.parse_known_args(arguments)
    return Weather(slow=found.slow, broken=found.broken, tls=found.tls), rest


if __name__ == "__main__":
    import uvloop

    weather, (where,) = read_weather(sys.argv[1:])
    uvloop.run(_serve(weather, where))
