"""Getting into channels: joining public ones, waiting for an invitation to the others."""

import logging

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.authorization import Workspaces
from bot.chat.slack.direct import DirectMessages
from bot.chat.slack.refusals import error_name
from bot.domain.errors import NotAllowed
from bot.domain.model import Channel
from bot.domain.unsaid import Text, stored
from bot.ports.channels import ChannelStates
from bot.ports.running import Clock

log = logging.getLogger(__name__)

UNSEEN = stored(
    "I cannot see whether I am in this private channel: if I am not, type `/invite @Tidings`, and then any command "
    "of mine. (The app was installed without private channels: `tidings slack manifest --private-channels`.)"
)
INVITE = stored("I am not in this channel yet: type `/invite @Tidings`, and announcements start by themselves.")
NO_OTHER_DMS = Text("I post into channels, and into a direct message with me: open it under Apps and try again there.")


class Entrance:
    """Sees to it that what a channel follows can be posted there."""

    def __init__(self, workspaces: Workspaces, direct: DirectMessages, states: ChannelStates, clock: Clock) -> None:
        self._workspaces = workspaces
        self._direct = direct
        self._states = states
        self._clock = clock
        self._inside: set[Channel] = set()

    async def is_personal(self, channel: Channel, user: str, name: str) -> bool:
        """Return whether this is the person's direct message with the app; raises NotAllowed in other ones."""
        if not _is_direct(channel, name):
            return False
        if channel.id != await self._direct.channel(channel.workspace, user):
            raise NotAllowed(NO_OTHER_DMS)
        return True

    async def see_to(self, channel: Channel) -> str:
        """Join a channel that follows something; return what people must do where that is not possible, else ''."""
        # We are always in a direct message with us; to look at one would need a permission more.
        if channel.id.startswith("D") or not await self._states.is_followed(channel):
            return ""
        closed = channel in await self._states.closed(channel.platform, channel.workspace)
        if channel in self._inside and not closed:
            return ""
        client = await self._workspaces.client(channel.workspace)
        note = "" if client is None else await self._enter(client, channel)
        if note == INVITE:
            await self._states.close_channel(channel, note, self._clock.now(), told=True)
            return note
        if closed:
            # Somebody is at work in it, so whatever closed it may be over; if it is not, the next attempt says so.
            await self._states.reopen_channel(channel, self._clock.now())
        self._inside.add(channel)
        return note

    async def _enter(self, client: AsyncWebClient, channel: Channel) -> str:
        """Go in; return what people must do where that is not possible, else ''."""
        try:
            info = (await client.conversations_info(channel=channel.id))["channel"]
            if not info.get("is_member"):
                await client.conversations_join(channel=channel.id)
        except SlackApiError as error:
            log.info("not in a channel", extra={"channel": str(channel), "error": error_name(error)})
            # A private channel that we are not in does not exist for us.
            return UNSEEN if error_name(error) == "missing_scope" else INVITE
        except (aiohttp.ClientError, TimeoutError) as error:
            # Sending finds out; a person is not kept waiting for it.
            log.warning("could not look whether we are in a channel", extra={"error": type(error).__name__})
        return ""

    async def invited(self, channel: Channel) -> None:
        """We were let in: what waited for it starts."""
        self._inside.add(channel)
        await self._states.reopen_channel(channel, self._clock.now())

    async def shut(self, channel: Channel, why: str) -> None:
        """We were put out, or the channel is archived or gone."""
        self._inside.discard(channel)
        await self._states.close_channel(channel, why, self._clock.now())


def _is_direct(channel: Channel, name: str) -> bool:
    # A group of people has an id like a channel's; only its name tells.
    return channel.id.startswith("D") or name == "directmessage" or name.startswith("mpdm-")
