"""The core's commands, played: each test says what is answered, and reads what was asked."""

import asyncio
from collections.abc import Sequence

from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Button, Choice, Press, Reply, Request


class ScriptedAnswers:
    """Answers everything with `reply`; waits for `go` where a test holds it."""

    def __init__(self) -> None:
        self.reply = Reply(text="Watching 212 blogs.")
        self.choices: Sequence[Choice] = (Choice(value="nlp", label="NLP"),)
        #: By message.
        self.menus: dict[MessageRef, Sequence[Button]] = {}
        self.fails = False
        self.asked: list[Request | Press] = []
        self.completed: list[tuple[Channel, str, str]] = []
        self.was_asked = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    async def run(self, request: Request) -> Reply:
        return await self._answer(request)

    async def press(self, press: Press) -> Reply:
        return await self._answer(press)

    async def _answer(self, question: Request | Press) -> Reply:
        self.asked.append(question)
        self.was_asked.set()
        await self.go.wait()
        if self.fails:
            raise RuntimeError("a secret")
        return self.reply

    async def menu(self, channel: Channel, ref: MessageRef, language: str | None = None) -> Sequence[Button]:
        return self.menus.get(ref, ())

    async def complete(self, channel: Channel, verb: str, typed: str) -> Sequence[Choice]:
        self.completed.append((channel, verb, typed))
        if self.fails:
            raise RuntimeError("a secret")
        return self.choices
