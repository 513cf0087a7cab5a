"""Slack on a real loopback server, the commands a fake, the store real."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.chat.slack.app import Slack, open_slack
from bot.chat.slack.settings import SlackSettings
from bot.domain.language import Languages
from bot.domain.model import Channel
from bot.store.channel_states import SqlChannelStates
from bot.store.database import Database
from bot.store.installations import SqlInstallations
from bot.store.overview import SqlOverview
from bot.store.tables import channels, subscriptions
from tests.clock import START, FakeClock
from tests.fakes.answers import FakeAnswers
from tests.fakes.slack_server import FakeSlack

Json = dict[str, Any]
PATIENCE = 10.0


@pytest.fixture
async def fake(clock: FakeClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as server:
        server.world.time = lambda: clock.now().timestamp()
        server.world.posts_at_once = 1000
        yield server


@pytest.fixture
def answers() -> FakeAnswers:
    return FakeAnswers()


async def until(what: Callable[[], Awaitable[Any]]) -> Any:
    """Return what *what* gives once it is something: for effects that come after Slack's answer."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await what()):  # noqa: ASYNC110 - it happens on a server
            await asyncio.sleep(0.01)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One workspace with the bot in it, and all that a test of the adapter touches."""

    fake: FakeSlack
    slack: Slack
    answers: FakeAnswers
    clock: FakeClock
    database: Database
    team: Json
    #: A public channel with the bot in it, and with ada.
    channel: str

    def place(self, channel: str | None = None) -> Channel:
        return Channel(platform="slack", workspace=self.team["id"], id=channel or self.channel)

    async def follow(
        self, channel: str, state: str = "active", why: str | None = None, topics: Sequence[str] = ("nlp",)
    ) -> None:
        """Let a channel follow topics, as the core would store it."""
        row: Json = {"platform": "slack", "workspace": self.team["id"], "external_id": channel}
        row |= {"state": state, "why": why}
        async with self.database.write() as connection:
            made = await connection.execute(channels.insert().values(**row, created_at=START, options={}))
            number = made.inserted_primary_key[0]  # type: ignore[index]
            wanted: Json = {"channel_id": number, "kind": "topic", "mode": {}, "filters": [], "created_by": "U1"}
            rows = [wanted | {"target": topic, "created_at": START} for topic in topics]
            await connection.execute(subscriptions.insert(), rows)

    async def state_of(self, channel: str) -> tuple[str, str | None]:
        async with self.database.read() as connection:
            rows = await connection.execute(channels.select().where(channels.c.external_id == channel))
            row = rows.one()
            return row.state, row.why

    async def settled(self) -> None:
        """Return once somebody waits for the clock again: what ran before has come to its end."""

        async def asleep() -> bool:
            return self.clock.next_wake is not None

        await until(asleep)

    async def typed(self, command: str, text: str = "", **more: Any) -> Json:
        """Type a command as ada and return Slack's view of the answer."""
        channel = more.pop("channel", self.channel)
        return await self.fake.stage.command(channel, more.pop("user", self.team["admin"]), command, text, **more)

    async def answered(self, done: Json) -> Json:
        """Return the first answer to a command or click."""
        found: Json = (await until(lambda: self.fake.stage.answers(done["answer_id"])))[0]
        return found


def settings_for(fake: FakeSlack, team: Json, **changes: Any) -> SlackSettings:
    """Return settings for one workspace by Socket Mode."""
    base = SlackSettings(
        bot_token=team["bot_token"],
        app_token=fake.world.app_token,
        api_url=fake.api_url,
        timeout=timedelta(seconds=2),
        rate=1000,
    )
    return replace(base, **changes)


@pytest.fixture(params=["socket", "http"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def scene(
    way: str, fake: FakeSlack, answers: FakeAnswers, sqlite: Database, clock: FakeClock
) -> AsyncIterator[Scene]:
    """The adapter at work, once through Socket Mode, once over HTTP."""
    team = await fake.stage.team("Acme")
    channel = (await fake.stage.channel(team["id"], "nlp", with_bot=True))["id"]
    settings = settings_for(fake, team)
    if way == "http":
        settings = replace(settings, app_token="", signing_secret=fake.world.signing_secret)
    async with serving(settings, fake, answers, sqlite, clock) as slack:
        yield Scene(fake=fake, slack=slack, answers=answers, clock=clock, database=sqlite, team=team, channel=channel)


@contextlib.asynccontextmanager
async def serving(
    settings: SlackSettings,
    fake: FakeSlack,
    answers: FakeAnswers,
    database: Database,
    clock: FakeClock,
    *,
    port: int = 0,
) -> AsyncIterator[Slack]:
    """Open Slack, serve its routes, run it until connected, and let go of it all."""
    opened = open_slack(
        settings,
        answers=answers,
        overviews=SqlOverview(database),
        installations=SqlInstallations(database),
        states=SqlChannelStates(database),
        clock=clock,
        languages=Languages(),
    )
    async with opened as slack, _mounted(slack, port) as origin:
        if not settings.uses_sockets:
            fake.world.request_url = f"{origin}/slack/events"
        running = asyncio.create_task(slack.run())
        try:
            await until(lambda: _is_up(slack, running))
            yield slack
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@contextlib.asynccontextmanager
async def _mounted(slack: Slack, port: int) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(slack.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _is_up(slack: Slack, running: asyncio.Task[None]) -> bool:
    if running.done():
        running.result()
    return slack.health().ok
