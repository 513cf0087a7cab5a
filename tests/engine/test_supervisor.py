import asyncio

from bot.domain.errors import GiveUp
from bot.engine.supervisor import keep_running
from tests.clock import FakeClock


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_fails_is_started_again_later_each_time(clock: FakeClock) -> None:
    starts = []

    async def run() -> None:
        starts.append(clock.now())
        raise RuntimeError("lost the connection")

    task = asyncio.create_task(keep_running("chat", run, clock, jitter=lambda: 1.0))
    for seconds in (5, 10, 20):
        await settle()
        clock.pass_time(seconds)
    await settle()
    task.cancel()

    assert [(start - starts[0]).total_seconds() for start in starts] == [0, 5, 15, 35]


async def test_what_is_hopeless_is_not_started_again(clock: FakeClock) -> None:
    starts = []

    async def run() -> None:
        starts.append(1)
        raise GiveUp("The token is not valid.")

    await keep_running("chat", run, clock)

    assert len(starts) == 1


async def test_one_that_returns_is_done(clock: FakeClock) -> None:
    async def run() -> None:
        return

    await asyncio.wait_for(keep_running("chat", run, clock), 1)
