"""The composition root: the only file that knows every concrete class. Read this first.

`serve` is the whole program in one process: it opens what must be closed again in the order it is used, says which
job does what, and lets everything go in the reverse order. The operators' commands take the parts they need.
"""

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from bot.announcing.announcer import Announcer
from bot.chat.discord.adapter import Discord
from bot.chat.room.room import Room
from bot.chat.slack.app import open_slack
from bot.commands.desk import Desk
from bot.commands.dispatch import Commands
from bot.commands.known_topics import KnownTopics
from bot.commands.table import TABLE
from bot.domain.allowance import Allowance
from bot.domain.feed_file import Pack, default_feeds, read_packs
from bot.domain.language import ENGLISH, Languages, read_language
from bot.domain.model import SHARED, Channel
from bot.domain.topic_file import read_topics
from bot.domain.vocabulary import Topic
from bot.engine.clock import SystemClock
from bot.engine.patience import patiently
from bot.feeds.fetch import HttpFetcher
from bot.feeds.finding import FeedFinder
from bot.feeds.guard import Guard
from bot.feeds.hubs import HttpHubs
from bot.feeds.opml import write_opml
from bot.feeds.parsing import ParserPool
from bot.polling.judging import WishJudge
from bot.polling.poller import Poller
from bot.polling.pushed import Pushes
from bot.polling.subscribing import Subscriber
from bot.ports.chat import Chat
from bot.ports.running import Engine
from bot.settings import Settings
from bot.settings.parts import (
    channel_part,
    discord_part,
    fetch_part,
    limits_part,
    poll_part,
    room_part,
    slack_part,
    timing_part,
)
from bot.store.actions import SqlActions
from bot.store.backfill import SqlBackfill
from bot.store.channel_states import SqlChannelStates
from bot.store.channels import SqlChannels
from bot.store.counts import SqlCounts, SqlMarks
from bot.store.database import Database, database_url, open_database, sqlite_path
from bot.store.departures import SqlDepartures
from bot.store.disk import check_disk
from bot.store.feedback import SqlFeedback
from bot.store.hooks import SqlHooks
from bot.store.installations import SqlInstallations
from bot.store.known_feeds import SqlFeeds
from bot.store.mutes import SqlMutes
from bot.store.outbox import SqlOutbox
from bot.store.overview import SqlOverview
from bot.store.own_topics import SqlOwnTopics
from bot.store.pages import SqlPages
from bot.store.polls import SqlFeedQueue
from bot.store.process_lock import process_lock
from bot.store.rates import SqlRates
from bot.store.reasons import SqlReasons
from bot.store.receipts import SqlReceipts
from bot.store.removals import SqlRemovals
from bot.store.room import RoomBook
from bot.store.schema import upgrade
from bot.store.shown_posts import SqlPosts
from bot.store.subscriptions import SqlSubscriptions
from bot.store.vitals import SqlVitals
from bot.store.wishes import SqlWishBook
from bot.web.access import Gate
from bot.web.admin import Admin
from bot.web.metrics import Metrics
from bot.web.pages import Pages
from bot.web.recent import Recent
from bot.web.templates import Templates
from bot.web.views import Views
from bot.web.websub import WebSub

log = logging.getLogger(__name__)


Announced = Callable[[Mapping[Channel, datetime]], Awaitable[None]]

#: The mark of the default pack: `begun` or `done`.
FIRST_FEEDS = "first feeds"
USER_AGENT = "Tidings/0.1 (+https://github.com/tidings-bot/tidings)"


@contextlib.asynccontextmanager
async def open_store(settings: Settings, patience: timedelta = timedelta(0)) -> AsyncIterator[Database]:
    """Give the database, brought up to date. Raises GiveUp; StoreBusy where it is away for longer than *patience*."""
    path = sqlite_path(database_url(settings.database_url))
    if path is not None and (warning := check_disk(path, os.environ, allowed=settings.allow_sqlite_on_paas)):
        log.warning(warning)
    engine = settings.engine
    async with open_database(
        settings.database_url,
        secret_key=settings.secret_key.get_secret_value(),
        pool_size=engine.pool,
        prepared=engine.listen,
    ) as database:
        await patiently(lambda: upgrade(database), SystemClock(), patience)
        yield database


@contextlib.contextmanager
def sole_owner(settings: Settings) -> Iterator[None]:
    """Hold the right to poll and send on an SQLite file; PostgreSQL needs none. Raises AlreadyRunning."""
    path = sqlite_path(database_url(settings.database_url))
    with contextlib.nullcontext() if path is None else process_lock(path):
        yield


def built_in_topics(settings: Settings) -> Sequence[Topic]:
    """Read config/topics.yaml. Raises BadSettings with every fault in it."""
    path = settings.config_dir / "topics.yaml"
    return read_topics(path.read_text(encoding="utf-8"), str(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What brings posts in, and what commands look feeds up with."""

    fetcher: HttpFetcher
    parser: ParserPool
    judge: WishJudge

    @property
    def finder(self) -> FeedFinder:
        return FeedFinder(self.fetcher, self.parser)


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Make what stays: looking through a hundred thousand subscriptions again and again took a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextlib.asynccontextmanager
async def open_intake(settings: Settings, database: Database) -> AsyncIterator[Intake]:
    """Give the fetcher, the parser's children and the judge of posts."""
    guard = Guard(inside=settings.allow_private_networks)
    judge = WishJudge(built_in_topics(settings), SqlWishBook(database))
    with _without_collecting():
        await judge.refresh()
    async with (
        HttpFetcher(guard, user_agent=USER_AGENT, limits=fetch_part(settings)) as fetcher,
        ParserPool(settings.polling.parsers) as parser,
    ):
        yield Intake(fetcher=fetcher, parser=parser, judge=judge)


def make_poller(
    settings: Settings, database: Database, intake: Intake, announced: Announced, feeds: SqlFeedQueue | None = None
) -> Poller:
    """Return what polls due feeds; *announced* hears which channels have messages due, and when."""
    return Poller(
        feeds=feeds or SqlFeedQueue(database, default_zone=settings.timezone),
        fetcher=intake.fetcher,
        parser=intake.parser,
        judge=intake.judge,
        clock=SystemClock(),
        announced=announced,
        settings=poll_part(settings),
    )


def make_subscriber(settings: Settings, database: Database, intake: Intake) -> Subscriber | None:
    """Return what asks WebSub hubs to push; None without PUBLIC_URL."""
    if not settings.public_url:
        return None
    return Subscriber(SqlHooks(database), HttpHubs(intake.fetcher, settings.public_url), SystemClock())


def make_pushes(intake: Intake, announced: Announced, feeds: SqlFeedQueue) -> Pushes:
    """Return what takes in what hubs push."""
    return Pushes(feeds=feeds, parser=intake.parser, judge=intake.judge, clock=SystemClock(), announced=announced)


def make_commands(settings: Settings, database: Database, intake: Intake, engine: Engine | None = None) -> Commands:
    """Return the commands, for every chat and for operators; without an engine, the next sweep sends what they make."""
    options = channel_part(settings)
    desk = Desk(
        clock=SystemClock(),
        channels=SqlChannels(database, options),
        topics=KnownTopics(lambda: intake.judge.vocabulary),
        feeds=SqlFeeds(database),
        posts=SqlPosts(database),
        library=SqlPages(database),
        subscriptions=SqlSubscriptions(database, options),
        receipts=SqlReceipts(database),
        mutes=SqlMutes(database),
        reasons=SqlReasons(database),
        removals=SqlRemovals(database),
        departures=SqlDepartures(database, lambda: asyncio.sleep(0.05)),
        rules=KnownTopics(lambda: intake.judge.vocabulary),
        own_topics=SqlOwnTopics(database),
        feedback=SqlFeedback(database),
        heed=intake.judge.refresh,
        backfill=SqlBackfill(database),
        discovery=intake.finder,
        actions=SqlActions(database),
        packs=tuple(read_feed_file(settings)),
        limits=limits_part(settings),
        timezone=settings.timezone,
        counted_base=settings.public_url or "",
        languages=read_languages(settings.language),
        lookups=Allowance(settings.limits.lookups, timedelta(minutes=1)),
    )
    if engine is not None:
        desk = replace(desk, wake=lambda channel: engine.wake("drain", str(channel)))
    return Commands(desk, names=settings.command_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is served beside the chats."""

    pages: Pages
    admin: Admin
    metrics: Metrics
    #: None without PUBLIC_URL: nobody could follow the links.
    views: Views | None
    #: None without PUBLIC_URL, too.
    websub: WebSub | None

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        counted = self.views.routes() if self.views else ()
        pushed = self.websub.routes() if self.websub else ()
        return [*self.pages.routes(), *self.admin.routes(), *self.metrics.routes(), *counted, *pushed]


def make_site(settings: Settings, database: Database, intake: Intake, pushes: Pushes, recent: Recent) -> Site:
    """Return the topic pages, the operator's page and the metrics."""
    clock, ward, https = SystemClock(), SqlVitals(database), is_https(settings)
    templates = Templates(read_languages(settings.language), clock)

    def gate(purpose: str, token: SecretStr, *, closed: bool) -> Gate:
        known = token.get_secret_value()
        return Gate(purpose=purpose, token=known, clock=clock, templates=templates, https=https, closed=closed)

    websub = WebSub(hooks=SqlHooks(database), take=pushes.take, clock=clock, body_limit=settings.polling.max_body)
    operators = gate("admin", settings.admin_token, closed=True)
    return Site(
        pages=Pages(
            shelf=SqlPages(database),
            topics=KnownTopics(lambda: intake.judge.vocabulary),
            clock=clock,
            gate=gate("pages", settings.pages.token, closed=False),
            templates=templates,
            write_opml=write_opml,
            counting=bool(settings.public_url),
        ),
        admin=Admin(ward=ward, clock=clock, gate=operators, templates=templates, recent=recent.latest),
        websub=websub if settings.public_url else None,
        views=Views(shelf=SqlPages(database), clock=clock) if settings.public_url else None,
        metrics=Metrics(ward=ward, clock=clock, gate=operators, version=program_version()),
    )


def program_version() -> str:
    """Return the version installed; buildpacks install what the program needs, not the program."""
    try:
        return version("tidings")
    except PackageNotFoundError:
        return "unpacked"


def read_languages(default: str = ENGLISH, folder: Path = Path(__file__).parent / "languages") -> Languages:
    """Read every catalogue in bot/languages: a new language is one file there."""
    read = {file.stem: read_language(file.stem, file.read_text(encoding="utf-8")) for file in folder.glob("*.po")}
    languages = Languages(read, default)
    if languages.find(default) is None:
        log.warning("there is no such language", extra={"language": default, "there_are": ", ".join(languages)})
    return languages


def is_https(settings: Settings) -> bool:
    return (settings.public_url or "").startswith("https://")


@contextlib.asynccontextmanager
async def open_chats(settings: Settings, database: Database, commands: Commands) -> AsyncIterator[Mapping[str, Chat]]:
    """Give every chat that the settings name, by platform. A third chat is one more line here."""
    chats: dict[str, Chat] = {}
    languages = read_languages(settings.language)
    async with contextlib.AsyncExitStack() as stack:
        if settings.room.enabled:
            chats["room"] = Room(room_part(settings), RoomBook(database), commands, SystemClock(), languages=languages)
            stack.push_async_callback(chats["room"].close)
        if settings.slack.is_set:
            slack = open_slack(
                slack_part(settings),
                answers=commands,
                overviews=SqlOverview(database),
                installations=SqlInstallations(database),
                states=SqlChannelStates(database),
                clock=SystemClock(),
                languages=languages,
            )
            chats["slack"] = await stack.enter_async_context(slack)
        if settings.discord.is_set:
            chats["discord"] = Discord(
                discord_part(settings),
                answers=commands,
                table=TABLE,
                states=SqlChannelStates(database),
                counts=SqlCounts(database),
                marks=SqlMarks(database),
                clock=SystemClock(),
                languages=languages,
            )
            stack.push_async_callback(chats["discord"].close)
        yield chats


def read_feed_file(settings: Settings) -> Sequence[Pack]:
    """Return the packs of config/feeds.yaml; none where there is no such file. Raises BadSettings."""
    path = settings.config_dir / "feeds.yaml"
    if not path.is_file():
        return ()
    return read_packs(path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.name}")


async def load_first_feeds(settings: Settings, feeds: SqlFeeds, marks: SqlMarks) -> None:
    """Put the default packs of config/feeds.yaml into a database that never had a feed. Raises BadSettings."""
    if not settings.load_default_pack or not (await feeds.is_new() or await marks.get(FIRST_FEEDS) == "begun"):
        return
    found, now = default_feeds(read_feed_file(settings)), SystemClock().now()
    # A process that dies before they are shared with everybody would leave them to nobody, for good.
    await marks.put(FIRST_FEEDS, "begun")
    known = await feeds.know(found, now)
    await feeds.add(SHARED, [feed.id for feed in known], by="default pack", now=now)
    await marks.put(FIRST_FEEDS, "done")
    log.info("loaded the default pack", extra={"feeds": len(known)})


def make_announcer(settings: Settings, database: Database, chats: Mapping[str, Chat], engine: Engine) -> Announcer:
    """Return what sends; on PostgreSQL it keeps the rates together with other workers."""
    return Announcer(
        outbox=SqlOutbox(database),
        chats=chats,
        clock=SystemClock(),
        engine=engine,
        timing=timing_part(settings),
        languages=read_languages(settings.language),
        concurrency=settings.sending.concurrency,
        counted_base=settings.public_url or "",
        keep_queue=settings.sending.keep_queue,
        rates=None if database.is_sqlite else SqlRates(database),
    )
