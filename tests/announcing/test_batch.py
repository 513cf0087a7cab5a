import asyncio
from collections.abc import Sequence

import pytest

from bot.announcing.batch import Batch


class Runs:
    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.seen.append(list(items))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [item * 10 for item in items]


async def test_what_is_asked_together_runs_together_and_each_gets_its_answer() -> None:
    runs = Runs()
    runs.gate.set()
    batch = Batch(runs)

    answers = await asyncio.gather(*(batch(number) for number in range(5)))

    assert answers == [0, 10, 20, 30, 40]
    assert runs.seen == [[0, 1, 2, 3, 4]]


async def test_what_comes_during_a_run_waits_for_the_next_and_no_run_is_too_long() -> None:
    runs = Runs()
    batch = Batch(runs, limit=3)
    first = asyncio.create_task(batch(0))
    await asyncio.sleep(0.01)
    later = [asyncio.create_task(batch(number)) for number in range(1, 6)]
    await asyncio.sleep(0.01)
    assert runs.seen == [[0]]

    runs.gate.set()
    await asyncio.gather(first, *later)

    assert runs.seen == [[0], [1, 2, 3], [4, 5]]


async def test_an_error_reaches_everybody_of_its_run_and_nobody_of_the_next() -> None:
    runs = Runs()
    runs.gate.set()
    runs.error = ValueError("locked")
    batch = Batch(runs)
    failed = await asyncio.gather(batch(1), batch(2), return_exceptions=True)
    assert [type(error) for error in failed] == [ValueError, ValueError]

    runs.error = None
    assert await batch(3) == 30


async def test_who_gives_up_disturbs_nobody() -> None:
    runs = Runs()
    batch = Batch(runs)
    impatient, patient = asyncio.create_task(batch(1)), asyncio.create_task(batch(2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    runs.gate.set()

    assert await patient == 20
    with pytest.raises(asyncio.CancelledError):
        await impatient
