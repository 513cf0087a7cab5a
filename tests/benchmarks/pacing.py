"""Whether what the chats allow is kept to, and used: `python -m tests.benchmarks pacing [--only slack]`.

The real adapters, announcer and durable store in this process; the fake Slack and the fake Discord as another.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import open_chats
from bot.domain.model import Channel
from bot.settings import load_settings
from bot.store.database import open_database
from bot.store.schema import upgrade
from tests.benchmarks._chats import busiest
from tests.benchmarks.announce import Bench, bench, queue
from tests.fakes.answers import FakeAnswers
from tests.fakes.discord import permissions as perms
from tests.fakes.discord_server import DiscordServer
from tests.fakes.slack_server import Remote
from tests.scenarios.bot_process import running_bot

#: What Discord allows all requests of a token, and what we let suggestions take.
REQUESTS_A_SECOND, SUGGESTED_WITHIN = 50, 0.1


def main(arguments: Sequence[str]) -> int:
    """Print each figure beside what it must keep to; fail where one does not."""
    parser = argparse.ArgumentParser(prog="./run bench pacing")
    parts: dict[str, Callable[[], Awaitable[bool]]] = {"slack": slack, "discord": discord, "suggest": suggest}
    parser.add_argument("--only", choices=list(parts))
    only = parser.parse_args(arguments).only
    kept = [asyncio.run(_run(part)) for name, part in parts.items() if only in (None, name)]
    return 0 if all(kept) else 1


async def _run(part: Callable[[], Awaitable[bool]]) -> bool:
    return await part()


@asynccontextmanager
async def announcing(environment: dict[str, str], platform: str) -> AsyncIterator[Bench]:
    """An announcer for one chat on a durable database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({**environment, "ROOM_ENABLED": "false"}, Path(folder))
        async with open_database(f"sqlite:///{folder}/chats.db") as database:
            await upgrade(database)
            async with (
                open_chats(settings, database, FakeAnswers()) as chats,  # type: ignore[arg-type]
                bench(folder, chats[platform]) as here,
            ):
                yield here


async def fill(here: Bench, places: Sequence[Channel], each: int) -> None:
    """Queue messages in every channel, due now."""
    posts = await here.seeds.posts([f"Post {number}" for number in range(each)])
    for place in places:
        await here.seeds.channel(place)
        await queue(here.seeds, place, posts)


@asynccontextmanager
async def fake_slack() -> AsyncIterator[tuple[Remote, str]]:
    command = [sys.executable, "-m", "tests.fakes.slack_server"]
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    origin = (await server.stdout.readline()).decode().strip()
    try:
        async with aiohttp.ClientSession() as session:
            yield Remote(origin, session), origin
    finally:
        server.terminate()
        await server.wait()


async def slack() -> bool:
    """Twenty posts for one channel, then fifteen for each of ten: the channel's rate and the workspace's."""
    async with fake_slack() as (remote, origin):
        # No burst is forgiven: the second post within a second of the first is answered 429.
        await remote.do("configure", posts_at_once=1)
        kept = [await _slack(remote, origin, channels, each) for channels, each in ((1, 20), (10, 15))]
    return all(kept)


async def _slack(remote: Remote, origin: str, channels: int, each: int) -> bool:
    team = await remote.do("team")
    made = [await remote.do("channel", team=team["id"], name=f"c{n}", with_bot=True) for n in range(channels)]
    places = [Channel(platform="slack", workspace=team["id"], id=channel["id"]) for channel in made]
    ways = {"SLACK_BOT_TOKEN": team["bot_token"], "SLACK_SIGNING_SECRET": "x", "SLACK_API_URL": f"{origin}/api/"}
    async with announcing(ways, "slack") as here:
        await fill(here, places, each)
        known = {place.id for place in places}
        calls: list[dict[str, Any]] = []
        # A 429 holds the workspace: the engine is idle until its time is up.
        while sum(call["answer"] == "ok" for call in calls) < channels * each:
            await here.engine.wake("sweep", "")
            await here.engine.idle()
            await asyncio.sleep(0.2)
            calls = [c for c in await remote.do("calls", method="chat.postMessage") if c["args"]["channel"] in known]
    times = [call["at"] for call in calls]
    refused = sum(call["answer"] not in ("ok", None) for call in calls)
    apart = min(
        later - sooner
        for place in known
        for sooner, later in pairwise(sorted(call["at"] for call in calls if call["args"]["channel"] == place))
    )
    print(
        f"slack: {len(calls)} posts in {channels} channels of one workspace in {max(times) - min(times):.1f} s, "
        f"at most {busiest(times)} in any second, at least {apart:.2f} s apart in a channel, {refused} answered 429"
    )
    return refused <= 1


async def control(session: aiohttp.ClientSession, url: str, verb: str, **arguments: Any) -> Any:
    """Run a verb of the fake Discord in another process."""
    async with session.post(f"{url}/_control/{verb}", json=arguments) as answer:
        answer.raise_for_status()
        return await answer.json()


async def discord() -> bool:
    """One post for each of 300 channels of the fake Discord, all at once."""
    command = [sys.executable, "-m", "tests.fakes.discord_server"]
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    api = (await server.stdout.readline()).decode().partition("DISCORD_API_URL=")[2].split()[0]
    url = api.partition("/api")[0]
    try:
        async with aiohttp.ClientSession() as session:
            return await _discord(session, url, api)
    finally:
        server.terminate()
        await server.wait()


async def _discord(session: aiohttp.ClientSession, url: str, api: str) -> bool:
    guild = (await control(session, url, "guild"))["id"]
    made = [(await control(session, url, "channel", guild=guild, name=f"c{n}"))["id"] for n in range(300)]
    places = [Channel(platform="discord", workspace=str(guild), id=str(number)) for number in made]
    async with announcing({"DISCORD_TOKEN": "fake-bot-token", "DISCORD_API_URL": api}, "discord") as here:
        await fill(here, places, 1)
        began = asyncio.get_running_loop().time()
        await here.engine.wake("sweep", "")
        await here.engine.idle()
        took = asyncio.get_running_loop().time() - began
    stats = await control(session, url, "stats")
    print(
        f"discord: 300 channels announced at once in {took:.1f} s, at most {stats['busiest_second']} requests in any "
        f"second of the {REQUESTS_A_SECOND} allowed, {stats['requests']} requests in all, {stats['invalid']} invalid"
    )
    return int(stats["busiest_second"]) <= REQUESTS_A_SECOND and stats["invalid"] == 0


async def suggest() -> bool:
    """What is typed into `/subscribe` is completed by the real program, as a process, from all of its topics."""
    async with DiscordServer() as server:
        guild = (await server.control.guild())["id"]
        place = (await server.control.channel(guild, "general"))["id"]
        ann = (await server.control.member(guild, "ann", perms.PERSON))["id"]
        ways = {"DISCORD_TOKEN": server.token, "DISCORD_API_URL": server.api_url, "ROOM_ENABLED": "false"}
        with tempfile.TemporaryDirectory() as folder:
            async with running_bot(Path(folder), ways):
                await server.control.gateway_connected(60)
                typed = ["", "n", "nl", "nlp", "ru", "machine", "a", "sec", "dat", "py"] * 20
                took = sorted(
                    [(await server.control.autocomplete(place, ann, "/subscribe", "topic", t))["took"] for t in typed]
                )
    p99 = took[int(len(took) * 0.99)]
    print(
        f"suggest: {len(took)} suggestions, p50 {statistics.median(took) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, "
        f"worst {took[-1] * 1000:.1f} ms; at most {SUGGESTED_WITHIN * 1000:.0f} ms"
    )
    return bool(p99 < SUGGESTED_WITHIN)
