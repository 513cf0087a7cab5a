"""The fake Slack and the fake Discord, each in a process of its own, and what people see there in the end."""

import json
import re
import subprocess
import sys
import urllib.request
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any

from bot.domain.model import Channel

_TITLE = re.compile(r"Post \d+ of blog \d+")
_ADDRESS = re.compile(r"http://[\d.:]+")


class Chats:
    """Half of the channels in one Slack workspace, half in one Discord server."""

    def __init__(self, slack: str, discord: str, token: str, count: int) -> None:
        self._slack, self._discord = slack, discord
        team = _ask(slack, "team")
        guild = _ask(discord, "guild")["id"]
        world = _ask(slack, "configure")
        self.environment: Mapping[str, str] = {
            "SLACK_BOT_TOKEN": team["bot_token"],
            "SLACK_APP_TOKEN": world["app_token"],
            "SLACK_API_URL": world["api_url"],
            "DISCORD_TOKEN": token,
            "DISCORD_API_URL": f"{discord}/api/v10",
        }
        self.channels: Sequence[Channel] = [
            *(self._slack_channel(team["id"], number) for number in range(count // 2)),
            *(self._discord_channel(guild, number) for number in range(count - count // 2)),
        ]

    def _slack_channel(self, team: str, number: int) -> Channel:
        made = _ask(self._slack, "channel", team=team, name=f"c{number}", with_bot=True)
        return Channel(platform="slack", workspace=team, id=made["id"])

    def _discord_channel(self, guild: int, number: int) -> Channel:
        made = _ask(self._discord, "channel", guild=guild, name=f"c{number}")
        return Channel(platform="discord", workspace=str(guild), id=str(made["id"]))

    def wait(self) -> None:
        """Return once the bot is connected to both."""
        assert _ask(self._slack, "wait_connected", seconds=60)["connected"]
        _ask(self._discord, "gateway_connected", seconds=60)

    def shown(self, channel: Channel) -> list[list[str]]:
        """Return the titles in each message of a channel, oldest first."""
        if channel.platform == "slack":
            said = [_ask(self._slack, "messages", channel=channel.id)]
        else:
            said = [_ask(self._discord, "posted", channel=int(channel.id))]
        return [list(dict.fromkeys(_TITLE.findall(json.dumps(one)))) for messages in said for one in messages]

    def manners(self) -> str:
        """Say how fast both chats were written to, and how often they refused."""
        calls = _ask(self._slack, "calls", method="chat.postMessage")
        refused = sum(call["answer"] not in ("ok", None) for call in calls)
        stats = _ask(self._discord, "stats")
        return (
            f"Slack: {len(calls)} posts, at most {busiest([call['at'] for call in calls])} in any second, "
            f"{_closest(calls):.2f} s apart in a channel at least, {refused} refused; "
            f"Discord: at most {stats['busiest_second']} requests in any second, {stats['invalid']} refused"
        )

    def busiest_second(self) -> int:
        """Return the most requests that Discord saw within a second."""
        return int(_ask(self._discord, "stats")["busiest_second"])


def busiest(times: Iterable[float], window: float = 1.0) -> int:
    """Return how many there were in the busiest sliding window."""
    recent: deque[float] = deque()
    most = 0
    for at in sorted(times):
        recent.append(at)
        while recent[0] <= at - window:
            recent.popleft()
        most = max(most, len(recent))
    return most


def _closest(calls: Iterable[Mapping[str, Any]]) -> float:
    """Return the shortest time between two posts in one channel."""
    by_channel: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        by_channel[call["args"]["channel"]].append(call["at"])
    return min(
        (later - sooner for times in by_channel.values() for sooner, later in pairwise(sorted(times))), default=0
    )


def _ask(origin: str, verb: str, **arguments: Any) -> Any:
    request = urllib.request.Request(
        f"{origin}/_control/{verb}", json.dumps(arguments).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=90) as answer:
        return json.load(answer)


@contextmanager
def _server(module: str) -> Iterator[str]:
    """Run a fake and give the first line it prints."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.kill()


@contextmanager
def chats(count: int) -> Iterator[Chats]:
    """Give *count* channels of both chats."""
    with ExitStack() as stack:
        slack = stack.enter_context(_server("tests.fakes.slack_server"))
        discord = stack.enter_context(_server("tests.fakes.discord_server"))
        origins = [match.group() for line in (slack, discord) if (match := _ADDRESS.search(line))]
        yield Chats(origins[0], origins[1], discord.rpartition("token=")[2].strip(), count)
