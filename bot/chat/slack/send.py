"""One attempt to send a message. Nothing here repeats anything."""

import logging
from dataclasses import replace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.chat.slack.authorization import Identity, Workspaces
from bot.chat.slack.direct import DirectMessages
from bot.chat.slack.errors import meaning_of
from bot.chat.slack.people_links import PeopleLinks
from bot.chat.slack.refusals import SLOW_DOWN, error_name, status_of, wait_asked
from bot.chat.slack.render import render
from bot.domain.message import Message, MessageKind, NotSent, Outcome, Sent, Undeliverable, Unknown
from bot.domain.model import MessageRef
from bot.domain.unsaid import stored

Json = dict[str, Any]
log = logging.getLogger(__name__)

#: Names our messages in metadata. Anybody in a workspace can read it: nothing but the opaque key is in there.
EVENT_TYPE = "tidings_message"
NOT_INSTALLED = stored("Tidings is not installed in this workspace.")
#: Refused before a byte of the request was written.
_NOT_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Sender:
    """Sends messages of the outbox."""

    def __init__(self, workspaces: Workspaces, links: PeopleLinks, direct: DirectMessages) -> None:
        self._workspaces = workspaces
        self._links = links
        self._direct = direct
        #: The token that was refused in a workspace, and with what: it is not asked with again before `believe`.
        self._refused: dict[str, tuple[str, Undeliverable]] = {}

    def believe(self, workspace: str) -> None:
        """Use a workspace's token again: it was accepted."""
        self._refused.pop(workspace, None)

    async def send(self, message: Message) -> Outcome:
        """Make one attempt; what Slack answers becomes an outcome, never an exception."""
        try:
            message = await self._direct.addressed(message)
        except SlackApiError as error:
            # A notice to one person that cannot be delivered says nothing about the workspace.
            refused = _refused(error, message, may_be_posted=False)
            return replace(refused, what="channel") if isinstance(refused, Undeliverable) else refused
        except (aiohttp.ClientError, TimeoutError) as error:
            return NotSent(_unreached(error), scope="workspace")
        return await self._send(message)

    async def _send(self, message: Message) -> Outcome:
        try:
            identity = await self._workspaces.identity(message.channel.workspace)
        except SlackApiError as error:
            return _refused(error, message, may_be_posted=False)
        except (aiohttp.ClientError, TimeoutError) as error:
            return NotSent(_unreached(error), scope="workspace")
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
            return NotSent(_unreached(error), scope="platform")
        except Exception as error:
            return Unknown(stored("Slack's answer was lost: {error}.", error=type(error).__name__))


def _unreached(error: Exception) -> str:
    return stored("Slack could not be reached: {error}.", error=type(error).__name__)


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


def _refused(error: SlackApiError, message: Message, *, may_be_posted: bool) -> Outcome:
    name, status = error_name(error), status_of(error)
    if status == 429:
        return NotSent("Slack asked to slow down.", wait_asked(error), "workspace")
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
            return NotSent(why, SLOW_DOWN if "limit" in name else None, "workspace")
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
