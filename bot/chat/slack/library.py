"""Slack's own libraries, set up so that they repeat nothing, log nothing and wait for no one for ever."""

import logging
from datetime import timedelta

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

#: slack_bolt logs whole refused requests at INFO, slack_sdk whole bodies at DEBUG: answers, addresses, names.
#: What of it matters is logged by us.
SILENT = logging.getLogger("bot.chat.slack.library")
SILENT.setLevel(logging.CRITICAL)

REAL_API = "https://slack.com/api/"
REAL_AUTHORIZE = "https://slack.com/oauth/v2/authorize"
REAL_HOOKS = "https://hooks.slack.com/"


def new_session(timeout: timedelta) -> aiohttp.ClientSession:
    """Return the one session of all clients; slack_sdk ignores its own time-outs where it is given a session."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout.total_seconds()))


def new_client(session: aiohttp.ClientSession, api_url: str | None, token: str | None = None) -> AsyncWebClient:
    """Return a client that makes each call once.

    By default slack_sdk repeats a call whose answer was lost, chat.postMessage included: two messages.
    """
    base = f"{(api_url or REAL_API).rstrip('/')}/"
    return AsyncWebClient(token, base_url=base, session=session, logger=SILENT, retry_handlers=[])


def authorize_url(api_url: str | None) -> str:
    """Return where people are sent to install the app."""
    return REAL_AUTHORIZE if api_url is None else f"{_origin(api_url)}/oauth/v2/authorize"


def is_response_url(url: str, api_url: str | None) -> bool:
    """Return whether answers may be posted there: Slack's own host, or that of the other address."""
    return url.startswith(REAL_HOOKS if api_url is None else f"{_origin(api_url)}/")


def _origin(api_url: str) -> str:
    return api_url.rstrip("/").removesuffix("/api")
