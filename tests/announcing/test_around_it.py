"""What is around an announcer and fails: the clock, the database; and a second announcer."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from bot.domain.errors import StoreBusy
from bot.domain.message import Message
from bot.domain.model import Channel
from bot.domain.sending import Settlement
from bot.ports.outbox import Outbox
from bot.store.database import Database, sqlite_path
from tests.announcing.bench import Bench
from tests.fakes.chat import Fault
from tests.seeds import NLP


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1), timedelta(days=3650)])
async def test_a_clock_that_jumps_doubles_nothing(bench: Bench, jump: timedelta) -> None:
    await bench.seeds.announce("One", "Two")
    bench.chat.faults.append(Fault.LOST_ANSWER)
    await bench.sweep()

    await bench.sweep(jump)
    await bench.work_off(2)

    assert bench.chat.texts() == ["One", "Two"]


class BusyOutbox:
    """An outbox whose database is locked for so many calls."""

    def __init__(self, inner: Outbox) -> None:
        self.inner = inner
        self.busy: dict[str, int] = {}

    def _turn(self, name: str) -> None:
        if self.busy.get(name, 0) > 0:
            self.busy[name] -= 1
            raise StoreBusy("locked")

    async def due_channels(self, platforms: Collection[str], now: datetime, limit: int) -> Sequence[Channel]:
        return await self.inner.due_channels(platforms, now, limit)

    async def claim(self, channels: Collection[Channel], now: datetime, lease: timedelta) -> Mapping[Channel, Message]:
        self._turn("claim")
        return await self.inner.claim(channels, now, lease)

    async def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        self._turn("settle")
        await self.inner.settle(settlements, now)

    async def tidy(self, now: datetime, keep: timedelta) -> int:
        return await self.inner.tidy(now, keep)

    async def take_over(self, now: datetime, lag: timedelta) -> int:
        return await self.inner.take_over(now, lag)


@pytest.mark.parametrize("call", ["claim", "settle"])
async def test_a_locked_database_delays_and_doubles_nothing(bench: Bench, call: str) -> None:
    busy = BusyOutbox(bench.outbox)
    busy.busy[call] = 3
    bench.outbox = busy
    bench.start()
    await bench.seeds.announce("One", "Two")

    await bench.engine.wake("drain", str(NLP))
    for _ in range(200):
        bench.clock.pass_time(0.1)
        await asyncio.sleep(0.001)
    await bench.engine.idle()

    assert bench.chat.texts() == ["One", "Two"]
    assert await bench.seeds.states() == {"One": "sent", "Two": "sent"}


async def test_another_writer_that_holds_the_file_delays_and_loses_nothing(bench: Bench, sqlite: Database) -> None:
    await bench.seeds.announce("One", "Two")
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with contextlib.closing(sqlite3.connect(sqlite_path(sqlite.url) or "", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            free.wait(10)
            other.execute("COMMIT")

    holding = asyncio.create_task(asyncio.to_thread(hold))
    await asyncio.to_thread(held.wait, 10)
    await bench.engine.wake("drain", str(NLP))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.chat.asked.wait(), 0.2)
    free.set()
    await holding
    await bench.engine.idle()

    assert bench.chat.texts() == ["One", "Two"]
    assert await bench.seeds.states() == {"One": "sent", "Two": "sent"}


async def test_two_announcers_on_one_database_send_each_message_once(bench: Bench) -> None:
    channels = [Channel(platform="room", workspace="demo", id=f"c{number}") for number in range(10)]
    for channel in channels:
        await bench.seeds.channel(channel)
        await bench.seeds.announce(*(f"{channel.id}-{number}" for number in range(5)), channel=channel)
    other = replace_bench(bench)

    await asyncio.gather(bench.sweep(), other.sweep())
    await bench.sweep()

    assert len(bench.chat.board) == 50
    assert len({shown.key for shown in bench.chat.board}) == 50


def replace_bench(bench: Bench) -> Bench:
    """Return a second process beside *bench*: same database, same chat."""
    other = Bench(bench.seeds.database, bench.clock)
    other.chat = bench.chat
    other.start()
    return other
