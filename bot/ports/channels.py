"""What the core needs of the store about channels and the workspaces they are in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.channels import ChannelOptions, ChannelStatus
from bot.domain.model import Channel


class Channels(Protocol):
    """What is known and chosen about channels."""

    async def status(self, channel: Channel) -> ChannelStatus:
        """Return it; for a channel that nobody used, what a new one starts with."""

    async def set_options(self, channel: Channel, options: ChannelOptions, now: datetime, name: str = "") -> None:
        """Write what the channel chose."""

    async def pause(self, channel: Channel, until: datetime | None, now: datetime, name: str = "") -> None:
        """Stop posting until then, or until a person resumes; the queue is kept."""

    async def resume(self, channel: Channel, now: datetime) -> None:
        """Post again, also where the chat had closed the channel."""


class ChannelStates(Protocol):
    """What a chat tells of its channels outside of sending: closed to us, open again."""

    async def close_channel(self, channel: Channel, why: str, now: datetime, *, told: bool = False) -> None:
        """Send nothing there; the queue is kept. Unless people were *told*, who subscribed last hears of it once."""

    async def reopen_channel(self, channel: Channel, now: datetime) -> None:
        """Undo a close by the chat; what a person paused stays paused."""

    async def close_workspace(self, platform: str, workspace: str, why: str, now: datetime) -> None:
        """Close every channel of a workspace that removed us; after a grace period all that is its goes."""

    async def reopen_workspace(self, platform: str, workspace: str, now: datetime) -> None:
        """Undo the close of every channel of a workspace; it is ours again."""

    async def returned(self, platform: str, workspace: str) -> None:
        """Keep what is a workspace's: we are in it again, whatever its channels' states."""

    async def is_followed(self, channel: Channel) -> bool:
        """Return whether the channel has a subscription."""

    async def workspaces(self, platform: str) -> Sequence[str]:
        """Return the workspaces of a platform that have channels, open or closed."""

    async def workspaces_closed(self, platform: str, reasons: Collection[str]) -> Sequence[str]:
        """Return the workspaces with a channel that is closed to us for one of these reasons."""

    async def closed(self, platform: str, workspace: str) -> Mapping[Channel, str]:
        """Return the channels that are closed to us, and why."""


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


class Actions(Protocol):
    """Commands too long for a button."""

    async def keep(self, channel: Channel, command: str, now: datetime) -> str:
        """Store a command for a button in *channel* and return its id."""

    async def find(self, channel: Channel, action: str) -> str | None:
        """Return the command; None where it was made for another channel, or is gone."""


class Departures(Protocol):
    """What belongs to a workspace, and its end."""

    async def channels(self, workspace: str) -> int:
        """Count the channels that are known there."""

    async def forget(self, workspace: str, now: datetime) -> None:
        """Delete at once and for good all that belongs to a workspace, its installation too, and nothing of others."""
