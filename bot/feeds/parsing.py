"""Reading bodies in child processes: never on the event loop, and a killed child breaks nothing.

Not ProcessPoolExecutor: one child that dies breaks such a pool for everybody.
"""

import asyncio
import contextlib
import multiprocessing
import os
import socket
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from types import ModuleType, TracebackType
from typing import Self

from bot.domain.errors import UsageError
from bot.domain.fetched import Body, Parsed, Unreadable
from bot.domain.following import FeedList
from bot.domain.unsaid import stored
from bot.feeds import child
from bot.feeds.discovery import Candidate, unpack_candidates
from bot.feeds.opml import unpack_list
from bot.feeds.wire import Job, pack_job, unpack_parsed

#: Seconds on the clock; the system's limit on CPU time ends a child earlier on a quiet machine.
_DEADLINE = 30.0
_LARGE = 256 * 1024
#: Jobs that a child is given together.
_AT_ONCE = 8
_TOO_MUCH = stored("The feed takes too long to read.")


class _Worker:
    """One child and the line to it."""

    def __init__(self, process: BaseProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self.pid = process.pid or 0

    @classmethod
    async def start(cls, context: multiprocessing.context.BaseContext) -> Self:
        ours, theirs = socket.socketpair()
        with theirs:
            process: BaseProcess = context.Process(  # type: ignore[attr-defined]
                target=child.serve, args=(theirs,), name="tidings-parser", daemon=True
            )
            # The first start waits for the server of forks to have imported the parser.
            await asyncio.to_thread(_start, process)
        reader, writer = await asyncio.open_connection(sock=ours, limit=2**20)
        return cls(process, reader, writer)

    def ask(self, jobs: Iterable[bytes]) -> None:
        """Send jobs; each is to be answered in its turn."""
        self._writer.writelines(jobs)

    async def answer(self) -> tuple[bytes, bool]:
        """Return the next answer, and whether the child takes more jobs after it. Raises where it died or hangs."""
        async with asyncio.timeout(_DEADLINE):
            head = await self._reader.readexactly(5)
            return await self._reader.readexactly(int.from_bytes(head[:4])), head[4:] == b"\1"

    async def stop(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        self._process.kill()
        await asyncio.to_thread(self._process.join)
        self._process.close()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A job and who waits for its answer; None as an answer: the job ended its child."""

    job: bytes
    answer: "asyncio.Future[bytes | None]"

    def settle(self, answer: bytes | None) -> None:
        # Whoever asked may have gone meanwhile.
        if not self.answer.done():
            self.answer.set_result(answer)


class ParserPool:
    """Reads feeds in child processes; `async with` owns them."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size or max(1, min(4, (os.cpu_count() or 2) // 2))
        # The server of forks imports the parser once; its children share that memory.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([child.__name__])
        self._asked: asyncio.Queue[_Asked] = asyncio.Queue()
        self._working: list[asyncio.Task[None]] = []
        self._busy = 0
        self._living: dict[int, _Worker] = {}
        #: How many children ended before their job did.
        self.killed = 0

    async def __aenter__(self) -> Self:
        # One is started now, the others when there is work for them.
        self._begin(await self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        for worker in self._living.values():
            await worker.stop()

    @property
    def children(self) -> set[int]:
        """Return the children that live, by their process ids."""
        return set(self._living)

    async def parse(self, body: Body, known: bytes = b"") -> Parsed:
        """Read a body; items whose hash is among *known* (8 bytes each) are passed over. Never raises for the body."""
        job = Job(kind="parse", url=body.url, charset=body.charset, known=known, body=body.body)
        answer = await self._run(pack_job(job))
        if answer is None:
            return Unreadable(why=_TOO_MUCH)
        if len(answer) > _LARGE:
            return await asyncio.to_thread(unpack_parsed, answer)
        return unpack_parsed(answer)

    async def discover(self, body: Body) -> list[Candidate]:
        """Return the feeds that a web page names."""
        job = Job(kind="discover", url=body.url, charset=body.charset, known=b"", body=body.body)
        answer = await self._run(pack_job(job))
        return [] if answer is None else unpack_candidates(answer)

    async def read_list(self, body: Body) -> FeedList:
        """Return the feeds of an OPML list. Raises UsageError with a sentence."""
        job = Job(kind="list", url=body.url, charset=body.charset, known=b"", body=body.body)
        answer = await self._run(pack_job(job))
        if answer is None:
            raise UsageError("The list takes too long to read.")
        return unpack_list(answer)

    async def _run(self, job: bytes) -> bytes | None:
        """The child's answer; None where the job ended the child."""
        asked = _Asked(job, asyncio.get_running_loop().create_future())
        self._asked.put_nowait(asked)
        if len(self._working) < self.size and self._asked.qsize() > len(self._working) - self._busy:
            self._begin(None)
        return await asked.answer

    def _begin(self, worker: _Worker | None) -> None:
        self._working.append(asyncio.create_task(self._work(worker)))

    async def _work(self, worker: _Worker | None) -> None:
        """Have jobs answered by one child after another, until cancelled."""
        waiting: deque[_Asked] = deque()
        while True:
            if not waiting:
                waiting.extend(await self._take())
            self._busy += 1
            worker = await self._answer(worker, waiting)
            self._busy -= 1

    async def _take(self) -> list[_Asked]:
        """Wait for a job, and take this child's share of others that wait.

        One by one, each costs both processes a sleep and a wake-up: the loop waited for events 7 times a feed, now 3.
        """
        taken = [await self._asked.get()]
        size = len(taken[0].job)
        most = min(_AT_ONCE, 1 + self._asked.qsize() // len(self._working))
        while len(taken) < most and size < _LARGE:
            taken.append(self._asked.get_nowait())
            size += len(taken[-1].job)
        return taken

    async def _answer(self, worker: _Worker | None, waiting: deque[_Asked]) -> _Worker | None:
        """Answer jobs until none waits or the child ends; return the child if it takes more.

        The job a child dies of is answered with None; those behind it wait for another child.
        """
        goes_on = False
        try:
            worker = worker or await self._start()
            worker.ask(asked.job for asked in waiting)
            while waiting:
                answer, goes_on = await worker.answer()
                waiting.popleft().settle(answer)
                if not goes_on:
                    break
        except Exception:  # whatever it was: with this task ended, nobody would be answered any more
            self.killed += 1
            goes_on = False
            waiting.popleft().settle(None)
        if worker and not goes_on:
            del self._living[worker.pid]
            await worker.stop()
        return worker if goes_on else None

    async def _start(self) -> _Worker:
        worker = await _Worker.start(self._context)
        self._living[worker.pid] = worker
        return worker


def _start(process: BaseProcess) -> None:
    # multiprocessing lets every child import the script that was started, here the whole bot with both chats:
    # 60 MB for a child that only parses. Without a file to import it does not.
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = main
