import asyncio
from datetime import timedelta

import pytest

from bot.store.database import Database, open_database
from bot.store.rates import SqlRates
from tests.clock import START
from tests.contracts.rates import RatesContract


class TestSqlRates(RatesContract):
    @pytest.fixture
    def rates(self, database: Database) -> SqlRates:
        return SqlRates(database)


async def test_a_caller_that_is_cancelled_leaves_the_others_their_slots(database: Database) -> None:
    rates = SqlRates(database)
    calls = [asyncio.create_task(rates.reserve("discord", 50, START)) for _ in range(3)]
    await asyncio.sleep(0)
    calls[0].cancel()

    assert await asyncio.gather(*calls[1:]) == [START + timedelta(milliseconds=20) * place for place in (1, 2)]


@pytest.mark.postgres
async def test_two_processes_share_a_rate(postgres_url: str) -> None:
    async with open_database(postgres_url) as one, open_database(postgres_url) as two:
        workers = [SqlRates(one), SqlRates(two)]
        names = ("discord", "slack:T1")
        slots = await asyncio.gather(
            *(workers[turn % 2].reserve(names[turn // 2 % 2], 50, START) for turn in range(200))
        )

    for name in range(2):
        mine = sorted(slot for turn, slot in enumerate(slots) if turn // 2 % 2 == name)
        assert mine == [START + timedelta(milliseconds=20) * place for place in range(100)]
