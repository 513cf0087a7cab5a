"""Slack, put together: what app.py of the bot is given. Read this first."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError

from bot.chat.slack.answering import Answering
from bot.chat.slack.authorization import People, Workspaces
from bot.chat.slack.direct import DirectMessages
from bot.chat.slack.entrance import Entrance
from bot.chat.slack.errors import REFUSALS
from bot.chat.slack.home import Home
from bot.chat.slack.in_flight import InFlight
from bot.chat.slack.installations import PLATFORM, SealedInstallations, States
from bot.chat.slack.library import SILENT, new_client, new_session
from bot.chat.slack.listening import Listening
from bot.chat.slack.look import Looker
from bot.chat.slack.manifest import scopes_of
from bot.chat.slack.needs import Answers, Overviews
from bot.chat.slack.once import Once
from bot.chat.slack.people_links import PeopleLinks
from bot.chat.slack.refusals import error_name
from bot.chat.slack.routes import events_route, oauth_routes
from bot.chat.slack.send import Sender
from bot.chat.slack.settings import SlackSettings, faults
from bot.chat.slack.sockets import Socket
from bot.domain.errors import GiveUp
from bot.domain.language import Languages
from bot.domain.message import LookUp, Message, Outcome, Undeliverable
from bot.ports.channels import ChannelStates, Installations
from bot.ports.chat import Health, Pace
from bot.ports.running import Clock

log = logging.getLogger(__name__)

#: A dead token is asked about this often; nothing else is sent with it.
_ASK_AGAIN = 60.0
#: How long a stop waits for commands that Slack was already answered.
_GRACE = 5.0


class Slack:
    """Keeps `bot.ports.Chat`; made by `open_slack`."""

    def __init__(
        self,
        settings: SlackSettings,
        *,
        workspaces: Workspaces,
        direct: DirectMessages,
        states: ChannelStates,
        clock: Clock,
        app: AsyncApp,
        routes: Sequence[web.RouteDef],
        in_flight: InFlight,
    ) -> None:
        self._settings = settings
        self._workspaces = workspaces
        self._states = states
        self._clock = clock
        self._app = app
        self._sender = Sender(workspaces, PeopleLinks(workspaces, clock), direct)
        self._looker = Looker(workspaces, direct, clock)
        self._socket: Socket | None = None
        #: Workspaces whose token was refused, until it is accepted again.
        self._dead: dict[str, str] = {}
        self._started = False
        #: What an operator must change; empty while there is hope.
        self._hopeless = ""
        self._routes = routes
        self._in_flight = in_flight

    @property
    def platform(self) -> str:
        return PLATFORM

    @property
    def pace(self) -> Pace:
        return Pace(channel=self._settings.rate, workspace=self._settings.workspace_rate)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what the web server mounts; empty in Socket Mode with one workspace."""
        return self._routes

    async def send(self, message: Message) -> Outcome:
        outcome = await self._sender.send(message)
        if isinstance(outcome, Undeliverable) and outcome.what == "installation":
            self._dead[message.channel.workspace] = outcome.why
        return outcome

    async def find_sent(self, message: Message) -> LookUp:
        return await self._looker.find_sent(message)

    async def run(self) -> None:
        """Check the token, connect, and serve until cancelled; raises GiveUp where the settings cannot work."""
        try:
            _require_sound(self._settings)
            if not self._settings.has_many_workspaces:
                await self._greet()
            await self._serve()
        except GiveUp as hopeless:
            self._hopeless = str(hopeless)
            raise

    async def _serve(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch())
                if self._settings.uses_sockets:
                    client = self._workspaces.client_for(self._settings.app_token)
                    self._socket = Socket(self._app, self._settings.app_token, client, self._clock)
                    group.create_task(self._socket.run())
                self._started = True
        except* GiveUp as hopeless:
            raise hopeless.exceptions[0] from None

    async def _greet(self) -> None:
        """Ask Slack who we are, so that a bad token fails the start and not the first person."""
        while True:
            try:
                own = await self._workspaces.own()
            except SlackApiError as error:
                if name := error_name(error):
                    raise GiveUp(
                        f"Slack refused SLACK_BOT_TOKEN ({name}). Copy it anew from OAuth & Permissions."
                    ) from None
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("slack could not be reached", extra={"error": type(error).__name__})
            else:
                log.info("slack knows us", extra={"workspace": own.workspace})
                await self._states.reopen_workspace(PLATFORM, own.workspace, self._clock.now())
                return
            await self._clock.sleep(5)

    async def _watch(self) -> None:
        """Look once a minute whether a refused token is accepted again, and open its workspace then."""
        while True:
            await self._clock.sleep(_ASK_AGAIN)
            # The refusal may have been met by another process, or by this one before it was started again.
            closed = await self._states.workspaces_closed(PLATFORM, REFUSALS)
            for workspace in {*self._dead, *closed}:
                if await self._is_alive(workspace):
                    self._dead.pop(workspace, None)
                    self._sender.believe(workspace)
                    await self._states.reopen_workspace(PLATFORM, workspace, self._clock.now())

    async def _is_alive(self, workspace: str) -> bool:
        self._workspaces.forget(workspace)
        try:
            client = await self._workspaces.client(workspace)
            if client is None:
                return False
            await client.auth_test()
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        await self._in_flight.drain(_GRACE)

    def health(self) -> Health:
        if self._hopeless:
            return Health(ok=False, why=self._hopeless)
        if self._dead:
            return Health(ok=False, why=next(iter(self._dead.values())))
        if not self._started:
            return Health(ok=False, why="Slack is not connected yet.")
        if self._socket is not None and not self._socket.is_connected:
            return Health(ok=False, why="The connection to Slack is lost and is being made again.")
        return Health(ok=True)


def _require_sound(settings: SlackSettings) -> None:
    if wrong := faults(settings):
        raise GiveUp(" ".join(wrong))


@contextlib.asynccontextmanager
async def open_slack(
    settings: SlackSettings,
    *,
    answers: Answers,
    overviews: Overviews,
    installations: Installations,
    states: ChannelStates,
    clock: Clock,
    languages: Languages,
) -> AsyncIterator[Slack]:
    """Give Slack for the length of the block; nothing is asked of Slack before `run` or `send`."""
    async with new_session(settings.timeout) as session:
        sealed = SealedInstallations(settings.secret_key, installations, states, clock)
        workspaces = Workspaces(settings, sealed, clock, session)
        direct = DirectMessages(workspaces)
        people = People(settings, workspaces, clock)
        listening = Listening(
            answers=answers,
            answering=Answering(workspaces, session, settings.api_url),
            people=people,
            entrance=Entrance(workspaces, direct, states, clock),
            workspaces=workspaces,
            installations=sealed,
            home=Home(workspaces, direct, overviews, people, languages),
            once=Once(clock),
            in_flight=InFlight(),
            languages=languages,
        )
        app = _bolt(settings, session, listening)
        routes = _routes(settings, app, session, sealed, States(installations, clock))
        slack = Slack(
            settings,
            workspaces=workspaces,
            direct=direct,
            states=states,
            clock=clock,
            app=app,
            routes=routes,
            in_flight=listening.in_flight,
        )
        try:
            yield slack
        finally:
            await slack.close()


def _bolt(settings: SlackSettings, session: aiohttp.ClientSession, listening: Listening) -> AsyncApp:
    """Return bolt's app: it checks signatures and finds the handler, nothing else."""

    async def authorize(context: AsyncBoltContext, **_: Any) -> AuthorizeResult:
        # Tokens are looked up after the answer to Slack: here even one row read could cost the three seconds.
        return AuthorizeResult(enterprise_id=context.enterprise_id, team_id=context.team_id)

    app = AsyncApp(
        name="tidings",
        logger=SILENT,
        client=new_client(session, settings.api_url),
        # Blank would be read from the environment; sockets carry no signatures.
        signing_secret=settings.signing_secret or "unused: no route is mounted without a secret",
        authorize=authorize,
    )
    listening.register(app)

    @app.error
    async def log_error(error: Exception, body: dict[str, Any]) -> None:
        log.error("handling failed", exc_info=error, extra={"type": body.get("type") or body.get("command")})

    return app


def _routes(
    settings: SlackSettings, app: AsyncApp, session: aiohttp.ClientSession, sealed: SealedInstallations, states: States
) -> list[web.RouteDef]:
    routes = [events_route(app)] if settings.signing_secret.strip() and not settings.uses_sockets else []
    if settings.has_many_workspaces:
        client = new_client(session, settings.api_url)
        routes += oauth_routes(settings, scopes_of(), client, sealed, states)
    return routes
