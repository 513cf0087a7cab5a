"""The stream of server-sent events that keeps open pages up to date."""

import asyncio
import json

from aiohttp import web

from bot.chat.room.asked import number_of, refusal
from bot.chat.room.book import Book
from bot.chat.room.live import Full, Live, Page
from bot.chat.room.render import in_api
from bot.chat.room.settings import RoomSettings, address_of
from bot.domain.room import RoomMessage

#: A comment on the stream this often, because proxies close connections that are silent for a minute.
HEARTBEAT = 20.0
BATCH = 100
HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back
}


class Stream:
    """Answers `GET /room/api/events?after=N`: every change after number N, past and future, of all channels."""

    def __init__(self, settings: RoomSettings, book: Book, live: Live) -> None:
        self._settings = settings
        self._book = book
        self._live = live

    async def answer(self, request: web.Request) -> web.StreamResponse:
        told = number_of(request.headers.get("Last-Event-ID") or request.query.get("after")) or 0
        response = web.StreamResponse(headers=HEADERS)
        try:
            with self._live.page() as page:
                await response.prepare(request)
                await response.write(b"retry: 2000\n\n")
                told = await self._tell_missed(response, told)
                await self._tell_live(response, page, told)
        except Full:
            raise refusal(web.HTTPServiceUnavailable, "Too many pages are open.") from None
        except ConnectionResetError:
            pass  # the page went away
        return response

    async def _tell_missed(self, response: web.StreamResponse, told: int) -> int:
        while missed := await self._book.changes(told, BATCH):
            for message in missed:
                await response.write(self._event(message))
            told = missed[-1].change
        return told

    async def _tell_live(self, response: web.StreamResponse, page: Page, told: int) -> None:
        while True:
            try:
                message = await asyncio.wait_for(page.get(), HEARTBEAT)
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if message is None:
                return
            if message.change > told:
                await response.write(self._event(message))

    def _event(self, message: RoomMessage) -> bytes:
        address = address_of(message.channel, self._settings)
        body = {"id": message.ref, "channel": address, "removed": True} if message.removed else in_api(message, address)
        return f"id: {message.change}\nevent: message\ndata: {json.dumps(body)}\n\n".encode()
