"""What the core needs of the outside: each sentence here is a promise that a contract test executes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.domain.model import Channel, LookUp, Message, MessageId, Outcome


class Clock(Protocol):
    """Time is passed in, so that no test sleeps and no decision reads a clock."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""


class Engine(Protocol):
    """What wakes the core. The rows are the truth: a lost wake-up costs latency, never a message."""

    async def wake(self, kind: str, key: str, at: datetime | None = None) -> None:
        """Run `kind(key)` soon, or at *at*; at most one waiting and one running per (kind, key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A chat's rules for sending. The rates are messages a second; None: no rule."""

    channel: float | None = 1.0
    workspace: float | None = None
    platform: float | None = None
    #: This long after the first attempt the chat itself drops a second copy with the same key: send again, no look.
    dedupes_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    ok: bool
    #: What to do next; empty while all is well.
    why: str = ""


class Chat(Protocol):
    """A chat platform: how messages get out. Commands come in through `bot.commands`."""

    @property
    def platform(self) -> str:
        """The first word of its channels: `slack`, `discord`, `room`."""

    @property
    def pace(self) -> Pace:
        """How fast it may be sent to."""

    async def send(self, message: Message) -> Outcome:
        """Make one attempt. Never raises for what the platform answered, never repeats by itself."""

    async def find_sent(self, message: Message) -> LookUp:
        """Look for what an earlier attempt at *message* may have left in its channel, by the message's key."""

    async def run(self) -> None:
        """Connect and serve commands until cancelled. Returns or raises only when connecting is hopeless."""

    async def close(self) -> None:
        """Let go of connections; sends in flight were awaited before."""

    def health(self) -> Health:
        """Say whether commands and sends work now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing is sent before *until*: to one channel, or to every channel of its workspace or its platform."""

    channel: Channel
    scope: Literal["channel", "workspace", "platform"]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of one attempt, as the outbox is to remember it (decided by domain/sending.py)."""

    message: MessageId
    attempt: int
    state: str
    why: str = ""
    ref: str | None = None
    #: When the next attempt may start; None: at once for `pending`, never by itself for `unknown`.
    retry_at: datetime | None = None
    #: See Message.doubt_until.
    doubt_until: datetime | None = None
    plain: bool = False
    #: A wait the chat asked for.
    hold: Hold | None = None
    #: The chat closed the channel to us, or (`workspace`) the whole installation; the queue is kept, `why` is shown.
    closes: Literal["channel", "workspace"] | None = None


class Outbox(Protocol):
    """The messages. Every write after a claim is fenced by the attempt number."""

    async def due_channels(self, now: datetime, limit: int) -> Sequence[Channel]:
        """Return active channels whose head of line may be claimed now, longest waiting first."""

    async def claim(self, channels: Collection[Channel], now: datetime, lease: timedelta) -> Mapping[Channel, Message]:
        """Reserve the head of each channel's due messages, in one transaction; a channel without one is left out."""

    async def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Write outcomes, in one transaction; one whose attempt is no longer the newest is ignored."""


class ChannelStates(Protocol):
    """What a chat tells of its channels outside of sending: closed to us, open again."""

    async def close_channel(self, channel: Channel, why: str, now: datetime) -> None:
        """Send nothing there; the queue is kept. A channel nobody follows is left alone."""

    async def reopen_channel(self, channel: Channel, now: datetime) -> None:
        """Undo a close by the chat; what a person paused stays paused."""

    async def close_workspace(self, platform: str, workspace: str, why: str, now: datetime) -> None:
        """Close every channel of a workspace."""

    async def reopen_workspace(self, platform: str, workspace: str, now: datetime) -> None:
        """Undo the close of every channel of a workspace."""

    async def is_followed(self, channel: Channel) -> bool:
        """Return whether the channel has a subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInstallation:
    """An app's installation in one workspace, sealed by its adapter: no token in the clear."""

    platform: str
    #: Empty where the workspace belongs to no enterprise grid.
    enterprise: str
    workspace: str
    data: bytes
    installed_at: datetime


class Installations(Protocol):
    """The workspaces that installed the app by OAuth, and the one-time states of installations under way."""

    async def put(self, installation: StoredInstallation) -> None:
        """Remember an installation in place of an earlier one; it is active."""

    async def get(self, platform: str, workspace: str) -> StoredInstallation | None:
        """Return an active installation; None where there is none, or it was removed."""

    async def remove(self, platform: str, workspace: str) -> None:
        """Forget the sealed data of an installation."""

    async def workspaces(self, platform: str) -> Sequence[str]:
        """Return the workspaces with an active installation."""

    async def add_state(self, state: str, expires_at: datetime) -> None:
        """Remember a state until it is taken or too old."""

    async def take_state(self, state: str, now: datetime) -> bool:
        """Return True once for a known state that is not too old."""
