"""Slack and Discord for a soak: channels to send to, one request in ten going wrong, and what people saw in the end."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.domain.model import Channel
from tests.fakes.discord import permissions as perms
from tests.fakes.discord.faults import Fault as DiscordFault
from tests.fakes.discord_server import DiscordServer
from tests.fakes.slack.faults import Fault as SlackFault
from tests.fakes.slack_server import FakeSlack

#: Seconds: the send time-out of a soak, and how late a request may take effect. The platform lag is three seconds.
TIMEOUT, LATE = 0.5, 1.0
#: Of Discord's: a message, and the thread of a digest.
SENDING = r"^/channels/\d+/messages(/\d+/threads)?$"
CHANNELS = 20


class SoakPlace(Protocol):
    name: str

    async def make(self) -> Sequence[Channel]:
        """Make the channels."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the bot's process is told of this chat."""

    def go_wrong(self, share: float, requests: int) -> None:
        """Let about this share of the next requests go wrong, in every way."""

    def heal(self) -> None:
        """Answer well from now on."""

    async def shown(self, channel: Channel) -> Sequence[str]:
        """Return the keys of what people see in a channel and its threads, each oldest first."""


class SoakSlack:
    name = "slack"
    KINDS = (
        "reset", "commit_then_reset", "hang", "commit_then_hang", "500", "500_after_commit", "503",
        "429", "html", "html_after_commit", "cut_json", "late",
    )  # fmt: skip

    def __init__(self, server: FakeSlack) -> None:
        self._server = server
        self.channels: Sequence[Channel] = ()

    async def make(self) -> Sequence[Channel]:
        stage = self._server.stage
        await stage.configure(posts_per_second=1e6, posts_at_once=10**9)
        team = await stage.team()
        self._token = team["bot_token"]
        made = [await stage.channel(team["id"], f"c{number}", with_bot=True) for number in range(CHANNELS)]
        self.channels = [Channel(platform="slack", workspace=team["id"], id=channel["id"]) for channel in made]
        return self.channels

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "SLACK_BOT_TOKEN": self._token,
            "SLACK_SIGNING_SECRET": "not-a-secret-of-anyone",
            "SLACK_API_URL": self._server.api_url,
            "SLACK_RATE": "1000",
            "SLACK_WORKSPACE_RATE": "1000",
        }

    def go_wrong(self, share: float, requests: int) -> None:
        faults = [
            SlackFault(method="chat.postMessage", kind=random.choice(self.KINDS), after=after, seconds=LATE)
            for after in _spread(share, requests)
        ]
        self._server.stage._faults[:] = faults

    def heal(self) -> None:
        self._server.stage._faults.clear()

    async def shown(self, channel: Channel) -> Sequence[str]:
        messages = await self._server.stage.messages(channel.id)
        return [message["metadata"]["event_payload"]["key"] for message in messages]


class SoakDiscord:
    name = "discord"
    KINDS: tuple[Mapping[str, Any], ...] = (
        {"kind": "status"},
        {"kind": "status", "status": 503},
        {"kind": "status_after"},
        {"kind": "rate_limit", "retry_after": 1.0},
        {"kind": "drop"},
        {"kind": "drop_after"},
        {"kind": "reset_after"},
        {"kind": "hang"},
        {"kind": "hang_after"},
        {"kind": "late", "delay": LATE},
        {"kind": "html_after"},
        {"kind": "cut_after"},
    )

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self.channels: Sequence[Channel] = ()

    async def make(self) -> Sequence[Channel]:
        control = self._server.control
        await control.settings(global_per_second=10**9, bucket_limit=10**9)
        guild = (await control.guild(permissions=perms.LEAST | perms.CREATE_PUBLIC_THREADS))["id"]
        made = [(await control.channel(guild, f"c{number}"))["id"] for number in range(CHANNELS)]
        self.channels = [Channel(platform="discord", workspace=str(guild), id=str(channel)) for channel in made]
        return self.channels

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "DISCORD_TOKEN": self._server.token,
            "DISCORD_API_URL": self._server.api_url,
            "DISCORD_RATE": "1000",
            "DISCORD_TOKEN_RATE": "1000",
        }

    def go_wrong(self, share: float, requests: int) -> None:
        self._server.world.faults.all.clear()
        for skip in _spread(share, requests):
            self._server.world.faults.add(DiscordFault(**random.choice(self.KINDS), skip=skip, path=SENDING))

    def heal(self) -> None:
        self._server.world.faults.clear()

    async def shown(self, channel: Channel) -> Sequence[str]:
        posted = await self._server.control.posted(int(channel.id))
        threads = [post["id"] for post in posted if post["id"] in self._server.world.channels]
        below = [post for thread in threads for post in await self._server.control.posted(thread)]
        return [post["nonce"] for post in (*posted, *below)]


def _spread(share: float, requests: int) -> Sequence[int]:
    """Return for each fault how many calls it lets pass: it does not see those that an earlier one took."""
    places = sorted(random.sample(range(requests), int(share * requests)))
    return [place - earlier for earlier, place in enumerate(places)]
