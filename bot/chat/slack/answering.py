"""How an answer reaches the person who asked: a modal, the address Slack gave for answers, or an ephemeral message."""

import logging

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chat.slack.authorization import Workspaces
from bot.chat.slack.commands import Asked
from bot.chat.slack.library import SILENT, is_response_url
from bot.chat.slack.refusals import error_name
from bot.chat.slack.replies import FormOrigin, render_form, render_reply
from bot.domain.reply import Reply
from bot.domain.unsaid import Text

log = logging.getLogger(__name__)

_TOO_LATE = Text("That took too long for a form to open. Please try again.")


class Answering:
    """Delivers replies."""

    def __init__(self, workspaces: Workspaces, session: aiohttp.ClientSession, api_url: str | None) -> None:
        self._workspaces = workspaces
        self._session = session
        self._api_url = api_url

    async def deliver(self, asked: Asked, reply: Reply) -> None:
        """Show a reply. Where that fails nothing else can be told to the person; it is logged."""
        try:
            if reply.form is None:
                await self._say(asked, reply)
            elif not await self._open_form(asked, reply):
                await self._say(asked, Reply(text=reply.text or reply.say(_TOO_LATE), say=reply.say))
        except (SlackApiError, aiohttp.ClientError, TimeoutError, AttributeError) as error:
            log.warning("an answer was lost", extra={"channel": str(asked.channel), "error": type(error).__name__})

    async def _open_form(self, asked: Asked, reply: Reply) -> bool:
        """Return False where the three seconds in which a form may open are over."""
        client = await self._workspaces.client(asked.channel.workspace)
        if client is None or reply.form is None or not asked.trigger:
            return False
        origin = FormOrigin(
            action=reply.form.action,
            channel=asked.channel.id,
            channel_name=asked.channel_name,
            response_url=asked.response_url,
        )
        try:
            await client.views_open(trigger_id=asked.trigger, view=render_form(reply.say, reply.form, origin))
        except SlackApiError as error:
            log.warning("a form did not open", extra={"error": error_name(error)})
            return False
        return True

    async def _say(self, asked: Asked, reply: Reply) -> None:
        body = render_reply(reply)
        kind = "in_channel" if reply.public else "ephemeral"
        if asked.response_url and is_response_url(asked.response_url, self._api_url):
            # Only a press on our own ephemeral reply has something that may be replaced.
            replaces = reply.replace and asked.text is None and asked.message is None
            client = AsyncWebhookClient(asked.response_url, session=self._session, logger=SILENT, retry_handlers=[])
            sent = await client.send_dict({**body, "response_type": kind, "replace_original": replaces})
            if sent.status_code == 200:
                return
        await self._say_in_channel(asked, body)

    async def _say_in_channel(self, asked: Asked, body: dict[str, object]) -> None:
        client = await self._workspaces.client(asked.channel.workspace)
        if client is not None:
            await client.api_call(
                "chat.postEphemeral", json={**body, "channel": asked.channel.id, "user": asked.who.user}
            )
