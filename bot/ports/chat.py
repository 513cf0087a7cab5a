"""What the core needs of a chat platform."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.domain.message import LookUp, Message, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A chat's rules for sending. The rates are messages a second; None: no rule."""

    channel: float | None = 1.0
    workspace: float | None = None
    platform: float | None = None
    #: This long after the first attempt the chat itself drops a second copy with the same key: send again, no look.
    dedupes_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    ok: bool
    #: What to do next; empty while all is well.
    why: str = ""


class Chat(Protocol):
    """A chat platform: how messages get out. Commands come in through `bot.commands`."""

    @property
    def platform(self) -> str:
        """The first word of its channels: `slack`, `discord`, `room`."""

    @property
    def pace(self) -> Pace:
        """How fast it may be sent to."""

    async def send(self, message: Message) -> Outcome:
        """Make one attempt. Never raises for what the platform answered, never repeats by itself."""

    async def find_sent(self, message: Message) -> LookUp:
        """Look for what an earlier attempt at *message* may have left in its channel, by the message's key."""

    async def run(self) -> None:
        """Connect and serve commands until cancelled. Returns or raises only when connecting is hopeless."""

    async def close(self) -> None:
        """Let go of connections; sends in flight were awaited before."""

    def health(self) -> Health:
        """Say whether commands and sends work now."""
