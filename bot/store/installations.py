"""Installations by OAuth: sealed bytes and the one-time states of installations under way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select

from bot.ports.channels import StoredInstallation
from bot.store.database import Database
from bot.store.platform_tables import installations, oauth_states

ACTIVE = "active"
REMOVED = "uninstalled"


class SqlInstallations:
    """Keeps `bot.ports.Installations`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, installation: StoredInstallation) -> None:
        values = {
            "platform": installation.platform,
            "enterprise": installation.enterprise,
            "workspace": installation.workspace,
            "data": installation.data,
            "state": ACTIVE,
            "installed_at": installation.installed_at,
        }
        async with self._database.write() as connection:
            # A workspace may join an enterprise grid between two installations.
            await connection.execute(delete(installations).where(_is(installation.platform, installation.workspace)))
            await connection.execute(installations.insert().values(values))

    async def get(self, platform: str, workspace: str) -> StoredInstallation | None:
        found = select(installations).where(_is(platform, workspace), installations.c.state == ACTIVE)
        async with self._database.read() as connection:
            row = (await connection.execute(found)).one_or_none()
        return None if row is None else _installation(row)

    async def remove(self, platform: str, workspace: str) -> None:
        forgotten = {"state": REMOVED, "data": b""}
        async with self._database.write() as connection:
            await connection.execute(installations.update().where(_is(platform, workspace)).values(forgotten))

    async def workspaces(self, platform: str) -> Sequence[str]:
        found = select(installations.c.workspace).where(
            installations.c.platform == platform, installations.c.state == ACTIVE
        )
        async with self._database.read() as connection:
            return list(await connection.scalars(found.order_by(installations.c.workspace)))

    async def add_state(self, state: str, expires_at: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(oauth_states.insert().values(state=state, expires_at=expires_at))

    async def take_state(self, state: str, now: datetime) -> bool:
        taken = delete(oauth_states).where(oauth_states.c.state == state, oauth_states.c.expires_at > now)
        async with self._database.write() as connection:
            found = (await connection.execute(taken.returning(oauth_states.c.state))).first()
            await connection.execute(delete(oauth_states).where(oauth_states.c.expires_at <= now))
        return found is not None


def _is(platform: str, workspace: str) -> ColumnElement[bool]:
    return and_(installations.c.platform == platform, installations.c.workspace == workspace)


def _installation(row: Row[Any]) -> StoredInstallation:
    return StoredInstallation(
        platform=row.platform,
        enterprise=row.enterprise,
        workspace=row.workspace,
        data=row.data,
        installed_at=row.installed_at,
    )
