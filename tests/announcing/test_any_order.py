"""Publishing, subscribing, faults, kills and restarts in any order: what people see, against a model of 30 lines."""

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
from sqlalchemy import text

from bot.domain.channels import ChannelOptions
from bot.domain.digesting import plan
from bot.domain.model import Digest, Each, Mode, StoryId, SubscriptionId, Taker, Want
from bot.domain.planning import StoryWants
from bot.domain.transitions import FINAL, may_become
from bot.store.database import open_database
from bot.store.planned import add_planned, channel_loads
from bot.store.unwanted import cancel_unwanted
from tests.announcing.bench import Bench
from tests.clock import FakeClock
from tests.databases import sqlite_database
from tests.fakes.chat import Fault
from tests.seeds import NLP

Result = TypeVar("Result")
MODES: dict[str, Mode] = {"each": Each(), "hourly": Digest(every="hourly", at_minute=15)}
FAULTS = [Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.LATE, Fault.REFUSED, Fault.WAIT, Fault.BREAK]


#: Writes down every way that a message takes from state to state.
RECORDING = """CREATE TRIGGER taking AFTER UPDATE OF state ON messages
BEGIN INSERT INTO taken VALUES (OLD.state, NEW.state); END"""


class Model:
    """What must be shown, what may be: that is all a reader can tell."""

    def __init__(self) -> None:
        self.follows: dict[SubscriptionId, Mode] = {}
        self.waiting: dict[str, set[SubscriptionId]] = {}
        self.must: set[str] = set()
        self.may: set[str] = set()

    def publish(self, titles: list[str]) -> None:
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
        self.published = 0
        self.subscribed = 0

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
        titles = [f"Post {self.published + number}" for number in range(count)]
        self.published += count
        self.run(self._publish(titles))
        self.model.publish(titles)
        self.run(self.bench.sweep())

    async def _publish(self, titles: list[str]) -> None:
        now = self.bench.clock.now()
        found = await self.bench.seeds.posts(titles)
        wants = tuple(
            Want(Taker(NLP, one, mode), topics=("NLP",), score=1.0) for one, mode in self.model.follows.items()
        )
        stories = [StoryWants(story=StoryId(post), post=post, wants=wants) for post in found]
        async with self.database.write() as connection:
            loads = await channel_loads(connection, [NLP], [story.story for story in stories], now)
            planned = plan(stories, loads, now, "UTC")
            # Twice: a poll repeated after a crash must change nothing.
            await add_planned(connection, planned, now)
            await add_planned(connection, planned, now)

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
