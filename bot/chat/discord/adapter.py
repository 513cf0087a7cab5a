"""Discord, as the core sees it: the port `Chat`. Read this first.

Two clients share one token. `Session` logs in and sends, over REST alone; `Gateway` hears commands and of servers, and
may be down, or held by another process, without a message being late.
"""

import logging
from collections.abc import Sequence

import discord

from bot.chat.discord.client import GatewayClient, IdentifyBudget
from bot.chat.discord.errors import REFUSED
from bot.chat.discord.front import Front
from bot.chat.discord.gateway import Gateway
from bot.chat.discord.guilds import PLATFORM, GuildLife
from bot.chat.discord.needs import Answers
from bot.chat.discord.session import NoLogin, Session
from bot.chat.discord.settings import DiscordSettings
from bot.chat.discord.sync import payload_of, sync
from bot.commands.command import Command
from bot.domain.errors import GiveUp
from bot.domain.language import Languages
from bot.domain.message import CannotLook, LookUp, Message, NotSent, Outcome, Undeliverable
from bot.ports.channels import ChannelStates
from bot.ports.chat import Health, Pace
from bot.ports.running import Clock, Counts, Marks

log = logging.getLogger(__name__)


class Discord:
    """Keeps bot.ports.Chat's promises."""

    platform = PLATFORM

    def __init__(
        self,
        settings: DiscordSettings,
        *,
        answers: Answers,
        table: Sequence[Command],
        states: ChannelStates,
        counts: Counts,
        marks: Marks,
        clock: Clock,
        languages: Languages | None = None,
    ) -> None:
        self._settings = settings
        self._table = table
        self._marks = marks
        self._languages = languages or Languages()
        self._clock = clock
        self._front = Front(answers, states, clock, settings, self._languages)
        self._life = GuildLife(states, clock)
        self._budget = IdentifyBudget(counts, clock, settings.identify_ceiling)
        self._session = Session(settings, clock)
        self._gateway = Gateway(settings, clock, self._client, self._prepare)
        #: Why the gateway was given up; empty while it is tried or connected.
        self._given_up = ""

    # -- sending --------------------------------------------------------------------------------
    @property
    def pace(self) -> Pace:
        settings = self._settings
        return Pace(channel=settings.rate, platform=settings.token_rate, dedupes_for=settings.nonce_window)

    async def send(self, message: Message) -> Outcome:
        """Make one attempt; it needs no gateway."""
        sender = await self._session.sender()
        if isinstance(sender, NoLogin):
            return Undeliverable(f"{sender.why}.", "installation") if sender.refused else NotSent(sender.why)
        outcome = await sender.send(message)
        if isinstance(outcome, Undeliverable) and outcome.what == "installation":
            self._session.refuse()
        return outcome

    async def find_sent(self, message: Message) -> LookUp:
        """Look for what an earlier attempt may have left."""
        sender = await self._session.sender()
        if isinstance(sender, NoLogin):
            return CannotLook(sender.why, for_now=True)
        return await sender.find_sent(message)

    # -- commands -------------------------------------------------------------------------------
    async def run(self) -> None:
        """Serve commands until cancelled; at most one process of a token may."""
        try:
            await self._gateway.run()
        except GiveUp as hopeless:
            self._given_up = str(hopeless)
            raise

    def _client(self) -> GatewayClient:
        return GatewayClient(
            table=self._table,
            front=self._front,
            life=self._life,
            budget=self._budget,
            clock=self._clock,
            settings=self._settings,
            forget=self._session.forget,
        )

    async def _prepare(self, client: GatewayClient) -> None:
        if not self._settings.commands_sync:
            return
        try:
            await sync(client, await payload_of(client.tree, self._languages), self._marks, only_if_changed=True)
        except discord.HTTPException as error:
            # The commands Discord knows already go on working; the next connection tries again.
            log.warning("registering commands failed", extra={"status": error.status, "code": error.code})

    # -- life -----------------------------------------------------------------------------------
    async def close(self) -> None:
        """Let go of the sending connection; the gateway's is let go of by cancelling `run`."""
        await self._session.close()

    def health(self) -> Health:
        """Say whether commands and sends work now."""
        if self._session.refused:
            return Health(ok=False, why=f"{REFUSED}.")
        if self._given_up:
            return Health(ok=False, why=self._given_up)
        return self._gateway.health()
