"""What the room needs of whoever remembers its messages, and of whoever answers commands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Choice, Press, Reply, Request
from bot.domain.room import RoomChannel, RoomMessage


class Book(Protocol):
    """The room's memory."""

    async def channels(self) -> Sequence[RoomChannel]:
        """Return every channel, in the order of their names."""

    async def add_channel(self, channel: Channel, name: str, now: datetime) -> None:
        """Make a channel; one that exists keeps its name."""

    async def show(self, channel: Channel, key: str, body: Mapping[str, Any], now: datetime) -> MessageRef:
        """Show a message once: the same *key* again changes nothing and returns the first one's reference."""

    async def find(self, key: str) -> MessageRef | None:
        """Return the message with *key*, removed or not; None where none was ever shown."""

    async def edit(self, ref: MessageRef, body: Mapping[str, Any], now: datetime) -> bool:
        """Give a message a new body; False where it is gone."""

    async def remove(self, ref: MessageRef, now: datetime) -> bool:
        """Take a message off the page; False where it is gone already."""

    async def latest(self, channel: Channel, limit: int, before: int | None = None) -> Sequence[RoomMessage]:
        """Return the newest messages of a channel, oldest first; those above the one at order *before*."""

    async def changes(self, after: int, limit: int) -> Sequence[RoomMessage]:
        """Return what was shown, edited or removed anywhere after change number *after*, in that order."""

    async def last_change(self) -> int:
        """Return the newest change's number; 0 before the first."""


class Answers(Protocol):
    """The commands, as bot/commands answers them for every chat."""

    async def run(self, request: Request) -> Reply:
        """Carry out what was typed."""

    async def press(self, press: Press) -> Reply:
        """Carry out a click or a form."""

    async def complete(self, channel: Channel, verb: str, typed: str) -> Sequence[Choice]:
        """Return choices for what may follow *verb*, given what is typed of it."""
