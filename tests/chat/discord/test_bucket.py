"""The rate of one token, on a clock that the test moves."""

import asyncio
from collections import deque

from bot.chat.discord.bucket import TokenBucket


class Time:
    """Sleeping takes as long as it was asked for, and longer where the loop is held up."""

    def __init__(self) -> None:
        self.now = 0.0
        self.held_up: deque[float] = deque()

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + (self.held_up.popleft() if self.held_up else 0)


async def departures(time: Time, count: int) -> list[float]:
    bucket = TokenBucket(45, lambda: time.now, time.sleep)
    went: list[float] = []

    async def one() -> None:
        await bucket.take()
        went.append(time.now)

    await asyncio.gather(*(one() for _ in range(count)))
    return went


def busiest_second(went: list[float]) -> int:
    return max(len([at for at in went if start <= at < start + 1]) for start in went)


async def test_the_first_goes_at_once_and_the_others_keep_their_distance() -> None:
    went = await departures(Time(), 300)

    assert went[0] == 0
    assert busiest_second(went) <= 46


async def test_after_the_loop_was_held_up_they_do_not_go_all_at_once() -> None:
    time = Time()
    time.held_up.extend([0.0] * 10 + [2.0] + [0.0] * 10 + [0.7])

    assert busiest_second(await departures(time, 200)) <= 46


async def test_what_comes_alone_never_waits() -> None:
    time = Time()
    bucket = TokenBucket(45, lambda: time.now, time.sleep)
    for moment in (0.0, 1.0, 5.0):
        time.now = moment
        await bucket.take()
        assert time.now == moment
