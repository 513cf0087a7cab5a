"""Which engine: the embedded one where the process is alone, Procrastinate's where several share a PostgreSQL."""

import contextlib
from collections.abc import AsyncIterator, Collection
from datetime import timedelta

from bot.domain.errors import GiveUp
from bot.engine.local import LocalEngine
from bot.engine.patience import patiently
from bot.engine.running import WorkingEngine
from bot.ports.running import Clock


@contextlib.asynccontextmanager
async def open_engine(
    shared: str | None, clock: Clock, *, listen: bool, here: Collection[str], patience: timedelta
) -> AsyncIterator[WorkingEngine]:
    """Give an engine. *shared*: libpq's URL of the PostgreSQL that several processes share; None: this one is alone.

    *here*: kinds that each process runs for itself. Raises StoreBusy where the database is away for longer than
    *patience*.
    """
    if shared is None:
        yield LocalEngine(clock)
        return
    await patiently(lambda: prepare(shared), clock, patience)
    from bot.engine.distributed import DistributedEngine

    engine = DistributedEngine(shared, clock, listen=listen, here=here)
    async with contextlib.AsyncExitStack() as stack:
        yield await patiently(lambda: stack.enter_async_context(engine), clock, patience)


async def prepare(shared: str | None) -> None:
    """Make or upgrade the engine's own tables; nothing to do where the process is alone. Raises GiveUp, StoreBusy."""
    if shared is None:
        return
    try:
        from bot.engine.schema import upgrade
    except ImportError as error:
        raise GiveUp("PostgreSQL needs two more packages: pip install 'tidings[postgres]'") from error
    await upgrade(shared)
