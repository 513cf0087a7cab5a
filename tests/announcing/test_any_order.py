"""Publishing, polls, subscribing, faults, kills, restarts in any order: what people see, against a small model."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select, text

from bot.domain.channels import ChannelOptions
from bot.domain.model import Digest, Each, Mode, SubscriptionId
from bot.domain.transitions import FINAL, may_become
from bot.polling.poller import Poller, PollSettings
from bot.store.database import open_database
from bot.store.polls import SqlFeedQueue
from bot.store.tables import posts
from bot.store.unwanted import cancel_unwanted
from tests.announcing.bench import Bench
from tests.announcing.blog import Blog
from tests.clock import FakeClock
from tests.databases import sqlite_database
from tests.fakes.chat import Fault
from tests.polling.stuck import STEPS, Stuck
from tests.seeds import NLP

Result = TypeVar("Result")
MODES: dict[str, Mode] = {"each": Each(), "hourly": Digest(every="hourly", at_minute=15)}
FAULTS = [Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.LATE, Fault.REFUSED, Fault.WAIT, Fault.BREAK]


#: Writes down every way that a message takes from state to state.
RECORDING = """CREATE TRIGGER taking AFTER UPDATE OF state ON messages
BEGIN INSERT INTO taken VALUES (OLD.state, NEW.state); END"""


POLLING = PollSettings(look=0.001)
#: A killed poll holds its feed for so long.
LEASE = POLLING.lease


class Model:
    """What must be shown, what may be: that is all a reader can tell."""

    def __init__(self) -> None:
        self.follows: dict[SubscriptionId, Mode] = {}
        self.waiting: dict[str, set[SubscriptionId]] = {}
        self.must: set[str] = set()
        self.may: set[str] = set()

    def stored(self, titles: set[str]) -> None:
        if self.follows:
            self.must.update(titles)
            self.waiting.update({title: set(self.follows) for title in titles})

    def unsubscribe(self, gone: SubscriptionId, shown: set[str]) -> None:
        del self.follows[gone]
        for title, wanted_by in self.waiting.items():
            if wanted_by == {gone} and title not in shown:
                # Cancelled if it still waited; in doubt or in flight it may come.
                self.must.discard(title)
                self.may.add(title)
            wanted_by.discard(gone)

    def check(self, shown: Counter[str]) -> None:
        assert [title for title, count in shown.items() if count > 1] == [], "shown twice"
        assert set(shown) <= self.must | self.may, "nobody asked for it"

    def check_end(self, shown: Counter[str]) -> None:
        assert self.must - set(shown) == set(), "lost"


@lru_cache(maxsize=1)
def template() -> Path:
    """A migrated database, made once and copied for every run."""
    folder = Path(tempfile.mkdtemp(prefix="tidings-order-"))

    async def make() -> None:
        async with sqlite_database(folder) as database, database.write() as connection:
            await connection.execute(text("CREATE TABLE taken (before TEXT, after TEXT)"))
            await connection.execute(text(RECORDING))

    asyncio.run(make())
    return folder / "tidings.db"


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="tidings-order-")
        self.runner = asyncio.Runner()
        self.model = Model()
        self.subscribed = 0
        self.stored: set[str] = set()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @initialize(burst=st.sampled_from([1, 5]), dedupes=st.booleans())
    def begin(self, burst: int, dedupes: bool) -> None:
        path = Path(self.folder) / "tidings.db"
        shutil.copy(template(), path)
        self.opening = open_database(f"sqlite:///{path}", synchronous="OFF")
        self.database = self.run(self.opening.__aenter__())
        self.bench = Bench(self.database, FakeClock())
        self.bench.chat.dedupes = dedupes
        self.run(self.bench.seeds.channel(options=ChannelOptions(burst=burst)))
        self.blog = Blog(self.bench.clock, self.model.follows)
        self.run(self.bench.seeds.feed())
        self.poll()
        self.subscribe("each")

    @rule(mode=st.sampled_from(sorted(MODES)))
    def subscribe(self, mode: str) -> None:
        self.subscribed += 1
        self.model.follows[SubscriptionId(self.subscribed)] = MODES[mode]

    @rule(which=st.integers(0, 9))
    def unsubscribe(self, which: int) -> None:
        if self.model.follows:
            gone = sorted(self.model.follows)[which % len(self.model.follows)]
            shown = set(self.shown())
            self.run(self._cancel(gone))
            self.model.unsubscribe(gone, shown)

    async def _cancel(self, gone: SubscriptionId) -> None:
        async with self.database.write() as connection:
            await cancel_unwanted(connection, {1: [gone]}, self.bench.clock.now())

    @rule(count=st.integers(1, 8), faults=st.lists(st.sampled_from(FAULTS), max_size=4))
    def publish(self, count: int, faults: list[Fault]) -> None:
        self.bench.chat.faults.extend(faults)
        self.blog.publish(count)

    @rule()
    def poll(self) -> None:
        self.run(self.poller(SqlFeedQueue(self.database)).poll_due(everything=True))
        self.look_what_is_stored()
        self.run(self.bench.sweep())

    @rule(step=st.sampled_from(STEPS))
    def kill_while_polling(self, step: str) -> None:
        self.run(self._poll_until(Stuck(self.database, step)))
        self.look_what_is_stored()

    async def _poll_until(self, stuck: Stuck) -> None:
        polling = asyncio.create_task(self.poller(stuck).poll_due(everything=True))
        reached = asyncio.create_task(stuck.reached.wait())
        await asyncio.wait([polling, reached], return_when=asyncio.FIRST_COMPLETED)
        polling.cancel()
        reached.cancel()
        await asyncio.gather(polling, reached, return_exceptions=True)

    def poller(self, feeds: SqlFeedQueue) -> Poller:
        async def nobody_is_told(_due: object) -> None:
            """The sweep finds what is due."""

        blog, clock = self.blog, self.bench.clock
        return Poller(
            feeds=feeds, fetcher=blog, parser=blog, judge=blog, clock=clock, announced=nobody_is_told, settings=POLLING
        )

    def look_what_is_stored(self) -> None:
        """Whoever follows when a post is stored is to get it; the kill decides when that is."""
        stored = self.run(self._titles())
        self.model.stored(stored - self.stored)
        self.stored = stored

    async def _titles(self) -> set[str]:
        async with self.database.read() as connection:
            return set(await connection.scalars(select(posts.c.title)))

    @rule(seconds=st.sampled_from([1, 5, 30, 61, 600, 3600]), late=st.booleans())
    def time_passes(self, seconds: int, late: bool) -> None:
        # What the chat took shows at the latest after the lag.
        if not late or seconds > 50:
            self.bench.chat.arrive()
        self.run(self.bench.sweep(seconds))

    @rule(fault=st.sampled_from([Fault.HANG, Fault.POSTED_HANG]), holds_lock=st.booleans())
    def kill_while_sending(self, fault: Fault, holds_lock: bool) -> None:
        self.bench.chat.faults.appendleft(fault)
        self.run(self._kill())
        if self.bench.chat.faults and self.bench.chat.faults[0] is fault:
            self.bench.chat.faults.popleft()  # nothing was due
        self.bench.start()
        if holds_lock:
            self.run(self.bench.take_over())

    async def _kill(self) -> None:
        self.bench.chat.asked.clear()
        await self.bench.engine.wake("drain", str(NLP))
        asked = asyncio.create_task(self.bench.chat.asked.wait())
        idle = asyncio.create_task(self.bench.engine.idle())
        await asyncio.wait([asked, idle], return_when=asyncio.FIRST_COMPLETED)
        await self.bench.kill()
        asked.cancel()
        await asyncio.gather(asked, idle, return_exceptions=True)

    def shown(self) -> Counter[str]:
        return Counter(title for text in self.bench.chat.texts() for title in text.split(" + "))

    @invariant()
    def nothing_is_shown_twice_or_unasked(self) -> None:
        if hasattr(self, "bench"):
            self.model.check(self.shown())

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.run(self._end())
        self.runner.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _end(self) -> None:
        """All is well again: within two hours everything that must come has come."""
        try:
            self.bench.chat.faults.clear()
            self.bench.chat.arrive()
            # A lease that ends this very moment still holds.
            await self.bench.sweep(LEASE + timedelta(seconds=1))
            await self.poller(SqlFeedQueue(self.database)).poll_due(everything=True)
            stored = await self._titles()
            self.model.stored(stored - self.stored)
            assert stored == {post.title for post in self.blog.posts}, "lost on the way in"
            for _ in range(24):
                await self.bench.sweep(timedelta(minutes=5))
            self.model.check(self.shown())
            self.model.check_end(self.shown())
            states = set((await self.bench.seeds.states()).values())
            assert states <= set(FINAL), states
            assert [way for way in await self._taken() if not may_become(*way)] == [], "not in the table"
        finally:
            await self.bench.kill()
            await self.opening.__aexit__(None, None, None)

    async def _taken(self) -> list[tuple[str, str]]:
        async with self.database.read() as connection:
            rows = await connection.execute(text("SELECT DISTINCT before, after FROM taken"))
            return [(row.before, row.after) for row in rows]


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
