"""What Slack needs of the core: answers to what people do, and an overview."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.model import Channel, MessageRef
from bot.domain.overview import Overview
from bot.domain.reply import Button, Press, Reply, Request


class Answers(Protocol):
    """The commands, as bot/commands answers them for every chat."""

    async def run(self, request: Request) -> Reply:
        """Carry out what was typed."""

    async def press(self, press: Press) -> Reply:
        """Carry out a click or a form."""

    async def menu(self, channel: Channel, ref: MessageRef, language: str | None = None) -> Sequence[Button]:
        """Return the menu of the post that a message shows; nothing where it shows none of ours."""


class Overviews(Protocol):
    """What a workspace follows and how it goes."""

    async def of_workspace(self, platform: str, workspace: str) -> Overview:
        """Return at most 50 subscriptions, 10 failing feeds and 10 announcements."""
