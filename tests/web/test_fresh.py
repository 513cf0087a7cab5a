"""Answers that may be a minute old."""

from datetime import timedelta

from bot.web.fresh import Fresh
from tests.clock import FakeClock


async def test_an_answer_is_made_once_a_minute_for_each_key() -> None:
    clock = FakeClock()
    kept: Fresh[int] = Fresh(clock)
    made: list[int] = []

    async def make() -> int:
        made.append(len(made))
        return made[-1]

    assert [await kept.get("a", make), await kept.get("a", make), await kept.get("b", make)] == [0, 0, 1]
    clock.pass_time(timedelta(seconds=59))
    assert await kept.get("a", make) == 0
    clock.pass_time(timedelta(seconds=1))
    assert await kept.get("a", make) == 2


async def test_a_clock_that_is_set_back_keeps_nothing_for_long() -> None:
    clock = FakeClock()
    kept: Fresh[str] = Fresh(clock)

    async def say(text: str) -> str:
        return text

    await kept.get("a", lambda: say("then"))
    clock.pass_time(timedelta(hours=-1))

    assert await kept.get("a", lambda: say("now")) == "now"
