"""OAuth for many workspaces: installations with their tokens sealed, and the one-time states."""

import base64
import hashlib
import json
import logging
import secrets
from datetime import datetime, timedelta
from logging import Logger
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.chat.slack.library import SILENT
from bot.domain.errors import GiveUp
from bot.domain.unsaid import stored
from bot.ports.channels import ChannelStates, Installations, StoredInstallation
from bot.ports.running import Clock

log = logging.getLogger(__name__)

PLATFORM = "slack"
STATE_LASTS = timedelta(minutes=10)
#: What is kept of an installation: people's own tokens are never asked for.
_KEPT = (
    "app_id",
    "enterprise_id",
    "team_id",
    "team_name",
    "bot_token",
    "bot_id",
    "bot_user_id",
    "user_id",
    "token_type",
)
UNINSTALLED = stored("Tidings was removed from the workspace. Add it again to go on.")


class SealedInstallations(AsyncInstallationStore):
    """Slack's installation store over ours: encrypted at rest, and a workspace's channels follow its state."""

    def __init__(self, secret_key: str, store: Installations, states: ChannelStates, clock: Clock) -> None:
        self._fernet = _fernet(secret_key)
        self._store = store
        self._states = states
        self._clock = clock

    @property
    def logger(self) -> Logger:
        return SILENT

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation; what an earlier removal had closed is open again."""
        if installation.team_id is None:
            raise BoltError("Install Tidings into a workspace; a whole organisation at once is not supported.")
        kept = {name: getattr(installation, name) for name in _KEPT}
        kept["bot_scopes"] = ",".join(installation.bot_scopes or ())
        sealed = StoredInstallation(
            platform=PLATFORM,
            enterprise=installation.enterprise_id or "",
            workspace=installation.team_id,
            data=self._fernet.encrypt(json.dumps(kept).encode()),
            installed_at=self._clock.now(),
        )
        await self._store.put(sealed)
        await self._states.reopen_workspace(PLATFORM, installation.team_id, self._clock.now())

    async def async_save_bot(self, bot: Bot) -> None:
        """Nothing: an installation holds its bot."""

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        found = await self.async_find_installation(enterprise_id=enterprise_id, team_id=team_id)
        return None if found is None else found.to_bot()

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        stored = None if team_id is None else await self._store.get(PLATFORM, team_id)
        return None if stored is None else self._open(stored)

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget a workspace's token and close its channels; their subscriptions and queues are kept."""
        if team_id is None:
            return
        log.info("uninstalled", extra={"workspace": team_id})
        await self._store.remove(PLATFORM, team_id)
        await self._states.close_workspace(PLATFORM, team_id, UNINSTALLED, self._clock.now())

    async def uninstalled(self, workspace: str, at: datetime) -> None:
        """Forget a workspace, unless it was installed again since: Slack promises no order of its events."""
        stored = await self._store.get(PLATFORM, workspace)
        if stored is None or stored.installed_at <= at:
            await self.async_delete_all(enterprise_id=None, team_id=workspace)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self.async_delete_all(enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Nothing where a person's own token is revoked: we have none."""

    def _open(self, stored: StoredInstallation) -> Installation:
        try:
            values: dict[str, Any] = json.loads(self._fernet.decrypt(stored.data))
        except InvalidToken as error:
            raise GiveUp(
                "SECRET_KEY is not the one that sealed the Slack installations; set the old one, or install again."
            ) from error
        return Installation(**values, installed_at=stored.installed_at.timestamp())


class States(AsyncOAuthStateStore):
    """The states of installations under way: taken once, within ten minutes, by whichever process is called back."""

    def __init__(self, store: Installations, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @property
    def logger(self) -> Logger:
        return SILENT

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        state = secrets.token_urlsafe(32)
        await self._store.add_state(state, self._clock.now() + STATE_LASTS)
        return state

    async def async_consume(self, state: str) -> bool:
        return await self._store.take_state(state, self._clock.now())


def _fernet(secret_key: str) -> Fernet:
    """Return the cipher for any long text; the label keeps this key apart from others made of the same text."""
    digest = hashlib.blake2b(secret_key.encode(), digest_size=32, person=b"slack-install").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
