"""Both engines keep the same contract."""

from collections.abc import AsyncIterator

import pytest

from bot.engine.distributed import DistributedEngine
from bot.engine.local import LocalEngine
from tests.clock import FakeClock
from tests.contracts.engine import AnyEngine, EngineContract
from tests.engine.test_distributed import settled


class TestLocalEngine(EngineContract):
    @pytest.fixture
    async def engine(self, clock: FakeClock) -> AsyncIterator[LocalEngine]:
        engine = LocalEngine(clock)
        yield engine
        await engine.stop(grace=0)

    async def idle(self, engine: AnyEngine) -> None:
        assert isinstance(engine, LocalEngine)
        await engine.idle()


@pytest.mark.postgres
class TestDistributedEngine(EngineContract):
    @pytest.fixture
    async def engine(self, clock: FakeClock, postgres_url: str) -> AsyncIterator[DistributedEngine]:
        async with DistributedEngine(postgres_url, clock) as engine:
            engine.start()
            yield engine

    async def idle(self, engine: AnyEngine) -> None:
        assert isinstance(engine, DistributedEngine)
        await settled(engine)


@pytest.mark.postgres
class TestKindsThatRunInEachWorker(TestDistributedEngine):
    """The same promise, for kinds that do not go through the queue."""

    @pytest.fixture
    async def engine(self, clock: FakeClock, postgres_url: str) -> AsyncIterator[DistributedEngine]:
        async with DistributedEngine(postgres_url, clock, here=["drain", "broken", "from-another-version"]) as engine:
            yield engine
