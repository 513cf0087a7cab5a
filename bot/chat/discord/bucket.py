"""How all requests of one token share the 50 a second that Discord allows it."""

import asyncio
from collections.abc import Awaitable, Callable


class TokenBucket:
    """Lets requests go one by one, first come, first served, each *1/rate* seconds after the one before at least.

    The distance is kept from when a request really went: where the loop was held up, those that waited do not go all
    at once after it.
    """

    def __init__(
        self,
        rate: float,
        now: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._apart = 1 / rate
        # Monotonic: a clock set back must not stop all sending.
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._last = float("-inf")

    async def take(self) -> None:
        """Return when one more request may go out."""
        async with self._turn:
            wait = self._last + self._apart - self._now()
            if wait > 0:
                await self._sleep(wait)
            self._last = self._now()
