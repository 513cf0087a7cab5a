"""Work that goes on after Slack had its answer: a stop waits for it."""

import asyncio
import contextlib
from collections.abc import Iterator


class InFlight:
    """The tasks at work now."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Count the running task for the length of the block."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("work is counted by its task")
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def drain(self, seconds: float) -> None:
        """Return when nothing is at work; what is not done in time is cancelled, and its transaction undone."""
        tasks = {task for task in self._tasks if task is not asyncio.current_task()}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
