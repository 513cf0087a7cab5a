"""Wait for the database no longer than one can, without cutting it off: a call that is cancelled loses a connection."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from bot.domain.errors import StoreBusy
from bot.ports.running import Clock

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

#: Seconds between two tries to reach a database that is away.
PAUSE = 2.0


async def patiently(step: Callable[[], Awaitable[Answer]], clock: Clock, patience: timedelta) -> Answer:
    """Return what *step* returns, tried again while the database is away. Raises StoreBusy after *patience*."""
    deadline = clock.now() + patience
    while True:
        try:
            return await step()
        except StoreBusy as busy:
            if clock.now() >= deadline:
                raise
            log.warning("waiting for the database", extra={"why": str(busy)})
        await clock.sleep(PAUSE)


async def within(seconds: float, call: Awaitable[Answer]) -> Answer:
    """Return the answer of *call*, or raise TimeoutError after *seconds* and let it come to its own end."""
    task = asyncio.ensure_future(call)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=seconds)
        task.add_done_callback(_forget)
        raise
    if not task.done():
        task.add_done_callback(_forget)
        raise TimeoutError
    return task.result()


def _forget(task: "asyncio.Future[Answer]") -> None:
    """Take note of an error that nobody waits for any more."""
    if not task.cancelled():
        task.exception()
