"""The whole program at size, in real processes, Slack and Discord connected: `./run bench scale [FEEDS] [WAY...]`.

One round of a quarter of an hour: its first tenth in real time, so that CPU, lag and hand-over are those of the real
cadence; the other nine tenths all due at once. What people saw in the chats is compared with what they were to see.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.store.columns import micros
from bot.store.database import Database, open_database
from bot.store.schema import upgrade
from tests.benchmarks._chats import Chats, chats
from tests.benchmarks._farm import Weather, change, farm_in
from tests.benchmarks._scene import CADENCE, seed
from tests.benchmarks._server import Server
from tests.benchmarks._session import Watch, cpu_seconds
from tests.benchmarks._verdict import EVERY_TENTH, OTHERS, Verdict, lags, verdict
from tests.databases import execute, postgres_server, with_name

MANY, CHANNELS, CHANGED = 36_515, 1000, 0.03
CHANGED_IN_A_DAY = 0.1
#: Of a way in which processes are slowed down: the machine's own speed changes by as much as what is measured.
ROUNDS = 3
#: A tenth of the round, in real time; a worker is killed after a third of it.
TENTH = CADENCE.total_seconds() / 10
IDLE, SETTLE, PATIENCE = 5, 12, 200
#: Seconds in which a slowed process stops once. Short: what it holds meanwhile in the database, others wait for.
PERIOD = 0.015
SETTINGS = {"ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8", "LOAD_DEFAULT_PACK": "false", "LOG_LEVEL": "warning", "PORT": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way of running the program."""

    name: str
    verbs: Sequence[str]
    tls: bool = False
    kill: bool = False
    #: The part of the time that each process may run: so a machine of few cores has room for several, for the farm
    #: and for the server. Measured are rounds, all due at once, after one at full speed to warm up.
    part: float | None = None
    #: So long was the bot away: all feeds have been due since, and a tenth of them has written a post.
    away: timedelta | None = None

    @property
    def on_postgres(self) -> bool:
        return "run" not in self.verbs

    @property
    def shares(self) -> Sequence[float]:
        """What part of the feeds writes a post, in each round."""
        if self.away:
            return (CHANGED_IN_A_DAY,)
        return (CHANGED,) * (1 + ROUNDS) if self.part else (CHANGED,)

    @property
    def is_default(self) -> bool:
        """Whether it is run where none is named."""
        return self.part is None and self.away is None


WAYS = {
    "sqlite": Way(name="one process, SQLite", verbs=["run"]),
    "tls": Way(name="one process, SQLite, over TLS", verbs=["run"], tls=True),
    "one": Way(name="one worker, PostgreSQL", verbs=["worker"]),
    "two": Way(name="two workers, PostgreSQL", verbs=["worker", "worker"]),
    "kill": Way(name="two workers, each killed once", verbs=["worker", "worker"], kill=True),
    "third": Way(name="one worker that runs a third of the time", verbs=["worker"], part=1 / 3),
    "day": Way(name="one process, SQLite, after a day away", verbs=["run"], away=timedelta(days=1)),
    "thirds": Way(name="two workers that run a third of the time", verbs=["worker", "worker"], part=1 / 3),
}


class Bots:
    """The processes of the program, and what they use."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._stack = ExitStack()
        self.living: list[subprocess.Popen[bytes]] = []
        self._watches: dict[int, Watch] = {}

    def start(self, verb: str) -> None:
        with (self._folder / "bot.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", verb],
                env=self._environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.living.append(process)
        self._watches[process.pid] = self._stack.enter_context(Watch(process.pid))

    def kill(self) -> None:
        """SIGKILL the first of them and all it started."""
        process = self.living.pop(0)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @contextmanager
    def slowed(self, part: float) -> Iterator[None]:
        """Let each of them run only *part* of the time, for the length of the block."""
        ended = threading.Event()
        threads = [
            threading.Thread(target=_slow_down, args=(process.pid, part, number / len(self.living), ended))
            for number, process in enumerate(self.living)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    def cpu(self) -> float:
        return sum(cpu_seconds(process.pid) for process in self.living)

    def peaks(self) -> list[int]:
        return [self._watches[process.pid].peak() for process in self.living]

    def stop(self) -> None:
        for process in self.living:
            process.terminate()
        for process in self.living:
            process.wait(60)
        self._stack.close()


def _slow_down(group: int, part: float, shift: float, ended: threading.Event) -> None:
    """Stop and continue a process and all it started; *shift* keeps several from running in step."""
    ended.wait(shift * PERIOD)
    while not ended.is_set():
        os.killpg(group, signal.SIGSTOP)
        ended.wait(PERIOD * (1 - part))
        os.killpg(group, signal.SIGCONT)
        ended.wait(PERIOD * part)


@contextmanager
def bots(way: Way, url: str, places: Chats, trust: Mapping[str, str], folder: Path) -> Iterator[Bots]:
    """Start the real program, once for each verb."""
    running = Bots({**os.environ, **SETTINGS, **places.environment, **trust, "DATABASE_URL": url}, folder)
    try:
        for verb in way.verbs:
            running.start(verb)
        yield running
    finally:
        running.stop()


class Bench:
    """One way of running the program, measured."""

    def __init__(self, way: Way, size: int, farm: str, database: Database, team: Bots, server: Server | None) -> None:
        self._way = way
        self._farm = farm
        self._size = size
        self._database = database
        self._team = team
        self._server = server

    def _used(self) -> tuple[float, float]:
        return self._team.cpu(), self._server.cpu_seconds() if self._server else 0.0

    async def _set_due(self, what: str) -> None:
        async with self._database.write() as connection:
            await connection.exec_driver_sql(f"UPDATE feeds SET next_poll_at = {what}")

    async def _unpolled(self, where: str, start: datetime) -> int:
        return await self._count(f"feeds WHERE {where} AND last_poll_at < {micros(start)}")

    async def _unsent(self) -> int:
        due = f"due_at <= {micros(datetime.now(UTC))}"
        return await self._count(f"messages WHERE state IN ('pending', 'sending', 'unknown') AND {due}")

    async def _count(self, what: str) -> int:
        async with self._database.read() as connection:
            return int((await connection.exec_driver_sql(f"SELECT count(*) FROM {what}")).scalar_one())

    async def idle(self) -> None:
        """Say what it uses while nothing is due."""
        before = self._used()
        await asyncio.sleep(IDLE)
        after = self._used()
        print(f"  idle: {(after[0] - before[0]) / IDLE:.2%} of a core", flush=True)

    async def real_time(self) -> None:
        """Poll a tenth of the feeds when each is due at the real cadence."""
        start = datetime.now(UTC) + timedelta(seconds=2)
        step = int(CADENCE.total_seconds() * 1_000_000 / self._size)
        await self._set_due(f"{micros(start)} + (id / 10) * {step} WHERE {EVERY_TENTH}")
        await asyncio.sleep(2)
        before, count = self._used(), self._size / 10
        if self._way.kill:
            await asyncio.sleep(TENTH / 3)
            self._team.kill()
            before = (0.0, 0.0)
        await asyncio.sleep((start - datetime.now(UTC)).total_seconds() + TENTH)
        after = self._used()
        await until_none(lambda: self._unpolled(EVERY_TENTH, start))
        await until_none(self._unsent)
        late, shown = await lags(self._database, start, step)
        print(f"  real cadence, {count:.0f} polls in {TENTH:.0f} s: polled {late}, shown {shown}", flush=True)
        if not self._way.kill:
            bot, server = after[0] - before[0], after[1] - before[1]
            print(
                f"    {bot / TENTH:.2%} of a core in the bots, {server / TENTH:.2%} in the server; "
                f"{bot / count * 1000:.2f} ms and {server / count * 1000:.2f} ms a poll",
                flush=True,
            )

    async def backlog(self) -> None:
        """Watch what was due long before the start being worked off, posts and then messages."""
        began, start = time.monotonic(), datetime.now(UTC) - timedelta(hours=1)
        await until_none(lambda: self._unpolled("id > 0", start))
        polled, used = time.monotonic() - began, self._used()[0]
        await until_none(self._unsent)
        said = time.monotonic() - began
        later = await self._count("messages WHERE state = 'pending'")
        print(
            f"  all polled {polled:.0f} s after the chats were connected, {self._size / polled:.0f} a second, "
            f"{used / self._size * 1000:.2f} ms of CPU each, the start included; all said after {said:.0f} s, "
            f"{later} messages wait for their hour",
            flush=True,
        )

    async def at_once(self, what: str = "all at once") -> None:
        """Poll all the others at once, or all where none were polled before."""
        before, began, start = self._used(), time.monotonic(), datetime.now(UTC)
        if self._server:
            self._server.waits.clear()
        which, count = ("id > 0", self._size) if self._way.part else (OTHERS, self._size * 0.9)
        await self._set_due(f"{micros(start)} WHERE {which}")
        if self._way.kill:
            while await self._unpolled(which, start) > count / 2:  # noqa: ASYNC110 - others are waited for
                await asyncio.sleep(0.05)
            self._team.kill()
        await until_none(lambda: self._unpolled(which, start))
        seconds = time.monotonic() - began
        await until_none(self._unsent)
        after = self._used()
        print(f"  {what}: {count:.0f} polls in {seconds:.0f} s, {count / seconds:.0f} a second", flush=True)
        if not self._way.kill:
            bot, server = after[0] - before[0], after[1] - before[1]
            print(f"    {bot / count * 1000:.2f} ms a poll in the bots, {server / count * 1000:.2f} ms in the server")
        if self._server:
            total = max(1, self._server.waits.total())
            shares = ", ".join(f"{name} {share / total:.0%}" for name, share in self._server.waits.most_common(6))
            print(f"    active connections were seen in: {shares}", flush=True)

    async def run(self, places: Chats) -> Verdict:
        if self._way.away:
            await self.backlog()
            print(f"  {places.manners()}")
            return await self._end(places)
        change(self._farm, CHANGED)
        if self._way.part:
            await self.at_once("warming up")
            for _ in range(ROUNDS):
                change(self._farm, CHANGED)
                with self._team.slowed(self._way.part):
                    await self.at_once()
            return await verdict(self._database, places, self._size, self._way.shares)
        await self.idle()
        await self.real_time()
        if self._way.kill:
            self._team.start("worker")
            await asyncio.sleep(SETTLE)
        await self.at_once()
        return await self._end(places)

    async def _end(self, places: Chats) -> Verdict:
        peaks = " and ".join(f"{peak} MiB" for peak in self._team.peaks())
        print(f"  peak proportional set size {peaks}; busiest second on Discord {places.busiest_second()} requests")
        return await verdict(self._database, places, self._size, self._way.shares)


async def until_none(count: Callable[[], Awaitable[int]]) -> None:
    """Return once there is nothing left; raise TimeoutError where it stops getting less."""
    least, deadline = sys.maxsize, 0.0
    while left := await count():
        if left < least:
            least, deadline = left, time.monotonic() + PATIENCE
        elif time.monotonic() > deadline:
            raise TimeoutError("the bots did not finish")
        await asyncio.sleep(0.25)


def _megabytes(url: str, server: Server | None) -> float:
    if server is not None:
        return server.bytes() / 1e6
    path = url.removeprefix("sqlite:///")
    return sum(os.path.getsize(path + end) for end in ("", "-wal") if os.path.exists(path + end)) / 1e6


async def measure(way: Way, size: int, url: str, server: Server | None, folder: Path) -> Verdict:
    """Seed, start, measure, compare."""
    with farm_in(Weather(tls=way.tls)) as here, chats(CHANNELS) as places:
        async with open_database(url) as database:
            await upgrade(database)
            now = datetime.now(UTC)
            await seed(database, here.base, size, places.channels, shares=way.shares, now=now, away=way.away)
            if way.away:
                change(here.base, *way.shares)
            before = _megabytes(url, server)
            with bots(way, url, places, here.trust, folder) as team:
                await asyncio.to_thread(places.wait)
                await asyncio.sleep(0 if way.away else SETTLE)
                found = await Bench(way, size, here.base, database, team, server).run(places)
            after = _megabytes(url, server)
    grown = (after - before) * 1000 / max(1, found.posts)
    print(f"  database {before:.0f} MB, {grown:.1f} kB more for each of {found.posts} new posts")
    print(f"  {found.shown} messages: lost {found.lost}, doubled {found.doubled}, out of order {found.disordered}")
    log = (folder / "bot.log").read_text(encoding="utf-8").splitlines()
    print("\n".join(["  logged:", *log[:10]] if log else ["  nothing logged"]), flush=True)
    return found


def main(arguments: list[str]) -> int:
    """Print some lines for each way of running; 0 where nothing was lost, doubled or out of order."""
    size = int(arguments[0]) if arguments else MANY
    faults = 0
    with tempfile.TemporaryDirectory() as text, ExitStack() as stack:
        for name in arguments[1:] or [name for name, way in WAYS.items() if way.is_default]:
            way, folder, server = WAYS[name], Path(text) / name, None
            folder.mkdir()
            url = f"sqlite:///{folder}/tidings.db"
            if way.on_postgres:
                place = stack.enter_context(postgres_server())
                execute(place, f"CREATE DATABASE bench_{name}")
                url = with_name(place, f"bench_{name}")
                server = Server(url)
                stack.callback(server.close)
            print(f"{way.name}, {size:,} feeds, {CHANNELS:,} channels", flush=True)
            found = asyncio.run(measure(way, size, url, server, folder))
            faults += found.lost + found.doubled + found.disordered
    return 1 if faults else 0
