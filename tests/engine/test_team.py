"""What a process does alone, and what one of a team does at a time."""

import asyncio

from bot.engine.team import Team, process_name
from bot.ports.chat import Health
from bot.store.database import Database
from bot.store.roles import SqlRoles
from tests.clock import FakeClock
from tests.engine.test_holding import Gateway, until

DOWN = Health(ok=False, why="not connected")


async def test_who_is_alone_does_everything_itself(clock: FakeClock) -> None:
    team, gateway = Team(None, clock, "a"), Gateway()

    assert team.alone("discord", gateway) is gateway
    assert team.health("discord", lambda: DOWN)() == DOWN


async def test_in_a_team_only_the_holder_answers_for_a_role(sqlite: Database, clock: FakeClock) -> None:
    teams = [Team(SqlRoles(sqlite), clock, name) for name in "ab"]
    gateways = [Gateway(), Gateway()]
    tasks = [
        asyncio.ensure_future(team.alone("discord", gateway)()) for team, gateway in zip(teams, gateways, strict=True)
    ]
    await until(clock, lambda: any(gateway.is_on for gateway in gateways), within=10)

    health = [team.health("discord", lambda: DOWN)().ok for team in teams]

    assert sorted(gateway.is_on for gateway in gateways) == [False, True]
    assert health == [not gateway.is_on for gateway in gateways]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_no_two_processes_have_the_same_name() -> None:
    names = {process_name() for _ in range(100)}

    assert len(names) == 100
    assert all(len(name) < 60 and "." not in name and ":" not in name for name in names)
