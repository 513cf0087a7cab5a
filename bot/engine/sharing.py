"""Which shards of feeds this worker polls: the living share them evenly, and nobody polls another's."""

import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.domain.errors import StoreBusy
from bot.domain.shards import share_of
from bot.engine.holding import ASK, LEASE, MARGIN, RENEW
from bot.engine.patience import within
from bot.ports.running import Clock, Roles

log = logging.getLogger(__name__)

WORKER = "worker:"


class Sharing:
    """Keeps a leased row for this worker, and tells it which shards are its own."""

    def __init__(
        self,
        roles: Roles,
        clock: Clock,
        *,
        worker: str,
        assign: Callable[[frozenset[int]], None],
        died: Callable[[str], Awaitable[object]],
    ) -> None:
        """*assign* gets the shards whenever they change; *died* the name of each worker found dead, in one process."""
        self._roles = roles
        self._clock = clock
        self._worker = worker
        self._assign = assign
        self._died = died
        self._shards: frozenset[int] = frozenset()
        self._target: frozenset[int] = frozenset()
        self._until: datetime | None = None

    async def run(self) -> None:
        """Take part until cancelled."""
        try:
            while True:
                pause = RENEW
                try:
                    await within(RENEW, self._renew())
                except (StoreBusy, TimeoutError):
                    pause = ASK
                    if self._until is None or self._clock.now() >= self._until - MARGIN:
                        self._become(frozenset())  # the others may take this worker for dead
                await self._clock.sleep(pause)
        finally:
            self._become(frozenset())
            with contextlib.suppress(StoreBusy):
                await self._roles.let_go(WORKER + self._worker, self._worker)

    async def _renew(self) -> None:
        now = self._clock.now()
        await self._roles.hold(WORKER + self._worker, self._worker, now, LEASE)
        self._until = now + LEASE
        if self._clock.now() >= self._until - MARGIN:
            return  # the answer came too late to act on
        alive = [name.removeprefix(WORKER) for name in await self._roles.held(WORKER, now)]
        before, self._target = self._target, share_of(self._worker, alive)
        # What is lost is left at once, what is won is taken one renewal later: its last owner has left it by then.
        won = self._target if alive == [self._worker] else self._target & (self._shards | before)
        self._become(won)
        for name in await self._roles.take_lapsed(WORKER, now):
            log.warning("a worker died", extra={"worker": name})
            await self._died(name.removeprefix(WORKER))

    def _become(self, shards: frozenset[int]) -> None:
        if shards != self._shards:
            self._shards = shards
            self._assign(shards)
