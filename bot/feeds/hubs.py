"""Asking a WebSub hub to push: one guarded request, its answer as a value."""

from bot.domain.fetched import Failed
from bot.domain.websub import LEASE, Hook
from bot.feeds.fetch import HttpFetcher


class HttpHubs:
    """Keeps bot.ports.Hubs' promise over HTTP."""

    def __init__(self, fetcher: HttpFetcher, base: str) -> None:
        """*base* is where the world reaches us."""
        self._fetcher = fetcher
        self._base = base

    async def ask(self, hook: Hook) -> Failed | None:
        return await self._fetcher.post(
            hook.hub,
            {
                "hub.mode": "subscribe",
                "hub.topic": hook.topic,
                "hub.callback": f"{self._base}/websub/{hook.token}",
                "hub.secret": hook.secret,
                "hub.lease_seconds": str(int(LEASE.total_seconds())),
            },
        )
