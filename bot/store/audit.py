"""Who changed what: one line for each change that a person may ask about later."""

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import audit


async def note(connection: AsyncConnection, at: datetime, place: tuple[str, str], person: str, what: str) -> None:
    """Write a line, in the transaction of the change; *place* is a workspace, and a channel or `everywhere`."""
    await connection.execute(
        insert(audit).values(at=at, workspace=place[0], channel=place[1], person=person, what=what)
    )
