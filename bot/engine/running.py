"""What the composition root needs of an engine, beside what the core needs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from bot.ports.chat import Health
from bot.ports.running import Engine

Job = Callable[[str], Awaitable[None]]


class WorkingEngine(Engine, Protocol):
    """An engine with its life: told what runs for each kind, started, stopped."""

    def serve(self, jobs: Mapping[str, Job]) -> None:
        """Say what runs for each kind."""

    def start(self) -> None:
        """Begin to work; before, it only wakes."""

    def health(self) -> Health:
        """Say whether wake-ups are taken and worked off."""

    async def stop(self, grace: float) -> None:
        """Take no more; give what runs *grace* seconds; then cancel it."""
