"""The clock of both engines."""

import asyncio
from datetime import datetime, timedelta

from bot.engine.ticks import Tick, running, ticks

CATALOGUE = ticks(poll=timedelta(seconds=5), sweep=timedelta(seconds=30), notice=timedelta(seconds=3))


class Woken:
    """An engine that only remembers, and says when it has been woken often enough."""

    def __init__(self, enough: int) -> None:
        self.wakes: list[tuple[str, str]] = []
        self._enough = enough
        self.reached = asyncio.Event()

    async def wake(self, kind: str, key: str, at: datetime | None = None) -> None:
        self.wakes.append((kind, key))
        if len(self.wakes) >= self._enough:
            self.reached.set()


async def test_every_tick_wakes_at_once() -> None:
    engine = Woken(enough=len(CATALOGUE))
    with running(CATALOGUE, engine):
        await asyncio.wait_for(engine.reached.wait(), 10)

    assert {(tick.kind, tick.key) for tick in CATALOGUE} <= set(engine.wakes)


async def test_a_tick_goes_on() -> None:
    engine = Woken(enough=4)
    with running([Tick(kind="poll", every=timedelta(milliseconds=20), key="7")], engine):
        await asyncio.wait_for(engine.reached.wait(), 10)

    assert set(engine.wakes) == {("poll", "7")}


async def test_nothing_is_woken_after_the_end() -> None:
    engine = Woken(enough=1)
    with running([Tick(kind="poll", every=timedelta(milliseconds=5))], engine):
        await asyncio.wait_for(engine.reached.wait(), 10)
    after = len(engine.wakes)
    await asyncio.sleep(0.03)

    assert len(engine.wakes) == after
