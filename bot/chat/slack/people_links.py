"""What people linked to lately in a channel: a post of it goes into their thread instead of beside it.

History is read at most once a channel and minute, and kept for that minute in memory; nothing of it is stored.
"""

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.chat.slack.authorization import Identity, Workspaces
from bot.chat.slack.commands import unescape
from bot.domain.links import canonical_url, is_front_page
from bot.domain.message import Message, MessageKind
from bot.domain.model import Channel
from bot.ports.running import Clock

log = logging.getLogger(__name__)
Json = dict[str, Any]
LATELY = timedelta(hours=24)
_BELIEVED = timedelta(minutes=1)
#: One page, the newest: an older link is out of sight anyway.
_PAGE = 200
#: As Slack writes a link that somebody typed: `<https://a.example/x>`, `<https://a.example/x|label>`.
_LINK = re.compile(r"<(https?://[^\s|>]+)(?:\|[^>]*)?>")


@dataclass(frozen=True, slots=True)
class _Read:
    at: datetime
    #: The message of the person who was first, by the link's canonical form.
    threads: Mapping[str, str]


class PeopleLinks:
    """Finds the thread that an announcement belongs into."""

    def __init__(self, workspaces: Workspaces, clock: Clock) -> None:
        self._workspaces = workspaces
        self._clock = clock
        self._read: dict[Channel, _Read] = {}

    async def thread_of(self, identity: Identity, message: Message) -> str | None:
        """Return the message of a person who posted the same link; None where nobody did, or it cannot be seen."""
        if not is_respectful(message):
            return None
        urls = [one.post.url for one in message.announcements if one.post.url]
        links = {canonical_url(url) for url in urls if not is_front_page(url)}
        threads = await self._threads(identity, message.channel) if links else {}
        return next((threads[link] for link in links if link in threads), None)

    async def _threads(self, identity: Identity, channel: Channel) -> Mapping[str, str]:
        now = self._clock.now()
        known = self._read.get(channel)
        if known is None or now - known.at >= _BELIEVED:
            known = _Read(now, await self._ask(identity, channel, now - LATELY))
            self._read = {c: r for c, r in self._read.items() if now - r.at < _BELIEVED} | {channel: known}
        return known.threads

    async def _ask(self, identity: Identity, channel: Channel, since: datetime) -> Mapping[str, str]:
        client = self._workspaces.client_for(identity.token)
        try:
            page = await client.conversations_history(
                channel=channel.id, oldest=f"{since.timestamp():.6f}", limit=_PAGE
            )
            return threads_by_link(page["messages"])
        except (SlackApiError, aiohttp.ClientError, TimeoutError, KeyError, TypeError, AttributeError) as error:
            # Without history the post stands beside what people wrote, as it does by default.
            log.info("history was not read", extra={"channel": str(channel), "error": type(error).__name__})
            return {}


def is_respectful(message: Message) -> bool:
    """Whether the message may go into a thread of people: a single post that has no thread of its own."""
    return message.options.respect_people and message.kind is MessageKind.POST and message.target is None


def threads_by_link(said: Collection[Json]) -> Mapping[str, str]:
    """Return who was first with each link, out of a page of history. Apps are no people, nor are joins and topics."""
    found: dict[str, str] = {}
    for one in sorted(said, key=lambda each: str(each["ts"]), reverse=True):
        if one.get("bot_id") or one.get("subtype") or not one.get("user"):
            continue
        # A site's front page names no post.
        for link in _LINK.findall(str(one.get("text") or "")):
            if not is_front_page(url := unescape(link)):
                found[canonical_url(url)] = str(one["ts"])
    return found
