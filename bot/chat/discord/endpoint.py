"""Where Discord is: discord.py keeps its addresses in class attributes, so they are the process's, not a client's."""

import logging
from urllib.parse import urlsplit

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.domain.errors import GiveUp

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def prepare(api_url: str | None) -> None:
    """Point discord.py at *api_url* where one is given, and keep it from logging what is secret."""
    if api_url is not None:
        Route.BASE = _loopback(api_url)
    # Voice is never used; without this the library warns twice that its codecs are missing.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    # At DEBUG it writes whole bodies, and addresses that hold interaction tokens.
    for name in ("discord.http", "discord.webhook.async_", "discord.gateway"):
        logging.getLogger(name).setLevel(logging.INFO)


def point_gateway(url: str) -> None:
    """Connect to the gateway at *url*: only for a REST API that is another one, too."""
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(_loopback(url))


def _loopback(url: str) -> str:
    # A token must not leave this machine for an address that somebody set by mistake.
    if urlsplit(url).hostname not in LOOPBACK:
        raise GiveUp("DISCORD_API_URL may only name this machine, as in http://127.0.0.1:8765/api/v10.")
    return url.rstrip("/") if url.startswith("http") else url
