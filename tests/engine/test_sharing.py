"""Workers share the feeds: nobody polls another's, and a dead worker's go to the living."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from bot.domain.shards import SHARDS
from bot.engine.sharing import Sharing
from bot.store.database import Database
from bot.store.roles import SqlRoles
from tests.clock import FakeClock
from tests.engine.test_holding import FlakyRoles, until

ALL = frozenset(range(SHARDS))


class Worker:
    """A worker that notes its shards, and whose feeds were freed by whom."""

    def __init__(self, roles: SqlRoles, clock: FakeClock, name: str) -> None:
        self.shards: frozenset[int] = frozenset()
        self.buried: list[str] = []
        self.sharing = Sharing(roles, clock, worker=name, assign=self._assign, died=self._bury)
        self.task = asyncio.create_task(self.sharing.run())

    def _assign(self, shards: frozenset[int]) -> None:
        self.shards = shards

    async def _bury(self, name: str) -> None:
        self.buried.append(name)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def disjoint(*workers: Worker) -> Callable[[], bool]:
    """Say whether no shard has two owners; asked at every step of time."""
    return lambda: sum(len(worker.shards) for worker in workers) == len(frozenset().union(*(w.shards for w in workers)))


def complete(*workers: Worker) -> Callable[[], bool]:
    def check() -> bool:
        assert disjoint(*workers)()
        return frozenset().union(*(worker.shards for worker in workers)) == ALL

    return check


async def test_one_worker_polls_everything_at_once(sqlite: Database, clock: FakeClock) -> None:
    alone = Worker(SqlRoles(sqlite), clock, "a")

    assert await until(clock, lambda: alone.shards == ALL, within=5) == 0
    await alone.stop()
    assert alone.shards == frozenset()


async def test_a_worker_that_joins_gets_half_and_no_shard_has_two_owners(sqlite: Database, clock: FakeClock) -> None:
    roles = SqlRoles(sqlite)
    one = Worker(roles, clock, "b")
    await until(clock, lambda: one.shards == ALL, within=5)
    two = Worker(roles, clock, "a")
    took = await until(clock, lambda: complete(one, two)() and len(two.shards) == SHARDS // 2, within=60)

    assert len(one.shards) == len(two.shards) == SHARDS // 2
    assert took <= 11

    await one.stop()
    assert await until(clock, lambda: two.shards == ALL, within=60) <= 11
    await two.stop()


async def test_a_dead_worker_is_found_and_its_shards_polled_within_thirty_seconds(
    sqlite: Database, clock: FakeClock
) -> None:
    roles = SqlRoles(sqlite)
    await roles.hold("worker:dead", "dead", clock.now(), timedelta(seconds=12))
    one, two = Worker(roles, clock, "a"), Worker(roles, clock, "b")
    took = await until(clock, complete(one, two), within=60)

    assert took <= 30
    assert one.buried + two.buried == ["dead"]
    for worker in (one, two):
        await worker.stop()


async def test_a_worker_without_a_database_stops_before_others_take_over(sqlite: Database, clock: FakeClock) -> None:
    cut_off, other = FlakyRoles(sqlite), SqlRoles(sqlite)
    one = Worker(cut_off, clock, "a")
    two = Worker(other, clock, "b")
    await until(clock, lambda: complete(one, two)() and len(two.shards) == SHARDS // 2, within=60)
    cut_off.away = True
    await until(clock, lambda: disjoint(one, two)() and two.shards == ALL, within=60)

    assert (one.shards, two.shards) == (frozenset(), ALL)
    for worker in (one, two):
        await worker.stop()
