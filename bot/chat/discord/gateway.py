"""Keeping the gateway connected: a new client after every end that the library does not mend itself.

discord.py reconnects and resumes by itself. What ends its `connect`: a failed first handshake (discord.py #10520), an
event it cannot read, and close codes that no retry can change.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import discord

from bot.chat.discord.client import GatewayClient, TooManyIdentifies
from bot.chat.discord.endpoint import point_gateway, prepare
from bot.chat.discord.errors import REFUSED
from bot.chat.discord.settings import DiscordSettings
from bot.domain.errors import GiveUp
from bot.ports.chat import Health
from bot.ports.running import Clock

log = logging.getLogger(__name__)
#: Authentication failed, invalid shard, sharding required, invalid version, invalid and disallowed intents.
FATAL = {4004: f"{REFUSED}.", 4010: "", 4011: "Discord demands sharding", 4012: "", 4013: "", 4014: ""}
#: A connection that lasted so long was a good one: the next wait is short again.
CALM = timedelta(minutes=10)
#: At fewer sessions left than this, Discord's own count is believed rather than ours.
SESSIONS_LEFT = 20
#: Seconds for answers under way when we stop; with the sends' own time-out it is below what hosts allow.
GRACE = 5.0


class Gateway:
    """Runs one client after another; `prepared` is done with each after its login."""

    def __init__(
        self,
        settings: DiscordSettings,
        clock: Clock,
        make: Callable[[], GatewayClient],
        prepared: Callable[[GatewayClient], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._make = make
        self._prepared = prepared
        self._client: GatewayClient | None = None
        #: Why nobody is served; empty before `run`, since another process may serve.
        self._why = ""

    def health(self) -> Health:
        client = self._client
        if not self._why:
            return Health(ok=True)
        if client is not None and client.is_serving.is_set() and client.ws is not None and client.ws.open:
            return Health(ok=True)
        return Health(ok=False, why=self._why)

    async def run(self) -> None:
        """Stay connected until cancelled. Raises GiveUp when no retry can help."""
        prepare(self._settings.api_url)
        self._why = "connecting to Discord"
        wait = self._settings.first_wait
        while True:
            began = self._clock.now()
            try:
                await self._serve()
                self._why = "the connection to Discord ended"
            except TooManyIdentifies:
                self._why = "connected too often today: waiting for tomorrow, so that Discord does not reset the token"
                log.warning(self._why)
                await self._clock.sleep(until_tomorrow(self._clock.now()))
                continue
            except Exception as error:
                self._why = self._judge(error)
            if self._clock.now() - began > CALM:
                wait = self._settings.first_wait
            await self._clock.sleep(wait * (0.5 + random.random() / 2))
            wait = min(2 * wait, self._settings.longest_wait)

    async def _serve(self) -> None:
        """One client's life."""
        client = self._client = self._make()
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds() * 2):
                await client.login(self._settings.token)
                await self._look_around(client)
                await self._prepared(client)
            await client.connect(reconnect=True)
        finally:
            self._client = None
            await asyncio.shield(client.leave(GRACE))

    async def _look_around(self, client: GatewayClient) -> None:
        """Ask where the gateway is and how many sessions are left; a plain client does not."""
        _, url, limit = await client.http.get_bot_gateway()
        if self._settings.api_url is not None:
            point_gateway(url)
        if limit["remaining"] < SESSIONS_LEFT:
            raise TooManyIdentifies

    def _judge(self, error: Exception) -> str:
        """Return why the connection ended; raise GiveUp where it is no use to connect again."""
        match error:
            case discord.LoginFailure():
                raise GiveUp(f"{REFUSED}.") from error
            case discord.PrivilegedIntentsRequired():
                raise GiveUp("Discord refuses our intents; Tidings asks for none that is privileged.") from error
            case discord.ConnectionClosed(code=code) if code in FATAL:
                raise GiveUp(FATAL[code] or f"Discord refuses the connection (close code {code}).") from error
            case discord.HTTPException(status=status):
                log.warning("connecting to Discord failed", extra={"status": status})
                return f"Discord answered {status}"
            case _:
                log.warning("the connection to Discord broke", exc_info=error)
                return f"the connection to Discord broke ({type(error).__name__})"


def until_tomorrow(now: datetime) -> float:
    """Return the seconds until the next day begins in UTC."""
    tomorrow = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - now).total_seconds()
