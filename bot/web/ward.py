"""What the operator's page and the metrics need of whoever remembers how things go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.model import MessageId
from bot.domain.vitals import Ailing, Silent, Stuck, Vitals


class Ward(Protocol):
    """How the whole is doing, and what an operator may do about it."""

    async def read(self, now: datetime) -> Vitals:
        """Return the numbers."""

    async def ailing(self, limit: int) -> Sequence[Ailing]:
        """Return the feeds that fail or are paused, the longest failing first."""

    async def silent(self, limit: int) -> Sequence[Silent]:
        """Return the channels that are paused or closed."""

    async def stuck(self, limit: int) -> Sequence[Stuck]:
        """Return the messages that only an operator can move, the newest first."""

    async def retry(self, message: MessageId) -> bool:
        """Let a stuck message be sent again, whatever became of it; False where it is stuck no longer."""

    async def drop(self, message: MessageId, now: datetime) -> bool:
        """Give a stuck message up; False where it is stuck no longer."""
