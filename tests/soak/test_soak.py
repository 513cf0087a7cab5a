"""Kill the sending process at random while a tenth of its requests go wrong; count what people saw.

`./run soak`; SOAK_KILLS and SOAK_MESSAGES say how long. Prints kills, messages, lost, doubled.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.database import open_database
from bot.store.schema import upgrade
from tests.fakes.discord_server import DiscordServer
from tests.fakes.slack_server import FakeSlack
from tests.soak.places import SoakDiscord, SoakPlace, SoakSlack
from tests.soak.sender import run, work
from tests.soak.soaking import Soak

KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
MESSAGES = int(os.environ.get("SOAK_MESSAGES", "10000"))
WORKER_KILLS = int(os.environ.get("SOAK_WORKER_KILLS", "100"))
WORKERS = 2
#: This share of the kills meets a process at work; the others one that may still be starting.
AT_WORK = 0.9
AT_LENGTH = 0.1

pytestmark = pytest.mark.soak


@pytest.fixture(params=["slack", "discord"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[SoakPlace]:
    if request.param == "slack":
        async with FakeSlack() as slack:
            yield SoakSlack(slack)
    else:
        async with DiscordServer() as discord:
            yield SoakDiscord(discord)


@pytest.fixture
async def soak(place: SoakPlace, tmp_path: Path) -> AsyncIterator[Soak]:
    url = f"sqlite:///{tmp_path}/tidings.db"
    async with open_database(url) as database:
        await upgrade(database)
        soak = Soak(place, database, url, tmp_path, run)
        await soak.begin()
        yield soak


@pytest.fixture
async def soak_of_workers(place: SoakPlace, postgres_url: str, tmp_path: Path) -> AsyncIterator[Soak]:
    """Whole workers, as `tidings worker` starts them, on one PostgreSQL."""
    async with open_database(postgres_url) as database:
        soak = Soak(place, database, postgres_url, tmp_path, work, sweep="1s")
        await soak.begin()
        yield soak


async def test_no_kill_loses_or_doubles_a_message(soak: Soak) -> None:
    began = time.monotonic()
    for _ in range(KILLS):
        await soak.top_up(0.1)
        process = soak.start()
        if random.random() < AT_WORK:
            await process.begins()
        # Now and then long enough to clear up what earlier kills left in doubt: that takes the platform's lag.
        await asyncio.sleep(random.uniform(1, 4) if random.random() < AT_LENGTH else random.uniform(0, 0.4))
        await soak.kill(process)
    await soak.finish()

    assert await soak.report(soak.place.name, KILLS, began) == (0, 0, 0)


async def test_no_kill_of_one_of_two_workers_loses_or_doubles_a_message(soak_of_workers: Soak) -> None:
    soak, began = soak_of_workers, time.monotonic()
    workers = [soak.start() for _ in range(WORKERS)]
    for _ in range(WORKER_KILLS):
        await soak.top_up(0.1)
        await soak.progress(random.randint(1, 20))
        number = random.randrange(WORKERS)
        await soak.kill(workers[number])
        workers[number] = soak.start()
    await soak.kill(*workers)
    await soak.finish(WORKERS)

    name = f"{soak.place.name}, PostgreSQL, {WORKERS} workers"
    assert await soak.report(name, WORKER_KILLS, began) == (0, 0, 0)


async def test_no_fault_loses_or_doubles_a_message_and_waits_are_kept(soak: Soak) -> None:
    began = time.monotonic()
    process = soak.start()
    try:
        while soak.count < MESSAGES:
            await soak.top_up(0.2)
            await asyncio.sleep(0.05)
    finally:
        await soak.kill(process)
    await soak.finish()

    assert await soak.report(soak.place.name, 0, began) == (0, 0, 0)
    assert soak.early.read_text().split() == []
