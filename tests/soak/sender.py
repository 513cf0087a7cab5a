"""What a soak kills: the sending half of the real program, composed as bot.app does; or a whole worker."""

import asyncio
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from bot import serving
from bot.announcing.announcer import Announcer
from bot.app import open_chats, sole_owner
from bot.domain.sending import Timing
from bot.engine.clock import SystemClock
from bot.engine.local import LocalEngine
from bot.serving import Part
from bot.settings import Settings, load_settings
from bot.store.database import open_database
from bot.store.outbox import SqlOutbox
from tests.fakes.answers import FakeAnswers
from tests.soak.watched import Watched


def run(environment: Mapping[str, str], early: Path, begun: Connection) -> None:
    """Send what is due until killed; write requests made too early into the file *early*."""
    asyncio.run(serve(load_settings(environment), early, begun))


def work(environment: Mapping[str, str], _early: Path, _begun: Connection) -> None:
    """Be a worker until killed, as `tidings worker` is one."""
    asyncio.run(serving.serve(load_settings(environment), Part.WORKER))


async def serve(settings: Settings, early: Path, begun: Connection) -> None:
    sending, clock = settings.sending, SystemClock()
    with sole_owner(settings):
        async with (
            open_database(settings.database_url) as database,
            open_chats(settings, database, FakeAnswers()) as chats,  # type: ignore[arg-type]
        ):
            engine = LocalEngine(clock)
            announcer = Announcer(
                outbox=SqlOutbox(database),
                chats={name: Watched(chat, early) for name, chat in chats.items()},
                clock=clock,
                engine=engine,
                timing=Timing(send_timeout=sending.timeout, platform_lag=sending.platform_lag, margin=sending.margin),
                concurrency=sending.concurrency,
            )
            engine.serve({"drain": announcer.drain, "sweep": announcer.sweep})
            begun.send_bytes(b"begun")
            await announcer.take_over()
            while True:
                await engine.wake("sweep", "")
                await asyncio.sleep(sending.sweep.total_seconds())
