"""One attempt to send a message, and the look for what an earlier attempt left. Nothing here repeats anything."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.chat.slack.authorization import Identity, Workspaces
from bot.chat.slack.direct import DirectMessages
from bot.chat.slack.errors import meaning_of
from bot.chat.slack.people_links import LATELY, PeopleLinks, is_respectful
from bot.chat.slack.render import render
from bot.domain.closing import person_of
from bot.domain.message import (
    Absent,
    CannotLook,
    Found,
    LookUp,
    Message,
    MessageKind,
    NotSent,
    Outcome,
    Sent,
    Undeliverable,
    Unknown,
)
from bot.domain.model import MessageRef
from bot.ports.running import Clock

Json = dict[str, Any]
log = logging.getLogger(__name__)

#: Names our messages in metadata. Anybody in a workspace can read it: nothing but the opaque key is in there.
EVENT_TYPE = "tidings_message"
#: Clocks differ: history is read from this long before the first attempt.
_BEFORE = timedelta(seconds=60)
_PAGE = 200
_PAGES = 50
#: Where Slack says "slow down" without saying for how long.
_SLOW_DOWN = 10.0
_ASKED_TO_WAIT = "Slack asked to wait before reading history again."
NOT_INSTALLED = "Tidings is not installed in this workspace."
#: Refused before a byte of the request was written.
_NOT_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Sender:
    """Sends messages of the outbox."""

    def __init__(self, workspaces: Workspaces, links: PeopleLinks, direct: DirectMessages, clock: Clock) -> None:
        self._workspaces = workspaces
        self._links = links
        self._direct = direct
        self._clock = clock
        #: The token that was refused in a workspace, and with what: it is not asked with again before `believe`.
        self._refused: dict[str, tuple[str, Undeliverable]] = {}
        #: History of a workspace is not read before then. Slack limits each method by itself.
        self._read_after: dict[str, datetime] = {}

    def believe(self, workspace: str) -> None:
        """Use a workspace's token again: it was accepted."""
        self._refused.pop(workspace, None)

    async def send(self, message: Message) -> Outcome:
        """Make one attempt; what Slack answers becomes an outcome, never an exception."""
        try:
            message = await self._addressed(message)
        except SlackApiError as error:
            # A notice to one person that cannot be delivered says nothing about the workspace.
            refused = _refused(error, message, may_be_posted=False)
            return replace(refused, what="channel") if isinstance(refused, Undeliverable) else refused
        except (aiohttp.ClientError, TimeoutError) as error:
            return NotSent(f"Slack could not be reached: {type(error).__name__}.", scope="workspace")
        return await self._send(message)

    async def _addressed(self, message: Message) -> Message:
        """Return the message with the conversation's id in place of the person's."""
        person = person_of(message.channel)
        if person is None:
            return message
        place = await self._direct.channel(message.channel.workspace, person)
        return replace(message, channel=replace(message.channel, id=place))

    async def _send(self, message: Message) -> Outcome:
        try:
            identity = await self._workspaces.identity(message.channel.workspace)
        except SlackApiError as error:
            return _refused(error, message, may_be_posted=False)
        except (aiohttp.ClientError, TimeoutError) as error:
            return NotSent(f"Slack could not be reached: {type(error).__name__}.", scope="workspace")
        if identity is None:
            return Undeliverable(NOT_INSTALLED, "installation")
        token, refusal = self._refused.get(identity.workspace, ("", None))
        if refusal is not None and token == identity.token:
            return refusal
        outcome = await self._attempt(identity, message)
        if isinstance(outcome, Undeliverable) and outcome.what == "installation":
            self._refused[identity.workspace] = identity.token, outcome
            self._workspaces.forget(identity.workspace)
        return outcome

    async def _attempt(self, identity: Identity, message: Message) -> Outcome:
        method, body = request_of(message)
        if thread := await self._links.thread_of(identity, message):
            outcome = await self._call(identity, message, method, body | {"thread_ts": thread})
            if not (isinstance(outcome, Undeliverable) and outcome.what == "thread"):
                return outcome
        return await self._call(identity, message, method, body)

    async def _call(self, identity: Identity, message: Message, method: str, body: Json) -> Outcome:
        try:
            said = await self._workspaces.client_for(identity.token).api_call(method, json=body)
            return Sent(MessageRef(str(said["ts"])))
        except SlackApiError as error:
            return _refused(error, message, may_be_posted=True)
        except _NOT_WRITTEN as error:
            return NotSent(f"Slack could not be reached: {type(error).__name__}.", scope="platform")
        except Exception as error:
            return Unknown(f"Slack's answer was lost: {type(error).__name__}.")

    async def find_sent(self, message: Message) -> LookUp:
        """Look for a message by its key in the channel's history; edits and removals may simply be repeated."""
        if message.kind not in (MessageKind.POST, MessageKind.DIGEST, MessageKind.NOTICE):
            return Absent()
        workspace = message.channel.workspace
        wait = (self._read_after.get(workspace, self._clock.now()) - self._clock.now()).total_seconds()
        if wait > 0:
            return CannotLook(_ASKED_TO_WAIT, for_now=True, retry_after=wait)
        try:
            message = await self._addressed(message)
            identity = await self._workspaces.identity(workspace)
            return CannotLook(NOT_INSTALLED) if identity is None else await self._look(identity, message)
        except SlackApiError as error:
            name = error_name(error)
            meaning, why = meaning_of(name)
            if _status(error) == 429 or "limit" in name:
                seconds = _retry_after(error) or _SLOW_DOWN
                self._read_after[workspace] = self._clock.now() + timedelta(seconds=seconds)
                return CannotLook(_ASKED_TO_WAIT, for_now=True, retry_after=seconds)
            return CannotLook(why, for_now=meaning in ("retry", "unknown") or not name)
        except (aiohttp.ClientError, TimeoutError, AttributeError, KeyError, TypeError, ValueError) as error:
            return CannotLook(f"Slack's answer was lost: {type(error).__name__}.", for_now=True)

    async def _look(self, identity: Identity, message: Message) -> LookUp:
        client = self._workspaces.client_for(identity.token)
        oldest = message.first_attempt_at - _BEFORE
        # In a thread our message is not in the channel's history, and the thread may be as old as a link that counts.
        since = oldest - LATELY if is_respectful(message) else oldest
        threads: list[str] = []
        cursor = None
        for _ in range(_PAGES):
            asked: dict[str, Any] = {
                "channel": message.channel.id,
                "oldest": _ts(since),
                "limit": _PAGE,
                "cursor": cursor,
            }
            if message.target:
                page = await client.conversations_replies(ts=message.target, include_all_metadata=True, **asked)
            else:
                page = await client.conversations_history(include_all_metadata=True, **asked)
            if ref := _ours(page["messages"], identity, message.key):
                return Found(ref)
            threads += [str(one["ts"]) for one in page["messages"] if str(one.get("latest_reply") or "") >= _ts(oldest)]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return await self._look_in_threads(identity, message, threads, oldest)
        return CannotLook("Too much was written in the channel since the first attempt.")

    async def _look_in_threads(
        self, identity: Identity, message: Message, threads: list[str], oldest: datetime
    ) -> LookUp:
        client = self._workspaces.client_for(identity.token)
        for thread in threads if is_respectful(message) else ():
            page = await client.conversations_replies(
                channel=message.channel.id, ts=thread, oldest=_ts(oldest), include_all_metadata=True, limit=_PAGE
            )
            if ref := _ours(page["messages"], identity, message.key):
                return Found(ref)
            if page.get("has_more"):
                return CannotLook("Too much was written in a thread since the first attempt.")
        return Absent()


def _ts(when: datetime) -> str:
    return f"{when.timestamp():.6f}"


def request_of(message: Message) -> tuple[str, dict[str, Any]]:
    """Return the method and its arguments for one message."""
    channel = message.channel.id
    if message.kind is MessageKind.DELETE:
        return "chat.delete", {"channel": channel, "ts": message.target}
    payload = render(message)
    body: dict[str, Any] = {
        "channel": channel,
        "text": payload.text,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": message.key}},
        # Links in blocks unfold by default.
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if payload.blocks:
        body["blocks"] = list(payload.blocks)
    if message.kind is MessageKind.EDIT:
        # A text without blocks would take the blocks away.
        return "chat.update", body | {"ts": message.target, "blocks": list(payload.blocks)}
    # A post with a target goes into the thread of that digest.
    return "chat.postMessage", body | ({"thread_ts": message.target} if message.target else {})


def _ours(messages: list[dict[str, Any]], identity: Identity, key: str) -> MessageRef | None:
    """Return the message with our key. Other apps may write the same metadata: only our own bot's count."""
    for said in messages:
        metadata = said.get("metadata") or {}
        is_key = metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload", {}).get("key") == key
        if is_key and said.get("bot_id") == identity.bot_id:
            return MessageRef(str(said["ts"]))
    return None


def error_name(error: SlackApiError) -> str:
    """Return the error Slack named; empty where the answer was not the JSON expected."""
    data = getattr(error.response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def _status(error: SlackApiError) -> int:
    # slack_sdk passes its own response, or aiohttp's where the body was no JSON.
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))


def _retry_after(error: SlackApiError) -> float | None:
    try:
        return float(error.response.headers["Retry-After"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _refused(error: SlackApiError, message: Message, *, may_be_posted: bool) -> Outcome:
    name, status = error_name(error), _status(error)
    if status == 429:
        return NotSent("Slack asked to slow down.", _retry_after(error) or _SLOW_DOWN, "workspace")
    if not name or status >= 500:
        why = f"Slack answered {status} without saying what became of the message."
        return Unknown(why) if may_be_posted else NotSent(why, scope="workspace")
    if name == "message_not_found" and message.kind is MessageKind.DELETE:
        return Sent(message.target or MessageRef(""))
    return _outcome(name, may_be_posted=may_be_posted)


def _outcome(name: str, *, may_be_posted: bool) -> Outcome:
    meaning, why = meaning_of(name)
    match meaning:
        case "retry":
            return NotSent(why, _SLOW_DOWN if "limit" in name else None, "workspace")
        case "unknown":
            return Unknown(why) if may_be_posted else NotSent(why, scope="workspace")
        case "channel":
            return Undeliverable(why, "channel")
        case "installation":
            return Undeliverable(why, "installation")
        case "thread":
            return Undeliverable(why, "thread")
        case "message":
            log.error("slack refused a message of ours", extra={"error": name})
            return Undeliverable(why, "message")
