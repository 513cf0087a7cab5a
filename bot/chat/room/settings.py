"""The room's part of the settings, and who may reach it."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.domain.model import Channel

PLATFORM = "room"
CHANNEL_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LOCAL_NAMES = {"localhost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSettings:
    #: The address the server binds.
    host: str = "127.0.0.1"
    #: Empty: whoever reaches the server is let in, which is why a public host then has no room.
    token: str = field(default="", repr=False)
    #: Where people reach the server; empty where it was not set.
    public_url: str = ""
    #: Messages a second in one channel.
    rate: float = 20.0
    workspace: str = "demo"
    #: Made when there is no channel yet.
    first_channels: tuple[str, ...] = ("general",)

    @property
    def is_open(self) -> bool:
        """False where the room must not be there at all: a public host and no token."""
        return bool(self.token) or is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches *host*."""
    name = host.strip("[]").lower()
    if name in LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_is_ours(host_header: str, settings: RoomSettings) -> bool:
    """Say whether a request's Host names us, so that no other site's name can be pointed here (DNS rebinding)."""
    name = (urlsplit(f"//{host_header}").hostname or "").lower()
    public = (urlsplit(settings.public_url).hostname or "").lower()
    if is_loopback(name) or (public and name == public):
        return True
    # Behind a platform's router the name is not known; the token, in a cookie of that name, guards the room.
    return bool(settings.token) and not public


def origin_is_ours(origin: str | None, host_header: str) -> bool:
    """Say whether a request that changes something came from our own page, or from a program (no Origin)."""
    return origin is None or urlsplit(origin).netloc.lower() == host_header.lower()


def address_of(channel: Channel, settings: RoomSettings) -> str:
    """Return a channel's id in the API: `nlp`, and `team~nlp` in a workspace other than the room's own."""
    return channel.id if channel.workspace == settings.workspace else f"{channel.workspace}~{channel.id}"


def channel_at(address: str, settings: RoomSettings) -> Channel | None:
    """Return the channel that `address_of` named so; None where no channel can be named so."""
    workspace, tilde, id = address.rpartition("~")
    workspace = workspace if tilde else settings.workspace
    if not CHANNEL_ID.fullmatch(id) or not CHANNEL_ID.fullmatch(workspace):
        return None
    return Channel(platform=PLATFORM, workspace=workspace, id=id)
