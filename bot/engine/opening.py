"""Which engine: the embedded one where the process is alone, Procrastinate's where several share a PostgreSQL."""

import contextlib
from collections.abc import AsyncIterator, Collection

from bot.domain.errors import GiveUp
from bot.engine.local import LocalEngine
from bot.engine.running import WorkingEngine
from bot.ports.running import Clock


@contextlib.asynccontextmanager
async def open_engine(
    shared: str | None, clock: Clock, *, listen: bool, here: Collection[str]
) -> AsyncIterator[WorkingEngine]:
    """Give an engine. *shared*: libpq's URL of the PostgreSQL that several processes share; None: this one is alone.

    *here*: kinds that each process runs for itself.
    """
    if shared is None:
        yield LocalEngine(clock)
        return
    await prepare(shared)
    from bot.engine.distributed import DistributedEngine

    async with DistributedEngine(shared, clock, listen=listen, here=here) as engine:
        yield engine


async def prepare(shared: str | None) -> None:
    """Make or upgrade the engine's own tables; nothing to do where the process is alone. Raises GiveUp."""
    if shared is None:
        return
    try:
        from bot.engine.schema import upgrade
    except ImportError as error:
        raise GiveUp("PostgreSQL needs two more packages: pip install 'tidings[postgres]'") from error
    await upgrade(shared)
