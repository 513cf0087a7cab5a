"""Commands that answer what a test told them to."""

from collections.abc import Sequence

from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Button, Choice, Press, Reply, Request


class FakeAnswers:
    """Stands for bot.commands where a test is about the chat alone."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.presses: list[Press] = []
        self.answer = Reply(text="Done.")
        #: By message.
        self.menus: dict[MessageRef, Sequence[Button]] = {}
        self.choices: dict[str, tuple[Choice, ...]] = {}

    async def run(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.answer

    async def press(self, press: Press) -> Reply:
        self.presses.append(press)
        return self.answer

    async def menu(self, channel: Channel, ref: MessageRef, language: str | None = None) -> Sequence[Button]:
        return self.menus.get(ref, ())

    async def complete(self, channel: Channel, verb: str, typed: str) -> Sequence[Choice]:
        return [each for each in self.choices.get(verb, ()) if each.value.startswith(typed)]
