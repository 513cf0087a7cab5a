"""What every engine promises to the core: the sentence of bot.ports.Engine, executed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from bot.ports.chat import Health
from tests.clock import FakeClock

Work = Callable[[str], Awaitable[None]]
PATIENCE = 20


class AnyEngine(Protocol):
    def serve(self, jobs: Mapping[str, Work]) -> None: ...
    async def wake(self, kind: str, key: str, at: datetime | None = None) -> None: ...
    async def stop(self, grace: float) -> None: ...
    def health(self) -> Health: ...


class Drains:
    """A job that notes each run and, while its gate is shut, does not come to an end."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()

    async def __call__(self, key: str) -> None:
        await self._note(self.began, key)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise
        await self._note(self.ended, key)

    async def _note(self, runs: list[str], key: str) -> None:
        async with self._changed:
            runs.append(key)
            self._changed.notify_all()

    async def until(self, runs: list[str], count: int) -> None:
        """Return once *runs* (`began` or `ended`) holds *count*."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(runs) >= count)


class EngineContract:
    """Subclasses give a fixture `engine`: one that works, on `clock`."""

    async def idle(self, engine: AnyEngine) -> None:
        """Return when nothing runs or waits for now."""
        raise NotImplementedError

    @pytest.fixture
    def drains(self, engine: AnyEngine) -> Drains:
        drains = Drains()
        engine.serve({"drain": drains, "broken": _broken})
        return drains

    async def test_a_wake_runs_the_kind_with_its_key(self, engine: AnyEngine, drains: Drains) -> None:
        await engine.wake("drain", "slack:T1/C1")
        await drains.until(drains.ended, 1)

        assert drains.ended == ["slack:T1/C1"]

    async def test_a_key_runs_once_at_a_time_and_again_after_a_wake_meanwhile(
        self, engine: AnyEngine, drains: Drains
    ) -> None:
        drains.gate.clear()
        await engine.wake("drain", "a")
        await drains.until(drains.began, 1)
        for _ in range(5):
            await engine.wake("drain", "a")
        await engine.wake("drain", "b")
        await drains.until(drains.began, 2)
        assert drains.began == ["a", "b"]

        drains.gate.set()
        await drains.until(drains.ended, 3)
        await asyncio.wait_for(self.idle(engine), PATIENCE)

        assert sorted(drains.ended) == ["a", "a", "b"]

    async def test_many_keys_run_beside_each_other(self, engine: AnyEngine, drains: Drains) -> None:
        keys = [str(number) for number in range(40)]
        drains.gate.clear()
        for key in keys:
            await engine.wake("drain", key)
        await drains.until(drains.began, len(keys))
        drains.gate.set()
        await asyncio.wait_for(self.idle(engine), PATIENCE)

        assert sorted(drains.ended) == sorted(keys)

    async def test_a_wake_for_later_waits_for_its_time(
        self, engine: AnyEngine, drains: Drains, clock: FakeClock
    ) -> None:
        await engine.wake("drain", "later", clock.now() + timedelta(minutes=5))
        await engine.wake("drain", "now", clock.now())
        await drains.until(drains.ended, 1)
        assert drains.ended == ["now"]

        clock.pass_time(timedelta(minutes=5))
        await drains.until(drains.ended, 2)

        assert drains.ended == ["now", "later"]

    async def test_the_earliest_time_asked_for_wins(self, engine: AnyEngine, drains: Drains, clock: FakeClock) -> None:
        for minutes in (60, 5, 30):
            await engine.wake("drain", "a", clock.now() + timedelta(minutes=minutes))
        await asyncio.sleep(0)
        clock.pass_time(timedelta(minutes=5))
        await drains.until(drains.ended, 1)

        assert drains.ended == ["a"]

    async def test_a_wake_for_later_does_not_hold_up_one_for_now(
        self, engine: AnyEngine, drains: Drains, clock: FakeClock
    ) -> None:
        await engine.wake("drain", "a", clock.now() + timedelta(hours=1))
        await engine.wake("drain", "a")
        await drains.until(drains.ended, 1)

        assert drains.ended == ["a"]

    async def test_a_job_that_fails_harms_nobody_and_runs_again_when_woken(
        self, engine: AnyEngine, drains: Drains, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(2):
            await engine.wake("broken", "a")
            await asyncio.wait_for(self.idle(engine), PATIENCE)
        await engine.wake("drain", "a")
        await drains.until(drains.ended, 1)

        assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["job failed"] * 2

    async def test_a_kind_that_nobody_serves_harms_nobody(self, engine: AnyEngine, drains: Drains) -> None:
        await engine.wake("from-another-version", "a")
        await engine.wake("drain", "a")
        await drains.until(drains.ended, 1)
        await asyncio.wait_for(self.idle(engine), PATIENCE)

        assert drains.ended == ["a"]

    async def test_stopping_lets_what_runs_finish_and_takes_no_more(self, engine: AnyEngine, drains: Drains) -> None:
        assert engine.health().ok
        drains.gate.clear()
        await engine.wake("drain", "a")
        await drains.until(drains.began, 1)
        stopping = asyncio.create_task(engine.stop(grace=PATIENCE))
        await asyncio.sleep(0)
        await engine.wake("drain", "b")
        drains.gate.set()
        await asyncio.wait_for(stopping, PATIENCE)

        assert drains.began == drains.ended == ["a"]
        assert not engine.health().ok

    async def test_what_runs_longer_than_the_grace_is_cancelled(self, engine: AnyEngine, drains: Drains) -> None:
        drains.gate.clear()
        await engine.wake("drain", "a")
        await drains.until(drains.began, 1)
        await asyncio.wait_for(engine.stop(grace=0.01), PATIENCE)

        assert drains.cancelled == ["a"]


async def _broken(key: str) -> None:
    raise RuntimeError(key)
