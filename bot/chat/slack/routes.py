"""What Slack reaches over HTTP: events and commands, and the two pages of an installation by OAuth."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.installations import SealedInstallations, States
from bot.chat.slack.library import SILENT, authorize_url
from bot.chat.slack.settings import SlackSettings

EVENTS_PATH = "/slack/events"
INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
#: Slack's largest payloads are far below; what is larger is not Slack's.
_BODY_MOST = 1_000_000
_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tidings</title><p>{text}</p></html>"""
_INSTALLED = "Tidings is installed. Go to a channel in Slack and type /subscribe nlp."
_FAILED = "That did not work ({why}). Please start again at /slack/install."


def events_route(app: AsyncApp) -> web.RouteDef:
    """Return the one address for commands, interactions and events."""

    async def take(request: web.Request) -> web.StreamResponse:
        if request.content_length is None or request.content_length > _BODY_MOST:
            return web.Response(status=413)
        # bolt answers 500 to a time that is no number.
        if not request.headers.get("X-Slack-Request-Timestamp", "").isdecimal():
            return web.Response(status=401)
        try:
            answer = await app.async_dispatch(await to_bolt_request(request))
        except UnicodeDecodeError:
            return web.Response(status=400)
        return await to_aiohttp_response(answer)

    return web.post(EVENTS_PATH, take)


def oauth_routes(
    settings: SlackSettings, scopes: tuple[str, ...], client: AsyncWebClient, store: SealedInstallations, states: States
) -> list[web.RouteDef]:
    """Return the page that sends people to Slack, and the one they come back to."""
    flow = AsyncOAuthFlow(
        client=client,
        logger=SILENT,
        settings=AsyncOAuthSettings(
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=scopes,
            redirect_uri=f"{settings.public_url.rstrip('/')}{REDIRECT_PATH}",
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            authorization_url=authorize_url(settings.api_url),
            installation_store=store,
            installation_store_bot_only=True,
            state_store=states,
            callback_options=AsyncCallbackOptions(success=_success, failure=_failure),
            logger=SILENT,
        ),
    )
    return [
        web.get(INSTALL_PATH, _page(flow.handle_installation)),
        web.get(REDIRECT_PATH, _page(flow.handle_callback)),
    ]


def _page(handle: Callable[..., Awaitable[BoltResponse]]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def show(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await handle(await to_bolt_request(request)))

    return show


async def _success(_: AsyncSuccessArgs) -> BoltResponse:
    return _html(200, _INSTALLED)


async def _failure(args: AsyncFailureArgs) -> BoltResponse:
    # The reason may come from the address bar.
    known = ("access_denied", "invalid_browser", "invalid_state", "missing_code", "invalid_code", "storage_error")
    return _html(args.suggested_status_code, _FAILED.format(why=args.reason if args.reason in known else "refused"))


def _html(status: int, text: str) -> BoltResponse:
    headers: dict[str, str | Sequence[str]] = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return BoltResponse(status=status, body=_PAGE.format(text=text), headers=headers)
