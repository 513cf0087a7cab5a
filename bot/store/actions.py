"""Commands behind buttons, where they are too long to stand in one."""

from datetime import datetime

from sqlalchemy import insert, select

from bot.domain.keys import new_id
from bot.domain.links import has_secret
from bot.domain.model import Channel
from bot.store.channels import channel_row
from bot.store.database import Database
from bot.store.outbox import is_any
from bot.store.seal import Locked
from bot.store.tables import actions, channels


class SqlActions:
    """Keeps bot.ports.Actions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, channel: Channel, command: str, now: datetime) -> str:
        action = new_id()
        async with self._database.write() as connection:
            row = await channel_row(connection, channel, now)
            values = {"id": action, "channel_id": row, "command": self._closed(command), "created_at": now}
            await connection.execute(insert(actions).values(**values))
        return action

    async def find(self, channel: Channel, action: str) -> str | None:
        statement = (
            select(actions.c.command)
            .select_from(actions.join(channels))
            .where(actions.c.id == action, is_any([channel]))
        )
        async with self._database.read() as connection:
            found: str | None = await connection.scalar(statement)
        try:
            return self._database.seal.read(found)
        except Locked:
            return None

    def _closed(self, command: str) -> str:
        # A button may carry the address of a feed behind a password.
        return self._database.seal.hide(command) if any(map(has_secret, command.split())) else command
