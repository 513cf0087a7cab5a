"""What is measured, each in a process of its own: ours, `reader`, and a bare socket as the floor.

`python -m tests.benchmarks._subjects ours BASE FEEDS FOLDER` prints a line of JSON for each phase.
"""

import asyncio
import ipaddress
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tests.benchmarks._farm import Weather, address, change
from tests.benchmarks._session import cpu_seconds

#: What changes before each phase: nothing, 5 %, all.
PHASES = (("first", None), ("unchanged", 0.0), ("5% changed", 0.05), ("all changed", 1.0))
#: Of feeds that were polled before but for one in twenty, each with the keys of fifty posts.
GROWN_PHASES = (("5% new", None), ("unchanged", 0.0))
_KEYS = 50
#: Seconds. Looking every millisecond was a twentieth of the CPU that was measured.
_LOOK = 0.005

Phases = Sequence[tuple[str, float | None]]


def report(phase: str, feeds: int, cpu: float, wall: float, **more: Any) -> None:
    line = {"phase": phase, "feeds": feeds, "cpu_ms": cpu / feeds * 1000, "wall": wall}
    print(json.dumps(line | more), flush=True)


async def measure(
    base: str, feeds: int, poll: Callable[[], Awaitable[dict[str, Any]]], phases: Phases = PHASES
) -> None:
    session = os.getsid(0)
    for phase, share in phases:
        rounds = _rounds(feeds, share)
        cpu = wall = 0.0
        most: dict[str, Any] = {}
        for _ in range(rounds):
            if share:
                await asyncio.to_thread(change, base, share)
            used, start = cpu_seconds(session), time.perf_counter()
            more = await poll()
            cpu, wall = cpu + cpu_seconds(session) - used, wall + time.perf_counter() - start
            most = {name: max(value, most.get(name, 0)) for name, value in more.items()}
        report(phase, feeds, cpu / rounds, wall / rounds, **most)


def _rounds(feeds: int, share: float | None) -> int:
    """Repeat what is cheap: CPU is counted in hundredths of a second, of which 400 unchanged polls take sixteen."""
    return 1 if share in {None, 1.0} else max(1, 4000 // feeds)


async def ours(base: str, feeds: int, folder: str, *, grown: bool = False) -> None:
    from bot.domain.model import Channel, Feed, Post
    from bot.domain.polled import NOBODY, Judged
    from bot.engine.loop import spare_collections
    from bot.feeds.fetch import HttpFetcher
    from bot.feeds.guard import Guard
    from bot.feeds.parsing import ParserPool
    from bot.polling.poller import Poller
    from bot.store.database import open_database
    from bot.store.feed_rows import place_of
    from bot.store.polls import SqlFeedQueue
    from bot.store.schema import upgrade
    from bot.store.tables import feed_workspaces
    from bot.store.tables import feeds as table

    class Nobody:
        """Topics are measured by their own benchmark."""

        version = 0

        def judge(self, post: Post, feed: Feed, workspaces: Collection[str]) -> Judged:
            return NOBODY

        async def refresh(self) -> None: ...

    class Real:
        def now(self) -> datetime:
            return datetime.now(UTC)

        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds)

    async def announced(due: Mapping[Channel, datetime]) -> None: ...

    def polled(number: int) -> dict[str, Any]:
        """What a feed has that was polled before."""
        before = grown and number % 20
        etag, last = (f'"{number}-0"', now - timedelta(hours=1)) if before else (None, None)
        return {"etag": etag, "last_good_poll": last, "last_poll_at": last}

    now = datetime.now(UTC)
    guard = Guard(inside=(ipaddress.ip_network("127.0.0.0/8"),))
    async with (
        open_database(f"sqlite:///{folder}/ours.db") as database,
        HttpFetcher(guard, user_agent="Tidings/0 (+https://tidings.example)") as fetcher,
        ParserPool() as parser,
    ):
        await upgrade(database)
        async with database.write() as connection:
            for at in range(0, feeds, 500):
                some = range(at, min(at + 500, feeds))
                common = {"next_poll_at": now, "interval_s": 3600, "added_at": now}
                rows = [{"id": n + 1, **place_of(address(base, n)), **common, **polled(n)} for n in some]
                await connection.execute(table.insert(), rows)
                keys = [(n + 1, os.urandom(12), 0) for n in some if grown for _ in range(_KEYS)]
                if keys:
                    await connection.exec_driver_sql("INSERT INTO seen_keys VALUES (?, ?, ?)", keys)
                seen = [{"feed_id": n + 1, "workspace": "", "added_at": now} for n in some]
                await connection.execute(feed_workspaces.insert(), seen)
        poller = Poller(
            feeds=SqlFeedQueue(database),
            fetcher=fetcher,
            parser=parser,
            judge=Nobody(),
            clock=Real(),
            announced=announced,
        )
        lag = Lag()
        weather = Weather(broken=float(os.environ.get("BROKEN", "0")))
        broken = sum(map(weather.is_broken, range(feeds)))

        async def poll() -> dict[str, Any]:
            lag.worst = lag.busiest = 0.0
            watching = asyncio.create_task(lag.watch())
            done = await poller.poll_due(everything=True)
            watching.cancel()
            assert done.feeds == feeds, done
            assert done.failed == broken, done
            return {"posts": done.posts, "blocked_ms": lag.worst * 1000, "busy_ms": lag.busiest * 1000}

        # As the program does when it starts.
        spare_collections()
        await measure(base, feeds, poll, GROWN_PHASES if grown else PHASES)


class Lag:
    """How long the event loop was held up at worst, on the clock and by its own CPU time.

    The second says what the program does to itself, whatever else the machine is busy with. Both are upper bounds.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self.busiest = 0.0

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before, used = loop.time(), time.thread_time()
            await asyncio.sleep(_LOOK)
            self.worst = max(self.worst, loop.time() - before)
            self.busiest = max(self.busiest, time.thread_time() - used)


async def theirs(base: str, feeds: int, folder: str) -> None:
    from reader import make_reader

    reader = make_reader(f"{folder}/reader.db")
    for number in range(feeds):
        reader.add_feed(f"{base}/f/{number}")

    async def poll() -> dict[str, Any]:
        reader.update_feeds(workers=20, scheduled=False)
        return {"posts": reader.get_entry_counts().total}

    await measure(base, feeds, poll)


async def floor(base: str, feeds: int, folder: str) -> None:
    """A bare socket that sends the request and reads the answer: no HTTP, no guard, no parse, no store."""
    host, port = base.removeprefix("http://").split(":")
    places = asyncio.Semaphore(100)

    class Asking(asyncio.Protocol):
        def __init__(self, request: bytes, done: "asyncio.Future[None]") -> None:
            self._request, self._done = request, done

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.write(self._request)  # type: ignore[attr-defined]

        def connection_lost(self, error: Exception | None) -> None:
            self._done.set_result(None)

    async def one(number: int) -> None:
        async with places:
            loop = asyncio.get_running_loop()
            done: asyncio.Future[None] = loop.create_future()
            request = f'GET /f/{number} HTTP/1.1\r\nHost: x\r\nIf-None-Match: "{number}-0"\r\n\r\n'.encode()
            await loop.create_connection(lambda: Asking(request, done), host, int(port))
            await done

    session = os.getsid(0)
    cpu, wall = cpu_seconds(session), time.perf_counter()
    await asyncio.gather(*map(one, range(feeds)))
    report("unchanged", feeds, cpu_seconds(session) - cpu, time.perf_counter() - wall)


SUBJECTS: dict[str, Callable[[str, int, str], Coroutine[Any, Any, None]]] = {
    "ours": ours,
    "grown": partial(ours, grown=True),
    "reader": theirs,
    "floor": floor,
}

if __name__ == "__main__":
    from bot.engine.loop import run_to_end

    name, base, count, where = sys.argv[1:]
    work = SUBJECTS[name](base, int(count), where)
    if name == "reader":
        asyncio.run(work)
    else:
        run_to_end(work)
