"""What every keeper of roles promises: bot.ports.Roles, executed."""

import asyncio
from datetime import timedelta

from bot.ports.running import Roles
from tests.clock import START

LEASE = timedelta(seconds=12)


class RolesContract:
    """Subclasses give a fixture `roles`."""

    async def test_one_of_many_gets_a_role(self, roles: Roles) -> None:
        held = await asyncio.gather(*(roles.hold("gateway", str(number), START, LEASE) for number in range(8)))

        assert held.count(True) == 1

    async def test_a_holder_renews_and_nobody_else_gets_it(self, roles: Roles) -> None:
        assert await roles.hold("gateway", "a", START, LEASE)
        later = START + timedelta(seconds=10)
        assert await roles.hold("gateway", "a", later, LEASE)

        assert not await roles.hold("gateway", "b", START + LEASE, LEASE)

    async def test_a_lease_that_ran_out_is_free(self, roles: Roles) -> None:
        await roles.hold("gateway", "a", START, LEASE)

        assert await roles.hold("gateway", "b", START + LEASE, LEASE)
        assert not await roles.hold("gateway", "a", START + LEASE, LEASE)

    async def test_what_is_let_go_is_free_at_once(self, roles: Roles) -> None:
        await roles.hold("gateway", "a", START, LEASE)
        await roles.let_go("gateway", "b")
        assert not await roles.hold("gateway", "b", START, LEASE)
        await roles.let_go("gateway", "a")

        assert await roles.hold("gateway", "b", START, LEASE)

    async def test_roles_do_not_hinder_each_other(self, roles: Roles) -> None:
        assert await roles.hold("gateway", "a", START, LEASE)
        assert await roles.hold("socket", "b", START, LEASE)

    async def test_who_is_alive_and_who_is_not_any_more(self, roles: Roles) -> None:
        for name, at in (("worker:a", START), ("worker:b", START + LEASE), ("gateway", START)):
            await roles.hold(name, "x", at, LEASE)
        now = START + LEASE

        assert await roles.held("worker:", START) == ["worker:a", "worker:b"]
        assert await roles.held("worker:", now) == ["worker:b"]
        taken = await asyncio.gather(*(roles.take_lapsed("worker:", now) for _ in range(4)))
        assert sorted(name for names in taken for name in names) == ["worker:a"]
