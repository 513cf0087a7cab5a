"""How many announcements a second go out, how soon a quiet channel gets one, and whether a huge queue slows others.

The store is durable (SQLite, synchronous=FULL). `rate` sends to the fake Slack, which runs as a process of its own;
the other two send to a chat in memory, so that what is measured is the outbox, the pacer and the announcer.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.announcing.announcer import Announcer
from bot.app import open_chats
from bot.domain.model import Channel, PostId
from bot.engine.clock import SystemClock
from bot.engine.local import LocalEngine
from bot.ports.chat import Chat, Pace
from bot.settings import load_settings
from bot.store.database import open_database
from bot.store.outbox import SqlOutbox
from bot.store.schema import upgrade
from tests.fakes.answers import FakeAnswers
from tests.fakes.chat import FakeChat
from tests.fakes.slack_server import Remote
from tests.seeds import Seeds, planned_post

RATE, P95, SLOWER = 500.0, 2.0, 1.10


def main(arguments: Sequence[str]) -> int:
    """Print each figure beside what it must reach; fail where one does not."""
    parser = argparse.ArgumentParser(prog="./run bench announce")
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--only", choices=["rate", "latency", "fairness"])
    options = parser.parse_args(arguments)
    parts: dict[str, Callable[[int], Awaitable[bool]]] = {"rate": rate, "latency": latency, "fairness": fairness}
    reached = [
        asyncio.run(_run(part, options.messages)) for name, part in parts.items() if options.only in (None, name)
    ]
    return 0 if all(reached) else 1


async def _run(part: Callable[[int], Awaitable[bool]], count: int) -> bool:
    return await part(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    seeds: Seeds
    engine: LocalEngine
    announcer: Announcer


@asynccontextmanager
async def bench(folder: str, chat: Chat) -> AsyncIterator[Bench]:
    """An announcer on a durable database of its own."""
    async with open_database(f"sqlite:///{folder}/tidings.db") as database:
        await upgrade(database)
        clock = SystemClock()
        engine = LocalEngine(clock)
        outbox = SqlOutbox(database)
        announcer = Announcer(outbox=outbox, chats={chat.platform: chat}, clock=clock, engine=engine, concurrency=200)
        engine.serve({"drain": announcer.drain, "sweep": announcer.sweep})
        yield Bench(seeds=Seeds(database), engine=engine, announcer=announcer)
        announcer.stop()
        await engine.stop(1)


async def queue(seeds: Seeds, channel: Channel, posts: Sequence[PostId]) -> None:
    """Plan a message for each post, due now."""
    now = SystemClock().now()
    await seeds.plan(*(planned_post(post, channel=channel, due_at=now) for post in posts), now=now)


def channels(count: int, platform: str = "room", workspace: str = "demo") -> list[Channel]:
    return [Channel(platform=platform, workspace=workspace, id=f"c{number}") for number in range(count)]


async def rate(count: int) -> bool:
    """Send to 100 channels of the fake Slack as fast as it goes."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.slack_server", stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    origin = (await server.stdout.readline()).decode().strip()
    try:
        async with aiohttp.ClientSession() as session:
            return await _rate(Remote(origin, session), origin, count)
    finally:
        server.terminate()
        await server.wait()


async def _rate(remote: Remote, origin: str, count: int) -> bool:
    await remote.do("configure", posts_per_second=1e6, posts_at_once=10**9)
    team = await remote.do("team")
    made = [await remote.do("channel", team=team["id"], name=f"c{n}", with_bot=True) for n in range(100)]
    places = [Channel(platform="slack", workspace=team["id"], id=channel["id"]) for channel in made]
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            {
                "SLACK_BOT_TOKEN": team["bot_token"],
                "SLACK_SIGNING_SECRET": "of-nobody",
                "SLACK_API_URL": f"{origin}/api/",
                "SLACK_RATE": "10000",
                "SLACK_WORKSPACE_RATE": "10000",
                "ROOM_ENABLED": "false",
            },
            Path(folder),
        )
        async with (
            open_database(f"sqlite:///{folder}/chats.db") as database,
            open_chats(settings, database, FakeAnswers()) as chats,  # type: ignore[arg-type]
            bench(folder, chats["slack"]) as here,
        ):
            await _fill(here, places, count // len(places))
            cpu = time.process_time()
            seconds = await _drain(here)
            cpu = time.process_time() - cpu
        calls = await remote.do("calls", method="chat.postMessage")
    print(
        f"rate: {count / seconds:.0f} announcements/s into the fake Slack, {count} in 100 channels, "
        f"{cpu / count * 1000:.2f} ms of CPU each; at least {RATE:.0f}"
    )
    return len(calls) == count and count / seconds >= RATE


async def _fill(here: Bench, places: Sequence[Channel], each: int) -> None:
    posts = await here.seeds.posts([f"Post {number}" for number in range(each)])
    for place in places:
        await here.seeds.channel(place)
        await queue(here.seeds, place, posts)


async def _drain(here: Bench) -> float:
    began = time.perf_counter()
    await here.engine.wake("sweep", "")
    await here.engine.idle()
    return time.perf_counter() - began


async def latency(_: int) -> bool:
    """Announce in quiet channels while 10,000 wait in 100 others of the same workspace, at Slack's own rates."""
    chat = FakeChat(SystemClock(), pace=Pace(channel=1.0, workspace=5.0))
    quiet = [Channel(platform="room", workspace="demo", id=f"q{number}") for number in range(40)]
    with tempfile.TemporaryDirectory() as folder:
        async with bench(folder, chat) as here:
            await _fill(here, channels(100), 100)
            posts = await here.seeds.posts(["News"])
            for place in quiet:
                await here.seeds.channel(place)
            await here.engine.wake("sweep", "")
            await asyncio.sleep(3)
            took = [await _announce(here, chat, place, posts) for place in quiet]
    p95 = sorted(took)[int(len(took) * 0.95)]
    print(f"latency: p95 {p95:.2f} s from stored to shown beside 10,000 queued; at most {P95:.0f} s")
    return p95 <= P95


async def _announce(here: Bench, chat: FakeChat, place: Channel, posts: Sequence[PostId]) -> float:
    began = time.perf_counter()
    await queue(here.seeds, place, posts)
    await here.engine.wake("drain", str(place))
    while not chat.texts(place):  # noqa: ASYNC110 - the chat is what is watched
        await asyncio.sleep(0.005)
    return time.perf_counter() - began


async def fairness(_: int) -> bool:
    """Send to one channel, first alone and then beside another with 100,000 waiting."""
    alone = await _beside(0)
    beside = await _beside(100_000)
    slower = beside / alone
    print(f"fairness: {slower:.2f} times as long per message beside 100,000 in another channel; at most {SLOWER:.2f}")
    return slower <= SLOWER


async def _beside(waiting: int) -> float:
    """Return the seconds that 60 messages at 20 a second take in one channel."""
    chat = FakeChat(SystemClock(), pace=Pace(channel=20.0))
    big, small = channels(2)
    with tempfile.TemporaryDirectory() as folder:
        async with bench(folder, chat) as here:
            for place in (big, small):
                await here.seeds.channel(place)
            if waiting:
                for start in range(0, waiting, 5_000):
                    posts = await here.seeds.posts([f"Post {start + number}" for number in range(5_000)])
                    await queue(here.seeds, big, posts)
            await queue(here.seeds, small, await here.seeds.posts([f"News {number}" for number in range(60)]))
            began = time.perf_counter()
            await here.engine.wake("sweep", "")
            while len(chat.texts(small)) < 60:  # noqa: ASYNC110 - the chat is what is watched
                await asyncio.sleep(0.01)
            return time.perf_counter() - began
