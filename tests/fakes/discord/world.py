"""What the fake Discord knows: guilds, channels, people, messages, and the switches of a test."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord import permissions as perms
from tests.fakes.discord.answers import Json, unknown
from tests.fakes.discord.faults import Faults

EPOCH_MS = 1_420_070_400_000
TEXT, ANNOUNCEMENT, ANNOUNCEMENT_THREAD, PUBLIC_THREAD, FORUM = 0, 5, 10, 11, 15
THREADS = (ANNOUNCEMENT_THREAD, PUBLIC_THREAD, 12)
REQUIRE_TAG = 1 << 4


@dataclass(slots=True)
class Role:
    id: int
    name: str
    permissions: int
    mentionable: bool = False


@dataclass(slots=True)
class Member:
    id: int
    name: str
    roles: list[int]
    bot: bool = False


@dataclass(slots=True)
class Channel:
    id: int
    guild_id: int
    name: str
    type: int
    parent_id: int | None = None
    #: role or member id -> (allow, deny)
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    flags: int = 0
    tags: list[Json] = field(default_factory=list)
    applied_tags: list[int] = field(default_factory=list)
    owner_id: int = 0
    archived: bool = False
    locked: bool = False


@dataclass(slots=True)
class Guild:
    id: int
    name: str
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    available: bool = True
    #: Words that AutoMod refuses in a message.
    blocked_words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    id: int
    channel_id: int
    author_id: int
    body: Json
    at: float
    nonce: str | None = None
    flags: int = 0
    deleted: bool = False
    edited: bool = False
    #: The interaction it answers; None for an ordinary message.
    interaction: int | None = None


@dataclass(slots=True)
class Settings:
    """What a test may turn; the defaults are Discord's figures where it documents one."""

    #: How long a nonce is remembered. Discord says only "a few minutes".
    nonce_window: float = 180.0
    #: Whether reading history gives the nonce back: not documented, so off.
    history_shows_nonce: bool = False
    #: Seconds until a message appears in history.
    history_lag: float = 0.0
    global_per_second: int = 50
    #: Requests in one bucket, and the seconds after which it is full again.
    bucket_limit: int = 5
    bucket_seconds: float = 5.0
    #: Seconds for the first answer to an interaction, and for its token.
    interaction_seconds: float = 3.0
    interaction_token_seconds: float = 900.0
    session_start_limit: int = 1000
    #: Clients may IDENTIFY once in this many seconds; Discord's is 5, most tests restart faster.
    identify_seconds: float = 0.0
    heartbeat_interval_ms: int = 41_250


class World:
    """The state of one fake Discord and of the one bot it knows."""

    def __init__(self, token: str = "fake-bot-token") -> None:
        self.settings = Settings()
        self.faults = Faults()
        self.token = token
        self._skipped_seconds = 0.0
        self._counter = itertools.count()
        self._last_ms = 0
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.published: set[int] = set()
        #: (guild or None for global) -> registered commands
        self.commands: dict[int | None, list[Json]] = {None: []}
        self.command_writes = 0
        self.nonces: dict[tuple[int, str], int] = {}
        self.requests: deque[Json] = deque(maxlen=20_000)
        #: Told of every event; the gateway hangs itself in here.
        self.emit: Callable[[str, Json], None] = lambda name, data: None
        self.bot_id = self.snowflake()
        self.application_id = self.bot_id

    # -- time and ids ---------------------------------------------------------------------------
    def now(self) -> float:
        return time.time() + self._skipped_seconds

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._skipped_seconds += seconds

    def snowflake(self) -> int:
        self._last_ms = max(self._last_ms, int(self.now() * 1000) - EPOCH_MS)
        return (self._last_ms << 22) | (next(self._counter) & 0x3FFFFF)

    # -- making things --------------------------------------------------------------------------
    def add_guild(self, name: str = "Guild", permissions: int = perms.LEAST) -> Guild:
        """A guild that the bot is in with *permissions*."""
        guild = Guild(self.snowflake(), name)
        self.guilds[guild.id] = guild
        guild.roles[guild.id] = Role(guild.id, "@everyone", 0)
        self.add_member(guild.id, "Tidings", permissions, member_id=self.bot_id, bot=True)
        return guild

    def add_role(self, guild_id: int, name: str, permissions: int = 0, mentionable: bool = False) -> Role:
        role = Role(self.snowflake(), name, permissions, mentionable)
        self.guilds[guild_id].roles[role.id] = role
        return role

    def add_member(
        self,
        guild_id: int,
        name: str,
        permissions: int = perms.PERSON,
        *,
        member_id: int | None = None,
        bot: bool = False,
    ) -> Member:
        """A member whose own role grants *permissions*; an id given makes the same person join twice."""
        role = self.add_role(guild_id, f"role of {name}", permissions)
        member = Member(member_id or self.snowflake(), name, [role.id], bot)
        self.guilds[guild_id].members[member.id] = member
        return member

    def add_channel(self, guild_id: int, name: str = "general", type: int = TEXT, **more: Any) -> Channel:
        channel = Channel(self.snowflake(), guild_id, name, type, **more)
        self.channels[channel.id] = channel
        return channel

    # -- looking things up ----------------------------------------------------------------------
    def guild(self, guild_id: int) -> Guild:
        if guild_id not in self.guilds:
            raise unknown("guild")
        return self.guilds[guild_id]

    def channel(self, channel_id: int) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None or channel.guild_id not in self.guilds:
            raise unknown("channel")
        return channel

    def message(self, channel_id: int, message_id: int) -> Message:
        found = self.messages.get(message_id)
        if found is None or found.deleted or found.channel_id != channel_id:
            raise unknown("message")
        return found

    def permissions(self, member_id: int, channel: Channel) -> int:
        """What a member may do in a channel; a thread inherits from its parent."""
        guild = self.guilds[channel.guild_id]
        member = guild.members.get(member_id)
        if member is None:
            return 0
        ids = [guild.id, *member.roles]
        base = 0
        for role_id in ids:
            base |= guild.roles[role_id].permissions if role_id in guild.roles else 0
        place = self.channels[channel.parent_id] if channel.type in THREADS and channel.parent_id else channel
        return perms.resolve(base, [place.overwrites[i] for i in [*ids, member_id] if i in place.overwrites])

    def in_channel(self, channel_id: int) -> list[Message]:
        """What people see there, oldest first."""
        return [
            m for m in self.messages.values()
            if m.channel_id == channel_id and not m.deleted and m.interaction is None
        ]  # fmt: skip
