"""The gateway: what ends it, what does not, and that sending needs none of it."""

import asyncio
import contextlib
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.chat.discord.adapter import Discord
from bot.chat.discord.client import IDENTIFIES
from bot.chat.discord.endpoint import prepare
from bot.chat.discord.gateway import until_tomorrow
from bot.domain.errors import GiveUp
from bot.domain.message import Sent
from bot.store.counts import SqlCounts
from bot.store.database import Database
from tests.chat.discord.answers import ScriptedAnswers
from tests.chat.discord.conftest import Make, Town, answers_commands, connected, until
from tests.clock import FakeClock
from tests.fakes.discord.answers import Json
from tests.posts import announcement


# -- staying connected --------------------------------------------------------------------------
async def test_a_first_handshake_that_fails_is_tried_again(town: Town, make: Make) -> None:
    await town.server.control.gateway_refuse(2)

    async with connected(make(), town):
        assert await answers_commands(town)


@pytest.mark.parametrize(
    "payload",
    [
        {"op": 0, "t": "INTERACTION_CREATE", "s": 99, "d": {"type": 2}},
        {"op": 0, "t": "GUILD_CREATE", "s": 99, "d": {}},
        "no JSON at all",
        {"op": 77, "d": None},
        {"op": 0, "t": "SOMETHING_NEW", "s": 99, "d": {"x": 1}},
    ],
)
async def test_an_event_nobody_can_read_costs_at_most_the_connection(
    town: Town, served: Discord, payload: Json | str
) -> None:
    await town.server.control.gateway_send(payload)

    async def works() -> bool:
        await town.server.control.gateway_connected()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                return await answers_commands(town)
        return False

    await until(works)


async def test_a_dropped_line_is_resumed_by_the_library(town: Town, served: Discord) -> None:
    await town.server.control.gateway_drop(4000)
    await town.server.control.gateway_connected()

    assert await answers_commands(town)
    assert (await town.server.control.stats())["identifies"] == 1


async def test_a_line_that_the_library_does_not_mend_in_time_is_made_anew(town: Town, make: Make) -> None:
    async with connected(make(mends_within=0.05), town):
        await town.server.control.gateway_refuse(2)
        await town.server.control.gateway_drop()

        async def identified_again() -> bool:
            return int((await town.server.control.stats())["identifies"]) == 2

        await until(identified_again)
        assert await answers_commands(town)
    assert (await town.server.control.stats())["resumes"] == 0


async def test_a_line_that_was_mended_is_not_made_anew(town: Town, make: Make) -> None:
    loop = asyncio.get_running_loop()
    async with connected(make(mends_within=0.5), town):
        await town.server.control.gateway_drop(4000)
        await until(resumed(town))
        past = loop.time() + 0.7
        while loop.time() < past:
            assert await answers_commands(town)
    assert (await town.server.control.stats())["identifies"] == 1


async def test_a_reconnect_that_discord_asks_for_is_done(town: Town, served: Discord) -> None:
    await town.server.control.gateway_reconnect()
    await until(resumed(town))

    assert await answers_commands(town)


def resumed(town: Town) -> Any:
    async def check() -> bool:
        return bool((await town.server.control.stats())["resumes"])

    return check


async def test_sending_goes_on_while_the_gateway_is_down(town: Town, make: Make) -> None:
    adapter = make()
    await town.server.control.gateway_refuse(10_000)
    running = asyncio.create_task(adapter.run())
    try:
        for number in range(3):
            outcome = await adapter.send(town.message(town.text, announcement(number), id=f"m{number}"))
            assert isinstance(outcome, Sent)
        await until(unwell(adapter))
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await adapter.close()

    assert len(await town.posted(town.text)) == 3


def unwell(adapter: Discord) -> Any:
    async def check() -> bool:
        return not adapter.health().ok

    return check


# -- hopeless -----------------------------------------------------------------------------------
async def test_a_wrong_token_is_hopeless_and_red(town: Town, make: Make) -> None:
    adapter = make(token="wrong")

    with pytest.raises(GiveUp, match="set a new DISCORD_TOKEN"):
        await asyncio.wait_for(adapter.run(), 5)

    assert adapter.health().why == "Discord refuses our token: set a new DISCORD_TOKEN."
    await adapter.close()


@pytest.mark.parametrize(("code", "why"), [(4004, "DISCORD_TOKEN"), (4013, "4013"), (4014, "intents")])
async def test_close_codes_that_no_retry_can_change_end_it(town: Town, make: Make, code: int, why: str) -> None:
    adapter = make()
    running = asyncio.create_task(adapter.run())
    await town.server.control.gateway_connected()
    await town.server.control.gateway_drop(code)

    with pytest.raises(GiveUp, match=why):
        await asyncio.wait_for(running, 5)

    assert not adapter.health().ok
    await adapter.close()


def test_another_address_than_this_machine_is_refused() -> None:
    with pytest.raises(GiveUp, match="may only name this machine"):
        prepare("https://discord.example/api/v10")


async def test_a_handshake_that_is_cut_short_leaves_no_thread_behind(town: Town, make: Make, sqlite: Database) -> None:
    clock = FakeClock()
    await SqlCounts(sqlite).add(IDENTIFIES, clock.now().date())
    adapter = make(clock, identify_ceiling=1, timeout=timedelta(seconds=20))
    running = asyncio.create_task(adapter.run())

    async def refused() -> bool:
        return "waiting for tomorrow" in adapter.health().why

    await until(refused)
    # A stopped thread takes a moment to end.
    await until(no_heartbeats)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await adapter.close()


async def no_heartbeats() -> bool:
    return not [thread for thread in threading.enumerate() if thread.name.startswith("keep-alive-handler")]


# -- the budget of identifies -------------------------------------------------------------------
async def test_every_identify_is_counted_over_restarts(town: Town, make: Make, sqlite: Database) -> None:
    for _ in range(3):
        async with connected(make(), town):
            pass

    assert await SqlCounts(sqlite).add(IDENTIFIES, datetime.now(UTC).date()) == 4


async def test_above_the_ceiling_it_waits_for_tomorrow(town: Town, make: Make, sqlite: Database) -> None:
    clock = FakeClock()
    for _ in range(3):
        await SqlCounts(sqlite).add(IDENTIFIES, clock.now().date())
    adapter = make(clock, identify_ceiling=3, timeout=timedelta(seconds=20))
    running = asyncio.create_task(adapter.run())

    async def sleeps() -> bool:
        return "waiting for tomorrow" in adapter.health().why and clock.next_wake is not None

    await until(sleeps)
    assert (await town.server.control.stats())["identifies"] == 0
    clock.pass_time(until_tomorrow(clock.now()))
    await town.server.control.gateway_connected()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await adapter.close()


async def test_discords_own_count_of_sessions_is_believed(town: Town, make: Make) -> None:
    town.server.world.settings.session_start_limit = 5
    adapter = make(FakeClock(), timeout=timedelta(seconds=20))
    running = asyncio.create_task(adapter.run())

    async def waits() -> bool:
        return "waiting for tomorrow" in adapter.health().why

    await until(waits)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await adapter.close()


def test_tomorrow_begins_at_midnight_utc() -> None:
    assert until_tomorrow(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == 60


# -- stopping -----------------------------------------------------------------------------------
async def test_stopping_waits_for_the_answer_under_way(town: Town, make: Make, answers: ScriptedAnswers) -> None:
    adapter = make()
    running = asyncio.create_task(adapter.run())
    await town.server.control.gateway_connected()
    ann = (await town.server.control.member(town.guild))["id"]
    answers.go.clear()
    asking = asyncio.create_task(town.server.control.command(town.text, ann, "/topics"))
    await answers.was_asked.wait()

    running.cancel()
    await asyncio.sleep(0)
    answers.go.set()

    assert (await asking)["answer"]["content"] == "Watching 212 blogs."
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await adapter.close()
