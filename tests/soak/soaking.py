"""Messages for a place, processes that send them, and the count at the end: what people saw against the plan."""

import asyncio
import multiprocessing
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.domain.channels import ChannelOptions
from bot.domain.keys import message_key, new_id
from bot.domain.message import MessageKind
from bot.domain.model import Channel, MessageId
from bot.domain.planning import PlannedMessage
from bot.store.database import Database
from bot.store.tables import messages
from tests.seeds import Seeds, planned_announcement
from tests.soak.places import CHANNELS, TIMEOUT, SoakPlace

#: So many wait at least, and so many more are added at once: ten for each channel.
WAITING = CHANNELS * 10
PATIENCE = 120.0
#: Channels that get a digest as well, each time, with its posts in a thread.
THREADED = 5


@dataclass(frozen=True, slots=True)
class Sending:
    """A process that sends."""

    process: ForkServerProcess
    #: It says once that it begins.
    begun: Connection

    async def begins(self) -> None:
        """Return when it has started: on a busy machine that takes longer than a message."""
        await asyncio.to_thread(self.begun.poll, PATIENCE)


class Soak:
    """*run* is what a process does: its environment, a file for requests made too early, where to say it has begun."""

    def __init__(
        self, place: SoakPlace, database: Database, url: str, folder: Path, run: Callable[..., Any], sweep: str = "0.1s"
    ) -> None:
        self.place = place
        self.seeds = Seeds(database)
        self.database = database
        self.planned: dict[Channel, list[str]] = defaultdict(list)
        self.channels: Sequence[Channel] = ()
        self.early = folder / "early"
        self.early.touch()
        self._run = run
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.soak.sender"])
        self._environment = {
            "DATABASE_URL": url,
            "LOAD_DEFAULT_PACK": "false",
            "ROOM_ENABLED": "false",
            "SENDING_TIMEOUT": f"{TIMEOUT}s",
            "SENDING_PLATFORM_LAG": "3s",
            "SENDING_MARGIN": "2s",
            "SENDING_SWEEP": sweep,
            "LOG_LEVEL": "error",
        }

    async def begin(self) -> None:
        self.channels = await self.place.make()
        for number, channel in enumerate(self.channels):
            await self.seeds.channel(channel, ChannelOptions(threads=number < THREADED))

    def environment(self) -> Mapping[str, str]:
        return {**self._environment, **self.place.environment}

    def start(self) -> Sending:
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=self._run, args=(self.environment(), self.early, theirs))
        process.start()
        theirs.close()
        return Sending(process, ours)

    async def kill(self, *sending: Sending) -> None:
        for one in sending:
            one.process.kill()
        for one in sending:
            await asyncio.to_thread(one.process.join)
            one.begun.close()

    @property
    def count(self) -> int:
        """How many messages were planned so far."""
        return sum(map(len, self.planned.values()))

    async def waiting(self) -> int:
        open_ = messages.c.state.in_(["pending", "sending", "unknown"])
        async with self.database.read() as connection:
            return int(await connection.scalar(select(func.count()).where(open_)) or 0)

    async def settled(self) -> int:
        async with self.database.read() as connection:
            return int(await connection.scalar(select(func.count()).where(messages.c.state == "sent")) or 0)

    async def progress(self, count: int) -> None:
        """Wait until so many more messages are sent: a process that has not started yet is not worth a kill."""
        least = await self.settled() + count
        async with asyncio.timeout(PATIENCE):
            while await self.settled() < least and await self.waiting():  # noqa: ASYNC110 - other processes make it so
                await asyncio.sleep(0.02)

    async def top_up(self, share: float) -> None:
        """Keep enough waiting, and enough going wrong."""
        if await self.waiting() < WAITING:
            for channel in self.channels:
                titles = [f"Post {self.count + number}" for number in range(10)]
                # Due now: what waited an hour would become digests, with keys of their own.
                now = datetime.now(UTC)
                made = await self.seeds.announce(*titles, channel=channel, due_at=now, now=now)
                self.planned[channel] += [message_key(one) for one in made]
            for channel in self.channels[:THREADED]:
                self.planned[channel].append(await self._plan_digest(channel))
            self.place.go_wrong(share, WAITING)

    async def _plan_digest(self, channel: Channel) -> str:
        """Plan a digest of three posts, which follow in its thread, and return its key."""
        now, digest = datetime.now(UTC), MessageId(new_id())
        found = await self.seeds.posts([f"Of digest {self.count}: {number}" for number in range(3)])
        carried = tuple(planned_announcement(post) for post in found)
        planned = PlannedMessage(
            id=digest, channel=channel, kind=MessageKind.DIGEST, due_at=now, announcements=carried, text="3 new posts"
        )
        await self.seeds.plan(planned, now=now)
        return message_key(digest)

    async def _made(self) -> set[str]:
        """Return the keys of all messages, those in threads included."""
        async with self.database.read() as connection:
            return {message_key(MessageId(one)) for one in await connection.scalars(select(messages.c.id))}

    async def finish(self, workers: int = 1) -> None:
        """All is well again: wait until nothing is open."""
        self.place.heal()
        processes = [self.start() for _ in range(workers)]
        try:
            async with asyncio.timeout(PATIENCE):
                while await self.waiting():  # noqa: ASYNC110 - another process makes it so
                    await asyncio.sleep(0.2)
        finally:
            await self.kill(*processes)

    async def report(self, name: str, kills: int, began: float) -> tuple[int, int, int]:
        """Print and return what was lost, doubled, or shown out of its channel's order."""
        shown = {channel: await self.place.shown(channel) for channel in self.channels}
        counted = Counter(key for keys in shown.values() for key in keys)
        planned = await self._made()
        lost, doubled = len(planned - set(counted)), sum(count > 1 for count in counted.values())
        displaced = sum(
            _displaced(list(dict.fromkeys(shown[channel])), self.planned[channel]) for channel in self.channels
        )
        states = Counter((await self.seeds.states()).values())
        print(
            f"\n{name}: kills {kills}, messages {len(planned)}, lost {lost}, doubled {doubled}, "
            f"out of order {displaced}, states {dict(states)}, {time.monotonic() - began:.0f} s"
        )
        assert set(counted) <= planned
        assert states["unknown"] == 0
        return lost, doubled, displaced


def _displaced(shown: Sequence[str], planned: Sequence[str]) -> int:
    """Count messages that came after one that was planned later."""
    place = {key: number for number, key in enumerate(planned)}
    latest, displaced = -1, 0
    # What stands in a thread is planned when its digest is shown.
    for key in filter(place.__contains__, shown):
        displaced += place[key] < latest
        latest = max(latest, place[key])
    return displaced
