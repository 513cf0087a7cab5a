"""The whole program at size, in real processes: `./run bench scale [FEEDS]`.

Simulated feeds of which 3 % change, channels of the room that follow them; one process on SQLite, then one and two
workers on PostgreSQL, then two of which one is killed. Time is compressed: every feed is due at once, so that a round
is what 15 minutes bring at the real cadence.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Select, func, insert, select, update

from bot.store.database import Database, open_database
from bot.store.platform_tables import room_messages
from bot.store.schema import upgrade
from bot.store.tables import announcements, channels, feed_workspaces, feeds, messages, subscriptions
from tests.benchmarks._farm import change, farm
from tests.benchmarks._session import Watch, cpu_seconds
from tests.databases import execute, postgres_server, with_name

CHANNELS = 100
CADENCE = 15 * 60
MANY = 36_515
CHANGED = 0.03
PATIENCE = 900
SETTINGS = {
    "ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
    "POLLING_TICK": "1s",
    "ROOM_RATE": "1000",
    "CHANNELS_BURST": "1000000",
    "LOG_LEVEL": "warning",
    "SENDING_TIMEOUT": "5s",
    "SENDING_PLATFORM_LAG": "5s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round took and brought."""

    seconds: float
    cpu: float
    peak_mib: int
    sent: int
    lost: int
    doubled: int


async def seed(database: Database, base: str, count: int) -> None:
    """Store the feeds, spread over the shards, and as many channels; each feed is followed by one of them."""
    now = datetime.now(UTC)
    common = {"host": "127.0.0.1", "next_poll_at": now, "interval_s": CADENCE, "added_at": now}
    numbers = range(1, count + 1)
    rows = [{"id": n, "url": f"{base}/f/{n}", "shard": n % 64, **common} for n in numbers]
    rooms = [
        {"id": n, "platform": "room", "workspace": "bench", "external_id": str(n), "created_at": now}
        for n in range(1, CHANNELS + 1)
    ]
    follow = {"kind": "feed", "mode": {}, "created_by": "bench", "created_at": now}
    wanted = [{"channel_id": n % CHANNELS + 1, "target": str(n), "feed_id": n, **follow} for n in numbers]
    async with database.write() as connection:
        await connection.execute(insert(feeds), rows)
        await connection.execute(
            insert(feed_workspaces), [{"feed_id": n, "workspace": "", "added_at": now} for n in numbers]
        )
        await connection.execute(insert(channels), rooms)
        await connection.execute(insert(subscriptions), wanted)


@contextmanager
def bots(url: str, verbs: list[str], folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start the real program, once for each verb."""
    started = []
    for verb in verbs:
        environment = {**os.environ, **SETTINGS, "DATABASE_URL": url, "PORT": "0"}
        command = [sys.executable, "-m", "bot", verb]
        log = (folder / "bot.log").open("ab")
        started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True))
        log.close()
    try:
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


async def count(database: Database, statement: Select[int]) -> int:
    async with database.read() as connection:
        return int((await connection.execute(statement)).scalar_one())


async def until_none(database: Database, statement: Select[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while await count(database, statement):
        if time.monotonic() > deadline:
            raise TimeoutError("the bots did not finish")
        await asyncio.sleep(0.25)


async def measured(
    database: Database, processes: list[subprocess.Popen[bytes]], base: str, *, kill: bool = False
) -> Round:
    """Let a share of the feeds change, make all due, and wait until every post was announced."""
    watches = [Watch(process.pid) for process in processes]
    for watch in watches:
        watch.__enter__()
    sent_before = await count(database, select(func.count()).select_from(room_messages))
    living = processes[1:] if kill else processes
    cpu, begin, start = sum(cpu_seconds(process.pid) for process in living), time.monotonic(), datetime.now(UTC)
    change(base, CHANGED)
    async with database.write() as connection:
        await connection.execute(update(feeds).values(next_poll_at=start))
    to_poll = select(func.count()).select_from(feeds).where(feeds.c.last_poll_at < start)
    if kill:
        total = await count(database, select(func.count()).select_from(feeds))
        while await count(database, to_poll) > total * 2 // 3:  # noqa: ASYNC110 - other processes are waited for
            await asyncio.sleep(0.05)
        processes[0].kill()
    await until_none(database, to_poll)
    waiting = messages.c.state.in_(("pending", "sending", "unknown"))
    await until_none(database, select(func.count()).select_from(messages).where(waiting))
    # Of who was killed nobody knows what it used.
    spent = sum(cpu_seconds(process.pid) for process in living) - cpu
    seconds = time.monotonic() - begin
    peak = max(watch.peak() for watch in watches)
    for watch in watches:
        watch.__exit__()
    sent = await count(database, select(func.count()).select_from(room_messages))
    planned = await count(database, select(func.count()).select_from(announcements))
    told = await count(database, select(func.count()).where(announcements.c.state == "sent"))
    doubled = max(0, sent - told)
    return Round(
        seconds=seconds, cpu=spent, peak_mib=peak, sent=sent - sent_before, lost=planned - told, doubled=doubled
    )


async def run(url: str, base: str, size: int, verbs: list[str], folder: Path, *, kill: bool = False) -> Round:
    async with open_database(url) as database:
        await upgrade(database)
        await seed(database, base, size)
        with bots(url, verbs, folder) as processes:
            await until_none(database, select(func.count()).select_from(feeds).where(feeds.c.last_good_poll.is_(None)))
            return await measured(database, processes, base, kill=kill)


def show(name: str, size: int, round_: Round) -> None:
    share = round_.cpu / size * MANY / CADENCE
    print(
        f"{name:34} {size / round_.seconds:6.0f} feeds/s  {round_.cpu / size * 1000:6.2f} ms CPU a poll "
        f"({share:6.1%} of a core for {MANY:,} feeds each 15 min)  peak {round_.peak_mib} MiB  "
        f"sent {round_.sent}  lost {round_.lost}  doubled {round_.doubled}",
        flush=True,
    )


def main(arguments: list[str]) -> int:
    """Print one line for each way of running; 0 where nothing was lost or doubled."""
    size = int(arguments[0]) if arguments else 3000
    chosen = set(arguments[1:])
    ways: list[tuple[str, list[str], bool]] = [
        ("one process, SQLite", ["run"], False),
        ("one worker, PostgreSQL", ["worker"], False),
        ("two workers, PostgreSQL", ["worker", "worker"], False),
        ("two workers, one killed", ["worker", "worker"], True),
    ]
    faults = 0
    with tempfile.TemporaryDirectory() as text, postgres_server() as server:
        for number, (name, verbs, kill) in enumerate(ways):
            if chosen and str(number) not in chosen:
                continue
            folder = Path(text) / str(number)
            folder.mkdir()
            url = f"sqlite:///{folder}/tidings.db"
            if number:
                execute(server, f"CREATE DATABASE bench{number}")
                url = with_name(server, f"bench{number}")
            with farm() as base:
                found = asyncio.run(run(url, base, size, verbs, folder, kill=kill))
            show(name, size, found)
            faults += found.lost + found.doubled
    return 1 if faults else 0
