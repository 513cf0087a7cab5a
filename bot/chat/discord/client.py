"""The gateway's client: hears of commands and of servers, and hands both on. It lives for one connection's life."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date
from typing import Any

import discord
from discord.gateway import KeepAliveHandler

from bot.chat.discord.buttons import ActionButton, PostMenu
from bot.chat.discord.front import Front
from bot.chat.discord.guilds import GuildLife
from bot.chat.discord.settings import DiscordSettings
from bot.chat.discord.tree import Tree, fill
from bot.chat.discord.unbroken import unbroken
from bot.commands.command import Command
from bot.ports.running import Clock, Counts

log = logging.getLogger(__name__)
IDENTIFIES = "discord-identify"
#: Discord lets a bot identify itself once in five seconds.
BETWEEN_IDENTIFIES = 5.0
CLOSE_WITHIN = 2.0
#: How the library names the tasks in which it runs handlers of events, commands and buttons. It awaits none of them.
LIBRARY_TASKS = ("discord.py: ", "CommandTree-invoker", "discord-ui-")


class TooManyIdentifies(Exception):
    """Going on would let Discord reset the token."""


class IdentifyBudget:
    """Counts every IDENTIFY by day, over restarts: a crash loop must not spend the token's 1,000."""

    def __init__(self, counts: Counts, clock: Clock, ceiling: int) -> None:
        self._counts = counts
        self._clock = clock
        self._ceiling = ceiling

    async def spend(self) -> None:
        """Count one; raise TooManyIdentifies where it would be one too many."""
        if await unbroken(self._counts.add(IDENTIFIES, self._today())) > self._ceiling:
            raise TooManyIdentifies

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()


class GatewayClient(discord.Client):
    """Intents: guilds alone, the least. Interactions come without any."""

    def __init__(
        self,
        *,
        table: Sequence[Command],
        front: Front,
        life: GuildLife,
        budget: IdentifyBudget,
        clock: Clock,
        settings: DiscordSettings,
        forget: Callable[[int], None],
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=30.0,
            guild_ready_timeout=settings.servers_within,
        )
        self.front = front
        self._life = life
        self._budget = budget
        self._clock = clock
        self._forget = forget
        self.tree = Tree(self, front)
        fill(self.tree, table, front, open_to_all=bool(settings.manager_roles))
        self._leaving = False
        self._mends_within = settings.mends_within
        #: Runs while a lost line is being mended by the library; None where nothing is connected.
        self._patience: asyncio.Timeout | None = None
        #: Set once the first READY was worked through.
        self.is_serving = asyncio.Event()

    async def setup_hook(self) -> None:
        self.add_dynamic_items(ActionButton, PostMenu)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        # The library reports READY by a timer of its own, even after the connection was closed.
        if not self._leaving:
            super().dispatch(event, *args, **kwargs)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected; raises TimeoutError where the library has not mended a lost line in time."""
        # Its waits double up to 17 minutes, and nobody is served meanwhile. A new client asks again much sooner.
        try:
            async with asyncio.timeout(None) as self._patience:
                await super().connect(reconnect=reconnect)
        finally:
            self._patience = None

    async def on_disconnect(self) -> None:
        if self._patience is not None and self._patience.when() is None:
            self._patience.reschedule(asyncio.get_running_loop().time() + self._mends_within)

    async def on_connect(self) -> None:
        if self._patience is not None:
            self._patience.reschedule(None)

    async def on_resumed(self) -> None:
        await self.on_connect()

    async def leave(self, grace: float) -> None:
        """Hear nothing new, give what is under way *grace* seconds to answer, close."""
        self._leaving = True
        doing = [task for task in asyncio.all_tasks() if task.get_name().startswith(LIBRARY_TASKS)]
        if doing:
            await asyncio.wait(doing, timeout=grace)
        await self._close_lost_lines()
        await self.close()

    async def _close_lost_lines(self) -> None:
        # Where a handshake ends after the gateway's HELLO, the library forgets the connection it opened, and the thread
        # of heartbeats it started for it.
        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler) and thread.ws._connection is self._connection:
                thread.stop()
                with contextlib.suppress(TimeoutError, OSError):
                    async with asyncio.timeout(CLOSE_WITHIN):
                        await thread.ws.close(code=1000)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        await self._budget.spend()
        if not initial:
            await self._clock.sleep(BETWEEN_IDENTIFIES)

    # -- interactions ---------------------------------------------------------------------------
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        # Commands go to the tree, buttons to the dynamic items; forms are stateless as well, so that they outlive us.
        if interaction.type is discord.InteractionType.modal_submit:
            await self.front.submit(interaction)

    # -- servers --------------------------------------------------------------------------------
    async def on_ready(self) -> None:
        log.info("connected to Discord", extra={"servers": len(self.guilds)})
        await self._life.ready([guild.id for guild in self.guilds])
        self.is_serving.set()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._life.joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self._life.removed(guild.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self._forget(channel.id)
        await self._life.channel_gone(channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        await self._life.channel_gone(payload.guild_id, payload.thread_id)

    async def on_guild_channel_update(self, _before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        self._forget(after.id)
        await self._life.rights_changed(after.guild)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        if before.permissions != after.permissions:
            await self._life.rights_changed(after.guild)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        # Never with the arguments: they hold tokens of interactions.
        log.exception("handling an event failed", extra={"event": event_method})
