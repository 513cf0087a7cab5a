"""Wait for the database no longer than one can, without cutting it off: a call that is cancelled loses a connection."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Answer = TypeVar("Answer")


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
