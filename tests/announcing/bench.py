"""An announcer over a real database and a chat that breaks on demand; time passes when it is told to."""

from datetime import timedelta

from bot.announcing.announcer import Announcer
from bot.domain.sending import Timing
from bot.engine.local import LocalEngine
from bot.ports.outbox import Outbox
from bot.store.database import Database
from bot.store.outbox import SqlOutbox
from tests.clock import FakeClock
from tests.fakes.chat import FakeChat
from tests.seeds import Seeds

TIMING = Timing(send_timeout=timedelta(seconds=20), platform_lag=timedelta(seconds=60))
#: Real time: a hang is waited for, so it must be short; lag and lease are passed on the fake clock.
HASTY = Timing(send_timeout=timedelta(milliseconds=50), platform_lag=timedelta(seconds=60))


class Bench:
    """One process: `kill` ends it as a crash would, `start` makes the next one on the same database."""

    def __init__(self, database: Database, clock: FakeClock, timing: Timing = TIMING) -> None:
        self.clock = clock
        self.seeds = Seeds(database)
        self.chat = FakeChat(clock)
        self.timing = timing
        self.outbox: Outbox = SqlOutbox(database)
        self.start()

    def start(self) -> None:
        self.engine = LocalEngine(self.clock)
        self.announcer = Announcer(
            outbox=self.outbox,
            chats={self.chat.platform: self.chat},
            clock=self.clock,
            engine=self.engine,
            timing=self.timing,
            jitter=lambda: 0.0,
        )
        self.engine.serve({"drain": self.announcer.drain, "sweep": self.announcer.sweep})

    async def kill(self) -> None:
        """Cancel whatever runs, at the point it is at."""
        await self.engine.stop(0)

    async def take_over(self) -> None:
        """Take over as the holder of the lock does."""
        await self.announcer.take_over()

    async def sweep(self, after: timedelta | float = 0) -> None:
        """Let time pass, find what is due, and return when nothing runs any more."""
        self.clock.pass_time(after)
        await self.engine.wake("sweep", "")
        await self.engine.idle()

    async def work_off(self, hours: float = 2) -> None:
        """Sweep every 30 seconds for so long."""
        for _ in range(int(hours * 120)):
            await self.sweep(30)
