"""The life of a process: what it opens, which jobs run, what ends when it stops. The parts come from bot/app.py."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aiohttp import web

from bot.announcing.announcer import Announcer
from bot.app import (
    Announced,
    Intake,
    Site,
    is_https,
    load_first_feeds,
    make_announcer,
    make_commands,
    make_poller,
    make_pushes,
    make_site,
    make_subscriber,
    open_chats,
    open_intake,
    open_store,
    sole_owner,
)
from bot.chat.room.room import Room
from bot.chat.slack.app import Slack
from bot.domain.catching_up import is_put_back
from bot.domain.errors import GiveUp, StoreBusy
from bot.domain.model import Channel
from bot.engine.clock import SystemClock
from bot.engine.loop import spare_collections
from bot.engine.opening import open_engine
from bot.engine.patience import patiently
from bot.engine.running import Job, WorkingEngine
from bot.engine.supervisor import keep_running
from bot.engine.team import Team, process_name
from bot.engine.ticks import running, ticks
from bot.polling.poller import Poller
from bot.polling.pushed import Pushes
from bot.polling.subscribing import Subscriber
from bot.ports.chat import Chat, Health
from bot.settings import Settings
from bot.settings.parts import keeping_part, no_chat
from bot.store.catch_up import catch_up, must_catch_up
from bot.store.counts import SqlMarks
from bot.store.database import Database, shared_url, sqlite_path
from bot.store.known_feeds import SqlFeeds
from bot.store.polls import SqlFeedQueue
from bot.store.pulse import Pulse, last_beat, witness_of, witnessed
from bot.store.retention import SqlRetention
from bot.store.roles import SqlRoles
from bot.store.sealing import locked, seal_addresses
from bot.store.transfer import unfit
from bot.web.app import make_app
from bot.web.recent import Recent

log = logging.getLogger(__name__)

#: How soon what another process changed is noticed.
NOTICE = timedelta(seconds=3)
#: A database that starts beside the bot, or is restarted, is waited for so long.
DATABASE_AWAY = timedelta(minutes=5)
#: Kinds of wake-up. Those in HERE run in every worker for itself, the others in one at a time.
KINDS = ("poll", "drain", "sweep", "notice", "pulse", "retention", "websub")
HERE = ("poll", "notice", "pulse")


class Part(StrEnum):
    """What a process does of it all. Several workers and several web processes need PostgreSQL."""

    ALL = "run"
    WORKER = "worker"
    WEB = "web"

    @property
    def works(self) -> bool:
        """Say whether it polls and sends."""
        return self is not Part.WEB

    @property
    def serves(self) -> bool:
        """Say whether it answers over HTTP."""
        return self is not Part.WORKER


async def serve(settings: Settings, part: Part = Part.ALL, recent: Recent | None = None) -> None:
    """Do *part* of polling, announcing and answering until SIGTERM or SIGINT; then finish what is in flight.

    *recent* remembers what went wrong, for the operator's page.
    """
    async with contextlib.AsyncExitStack() as stack:
        if part.works:
            stack.enter_context(sole_owner(settings))
        database = await stack.enter_async_context(open_store(settings, DATABASE_AWAY))
        await patiently(lambda: _begin(settings, database, part), SystemClock(), DATABASE_AWAY)
        process = await stack.enter_async_context(_open_process(settings, database, part))
        # Not before: who still waits for the database has nothing in flight, and ends at once.
        stop = _stop_signal()
        await stack.enter_async_context(_running(settings, process, recent or Recent()))
        await stop.wait()
        log.info("stopping")


async def _begin(settings: Settings, database: Database, part: Part) -> None:
    """See that the database is fit for a start, and put right what an earlier end left behind. Raises GiveUp.

    Safe to repeat.
    """
    if why := await unfit(database):
        raise GiveUp(why)
    if not part.works:
        return
    await _catch_up(database)
    if database.is_sqlite:
        # Holding its lock proves that whoever claimed feeds before is dead.
        await SqlFeedQueue(database).free()
    await load_first_feeds(settings, SqlFeeds(database), SqlMarks(database))
    if clear := await seal_addresses(database):
        log.warning("feeds' passwords are stored in the clear: set SECRET_KEY", extra={"feeds": clear})
    if shut := await locked(database):
        log.warning("feeds' addresses were encrypted with another SECRET_KEY: set that one", extra={"feeds": shut})


async def _catch_up(database: Database) -> None:
    """Take what was published for known where the database is a backup that was put back."""
    now = SystemClock().now()
    path = sqlite_path(database.url)
    put_back = path is not None and is_put_back(await last_beat(database), witnessed(witness_of(path)))
    if put_back or await must_catch_up(database):
        feeds, messages = await catch_up(database, now)
        log.warning("the database is a backup: catching up in silence", extra={"feeds": feeds, "messages": messages})


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The parts of a process that works or serves."""

    part: Part
    database: Database
    intake: Intake
    chats: Mapping[str, Chat]
    engine: WorkingEngine
    team: Team
    feeds: SqlFeedQueue
    poller: Poller
    #: None without PUBLIC_URL: no hub could reach us.
    subscriber: Subscriber | None
    pushes: Pushes
    announcer: Announcer
    pulse: Pulse


@contextlib.asynccontextmanager
async def _open_process(settings: Settings, database: Database, part: Part) -> AsyncIterator[Process]:
    clock, name = SystemClock(), process_name()
    path = sqlite_path(database.url)
    async with contextlib.AsyncExitStack() as stack:
        intake = await stack.enter_async_context(open_intake(settings, database))
        shared, listen = shared_url(settings.database_url), settings.engine.listen
        opening = open_engine(shared, clock, listen=listen, here=HERE, patience=DATABASE_AWAY)
        engine = await stack.enter_async_context(opening)
        commands = make_commands(settings, database, intake, engine)
        chats = await stack.enter_async_context(open_chats(settings, database, commands))
        # On PostgreSQL, which shards are this worker's is said later, by the team.
        shards = None if database.is_sqlite else frozenset[int]()
        feeds = SqlFeedQueue(database, default_zone=settings.timezone, shards=shards, owner=name)
        process = Process(
            part=part,
            database=database,
            intake=intake,
            chats=chats,
            engine=engine,
            team=Team(None if database.is_sqlite else SqlRoles(database), clock, name),
            feeds=feeds,
            poller=make_poller(settings, database, intake, _waking(engine), feeds),
            subscriber=make_subscriber(settings, database, intake),
            pushes=make_pushes(intake, _waking(engine), feeds),
            announcer=make_announcer(settings, database, chats, engine),
            pulse=Pulse(database, None if path is None else witness_of(path)),
        )
        engine.serve(_jobs(settings, process) if part.works else dict.fromkeys(KINDS, _for_a_worker))
        yield process


@contextlib.asynccontextmanager
async def _running(settings: Settings, process: Process, recent: Recent) -> AsyncIterator[None]:
    """Do the process's part for the length of the block."""
    async with contextlib.AsyncExitStack() as stack:
        if process.part.serves:
            site = make_site(settings, process.database, process.intake, process.pushes, recent)
            await stack.enter_async_context(_serving(settings, process, site))
        if process.part.works:
            await stack.enter_async_context(_working(settings, process))
        else:
            await stack.enter_async_context(_noticing(settings, process))
        yield


def _waking(engine: WorkingEngine) -> Announced:
    async def announced(due: Mapping[Channel, datetime]) -> None:
        for channel, at in due.items():
            await engine.wake("drain", str(channel), at)

    return announced


def _jobs(settings: Settings, process: Process) -> Mapping[str, Job]:
    """Say what runs for each kind of wake-up."""
    database = process.database

    async def poll(_key: str) -> None:
        await process.poller.poll_due()

    async def notice(_key: str) -> None:
        await process.intake.judge.refresh()

    async def pulse(_key: str) -> None:
        await process.pulse.beat(SystemClock().now())

    async def retention(_key: str) -> None:
        await SqlRetention(database, keeping_part(settings), lambda: asyncio.sleep(0.05)).clean(SystemClock().now())

    async def websub(_key: str) -> None:
        if process.subscriber:
            await process.subscriber.renew()

    return {
        "websub": websub,
        "poll": poll,
        "drain": process.announcer.drain,
        "sweep": process.announcer.sweep,
        "notice": notice,
        "pulse": pulse,
        "retention": retention,
    }


async def _for_a_worker(_key: str) -> None:
    """Leave it to a worker: its sweep finds what is due within half a minute."""


@contextlib.asynccontextmanager
async def _serving(settings: Settings, process: Process, site: Site) -> AsyncIterator[None]:
    """Answer over HTTP for the length of the block."""
    chats, team = process.chats, process.team
    served = [chat for chat in chats.values() if isinstance(chat, Room | Slack)]
    routes = [*site.routes(), *(route for chat in served for route in chat.routes())]
    # Where this process does not work, sockets and gateways are the workers', and so is their health.
    ours = {name: chat for name, chat in chats.items() if process.part.works or isinstance(chat, Room)}
    health = {name: team.health(name, chat.health) for name, chat in ours.items()}
    health |= {"database": process.pulse.health, "engine": process.engine.health}
    hang_up = [chat.close for chat in served if isinstance(chat, Room)]
    hang_up += [site.views.write] if site.views else []
    if not settings.slack.is_set and not settings.discord.is_set:
        health["chats"] = lambda: Health(ok=True, why=no_chat(settings))
    timed = [site.metrics.middleware]
    app = make_app(routes, health, https=is_https(settings), hang_up=hang_up, middlewares=timed)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        log.info("serving", extra={"url": f"http://{settings.host}:{settings.port}/"})
        if "chats" in health:
            log.info("no chat is set", extra={"next": no_chat(settings)})
        yield
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _working(settings: Settings, process: Process) -> AsyncIterator[None]:
    """Let ticks wake the jobs and each chat run; at the end no new work, then time for what is under way."""
    clock, team, engine = SystemClock(), process.team, process.engine
    catalogue = ticks(poll=settings.polling.tick, sweep=settings.sending.sweep, notice=NOTICE)
    # A room is told of changes in every process that serves it; a gateway and a socket set are one process's.
    runs = {
        name: chat.run if isinstance(chat, Room) else team.alone(name, chat.run) for name, chat in process.chats.items()
    }
    works = [keep_running(name, run, clock) for name, run in runs.items()]
    works.append(keep_running("share", lambda: team.share(process.feeds.assign, process.feeds.free), clock))
    tasks = [asyncio.create_task(work) for work in works]
    if process.database.is_sqlite:
        await process.announcer.take_over()
    spare_collections()
    engine.start()
    try:
        with running(catalogue, engine):
            yield
    finally:
        process.poller.stop()
        process.announcer.stop()
        await engine.stop(settings.sending.stop_grace.total_seconds())
        await _end(tasks)


@contextlib.asynccontextmanager
async def _noticing(settings: Settings, process: Process) -> AsyncIterator[None]:
    """Keep what is served up to date, and leave work to the workers."""
    clock = SystemClock()

    async def look() -> None:
        while True:
            await process.pulse.look()
            # A database that is away is no failure of this work, which would be put off for longer each time.
            with contextlib.suppress(StoreBusy):
                await process.intake.judge.refresh()
            await clock.sleep(NOTICE.total_seconds())

    rooms = {name: chat.run for name, chat in process.chats.items() if isinstance(chat, Room)}
    works = [keep_running(name, run, clock) for name, run in {"notice": look, **rooms}.items()]
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        await process.engine.stop(settings.sending.stop_grace.total_seconds())
        await _end(tasks)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM or SIGINT sets; a second signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for signal_ in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_, on_signal)
    return stop
