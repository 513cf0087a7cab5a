"""Reading bodies in child processes: never on the event loop, and a killed child breaks nothing.

Not ProcessPoolExecutor: one child that dies breaks such a pool for everybody.
"""

import asyncio
import contextlib
import multiprocessing
import os
import socket
import sys
from multiprocessing.process import BaseProcess
from types import ModuleType, TracebackType
from typing import Self

from bot.domain.errors import UsageError
from bot.domain.fetched import Body, Parsed, Unreadable
from bot.domain.following import FeedList
from bot.feeds import child
from bot.feeds.discovery import Candidate, unpack_candidates
from bot.feeds.opml import unpack_list
from bot.feeds.wire import Job, pack_job, unpack_parsed

#: Seconds on the clock; the system's limit on CPU time ends a child earlier on a quiet machine.
_DEADLINE = 30.0
_LARGE = 256 * 1024
_TOO_MUCH = "The feed takes too long to read."


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

    async def run(self, job: bytes) -> tuple[bytes, bool]:
        """Return the answer, and whether the child takes another job. Raises where it died or hangs."""
        self._writer.write(job)
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


class ParserPool:
    """Reads feeds in child processes; `async with` owns them."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size or max(1, min(4, (os.cpu_count() or 2) // 2))
        # The server of forks imports the parser once; its children share that memory.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([child.__name__])
        self._idle: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        #: The children that live, by their process ids.
        self.children: set[int] = set()
        #: How many children ended before their job did.
        self.killed = 0

    async def __aenter__(self) -> Self:
        for _ in range(self.size - 1):
            self._idle.put_nowait(None)
        # One is started now, the others when there is work for them.
        self._idle.put_nowait(await self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in range(self.size):
            if worker := await self._idle.get():
                await worker.stop()

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
        worker = await self._idle.get()
        keep: _Worker | None = None
        try:
            worker = worker or await self._start()
            answer, goes_on = await worker.run(job)
            if goes_on:
                keep = worker
            return answer
        except (OSError, EOFError, TimeoutError):
            self.killed += 1
            return None
        finally:
            # Whoever waits next gets a child or the right to start one; also when this job was cancelled.
            self._idle.put_nowait(keep)
            if worker is not None and keep is None:
                self.children.discard(worker.pid)
                await worker.stop()

    async def _start(self) -> _Worker:
        worker = await _Worker.start(self._context)
        self.children.add(worker.pid)
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
