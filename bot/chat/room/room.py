"""The room as a chat: messages go into the book, pages hear of them at once."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import assert_never

from aiohttp import web

from bot.chat.room.book import Answers, Book
from bot.chat.room.completing import Listed, listed_from
from bot.chat.room.live import Live
from bot.chat.room.pages import RoomPages
from bot.chat.room.render import render
from bot.chat.room.routes import Routes
from bot.chat.room.settings import PLATFORM, RoomSettings
from bot.commands.table import TABLE
from bot.domain.errors import StoreBusy
from bot.domain.language import Languages
from bot.domain.message import (
    Absent,
    CannotLook,
    Found,
    LookUp,
    Message,
    MessageKind,
    NotSent,
    Outcome,
    Sent,
    Undeliverable,
)
from bot.domain.model import MessageRef
from bot.domain.unsaid import stored
from bot.ports.chat import Health, Pace
from bot.ports.running import Clock

GONE = Undeliverable(stored("The message is no longer there."), what="message")


class Room:
    """Keeps bot.ports.Chat's promises with a book of messages and a page."""

    platform = PLATFORM

    def __init__(
        self,
        settings: RoomSettings,
        book: Book,
        answers: Answers,
        clock: Clock,
        *,
        listed: Sequence[Listed] = listed_from(TABLE),
        languages: Languages | None = None,
    ) -> None:
        """Take *listed*, the commands to offer while a person types."""
        # The book takes the same key twice, at any time.
        self.pace = Pace(channel=settings.rate, dedupes_for=timedelta(days=1))
        self._settings = settings
        self._book = book
        self._clock = clock
        self._live = Live(book)
        pages = RoomPages(languages or Languages())
        self._routes = Routes(settings, book, answers, clock, live=self._live, listed=listed, pages=pages)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the page and its API, for the web server to mount; none where the room must not be there."""
        return self._routes.all() if self._settings.is_open else ()

    async def send(self, message: Message) -> Outcome:
        """Show, change or remove a message; the same key again shows nothing twice."""
        try:
            outcome = await self._carry_out(message)
        except StoreBusy as error:
            # Nothing to look for: were it shown after all, the same key would find it.
            return NotSent(str(error))
        self._live.changed()
        return outcome

    async def _carry_out(self, message: Message) -> Outcome:
        now = self._clock.now()
        target = message.target or MessageRef("")
        match message.kind:
            case MessageKind.POST | MessageKind.DIGEST | MessageKind.NOTICE:
                return Sent(await self._book.show(message.channel, message.key, render(message), now))
            case MessageKind.EDIT:
                return Sent(target) if await self._book.edit(target, render(message), now) else GONE
            case MessageKind.DELETE:
                await self._book.remove(target, now)
                return Sent(target)
            case MessageKind.PUBLISH:
                return Sent(target)
            case _:
                assert_never(message.kind)

    async def find_sent(self, message: Message) -> LookUp:
        """Look in the book by the message's key."""
        try:
            ref = await self._book.find(message.key)
        except StoreBusy as error:
            return CannotLook(str(error), for_now=True)
        return Absent() if ref is None else Found(ref)

    async def run(self) -> None:
        """Tell open pages what changes, until cancelled."""
        await self._live.run()

    async def close(self) -> None:
        """Let the pages go; they come back when the server does."""
        self._live.close()

    def health(self) -> Health:
        """Say whether people can reach the room."""
        if self._settings.is_open:
            return Health(ok=True)
        return Health(ok=True, why="Set ROOM_TOKEN to open the room: HOST is public, so it stays closed without one.")
