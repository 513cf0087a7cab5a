"""Procrastinate's table as our queue: names in, many at a time, each waiting once."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from procrastinate.tasks import Task

from bot.engine.later import Name

log = logging.getLogger(__name__)

WAITING = "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%(locks)s)"
OPEN = "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing')) AS busy"


class Queue:
    """What waits for any worker. A poll wakes hundreds of channels at once: they go in with two statements."""

    def __init__(self, app: App, task: Task[Any, Any, Any]) -> None:
        self._app = app
        self._task = task
        self._asked: set[Name] = set()
        self._deferring: asyncio.Task[None] | None = None

    def put(self, name: Name) -> None:
        """Queue *name* as soon as the database can, unless it waits already."""
        self._asked.add(name)
        if self._deferring is None or self._deferring.done():
            self._deferring = asyncio.create_task(self._defer_asked())

    async def flush(self) -> None:
        """Return when all that was put is in the queue, or lost because the database is away."""
        if self._deferring is not None:
            await self._deferring

    async def is_empty(self) -> bool:
        """Say whether no job waits or runs, in any worker."""
        await self.flush()
        return not (await self._app.connector.execute_query_one_async(OPEN))["busy"]

    async def _defer_asked(self) -> None:
        while self._asked:
            await asyncio.sleep(0)  # let the caller put the rest of its page
            names, self._asked = sorted(self._asked), set()
            try:
                await self._defer_all(names)
            except ConnectorException as error:
                # The rows still say what is due; the next sweep wakes these keys again.
                log.warning("wake-ups lost: the database is away", extra={"count": len(names), "why": reason(error)})

    async def _defer_all(self, names: Sequence[Name]) -> None:
        locks = [_lock(name) for name in names]
        rows = await self._app.connector.execute_query_all_async(WAITING, locks=locks)
        waiting = {row["queueing_lock"] for row in rows}
        fresh = [name for name in names if _lock(name) not in waiting]
        try:
            await self._defer(fresh)
        except AlreadyEnqueued:
            # Another process was faster with one of them, and that refused them all.
            for name in fresh:
                await self._defer_one(name)

    async def _defer_one(self, name: Name) -> None:
        try:
            await self._defer([name])
        except AlreadyEnqueued:
            return

    async def _defer(self, names: Sequence[Name]) -> None:
        if names:
            await self._app.job_manager.batch_defer_jobs_async([self._job(name) for name in names])

    def _job(self, name: Name) -> Job:
        lock = _lock(name)
        return self._task.configure(lock=lock, queueing_lock=lock, task_kwargs={"kind": name[0], "key": name[1]}).job


def reason(error: ConnectorException) -> str:
    """Return what the driver said, on one line: the queue itself only says that there was an error."""
    return " ".join(str(error.__cause__ or error).split())


def _lock(name: Name) -> str:
    return f"{name[0]}:{name[1]}"
