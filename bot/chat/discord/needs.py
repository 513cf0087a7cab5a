"""What Discord needs of the core besides sending: answers to what people do."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Button, Choice, Press, Reply, Request


class Answers(Protocol):
    """The commands, as bot/commands answers them for every chat."""

    async def run(self, request: Request) -> Reply:
        """Carry out what was typed."""

    async def press(self, press: Press) -> Reply:
        """Carry out a click or a form."""

    async def menu(self, channel: Channel, ref: MessageRef, language: str | None = None) -> Sequence[Button]:
        """Return the menu of the post that a message shows; nothing where it shows none of ours."""

    async def complete(self, channel: Channel, verb: str, typed: str) -> Sequence[Choice]:
        """Return choices for what may follow *verb*, given what is typed of it."""
