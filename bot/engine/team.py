"""A process among its like: what it does alone, and what only one of them may do at a time."""

import asyncio
import os
import re
import socket
from collections.abc import Awaitable, Callable

from bot.domain.keys import new_id
from bot.engine.holding import Holding
from bot.engine.sharing import Sharing
from bot.ports.chat import Health
from bot.ports.running import Clock, Roles


def process_name() -> str:
    """Return a name for this process that no other has: its host's, for people, and a random part."""
    host = re.sub(r"[^\w-]", "-", os.environ.get("DYNO") or socket.gethostname())
    return f"{host[:40]}-{new_id()[:8]}"


class Team:
    """The processes that share a database. *roles* is None where this one is alone: then it does everything."""

    def __init__(self, roles: Roles | None, clock: Clock, name: str) -> None:
        self._roles = roles
        self._clock = clock
        self._name = name
        self._held: dict[str, Holding] = {}

    def alone(self, role: str, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """Return *work* so that one process of the team at a time does it."""
        if self._roles is None:
            return work
        holding = Holding(self._roles, self._clock, name=role, holder=self._name, work=work)
        self._held[role] = holding
        return holding.run

    def health(self, role: str, check: Callable[[], Health]) -> Callable[[], Health]:
        """Return *check* for the process that has the role; the others are well without it."""

        def checked() -> Health:
            holding = self._held.get(role)
            return check() if holding is None or holding.is_held else Health(ok=True)

        return checked

    async def share(self, assign: Callable[[frozenset[int]], None], died: Callable[[str], Awaitable[object]]) -> None:
        """Take part in polling until cancelled: *assign* gets this process's shards, *died* who was found dead."""
        if self._roles is None:
            await asyncio.Event().wait()
            return
        sharing = Sharing(self._roles, self._clock, worker=self._name, assign=assign, died=died)
        await sharing.run()
