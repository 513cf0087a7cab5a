"""The page and its JSON API."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from bot.chat.room import render
from bot.chat.room.access import Access
from bot.chat.room.asked import json_body, number_of, refusal, text_of
from bot.chat.room.book import Answers, Book
from bot.chat.room.completing import Listed, offers
from bot.chat.room.live import Live
from bot.chat.room.pages import RoomPages
from bot.chat.room.settings import RoomSettings, address_of, channel_at
from bot.chat.room.stream import Stream
from bot.domain.keys import new_id
from bot.domain.model import MessageRef
from bot.domain.reply import Person, Press, Reply, Request
from bot.domain.room import RoomChannel
from bot.ports.running import Clock

ASSETS = Path(__file__).parent / "assets"
API = "/room/api"
PAGE_SIZE = 50
#: Whoever reaches the room owns it: it listens on this machine only, or asks for ROOM_TOKEN.
GUEST = Person(id="guest", name="Guest", may_change_channel=True, may_change_workspace=True)


class Routes:
    """Maps requests to the book and to commands."""

    def __init__(
        self,
        settings: RoomSettings,
        book: Book,
        answers: Answers,
        clock: Clock,
        *,
        live: Live,
        listed: Sequence[Listed],
        pages: RoomPages,
    ) -> None:
        self._settings = settings
        self._listed = listed
        self._pages = pages
        self._book = book
        self._answers = answers
        self._clock = clock
        self._live = live
        self._access = Access(settings, clock)
        self._stream = Stream(settings, book, live)

    def all(self) -> Iterable[web.AbstractRouteDef]:
        """Return every route of the room."""
        strangers, api = self._access.refuse_strangers, self._access.api
        return [
            web.get("/", strangers(self._page)),
            web.post("/room/sign-in", strangers(self._sign_in)),
            web.static("/room/assets", ASSETS),
            web.get(f"{API}/channels", api(self._channels)),
            web.post(f"{API}/channels", api(self._add_channel)),
            web.get(f"{API}/channels/{{channel}}/messages", api(self._messages)),
            web.post(f"{API}/channels/{{channel}}/commands", api(self._command)),
            web.post(f"{API}/channels/{{channel}}/presses", api(self._press)),
            web.get(f"{API}/channels/{{channel}}/offers", api(self._offers)),
            web.get(f"{API}/events", api(self._stream.answer)),
        ]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return self._pages.page(request, "room.html" if self._access.is_in(request) else "sign-in.html")

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        response = self._access.sign_in(str(form.get("token", "")).strip(), request)
        return response or self._pages.page(request, "sign-in.html", 403, wrong=True)

    async def _channels(self, _request: web.Request) -> web.Response:
        found = await self._known()
        return web.json_response({"channels": [self._shown(each) for each in found]})

    def _shown(self, each: RoomChannel) -> dict[str, str]:
        return {"id": address_of(each.channel, self._settings), "name": each.name}

    async def _known(self) -> Sequence[RoomChannel]:
        if not (found := await self._book.channels()):
            for name in self._settings.first_channels:
                if channel := channel_at(name, self._settings):
                    await self._book.add_channel(channel, name, self._clock.now())
            found = await self._book.channels()
        return found

    async def _add_channel(self, request: web.Request) -> web.Response:
        name = text_of(await json_body(request), "name").strip().lstrip("#").lower().replace(" ", "-")
        channel = channel_at(name, self._settings)
        if channel is None:
            say = self._pages.language(request)
            sentence = say("A channel's name has up to 64 letters a-z, digits, dots, dashes and underscores.")
            raise refusal(web.HTTPBadRequest, sentence)
        await self._book.add_channel(channel, name, self._clock.now())
        return web.json_response(self._shown(RoomChannel(channel=channel, name=name)), status=201)

    async def _channel(self, request: web.Request) -> RoomChannel:
        wanted = channel_at(request.match_info["channel"], self._settings)
        for known in await self._known():
            if known.channel == wanted:
                return known
        say = self._pages.language(request)
        raise refusal(web.HTTPNotFound, say("There is no such channel."))

    async def _messages(self, request: web.Request) -> web.Response:
        known = await self._channel(request)
        before = number_of(request.query.get("before"))
        # Read before the messages: what comes in between is told twice, never missed.
        change = await self._book.last_change()
        found = await self._book.latest(known.channel, PAGE_SIZE, before)
        address = address_of(known.channel, self._settings)
        shown = [render.in_api(message, address) for message in found]
        return web.json_response({"messages": shown, "change": change, "more": len(found) == PAGE_SIZE})

    async def _command(self, request: web.Request) -> web.Response:
        known = await self._channel(request)
        text = text_of(await json_body(request), "text")
        language = self._pages.language(request).code
        asked = Request(channel=known.channel, person=GUEST, text=text, channel_name=known.name, language=language)
        return await self._answer(known, await self._answers.run(asked))

    async def _press(self, request: web.Request) -> web.Response:
        known = await self._channel(request)
        body = await json_body(request)
        values = body.get("values") or {}
        if not isinstance(values, dict):
            raise refusal(web.HTTPBadRequest, '"values" must be an object.')
        press = Press(
            channel=known.channel,
            person=GUEST,
            action=text_of(body, "action"),
            values={str(name): str(value) for name, value in values.items()},
            message=MessageRef(body["message"]) if isinstance(body.get("message"), str) else None,
            language=self._pages.language(request).code,
        )
        return await self._answer(known, await self._answers.press(press))

    async def _offers(self, request: web.Request) -> web.Response:
        known = await self._channel(request)
        say = self._pages.language(request)
        found = await offers(say, request.query.get("typed", ""), known.channel, self._listed, self._answers)
        return web.json_response({"offers": [asdict(each) for each in found]})

    async def _answer(self, known: RoomChannel, answer: Reply) -> web.Response:
        shown = render.reply(answer)
        if answer.public:
            body = {"kind": "answer", "title": answer.text, "items": shown["posts"], "actions": shown["buttons"]}
            await self._book.show(known.channel, new_id(), body, self._clock.now())
            self._live.changed()
        return web.json_response({"reply": shown})
