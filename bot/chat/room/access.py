"""Who is let in: the Host and Origin of a request, and the sign-in where ROOM_TOKEN is set."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web

from bot.chat.room.asked import refusal
from bot.chat.room.settings import RoomSettings, host_is_ours, origin_is_ours
from bot.domain.allowance import Allowance
from bot.domain.signing import SESSION_LASTS, is_signed_in, same_token, sign_session
from bot.ports.running import Clock

COOKIE = "tidings_room"
PURPOSE = "room"
#: Sign-ins tried from one address in a minute.
TRIES = 10
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access:
    """Wraps the room's handlers: a request that may not come in never reaches them."""

    def __init__(self, settings: RoomSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._tries = Allowance(TRIES, timedelta(minutes=1))

    def refuse_strangers(self, handler: Handler) -> Handler:
        """Answer 403 to other names for this host and to other sites' scripts and forms."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not host_is_ours(request.host, self._settings):
                raise refusal(web.HTTPForbidden, "This room does not answer to that name; set PUBLIC_URL.")
            if not origin_is_ours(request.headers.get("Origin"), request.host):
                raise refusal(web.HTTPForbidden, "Another site may not speak to this room.")
            return await handler(request)

        return guarded

    def api(self, handler: Handler) -> Handler:
        """Let in who is signed in, or sends `Authorization: Bearer TOKEN`; others get 401."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self.is_in(request):
                headers = {"WWW-Authenticate": 'Bearer realm="room"'}
                raise refusal(web.HTTPUnauthorized, "Send the header Authorization: Bearer ROOM_TOKEN.", **headers)
            return await handler(request)

        return self.refuse_strangers(guarded)

    def is_in(self, request: web.Request) -> bool:
        """Say whether this request may see the room."""
        token = self._settings.token
        if not token:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same_token(given.strip(), token):
            return True
        return is_signed_in(request.cookies.get(COOKIE, ""), token, PURPOSE, self._clock.now())

    def sign_in(self, given: str, request: web.Request) -> web.Response | None:
        """Return the way in with its cookie; None where *given* is not the token. Raises 429 for who guesses."""
        if not self._tries.take(request.remote, self._clock.now()):
            raise web.HTTPTooManyRequests(text="Too many tries; wait a minute.\n", headers={"Retry-After": "60"})
        if not same_token(given, self._settings.token):
            return None
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            COOKIE,
            sign_session(self._settings.token, PURPOSE, self._clock.now()),
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=self._settings.public_url.startswith("https:") or request.secure,
        )
        return response
