"""What the composition root needs of an engine, beside what the core needs; and how a job is run."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from bot.domain.errors import TryLater
from bot.ports.chat import Health
from bot.ports.running import Engine

log = logging.getLogger(__name__)

Job = Callable[[str], Awaitable[None]]


async def run_job(job: Job, kind: str, key: str) -> None:
    """Run *job* and log what goes wrong: the rows still say what is due, and the next sweep wakes this key again."""
    try:
        await job(key)
    except TryLater as later:
        log.warning("job put off", extra={"kind": kind, "key": key, "why": str(later)})
    except Exception:
        log.exception("job failed", extra={"kind": kind, "key": key})


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
