"""Which token a workspace has, who a person is there, and what they may do."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.installations import SealedInstallations
from bot.chat.slack.library import new_client
from bot.chat.slack.settings import SlackSettings
from bot.domain.errors import NotAllowed
from bot.domain.reply import Person
from bot.ports.running import Clock

#: How long what Slack said of a person is believed.
_BELIEVED = timedelta(seconds=60)
#: How long a stored token is used before it is read again: another process may have stored a new one.
_TOKEN_READ = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What we are in one workspace."""

    workspace: str
    token: str = field(repr=False)
    bot_user: str
    bot_id: str


class Workspaces:
    """The token of each workspace: the one that is set, or those stored by OAuth."""

    def __init__(
        self,
        settings: SlackSettings,
        installations: SealedInstallations,
        clock: Clock,
        session: aiohttp.ClientSession,
    ) -> None:
        self._settings = settings
        self._installations = installations
        self._clock = clock
        self._session = session
        self._known: dict[str, tuple[datetime, Identity]] = {}
        self._own: Identity | None = None
        self._asking = asyncio.Lock()

    async def own(self) -> Identity:
        """Return what the token that is set stands for; raises what auth.test raises."""
        async with self._asking:
            if self._own is None:
                said = await self.client_for(self._settings.bot_token).auth_test()
                self._own = Identity(
                    workspace=said["team_id"],
                    token=self._settings.bot_token,
                    bot_user=said["user_id"],
                    bot_id=said.get("bot_id") or "",
                )
            return self._own

    async def identity(self, workspace: str) -> Identity | None:
        """Return what we are in a workspace; None where we are not installed."""
        if not self._settings.has_many_workspaces:
            own = await self.own()
            return own if own.workspace == workspace else None
        read_at, known = self._known.get(workspace, (None, None))
        if known is not None and read_at is not None and self._clock.now() - read_at < _TOKEN_READ:
            return known
        found = await self._stored(workspace)
        if found is not None:
            self._known[workspace] = (self._clock.now(), found)
        return found

    async def _stored(self, workspace: str) -> Identity | None:
        bot = await self._installations.async_find_bot(enterprise_id=None, team_id=workspace)
        if bot is None:
            return None
        return Identity(workspace=workspace, token=bot.bot_token, bot_user=bot.bot_user_id, bot_id=bot.bot_id)

    def forget(self, workspace: str) -> None:
        """Read the token anew next time: it was refused, removed or replaced."""
        self._known.pop(workspace, None)

    async def client(self, workspace: str) -> AsyncWebClient | None:
        """Return a client that speaks as us in a workspace; None where we are not installed."""
        found = await self.identity(workspace)
        return None if found is None else self.client_for(found.token)

    def client_for(self, token: str | None) -> AsyncWebClient:
        return new_client(self._session, self._settings.api_url, token)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    read_at: datetime
    workspace: str
    is_admin: bool
    is_guest: bool
    #: `de-DE`; None where Slack does not say.
    language: str | None


class People:
    """What people may do, by what Slack says of them now."""

    def __init__(self, settings: SlackSettings, workspaces: Workspaces, clock: Clock) -> None:
        self._settings = settings
        self._workspaces = workspaces
        self._clock = clock
        self._profiles: dict[tuple[str, str], _Profile] = {}

    async def person(self, workspace: str, user: str, name: str = "", *, own_channel: bool = False) -> Person:
        """Return a person with their rights; raises NotAllowed for members of other organisations."""
        profile = await self._profile(workspace, user)
        if profile.workspace != workspace:
            raise NotAllowed("Only members of this workspace can use me here.")
        rules_workspace = profile.is_admin or user in self._settings.admins
        by_members = self._settings.change_by == "members" and not profile.is_guest
        return Person(
            id=user,
            name=name,
            may_change_channel=own_channel or rules_workspace or by_members,
            may_change_workspace=rules_workspace,
        )

    def language(self, workspace: str, user: str) -> str | None:
        """Return the language Slack said a person uses, when it was last asked about them."""
        known = self._profiles.get((workspace, user))
        return known.language if known else None

    async def _profile(self, workspace: str, user: str) -> _Profile:
        known = self._profiles.get((workspace, user))
        if known is not None and self._clock.now() - known.read_at < _BELIEVED:
            return known
        client = await self._workspaces.client(workspace)
        if client is None:
            raise NotAllowed("Tidings is not installed in this workspace.")
        said = (await client.users_info(user=user, include_locale=True))["user"]
        profile = _Profile(
            read_at=self._clock.now(),
            workspace=said.get("team_id") or workspace,
            is_admin=bool(said.get("is_admin") or said.get("is_owner")),
            is_guest=bool(said.get("is_restricted") or said.get("is_ultra_restricted")),
            language=said.get("locale") or None,
        )
        self._profiles = {k: p for k, p in self._profiles.items() if profile.read_at - p.read_at < _BELIEVED}
        self._profiles[workspace, user] = profile
        return profile
