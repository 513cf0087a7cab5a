"""Socket Mode: one socket to Slack, made again whenever it is lost."""

import asyncio
import logging

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.library import SILENT
from bot.chat.slack.refusals import error_name
from bot.domain.errors import GiveUp
from bot.ports.running import Clock

log = logging.getLogger(__name__)

_WHAT_TO_DO = "It needs the scope connections:write, and Socket Mode switched on in the app's settings."
_AGAIN = 5.0
_PING = 5.0
_LOOK = 1.0


class Socket:
    """Keeps a socket open; `is_connected` says whether commands come in."""

    def __init__(self, app: AsyncApp, app_token: str, client: AsyncWebClient, clock: Clock) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._clock = clock
        self._handler: AsyncSocketModeHandler | None = None
        self.is_connected = False

    async def run(self) -> None:
        """Connect and stay connected until cancelled; raises GiveUp where Slack refuses the token."""
        address = await self._first_address()
        # The default client of the handler would carry the bot's token.
        handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=SILENT, web_client=self._client, ping_interval=_PING
        )
        self._handler = handler
        handler.client.wss_uri = address
        try:
            await handler.client.connect()  # type: ignore[no-untyped-call]
            while True:
                self._note(connected=await handler.client.is_connected())
                # The real time: the library's own monitor reconnects by it.
                await asyncio.sleep(_LOOK)
        finally:
            await self.close()

    async def _first_address(self) -> str:
        """Ask for the first socket ourselves: the library would repeat a refused token for ever."""
        while True:
            try:
                return str((await self._client.apps_connections_open(app_token=self._app_token))["url"])
            except SlackApiError as error:
                if name := error_name(error):
                    raise GiveUp(f"Slack refused SLACK_APP_TOKEN ({name}). {_WHAT_TO_DO}") from None
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("slack could not be reached", extra={"error": type(error).__name__})
            await self._clock.sleep(_AGAIN)

    def _note(self, *, connected: bool) -> None:
        if connected is not self.is_connected:
            log.info("socket connected" if connected else "socket lost")
        self.is_connected = connected

    async def close(self) -> None:
        """Let go of the socket; twice does no harm."""
        handler, self._handler = self._handler, None
        self.is_connected = False
        if handler is not None:
            await handler.client.close()  # type: ignore[no-untyped-call]
