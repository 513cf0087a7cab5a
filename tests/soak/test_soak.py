"""Kill the sending process at random while a tenth of its requests go wrong; count what people saw.

`./run soak`; SOAK_KILLS and SOAK_MESSAGES say how long. Prints kills, messages, lost, doubled.
"""

import asyncio
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.keys import message_key
from bot.domain.model import Channel
from bot.store.database import Database, open_database
from bot.store.schema import upgrade
from bot.store.tables import messages
from tests.fakes.discord_server import DiscordServer
from tests.fakes.slack_server import FakeSlack
from tests.seeds import Seeds
from tests.soak.places import CHANNELS, TIMEOUT, SoakDiscord, SoakPlace, SoakSlack
from tests.soak.sender import run

KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
MESSAGES = int(os.environ.get("SOAK_MESSAGES", "10000"))
#: So many wait at least, and so many more are added at once: ten for each channel.
WAITING = CHANNELS * 10
PATIENCE = 120.0

pytestmark = pytest.mark.soak


@pytest.fixture(params=["slack", "discord"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[SoakPlace]:
    if request.param == "slack":
        async with FakeSlack() as slack:
            yield SoakSlack(slack)
    else:
        async with DiscordServer() as discord:
            yield SoakDiscord(discord)


class Soak:
    """Messages for a place, a process that sends them, and the count at the end."""

    def __init__(self, place: SoakPlace, database: Database, folder: Path) -> None:
        self.place = place
        self.seeds = Seeds(database)
        self.database = database
        self.planned: list[str] = []
        self.channels: Sequence[Channel] = ()
        self.early = folder / "early"
        self.early.touch()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.soak.sender"])
        self._environment = {
            "DATABASE_URL": f"sqlite:///{folder}/tidings.db",
            "LOAD_DEFAULT_PACK": "false",
            "ROOM_ENABLED": "false",
            "SENDING_TIMEOUT": f"{TIMEOUT}s",
            "SENDING_PLATFORM_LAG": "3s",
            "SENDING_MARGIN": "2s",
            "SENDING_SWEEP": "0.1s",
            "LOG_LEVEL": "error",
        }

    async def begin(self) -> None:
        self.channels = await self.place.make()
        for channel in self.channels:
            await self.seeds.channel(channel)

    def environment(self) -> Mapping[str, str]:
        return {**self._environment, **self.place.environment}

    def start(self) -> ForkServerProcess:
        process = self._context.Process(target=run, args=(self.environment(), self.early))
        process.start()
        return process

    async def kill(self, process: ForkServerProcess) -> None:
        process.kill()
        await asyncio.to_thread(process.join)

    async def waiting(self) -> int:
        open_ = messages.c.state.in_(["pending", "sending", "unknown"])
        async with self.database.read() as connection:
            return int(await connection.scalar(select(func.count()).where(open_)) or 0)

    async def top_up(self, share: float) -> None:
        """Keep enough waiting, and enough going wrong."""
        if await self.waiting() < WAITING:
            for channel in self.channels:
                titles = [f"Post {len(self.planned) + number}" for number in range(10)]
                # Due now: what waited an hour would become digests, with keys of their own.
                now = datetime.now(UTC)
                made = await self.seeds.announce(*titles, channel=channel, due_at=now, now=now)
                self.planned += [message_key(one) for one in made]
            self.place.go_wrong(share, WAITING)

    async def finish(self) -> None:
        """All is well again: wait until nothing is open."""
        self.place.heal()
        process = self.start()
        try:
            async with asyncio.timeout(PATIENCE):
                while await self.waiting():  # noqa: ASYNC110 - another process makes it so
                    await asyncio.sleep(0.2)
        finally:
            await self.kill(process)

    async def report(self, kills: int, began: float) -> tuple[int, int]:
        shown = await self.place.shown()
        lost = len(set(self.planned) - set(shown))
        doubled = sum(count > 1 for count in shown.values())
        states = Counter((await self.seeds.states()).values())
        print(
            f"\n{self.place.name}: kills {kills}, messages {len(self.planned)}, lost {lost}, doubled {doubled}, "
            f"states {dict(states)}, {time.monotonic() - began:.0f} s"
        )
        assert set(shown) <= set(self.planned)
        assert states["unknown"] == 0
        return lost, doubled


@pytest.fixture
async def soak(place: SoakPlace, tmp_path: Path) -> AsyncIterator[Soak]:
    async with open_database(f"sqlite:///{tmp_path}/tidings.db") as database:
        await upgrade(database)
        soak = Soak(place, database, tmp_path)
        await soak.begin()
        yield soak


async def test_no_kill_loses_or_doubles_a_message(soak: Soak) -> None:
    began = time.monotonic()
    for _ in range(KILLS):
        await soak.top_up(0.1)
        process = soak.start()
        await asyncio.sleep(random.uniform(0.02, 0.5))
        await soak.kill(process)
    await soak.finish()

    assert await soak.report(KILLS, began) == (0, 0)


async def test_no_fault_loses_or_doubles_a_message_and_waits_are_kept(soak: Soak) -> None:
    began = time.monotonic()
    process = soak.start()
    try:
        while len(soak.planned) < MESSAGES:
            await soak.top_up(0.2)
            await asyncio.sleep(0.05)
    finally:
        await soak.kill(process)
    await soak.finish()

    assert await soak.report(0, began) == (0, 0)
    assert soak.early.read_text().split() == []
