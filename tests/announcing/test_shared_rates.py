"""Two processes that send keep a platform's rate together."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.announcing.pacer import Pacer
from bot.domain.model import Channel
from bot.ports.chat import Pace
from tests.clock import START, FakeClock
from tests.contracts.rates import RatesContract
from tests.fakes.rates import MemoryRates

PACES = {
    "discord": Pace(channel=None, platform=50),
    "slack": Pace(channel=None, workspace=5),
    "room": Pace(channel=1, workspace=5),
}


class TestMemoryRates(RatesContract):
    @pytest.fixture
    def rates(self) -> MemoryRates:
        return MemoryRates()


def channel(platform: str, workspace: str, number: int) -> Channel:
    return Channel(platform=platform, workspace=workspace, id=str(number))


async def sent(pacers: list[Pacer], channels: list[Channel], clock: FakeClock) -> list[datetime]:
    """Take turns from all *pacers* at once; return when each came."""
    times: list[datetime] = []

    async def take(pacer: Pacer, target: Channel) -> None:
        assert await pacer.turn(target) is None
        times.append(clock.now())

    turns = [asyncio.create_task(take(pacers[number % 2], target)) for number, target in enumerate(channels)]
    while not all(turn.done() for turn in turns):
        for _ in range(10):
            await asyncio.sleep(0)
        if wake := clock.next_wake:
            clock.pass_time(wake - clock.now())
    return sorted(times)


async def test_the_requests_of_a_token_are_spread_over_all_processes(clock: FakeClock) -> None:
    rates = MemoryRates()
    pacers = [Pacer(PACES, clock, rates) for _ in range(2)]

    times = await sent(pacers, [channel("discord", f"G{number}", number) for number in range(20)], clock)

    assert times == [START + timedelta(milliseconds=20) * place for place in range(20)]


async def test_workspaces_have_rates_of_their_own(clock: FakeClock) -> None:
    rates = MemoryRates()
    pacers = [Pacer(PACES, clock, rates) for _ in range(2)]

    times = await sent(pacers, [channel("slack", f"T{number // 4 % 2}", number) for number in range(16)], clock)

    assert times == sorted([START + timedelta(milliseconds=200) * place for place in range(8)] * 2)


async def test_a_channel_that_moves_to_another_process_keeps_its_pace(clock: FakeClock) -> None:
    rates = MemoryRates()
    pacers = [Pacer(PACES, clock, rates) for _ in range(2)]
    place = channel("room", "demo", 1)

    times = await sent(pacers, [place] * 6, clock)

    assert [after - before for before, after in pairwise(times)] == [timedelta(seconds=1)] * 5


async def test_a_wait_for_the_workspace_does_not_use_up_the_time_between_two_messages(clock: FakeClock) -> None:
    rates = MemoryRates()
    pacers = [Pacer(PACES, clock, rates) for _ in range(2)]
    place, others = channel("room", "demo", 1), [channel("room", "demo", number) for number in range(2, 8)]
    await sent(pacers, others, clock)  # the next slot of the workspace is more than a second away

    times = await sent(pacers, [place] * 2, clock)

    assert times[1] - times[0] >= timedelta(seconds=1)


async def test_while_the_database_is_away_nobody_gets_a_turn(clock: FakeClock) -> None:
    rates = MemoryRates()
    rates.busy = 3

    (time,) = await sent([Pacer(PACES, clock, rates)], [channel("discord", "G1", 1)], clock)

    assert time == START + timedelta(seconds=3)
