"""Asking hubs to push, and asking again before a lease ends."""

import asyncio
import logging

from bot.domain.fetched import Failed
from bot.domain.links import without_secrets
from bot.domain.websub import VERIFIES_WITHIN, Hook, retry
from bot.ports.polling import Hooks, Hubs
from bot.ports.running import Clock

log = logging.getLogger(__name__)

#: Hubs asked at the same time, and in one run.
_AT_ONCE = 8
_IN_A_RUN = 80


class Subscriber:
    """Keeps every feed that names a hub subscribed at it."""

    def __init__(self, hooks: Hooks, hubs: Hubs, clock: Clock) -> None:
        self._hooks = hooks
        self._hubs = hubs
        self._clock = clock
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def renew(self) -> int:
        """Ask for what is new or about to end; return how many hubs took it. Each verifies by a call of its own."""
        due = await self._hooks.due(self._clock.now(), _IN_A_RUN)
        return sum(await asyncio.gather(*(self._ask(hook) for hook in due)))

    async def _ask(self, hook: Hook) -> bool:
        async with self._places:
            now = self._clock.now()
            # Written first: a hub may verify before it answers.
            await self._hooks.ask(hook, now, now + VERIFIES_WITHIN)
            refused = await self._hubs.ask(hook)
            if isinstance(refused, Failed):
                await self._hooks.refuse(hook, refused.why, retry(self._clock.now(), hook.failures + 1))
                log.info("a hub refused", extra={"hub": without_secrets(hook.hub), "why": refused.why})
            return refused is None
