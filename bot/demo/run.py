"""The demo: the program as it is, on a database of its own, with sample blogs in place of the web."""

import asyncio
import contextlib
import secrets
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

from bot.app import open_store
from bot.chat.room.settings import is_loopback
from bot.demo.server import SampleWeb
from bot.demo.writing import read_blogs
from bot.domain.following import FoundFeed
from bot.domain.model import SHARED
from bot.engine.clock import SystemClock
from bot.serving import serve
from bot.settings import Settings, load_settings
from bot.store.known_feeds import SqlFeeds
from bot.web.recent import Recent

EVERY = timedelta(seconds=4)
#: No address to open in a browser.
EVERYWHERE = {"0.0.0.0", "::", "[::]"}  # noqa: S104 - compared, not bound
#: What makes the demo quick; all of it can be set otherwise.
QUICK = {
    "ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
    "POLLING_FLOOR": "2s",
    "POLLING_CEILING": "4s",
    "POLLING_TICK": "1s",
    # Many posts in a few minutes are the point here: one card each.
    "CHANNELS_BURST": "100000",
    "LOG_LEVEL": "warning",
}


async def run_demo(environment: Mapping[str, str], recent: Recent | None = None) -> None:
    """Serve the room and the sample blogs until stopped; what it stored is removed, unless DATABASE_URL says where."""
    with tempfile.TemporaryDirectory(prefix="tidings-demo-") as folder:
        # Another folder than one's own: a .env with real tokens is not for the demo.
        settings = load_settings(demo_environment(environment, Path(folder)), Path(folder))
        async with sample_web(settings):
            say_hello(settings)
            await serve(settings, recent=recent)


def demo_environment(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the settings of the demo: quick, with no chat but the room, and a free port where 8080 is taken."""
    chats = ("SLACK_", "DISCORD_")
    own = {name: value for name, value in environment.items() if not name.startswith(chats)}
    # A database of one's own may be opened again: its key is one's own, too.
    database = {"DATABASE_URL": f"sqlite:///{folder}/demo.db", "SECRET_KEY": secrets.token_urlsafe()}
    port = {} if "PORT" in own else {"PORT": str(free_port(8080))}
    # In a container HOST is public, and a public room without a token stays closed.
    token = {"ROOM_TOKEN": secrets.token_urlsafe(6)} if "HOST" in own and not is_loopback(own["HOST"]) else {}
    return {**QUICK, **({} if "DATABASE_URL" in own else database), **port, **token, **own}


def free_port(wanted: int) -> int:
    """Return *wanted*, or a free one where something listens on it."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            # As servers do: a port that was used a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    return wanted


@contextlib.asynccontextmanager
async def sample_web(settings: Settings, every: timedelta = EVERY) -> AsyncIterator[SampleWeb]:
    """Serve the sample blogs, put them into the pool that all share, and let them publish."""
    web = SampleWeb(SystemClock())
    runner = await web.start()
    async with open_store(settings) as database:
        feeds, now = SqlFeeds(database), SystemClock().now()
        names = [blog.name or None for blog in read_blogs()]
        found = [FoundFeed(url=url, title=name) for url, name in zip(web.feeds, names, strict=True)]
        known = await feeds.know(found, now)
        await feeds.add(SHARED, [feed.id for feed in known], by="demo", now=now)
    publishing = asyncio.create_task(web.publish_for_ever(every))
    try:
        yield web
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        await runner.cleanup()


def say_hello(settings: Settings) -> None:
    """Print the address to open, and what to type there."""
    host = "localhost" if settings.host in EVERYWHERE else settings.host
    token = settings.room.token.get_secret_value()
    enter = f", enter with {token}," if token else ""
    sys.stdout.write(
        f"\n  Tidings demo: open http://{host}:{settings.port}/{enter} and type /subscribe nlp\n"
        "  Sample blogs publish a post every few seconds. Ctrl+C ends the demo and removes what it stored.\n\n"
    )
    sys.stdout.flush()
