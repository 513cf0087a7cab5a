"""Shared rates without a database; keeps the contract of bot.ports.Rates."""

from datetime import datetime, timedelta

from bot.domain.errors import StoreBusy


class MemoryRates:
    """Slots in a dict; away for as many reservations as `busy` says."""

    def __init__(self) -> None:
        self.busy = 0
        self._free: dict[str, datetime] = {}

    async def reserve(self, name: str, per_second: float, now: datetime) -> datetime:
        if self.busy:
            self.busy -= 1
            raise StoreBusy("away")
        slot = max(self._free.get(name, now), now)
        self._free[name] = slot + timedelta(seconds=1 / per_second)
        return slot
