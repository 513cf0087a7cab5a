"""A chat that writes down each request made although a wait that was asked for was known: in the process that sends.

The server cannot tell: on a busy machine requests are under way for long when it asks to wait.
"""

import time
from pathlib import Path

from bot.domain.message import LookUp, Message, NotSent, Outcome
from bot.ports.chat import Chat, Health, Pace


class Watched:
    """Passes everything on."""

    def __init__(self, chat: Chat, path: Path) -> None:
        self._chat = chat
        self._path = path
        self._until: dict[str, float] = {}

    @property
    def platform(self) -> str:
        return self._chat.platform

    @property
    def pace(self) -> Pace:
        return self._chat.pace

    async def send(self, message: Message) -> Outcome:
        places = (str(message.channel), "everywhere")
        if any(time.monotonic() < self._until.get(place, 0) for place in places):
            with self._path.open("a") as file:
                file.write(f"{message.id}\n")
        outcome = await self._chat.send(message)
        if isinstance(outcome, NotSent) and outcome.retry_after:
            # One workspace, one token: all but a channel's wait holds everything.
            place = places[0] if outcome.scope == "channel" else places[1]
            self._until[place] = time.monotonic() + outcome.retry_after
        return outcome

    async def find_sent(self, message: Message) -> LookUp:
        return await self._chat.find_sent(message)

    async def run(self) -> None:
        await self._chat.run()

    async def close(self) -> None:
        await self._chat.close()

    def health(self) -> Health:
        return self._chat.health()
