"""What only several workers on one PostgreSQL can get wrong."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from bot.domain.errors import StoreBusy
from bot.engine.distributed import ANSWER, QUEUE, RECONNECT, DistributedEngine
from bot.engine.schema import migrations, missing, upgrade
from tests.clock import FakeClock
from tests.contracts.engine import PATIENCE, Drains
from tests.databases import execute
from tests.fakes.tcp_relay import Relay

pytestmark = pytest.mark.postgres


@pytest.fixture
async def workers(clock: FakeClock, postgres_url: str) -> AsyncIterator[list[DistributedEngine]]:
    """Two workers, as two processes would be: they share nothing but the database."""
    async with DistributedEngine(postgres_url, clock) as one, DistributedEngine(postgres_url, clock) as two:
        yield [one, two]


async def settled(*workers: DistributedEngine) -> None:
    """Return when nothing waits or runs anywhere; the end of another process's job can only be polled for."""
    for worker in workers:
        async with asyncio.timeout(PATIENCE):
            while not await worker.is_idle():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def test_a_key_runs_in_one_worker_at_a_time(workers: list[DistributedEngine]) -> None:
    drains = Drains()
    drains.gate.clear()
    for worker in workers:
        worker.serve({"drain": drains})
        worker.start()
    await workers[0].wake("drain", "a")
    await drains.until(drains.began, 1)
    await workers[0].wake("drain", "a")
    await workers[1].wake("drain", "a")
    await workers[1].wake("drain", "b")
    await drains.until(drains.began, 2)

    assert drains.began == ["a", "b"]
    drains.gate.set()
    await settled(*workers)
    assert set(drains.ended) == {"a", "b"}


async def test_many_wakes_of_a_waiting_key_are_one_job(workers: list[DistributedEngine], postgres_url: str) -> None:
    for worker in workers:
        for key in [*(str(number) for number in range(50)), "7"]:
            await worker.wake("drain", key)
    for worker in workers:
        await worker.stop(grace=0)

    assert await _rows(postgres_url, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'") == [(50,)]


async def test_the_jobs_of_a_dead_worker_are_rescued(workers: list[DistributedEngine], postgres_url: str) -> None:
    drains = Drains()
    workers[0].serve({"drain": drains})
    await _hang_a_job(postgres_url, "a")

    workers[0].start()
    await drains.until(drains.ended, 1)
    await settled(workers[0])

    assert set(drains.ended) == {"a"}
    assert await _rows(postgres_url, "SELECT status FROM procrastinate_jobs") == []


async def _hang_a_job(url: str, key: str) -> None:
    """Leave behind what a killed worker leaves: a job in progress, and the same key waiting behind it."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')"
        )
        for status in ("doing", "todo"):
            await connection.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id) "
                "SELECT %s, 'tidings.run', %s, %s, jsonb_build_object('kind', 'drain', 'key', %s::text), "
                "%s::procrastinate_job_status, CASE WHEN %s = 'doing' THEN max(id) END FROM procrastinate_workers",
                (QUEUE, f"drain:{key}", f"drain:{key}", key, status, status),
            )


async def test_a_worker_outlives_a_database_that_goes_away(
    workers: list[DistributedEngine], clock: FakeClock, postgres_url: str
) -> None:
    drains = Drains()
    worker = workers[0]
    worker.serve({"drain": drains})
    worker.start()
    await worker.wake("drain", "a")
    await drains.until(drains.ended, 1)

    execute(
        postgres_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    async with asyncio.timeout(PATIENCE):
        while len(drains.ended) < 2:
            await worker.wake("drain", "b")
            clock.pass_time(2)
            await asyncio.sleep(0.05)

    assert set(drains.ended) == {"a", "b"}


@pytest.mark.soak
async def test_a_database_that_was_away_for_long_is_found_again_soon(clock: FakeClock, postgres_url: str) -> None:
    """The pool's own back-off doubles: it would look again half as long after the outage as that lasted, or more."""
    drains = Drains()
    async with Relay(postgres_url) as relay, DistributedEngine(relay.url, clock) as worker:
        worker.serve({"drain": drains})
        worker.start()
        await relay.cut()
        for _ in range(36):
            clock.pass_time(2)
            await worker.wake("drain", "a")
            await asyncio.sleep(1)
        await relay.mend()
        drains.ended.clear()
        async with asyncio.timeout(ANSWER + RECONNECT):
            while not drains.ended:
                clock.pass_time(2)
                await worker.wake("drain", "b")
                await asyncio.sleep(0.1)


async def test_without_listening_jobs_are_found_by_polling(clock: FakeClock, postgres_url: str) -> None:
    drains = Drains()
    async with (
        DistributedEngine(postgres_url, clock, listen=False) as worker,
        DistributedEngine(postgres_url, clock, listen=False, pool_size=1) as waker,
    ):
        worker.serve({"drain": drains})
        worker.start()
        await waker.wake("drain", "a")
        await drains.until(drains.ended, 1)

        listening = await _rows(postgres_url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    assert listening == [(0,)]


async def test_a_worker_holds_few_connections(workers: list[DistributedEngine], postgres_url: str) -> None:
    drains = Drains()
    for worker in workers:
        worker.serve({"drain": drains})
        worker.start()
    for number in range(100):
        await workers[number % 2].wake("drain", str(number))
    await drains.until(drains.ended, 100)

    held = await _rows(
        postgres_url,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert int(str(held[0][0])) <= 2 * (2 + 1)  # a pool of two and the one that listens


async def test_its_tables_are_made_once(postgres_url: str) -> None:
    await asyncio.gather(upgrade(postgres_url), upgrade(postgres_url))

    mark = await _rows(postgres_url, "SELECT obj_description('procrastinate_jobs'::regclass)")
    assert mark == [(migrations()[-1].name,)]


async def test_a_database_that_does_not_answer_is_named_and_worth_another_try(postgres_url: str) -> None:
    with pytest.raises(StoreBusy, match="cannot be used for now"):
        await upgrade("postgresql://tid:hunter22@127.0.0.1:1/db")
    await upgrade(f"{postgres_url}&options=-c%20default_transaction_read_only%3Don")  # there is nothing to write
    execute(postgres_url, "DROP TABLE procrastinate_jobs CASCADE")
    with pytest.raises(StoreBusy, match="read-only"):
        await upgrade(f"{postgres_url}&options=-c%20default_transaction_read_only%3Don")


def test_only_scripts_newer_than_the_mark_are_run() -> None:
    scripts = [Path("03.03.00_01_pre_a.sql"), Path("03.04.00_01_pre_b.sql"), Path("03.04.00_50_post_b.sql")]

    assert missing("03.04.00_01_pre_b.sql", scripts) == [Path("03.04.00_50_post_b.sql")]
    assert missing(None, scripts) == scripts
