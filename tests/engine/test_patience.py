import asyncio
from datetime import timedelta

import pytest

from bot.domain.errors import StoreBusy
from bot.engine.patience import patiently, within
from tests.clock import FakeClock


class HastyClock(FakeClock):
    """Sleeps no longer than it takes to say so."""

    async def sleep(self, seconds: float) -> None:
        self.pass_time(seconds)


async def test_an_answer_in_time_is_returned_and_an_error_raised() -> None:
    async def answer() -> str:
        return "yes"

    async def fail() -> None:
        raise ValueError("no")

    assert await within(10, answer()) == "yes"
    with pytest.raises(ValueError, match="no"):
        await within(10, fail())


async def test_a_late_call_is_not_cut_off() -> None:
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def late() -> None:
        await go_on.wait()
        ended.set()

    with pytest.raises(TimeoutError):
        await within(0.001, late())
    go_on.set()
    await asyncio.wait_for(ended.wait(), 10)


async def test_who_is_cancelled_lets_the_call_end_first() -> None:
    began, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def call() -> None:
        began.set()
        await go_on.wait()
        ended.set()

    waiting = asyncio.create_task(within(10, call()))
    await began.wait()
    waiting.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert ended.is_set()


async def test_a_step_is_tried_again_while_the_database_is_away_and_no_longer_than_agreed() -> None:
    answers = iter(["away", "away", "yes", *["away for good"] * 100])

    async def step() -> str:
        answer = next(answers)
        if answer != "yes":
            raise StoreBusy(answer)
        return answer

    assert await patiently(step, HastyClock(), timedelta(seconds=60)) == "yes"
    with pytest.raises(StoreBusy, match="for good"):
        await patiently(step, HastyClock(), timedelta(seconds=10))
