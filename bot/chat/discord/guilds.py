"""A server's life: joined, gone for a while, left, left while we were offline, back; and its channels' lives.

Nothing is deleted here: a closed channel keeps its queue and its subscriptions for as long as the core's retention
says, and goes on where it stopped when the bot is invited again.
"""

import logging
from collections.abc import Collection
from typing import Any

import discord

from bot.chat.discord.errors import GONE, NO_ACCESS, NO_PERMISSION, REFUSED
from bot.chat.discord.rights import lacking
from bot.domain.model import Channel
from bot.domain.unsaid import stored
from bot.ports.channels import ChannelStates
from bot.ports.running import Clock

log = logging.getLogger(__name__)
PLATFORM = "discord"
LEFT = stored("Tidings was removed from this server; invite it again and it goes on.")
#: What being back, or having a token again, puts right at once.
ABOUT_THE_SERVER = frozenset({LEFT, f"{REFUSED}."})
#: What a change of rights may put right.
ABOUT_RIGHTS = frozenset({f"{NO_ACCESS}.", f"{NO_PERMISSION}."})


class GuildLife:
    """Tells the core which channels it can no longer reach, and which it can again."""

    def __init__(self, states: ChannelStates, clock: Clock) -> None:
        self._states = states
        self._clock = clock

    async def ready(self, present: Collection[int]) -> None:
        """Compare the servers we are in with those we know. May come many times in one session."""
        here = {str(guild) for guild in present}
        for workspace in await self._states.workspaces(PLATFORM):
            if workspace in here:
                await self._returned(workspace)
            else:
                await self._close(workspace)

    async def joined(self, guild: int) -> None:
        """Go on where we stopped, without a word: nobody asked for one."""
        await self._returned(str(guild))

    async def removed(self, guild: int) -> None:
        await self._close(str(guild))

    async def channel_gone(self, guild: int, channel: int) -> None:
        where = Channel(platform=PLATFORM, workspace=str(guild), id=str(channel))
        await self._states.close_channel(where, f"{GONE}.", self._clock.now())

    async def rights_changed(self, guild: discord.Guild) -> None:
        """Open the channels of a server again in which nothing is lacking any more."""
        closed = await self._states.closed(PLATFORM, str(guild.id))
        for channel, why in closed.items():
            if why in ABOUT_RIGHTS and _is_whole(guild, guild.get_channel_or_thread(int(channel.id))):
                await self._states.reopen_channel(channel, self._clock.now())

    async def _returned(self, workspace: str) -> None:
        await self._states.returned(PLATFORM, workspace)
        await self._reopen(workspace, ABOUT_THE_SERVER)

    async def _reopen(self, workspace: str, reasons: Collection[str]) -> None:
        for channel, why in (await self._states.closed(PLATFORM, workspace)).items():
            if why in reasons:
                await self._states.reopen_channel(channel, self._clock.now())

    async def _close(self, workspace: str) -> None:
        log.info("not in this server any more", extra={"workspace": workspace})
        await self._states.close_workspace(PLATFORM, workspace, LEFT, self._clock.now())


def _is_whole(guild: discord.Guild, channel: Any) -> bool:
    if channel is None or guild.me is None:
        return False
    return not lacking(channel.permissions_for(guild.me), in_thread=isinstance(channel, discord.Thread))
