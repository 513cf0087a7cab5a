"""The clock of both engines: APScheduler says when to look, the rows say what is due.

Its job store is always the memory one, filled from this catalogue at every start. Two processes on one shared job
store fire everything twice and log nothing (APScheduler #256); N memory clocks that only wake keys are harmless.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.ports.running import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Wake `kind(key)` at once and then every so often."""

    kind: str
    every: timedelta
    key: str = ""


WEBSUB = timedelta(seconds=30)
PULSE = timedelta(seconds=20)
RETENTION = timedelta(hours=6)


def ticks(*, poll: timedelta, sweep: timedelta, notice: timedelta) -> tuple[Tick, ...]:
    """Return what every process that polls and sends is to be woken for."""
    return (
        Tick(kind="poll", every=poll),
        Tick(kind="sweep", every=sweep),
        Tick(kind="notice", every=notice),
        Tick(kind="pulse", every=PULSE),
        Tick(kind="retention", every=RETENTION),
        Tick(kind="websub", every=WEBSUB),
    )


@contextlib.contextmanager
def running(catalogue: Sequence[Tick], engine: Engine) -> Iterator[None]:
    """Wake *engine* by *catalogue* for the length of the block, the first time at once. Needs a running event loop."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    for tick in catalogue:
        scheduler.add_job(
            engine.wake,
            "interval",
            args=(tick.kind, tick.key),
            seconds=tick.every.total_seconds(),
            id=f"{tick.kind}({tick.key})",
            next_run_time=datetime.now(UTC),
            # After a pause of the whole machine: once, however many were missed and however late.
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
