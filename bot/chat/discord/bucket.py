"""A token bucket: how all requests of one token share the 50 a second that Discord allows it."""

import asyncio
from collections.abc import Awaitable, Callable

BURST = 4.0


class TokenBucket:
    """At most *rate* + 4 requests in any second, first come, first served."""

    def __init__(
        self,
        rate: float,
        now: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate = rate
        # Monotonic: a clock set back must not stop all sending.
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._sleep = sleep
        #: When the bucket was empty last, in the future where requests are already waiting.
        self._spent_until = float("-inf")

    async def take(self) -> None:
        """Return when one more request may go out."""
        now = self._now()
        self._spent_until = max(self._spent_until, now - BURST / self._rate) + 1 / self._rate
        if self._spent_until > now:
            await self._sleep(self._spent_until - now)
