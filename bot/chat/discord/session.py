"""The login that sending needs: one client that never connects to the gateway, made when it is first used."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import discord

from bot.chat.discord.bucket import TokenBucket
from bot.chat.discord.endpoint import prepare
from bot.chat.discord.errors import REFUSED
from bot.chat.discord.send import Sender
from bot.chat.discord.settings import DiscordSettings
from bot.chat.discord.wire import Wire, one_attempt_trace
from bot.ports.running import Clock

log = logging.getLogger(__name__)
#: The least that the library takes: a bucket that is empty for longer than this is an error, not a sleep.
LONGEST_BUCKET_WAIT = 30.0
#: Sends that come within this time after a failed login fail with it.
LOGIN_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class NoLogin:
    """Logging in did not work."""

    why: str
    #: The token is wrong: trying again changes nothing.
    refused: bool = False


class Session:
    """Logs in once, again where that failed; all calls share one token bucket."""

    def __init__(self, settings: DiscordSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._bucket = TokenBucket(settings.token_rate)
        self._lock = asyncio.Lock()
        self._client: discord.Client | None = None
        self._sender: Sender | None = None
        self._failed: tuple[datetime, NoLogin] | None = None
        #: The token was refused: nothing is asked with it again in this process.
        self.refused = False

    async def sender(self) -> Sender | NoLogin:
        """Return what sends, logged in."""
        async with self._lock:
            if self.refused:
                return NoLogin(REFUSED, refused=True)
            if self._failed is not None and self._clock.now() < self._failed[0] + LOGIN_AGAIN:
                return self._failed[1]
            return self._sender or await self._log_in()

    async def _log_in(self) -> Sender | NoLogin:
        prepare(self._settings.api_url)
        client = discord.Client(
            intents=discord.Intents(guilds=True),
            http_trace=one_attempt_trace(),
            max_ratelimit_timeout=LONGEST_BUCKET_WAIT,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        problem = await self._try(client)
        if problem is not None or client.user is None:
            await client.close()
            problem = problem or NoLogin("Discord did not say who we are")
            self._failed = self._clock.now(), problem
            return problem
        timeout = self._settings.timeout.total_seconds()
        self._client = client
        self._sender = Sender(Wire(client.http, self._bucket, timeout), client.user.id, self._clock)
        return self._sender

    async def _try(self, client: discord.Client) -> NoLogin | None:
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()):
                await client.login(self._settings.token)
        except discord.LoginFailure:
            self.refused = True
            log.warning("Discord refuses the token")
            return NoLogin(REFUSED, refused=True)
        except Exception as error:  # discord.py documents no closed list; whatever it is, nothing was sent
            log.warning("login to Discord failed", extra={"error": type(error).__name__})
            return NoLogin(f"logging in to Discord failed ({type(error).__name__})")
        return None

    def refuse(self) -> None:
        """Remember that the token was revoked, so that no further request is wasted on it."""
        self.refused = True

    def forget(self, channel: int) -> None:
        """Ask anew what kind of place a channel is: it was changed."""
        if self._sender is not None:
            self._sender.places.forget(channel)

    async def close(self) -> None:
        """Let go of the connection."""
        async with self._lock:
            client, self._client, self._sender = self._client, None, None
            if client is not None:
                await client.close()
