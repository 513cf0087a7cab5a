"""One process at a time, handed over when it dies or stops."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.errors import StoreBusy
from bot.engine.holding import Holding
from bot.store.database import Database
from bot.store.roles import SqlRoles
from tests.clock import START, FakeClock

PATIENCE = 20


class Gateway:
    """Work that runs until cancelled, or until told to end."""

    def __init__(self) -> None:
        self.runs = 0
        self.over = asyncio.Event()

    @property
    def is_on(self) -> bool:
        return self.runs > 0

    async def __call__(self) -> None:
        self.runs += 1
        try:
            await self.over.wait()
        finally:
            self.runs -= 1


class FlakyRoles(SqlRoles):
    """Roles in a database that goes away on demand."""

    away = False

    async def hold(self, name: str, holder: str, now: datetime, lease: timedelta) -> bool:
        if self.away:
            raise StoreBusy("away")
        return await super().hold(name, holder, now, lease)


def process(roles: SqlRoles, clock: FakeClock, holder: str) -> tuple[Gateway, Holding]:
    gateway = Gateway()
    return gateway, Holding(roles, clock, name="discord-gateway", holder=holder, work=gateway)


async def until(clock: FakeClock, condition: Callable[[], bool], within: float) -> float:
    """Let time pass, a second at a time, until *condition*; return the seconds it took, at most *within*."""
    begin = clock.now()
    async with asyncio.timeout(PATIENCE):
        while not condition() and (clock.now() - begin).total_seconds() <= within:
            for _ in range(15):  # the database answers from a thread
                await asyncio.sleep(0.001)
                if condition():
                    break
            else:
                if clock.next_wake:  # else all are at work, on a machine that is slow just now
                    clock.pass_time(1)
    return (clock.now() - begin).total_seconds()


async def test_a_holder_that_dies_is_followed_within_15_seconds(sqlite: Database, clock: FakeClock) -> None:
    roles = SqlRoles(sqlite)
    await roles.hold("discord-gateway", "dead", START, timedelta(seconds=12))
    gateway, holding = process(roles, clock, "b")
    running = asyncio.create_task(holding.run())
    took = await until(clock, lambda: gateway.is_on, within=60)

    assert gateway.is_on
    assert 11 < took <= 15
    await _cancel(running)
    assert not gateway.is_on


async def test_a_holder_that_stops_hands_over_at_the_next_question(sqlite: Database, clock: FakeClock) -> None:
    (one, first), (two, second) = (process(SqlRoles(sqlite), clock, holder) for holder in "ab")
    running = asyncio.create_task(first.run())
    await until(clock, lambda: one.is_on, within=5)
    waiting = asyncio.create_task(second.run())
    await until(clock, lambda: False, within=30)
    assert (one.is_on, two.is_on) == (True, False)  # renewed again and again

    await _cancel(running)
    took = await until(clock, lambda: two.is_on, within=60)

    assert (one.is_on, two.is_on) == (False, True)
    assert took <= 3
    await _cancel(waiting)


async def test_a_holder_that_cannot_renew_stops_before_another_may_start(sqlite: Database, clock: FakeClock) -> None:
    roles = FlakyRoles(sqlite)
    gateway, holding = process(roles, clock, "a")
    running = asyncio.create_task(holding.run())
    await until(clock, lambda: gateway.is_on, within=5)
    roles.away = True
    took = await until(clock, lambda: not gateway.is_on, within=60)
    assert 5 < took < 12

    roles.away = False
    await until(clock, lambda: gateway.is_on, within=60)

    assert gateway.is_on
    await _cancel(running)


async def test_work_that_ends_lets_the_role_go(sqlite: Database, clock: FakeClock) -> None:
    roles = SqlRoles(sqlite)
    gateway, holding = process(roles, clock, "a")
    running = asyncio.create_task(holding.run())
    await until(clock, lambda: gateway.is_on, within=5)
    gateway.over.set()
    await asyncio.wait_for(running, PATIENCE)

    assert await roles.hold("discord-gateway", "b", clock.now(), timedelta(seconds=12))


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
