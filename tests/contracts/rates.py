"""What every keeper of shared rates promises: bot.ports.Rates, executed."""

import asyncio
from datetime import datetime, timedelta

from bot.ports.running import Rates
from tests.clock import START


class RatesContract:
    """Subclasses give a fixture `rates`."""

    async def test_slots_are_as_far_apart_as_the_rate_says(self, rates: Rates) -> None:
        slots = [await rates.reserve("discord", 50, START) for _ in range(4)]

        assert slots == [START + timedelta(milliseconds=20) * place for place in range(4)]

    async def test_callers_beside_each_other_get_slots_of_their_own(self, rates: Rates) -> None:
        slots = await asyncio.gather(*(rates.reserve("discord", 50, START) for _ in range(30)))

        assert sorted(slots) == [START + timedelta(milliseconds=20) * place for place in range(30)]

    async def test_an_idle_time_is_not_saved_up(self, rates: Rates) -> None:
        await rates.reserve("discord", 50, START)
        later = START + timedelta(hours=1)
        slots: list[datetime] = [await rates.reserve("discord", 50, later) for _ in range(2)]

        assert slots == [later, later + timedelta(milliseconds=20)]

    async def test_each_name_has_its_own_rate(self, rates: Rates) -> None:
        slots = await asyncio.gather(
            rates.reserve("slack:T1", 5, START),
            rates.reserve("slack:T2", 5, START),
            rates.reserve("discord", 50, START),
        )

        assert list(slots) == [START] * 3

    async def test_names_asked_for_together_move_on_by_what_each_had(self, rates: Rates) -> None:
        await asyncio.gather(*(rates.reserve("discord", 50, START) for _ in range(3)), rates.reserve("slack", 1, START))
        slots = await asyncio.gather(rates.reserve("discord", 50, START), rates.reserve("slack", 1, START))

        assert list(slots) == [START + timedelta(milliseconds=60), START + timedelta(seconds=1)]
