"""The web server's application: what every answer has in common, and the health of the whole."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.ports.chat import Health

ASSETS = Path(__file__).parent / "assets"
#: Slack's largest payloads are far below this; pages that need less say so themselves.
BODY_LIMIT = 1024 * 1024
#: Scripts, styles and connections of our own only: whatever a feed wrote, a browser runs none of it.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with that, browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SECRETS = {"token", "access_token", "secret", "password"}

HealthCheck = Callable[[], Health]


def make_app(
    routes: Iterable[web.AbstractRouteDef],
    health: Mapping[str, HealthCheck],
    *,
    https: bool = False,
    hang_up: Iterable[Callable[[], Awaitable[None]]] = (),
    middlewares: Iterable[Middleware] = (),
) -> web.Application:
    """Return an application that serves *routes* beside /healthz, /readyz and /assets.

    *https* says that people reach it over TLS, so that browsers are told to stay with it. Each of *hang_up* ends
    answers that would go on for ever; it is called when the server stops, before answers in flight are awaited.
    """
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[*middlewares, refuse_secrets_in_addresses])
    app.on_response_prepare.append(_harden(https))
    for end in hang_up:
        app.on_shutdown.append(_ending(end))
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/readyz", _readyz(health)),
            web.static("/assets", ASSETS),
            *routes,
        ]
    )
    return app


def _ending(end: Callable[[], Awaitable[None]]) -> Callable[[web.Application], Awaitable[None]]:
    async def on_shutdown(_app: web.Application) -> None:
        await end()

    return on_shutdown


def _harden(https: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # Files are asked for again each time, and answered with 304: an update never meets an old script.
        response.headers.setdefault("Cache-Control", "no-cache")
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        response.headers["Server"] = "tidings"

    return add_headers


@web.middleware
async def refuse_secrets_in_addresses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a token in a query string: addresses end up in logs, histories and Referer headers."""
    if SECRETS & {name.lower() for name in request.query}:
        raise web.HTTPBadRequest(text="A token does not belong into an address: sign in by the form, or send a header.")
    return await handler(request)


async def healthz(_request: web.Request) -> web.Response:
    """Say that the process lives, and nothing else: strangers may ask."""
    return web.Response(text="ok\n")


def _readyz(health: Mapping[str, HealthCheck]) -> Handler:
    async def readyz(_request: web.Request) -> web.Response:
        """Say whether every part works, and for each that wants something, what to do next."""
        found = {name: check() for name, check in health.items()}
        ready = all(each.ok for each in found.values())
        body = {
            "ready": ready,
            "parts": {name: each.ok for name, each in found.items()},
            "next": [f"{name}: {each.why}" for name, each in found.items() if each.why],
        }
        return web.json_response(body, status=200 if ready else 503)

    return readyz
