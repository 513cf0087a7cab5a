"""Pages behind a token: a sign-in form with a cookie for people, HTTP Basic for feed readers, a header for programs."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from bot.domain.allowance import Allowance
from bot.domain.signing import SESSION_LASTS, is_signed_in, same_token, sign_session
from bot.ports.running import Clock
from bot.web.templates import Templates

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Lets in who knows the token of one part of the site. An empty token lets everybody in, unless *closed*."""

    purpose: str
    token: str = field(repr=False)
    clock: Clock
    templates: Templates
    #: Without a token nobody is let in, and nothing says that there is a page.
    closed: bool = False
    https: bool = False
    tries: Allowance = field(default_factory=lambda: Allowance(TRIES, timedelta(minutes=1)))

    @property
    def cookie(self) -> str:
        return f"tidings_{self.purpose}"

    @property
    def sign_in_path(self) -> str:
        return f"/sign-in/{self.purpose}"

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the sign-in's route."""
        return [web.post(self.sign_in_path, self._sign_in)] if self.token else []

    def is_in(self, request: web.Request) -> bool:
        """Say whether a request carries the cookie, or the token itself in a header."""
        if not self.token:
            return not self.closed
        given = token_in(request.headers.get("Authorization", ""))
        if given and same_token(given, self.token):
            return True
        return is_signed_in(request.cookies.get(self.cookie, ""), self.token, self.purpose, self.clock.now())

    def page(self, handler: Handler) -> Handler:
        """Show the sign-in form to people who are not in."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if self.is_in(request):
                return await handler(request)
            if not self.token:
                raise web.HTTPNotFound
            return self._form(request, 401, wrong=False, to=request.path_qs)

        return guarded

    def feed(self, handler: Handler) -> Handler:
        """Ask programs that are not in for HTTP Basic; any name, the token as the password."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if self.is_in(request):
                return await handler(request)
            if not self.token:
                raise web.HTTPNotFound
            headers = {"WWW-Authenticate": f'Basic realm="{self.purpose}", charset="UTF-8"'}
            raise web.HTTPUnauthorized(text="The password is the token.\n", headers=headers)

        return guarded

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        refuse_other_sites(request)
        form = await request.post()
        to = local_path(str(form.get("to", "")))
        if not self.tries.take(request.remote, self.clock.now()):
            raise web.HTTPTooManyRequests(text="Too many tries; wait a minute.\n", headers={"Retry-After": "60"})
        if not same_token(str(form.get("token", "")).strip(), self.token):
            return self._form(request, 403, wrong=True, to=to)
        response = web.Response(status=303, headers={"Location": to})
        response.set_cookie(
            self.cookie,
            sign_session(self.token, self.purpose, self.clock.now()),
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=self.https,
        )
        return response

    def _form(self, request: web.Request, status: int, *, wrong: bool, to: str) -> web.Response:
        values = {"wrong": wrong, "to": to, "action": self.sign_in_path, "purpose": self.purpose}
        return self.templates.page(request, "sign-in.html", status, values)


def token_in(authorization: str) -> str:
    """Return the token of a Bearer or Basic header; empty where there is none."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def local_path(path: str) -> str:
    """Return *path* where it stays on this site, else the front page: signing in redirects nobody elsewhere."""
    if path.startswith("/") and not path.startswith(("//", "/\\")) and not urlsplit(path).netloc and path.isprintable():
        return path
    return "/"


def refuse_other_sites(request: web.Request) -> None:
    """Raise 403 for a form that another site sent: SameSite cookies are not the only guard."""
    origin = request.headers.get("Origin")
    fetched_by = request.headers.get("Sec-Fetch-Site", "same-origin")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != request.host.lower()
    if foreign or fetched_by not in {"same-origin", "none"}:
        raise web.HTTPForbidden(text="This form belongs to another page.\n")
