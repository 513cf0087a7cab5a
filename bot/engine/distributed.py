"""The engine of several processes: Procrastinate's queue in the same PostgreSQL.

A job is only a wake-up, so every defect of a queue costs latency, never a message. Rules it keeps, each for a
measured trap: lock = queueing lock = key, jobs that loop over what is due instead of a job per message, defers after
the commit, no retries by the queue, nothing scheduled for later in it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.worker import Worker

from bot.engine.later import Later, Name
from bot.engine.local import LocalEngine
from bot.engine.queue import Queue, reason
from bot.engine.running import Job, run_job
from bot.engine.schema import away
from bot.ports.chat import Health
from bot.ports.running import Clock

log = logging.getLogger(__name__)

QUEUE = "tidings"
HEARTBEAT = 5.0
#: A worker silent for so long is taken for dead: its jobs go on elsewhere, at most this and RESCUE later.
STALLED = 15.0
RESCUE = 5.0
#: The end of a job tells nobody that its lock is free (Procrastinate #213): others find out by polling.
POLL = 1.0
BACK_OFF = 2.0
#: The pool doubles its pause after each try to connect, for so many seconds, and begins anew with the next question.
#: With its own 300, a database that was away for 70 s was found again 59 s after its return, after 135 s 97 s late.
RECONNECT = 5.0
#: So long a question waits for a connection of the pool; while all of them wait, nobody asks anew.
ANSWER = 10.0


class DistributedEngine:
    """Keeps bot.ports.Engine's promise across all processes on one PostgreSQL."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        pool_size: int = 2,
        listen: bool = True,
        concurrency: int = 100,
        here: Collection[str] = (),
    ) -> None:
        """*url* is libpq's; *listen* is False behind a PgBouncer in transaction mode.

        *here*: kinds that run in the process that wakes them, not in any one: each worker polls its own shards.
        """
        # Its INFO is two lines for each wake-up.
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        options = {} if listen else {"prepare_threshold": None}
        pool = PsycopgConnector(
            conninfo=url, min_size=1, max_size=pool_size, kwargs=options, reconnect_timeout=RECONNECT, timeout=ANSWER
        )
        self._app = App(connector=pool)
        self._queue = Queue(self._app, self._app.task(name="tidings.run", queue=QUEUE)(self._run))
        self._clock = clock
        self._listen = listen
        self._concurrency = concurrency
        self._jobs: Mapping[str, Job] = {}
        self._here = LocalEngine(clock)
        self._kinds_here = frozenset(here)
        self._later = Later(clock, self.wake)
        self._running: set[Name] = set()
        self._again: set[Name] = set()
        self._worker: Worker | None = None
        self._background: list[asyncio.Task[None]] = []
        self._stopping = False
        self._trouble = ""

    async def __aenter__(self) -> Self:
        try:
            await self._app.open_async()
        except psycopg.OperationalError as error:
            await self._app.close_async()  # or the next try would get the pool that gave up
            raise away(error) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop(grace=0)
        await self._app.close_async()

    def serve(self, jobs: Mapping[str, Job]) -> None:
        """Say what runs for each kind."""
        self._jobs = jobs
        self._here.serve(jobs)

    def start(self) -> None:
        """Begin to work. A process that does not start only wakes others."""
        self._background = [asyncio.create_task(self._work()), asyncio.create_task(self._rescue_forever())]

    def health(self) -> Health:
        """Say whether wake-ups are taken and, once started, worked off."""
        if self._stopping:
            return Health(ok=False, why="The program is stopping.")
        return Health(ok=not self._trouble, why=self._trouble)

    async def wake(self, kind: str, key: str, at: datetime | None = None) -> None:
        name = (kind, key)
        if self._stopping:
            return
        if kind in self._kinds_here:
            await self._here.wake(kind, key, at)
        elif at is not None and at > self._clock.now():
            self._later.set(name, at)
        elif name in self._running:
            # It runs here: going round once more needs neither a job nor a second's wait for its lock.
            self._again.add(name)
        else:
            self._queue.put(name)

    async def _run(self, kind: str, key: str) -> None:
        name = (kind, key)
        if kind not in self._jobs:
            # A worker of another version asked, during a deploy.
            log.warning("nothing runs for this kind here", extra={"kind": kind, "key": key})
            return
        self._running.add(name)
        try:
            while True:
                self._again.discard(name)
                # Its errors are never left to the queue's retry: one that collides with a waiting job keeps its lock
                # for ever (Procrastinate #1543).
                await run_job(self._jobs[kind], kind, key)
                if name not in self._again or self._stopping:
                    return
        finally:
            self._running.discard(name)
            self._again.discard(name)

    async def _work(self) -> None:
        """Run jobs until stopped; a worker that gave up because the database was away is replaced by a new one."""
        while not self._stopping:
            self._worker = Worker(
                self._app,
                queues=[QUEUE],
                name=None,
                concurrency=self._concurrency,
                fetch_job_polling_interval=POLL,
                listen_notify=self._listen,
                delete_jobs=DeleteJobCondition.ALWAYS,
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=STALLED,
            )
            try:
                self._trouble = ""
                await self._worker.run()  # type: ignore[no-untyped-call]
            except ConnectorException as error:
                log.warning("the queue is away, trying again", extra={"why": reason(error)})
            except Exception:
                log.warning("the queue failed, trying again", exc_info=True)
            self._worker = None
            if not self._stopping:
                self._trouble = "The job queue in PostgreSQL cannot be reached; trying again every few seconds."
                await self._clock.sleep(BACK_OFF)

    async def _rescue_forever(self) -> None:
        # In every worker, and not as a job: a rescue that died would hold its own lock and nobody would rescue it.
        while True:
            try:
                await self.rescue()
            except ConnectorException as error:
                log.warning("cannot look for stalled jobs", extra={"why": reason(error)})
            await self._clock.sleep(RESCUE)

    async def rescue(self) -> None:
        """Take the jobs of workers that died from them, and wake their keys anew."""
        for job in await self._app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED):
            # Another worker may rescue it at the same time: then it is gone.
            with contextlib.suppress(ConnectorException):
                await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
                log.warning("rescued a job of a worker that died", extra={"lock": job.lock})
                await self.wake(str(job.task_kwargs["kind"]), str(job.task_kwargs["key"]))

    async def is_idle(self) -> bool:
        """Say whether nothing runs here and nothing waits or runs in any worker for now."""
        await self._here.idle()
        return await self._queue.is_empty() and not self._running

    async def stop(self, grace: float) -> None:
        """Take no more; give what runs *grace* seconds; then cancel it. What waits in the queue is for others."""
        self._stopping = True
        self._later.clear()
        await asyncio.gather(self._here.stop(grace), self._stop_worker(grace))

    async def _stop_worker(self, grace: float) -> None:
        await self._queue.flush()
        if self._worker is not None:
            self._worker.shutdown_graceful_timeout = grace
            self._worker.stop()  # type: ignore[no-untyped-call]
        working, rescuing = self._background or (None, None)
        if working and rescuing:
            rescuing.cancel()
            if self._worker is None:
                working.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self._background = []
