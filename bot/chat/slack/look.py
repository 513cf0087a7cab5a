"""The look for what an earlier attempt left: our key in the metadata of the channel's history."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.authorization import Identity, Workspaces
from bot.chat.slack.direct import DirectMessages
from bot.chat.slack.errors import meaning_of
from bot.chat.slack.people_links import LATELY, is_respectful
from bot.chat.slack.refusals import error_name, status_of, wait_asked
from bot.chat.slack.send import EVENT_TYPE, NOT_INSTALLED
from bot.domain.message import Absent, CannotLook, Found, LookUp, Message, MessageKind
from bot.domain.model import MessageId, MessageRef
from bot.domain.unsaid import stored
from bot.ports.running import Clock

#: Clocks differ: history is read from this long before the first attempt, and so long past the last one.
_ASIDE = timedelta(seconds=60)
_PAGE = 200
_PAGES = 50
#: Looks that were broken off, remembered at most.
_MOST = 1000
_ASKED_TO_WAIT = stored("Slack asked to wait before reading history again.")


@dataclass(slots=True)
class _Search:
    """How far a look has come: Slack gives some apps one page of fifteen messages a minute."""

    began: datetime
    cursor: str | None = None
    pages: int = 0
    #: Messages with answers younger than our first attempt: ours may be among those.
    threads: list[str] = field(default_factory=list)


class Looker:
    """Finds messages by their keys."""

    def __init__(self, workspaces: Workspaces, direct: DirectMessages, clock: Clock) -> None:
        self._workspaces = workspaces
        self._direct = direct
        self._clock = clock
        #: History of a workspace is not read before then. Slack limits each method by itself.
        self._read_after: dict[str, datetime] = {}
        self._searches: OrderedDict[MessageId, _Search] = OrderedDict()

    async def find_sent(self, message: Message) -> LookUp:
        """Look for a message by its key in the channel's history; edits and removals may simply be repeated."""
        if message.kind not in (MessageKind.POST, MessageKind.DIGEST, MessageKind.NOTICE):
            return Absent()
        workspace = message.channel.workspace
        wait = (self._read_after.get(workspace, self._clock.now()) - self._clock.now()).total_seconds()
        if wait > 0:
            return CannotLook(_ASKED_TO_WAIT, for_now=True, retry_after=wait)
        try:
            message = await self._direct.addressed(message)
            identity = await self._workspaces.identity(workspace)
            return CannotLook(NOT_INSTALLED) if identity is None else await self._look(identity, message)
        except SlackApiError as error:
            return self._refused(error, workspace)
        except (aiohttp.ClientError, TimeoutError, AttributeError, KeyError, TypeError, ValueError) as error:
            return CannotLook(stored("Slack's answer was lost: {error}.", error=type(error).__name__), for_now=True)

    def _refused(self, error: SlackApiError, workspace: str) -> CannotLook:
        name = error_name(error)
        meaning, why = meaning_of(name)
        if status_of(error) == 429 or "limit" in name:
            seconds = wait_asked(error)
            self._read_after[workspace] = self._clock.now() + timedelta(seconds=seconds)
            return CannotLook(_ASKED_TO_WAIT, for_now=True, retry_after=seconds)
        return CannotLook(why, for_now=meaning in ("retry", "unknown") or not name)

    async def _look(self, identity: Identity, message: Message) -> LookUp:
        search = self._search(message)
        found = await self._read_on(identity, message, search)
        # Only a look that was broken off by an error goes on where it was.
        self._searches.pop(message.id, None)
        return found

    def _search(self, message: Message) -> _Search:
        """Return the look that was broken off, or a new one."""
        now = self._clock.now()
        search = self._searches.pop(message.id, None)
        # What may still have shown up on a page that was read already is looked for from the start.
        if search is None or search.began < (message.doubt_until or now):
            search = _Search(began=now)
        self._searches[message.id] = search
        while len(self._searches) > _MOST:
            self._searches.popitem(last=False)
        return search

    async def _read_on(self, identity: Identity, message: Message, search: _Search) -> LookUp:
        client = self._workspaces.client_for(identity.token)
        oldest = message.first_attempt_at - _ASIDE
        while search.pages < _PAGES:
            page = await _page(client, message, search.cursor)
            if ref := _ours(page["messages"], identity, message.key):
                return Found(ref)
            search.pages += 1
            search.threads += [
                str(one["ts"]) for one in page["messages"] if str(one.get("latest_reply") or "") >= _ts(oldest)
            ]
            search.cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not search.cursor:
                return await _look_in_threads(client, identity, message, search.threads)
        return CannotLook(stored("Too much was written in the channel since the first attempt."))


async def _page(client: AsyncWebClient, message: Message, cursor: str | None) -> Any:
    # In a thread our message is not in the channel's history, and the thread may be as old as a link that counts.
    since = message.first_attempt_at - _ASIDE - (LATELY if is_respectful(message) else timedelta(0))
    asked: dict[str, Any] = {
        "channel": message.channel.id,
        "oldest": _ts(since),
        "limit": _PAGE,
        "cursor": cursor,
        "include_all_metadata": True,
    }
    if message.doubt_until is not None:
        asked["latest"] = _ts(message.doubt_until + _ASIDE)
    if message.target:
        return await client.conversations_replies(ts=message.target, **asked)
    return await client.conversations_history(**asked)


async def _look_in_threads(client: AsyncWebClient, identity: Identity, message: Message, threads: list[str]) -> LookUp:
    oldest = message.first_attempt_at - _ASIDE
    for thread in threads if is_respectful(message) else ():
        page = await client.conversations_replies(
            channel=message.channel.id, ts=thread, oldest=_ts(oldest), include_all_metadata=True, limit=_PAGE
        )
        if ref := _ours(page["messages"], identity, message.key):
            return Found(ref)
        if page.get("has_more"):
            return CannotLook(stored("Too much was written in a thread since the first attempt."))
    return Absent()


def _ts(when: datetime) -> str:
    return f"{when.timestamp():.6f}"


def _ours(messages: list[dict[str, Any]], identity: Identity, key: str) -> MessageRef | None:
    """Return the message with our key. Other apps may write the same metadata: only our own bot's count."""
    for said in messages:
        metadata = said.get("metadata") or {}
        is_key = metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload", {}).get("key") == key
        if is_key and said.get("bot_id") == identity.bot_id:
            return MessageRef(str(said["ts"]))
    return None
