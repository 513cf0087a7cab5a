"""Rates, fairness and waits, on a clock that moves when it is told to."""

import asyncio
from datetime import timedelta

from bot.announcing.pacer import Pacer
from bot.domain.model import Channel
from bot.domain.sending import Hold
from bot.ports.chat import Pace
from tests.clock import START, FakeClock


def channel(name: str, workspace: str = "one") -> Channel:
    return Channel(platform="room", workspace=workspace, id=name)


class Senders:
    """Channels that send as often as they may, and the order in which they did."""

    def __init__(self, pace: Pace, clock: FakeClock) -> None:
        self.clock = clock
        self.pacer = Pacer({"room": pace}, clock)
        self.sent: list[tuple[str, float]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, sender: Channel, count: int = 1000) -> None:
        self._tasks.append(asyncio.create_task(self._send(sender, count)))

    async def _send(self, sender: Channel, count: int) -> None:
        for _ in range(count):
            if await self.pacer.turn(sender) is not None:
                return
            self.pacer.sending(sender)
            self.sent.append((sender.id, (self.clock.now() - START).total_seconds()))

    async def run(self, seconds: float) -> None:
        """Let time pass in steps of ten milliseconds."""
        for _ in range(round(seconds * 100)):
            await self._settle()
            self.clock.pass_time(0.01)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def test_a_channel_keeps_its_rate(clock: FakeClock) -> None:
    senders = Senders(Pace(channel=1.0), clock)
    senders.add(channel("a"))

    await senders.run(3.5)
    await senders.stop()

    assert [round(at, 1) for _, at in senders.sent] == [0.0, 1.0, 2.0, 3.0]


async def test_a_workspace_s_rate_is_shared_in_turns(clock: FakeClock) -> None:
    senders = Senders(Pace(channel=None, workspace=10.0), clock)
    for name in "abc":
        senders.add(channel(name))

    await senders.run(3)
    await senders.stop()

    counts = {name: sum(one == name for one, _ in senders.sent) for name in "abc"}
    assert 28 <= len(senders.sent) <= 32
    assert max(counts.values()) - min(counts.values()) <= 1


async def test_a_newcomer_need_not_stand_behind_a_hundred_queues(clock: FakeClock) -> None:
    senders = Senders(Pace(channel=None, workspace=5.0), clock)
    for number in range(100):
        senders.add(channel(f"c{number}"))
    await senders.run(25)

    senders.add(channel("new"), count=1)
    arrived = (clock.now() - START).total_seconds()
    await senders.run(1)
    await senders.stop()

    assert next(at for name, at in senders.sent if name == "new") - arrived <= 0.5


async def test_one_workspace_s_rate_slows_no_other(clock: FakeClock) -> None:
    senders = Senders(Pace(channel=None, workspace=2.0), clock)
    for name in "abcd":
        senders.add(channel(name))
    senders.add(channel("far", "two"))

    await senders.run(2)
    await senders.stop()

    assert sum(name == "far" for name, _ in senders.sent) >= 4


async def test_a_platform_s_rate_holds_over_all_workspaces(clock: FakeClock) -> None:
    senders = Senders(Pace(channel=None, platform=10.0), clock)
    for number in range(20):
        senders.add(channel(f"c{number}", f"w{number}"))

    await senders.run(2)
    await senders.stop()

    assert len(senders.sent) <= 22


async def test_a_wait_holds_its_scope_until_it_is_over(clock: FakeClock) -> None:
    pacer = Pacer({"room": Pace(channel=None)}, clock)
    until = START + timedelta(seconds=30)
    pacer.hold(Hold(channel=channel("a"), scope="workspace", until=until))
    pacer.hold(Hold(channel=channel("a"), scope="workspace", until=until - timedelta(seconds=20)))

    assert await pacer.turn(channel("b")) == until
    assert await pacer.turn(channel("far", "two")) is None
    clock.pass_time(30)
    assert await pacer.turn(channel("b")) is None


async def test_who_gives_up_waiting_takes_nobody_s_turn(clock: FakeClock) -> None:
    senders = Senders(Pace(channel=None, workspace=1.0), clock)
    senders.add(channel("a"), count=1)
    await senders.run(0.1)
    waiting = asyncio.create_task(senders.pacer.turn(channel("gone")))
    senders.add(channel("b"), count=1)
    await senders.run(0.1)
    waiting.cancel()

    await senders.run(1)
    await senders.stop()

    assert [name for name, _ in senders.sent] == ["a", "b"]
