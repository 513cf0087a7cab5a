"""The bench of these tests, with one channel."""

import pytest

from bot.store.database import Database
from tests.announcing.bench import Bench
from tests.clock import FakeClock


@pytest.fixture
async def bench(sqlite: Database, clock: FakeClock) -> Bench:
    bench = Bench(sqlite, clock)
    await bench.seeds.channel()
    return bench
