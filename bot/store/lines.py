"""What the statements about channels and their lines of messages share."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.model import Channel
from bot.store.batches import batches, mark, round_up
from bot.store.tables import channels

#: Channels in one statement.
_SOME = 512
OPEN_STATES = ("pending", "sending", "unknown")


def is_open(state: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition of the partial index: written out, as SQLite only recognises it word by word."""
    return state.in_(bindparam("open_states", OPEN_STATES, expanding=True, literal_execute=True))


def channel_is_open(now: datetime) -> ColumnElement[bool]:
    """A channel that may be sent to: active, or its pause is over, and no wait holds it."""
    c = channels.c
    awake = or_(c.state == "active", and_(c.state == "paused", c.paused_until <= now))
    return and_(awake, or_(c.wait_until.is_(None), c.wait_until <= now))


def channel_of(row: Any) -> Channel:
    """Return the channel of a row of `channels`."""
    return Channel(platform=row.platform, workspace=row.workspace, id=row.external_id)


async def ids_of(connection: AsyncConnection, wanted: Iterable[Channel]) -> list[int]:
    """Return the ids of those of these channels that have a row: for statements about many of them."""
    found: list[int] = []
    for some in batches(sorted((one.platform, one.workspace, one.id) for one in set(wanted)), _SOME):
        text = _ids_text(round_up(some), mark(connection))
        rows = await connection.exec_driver_sql(text, tuple(chain.from_iterable(some)))
        found += {row[0] for row in rows}
    return found


@lru_cache(maxsize=16)
def _ids_text(count: int, mark: str) -> str:
    # Joined: of `(platform, …) IN (VALUES …)` SQLite makes a scan of all channels.
    values = ", ".join([f"({mark}, {mark}, {mark})"] * count)
    return (
        f"WITH wanted (platform, workspace, id) AS (VALUES {values}) SELECT c.id FROM wanted w "  # noqa: S608 - marks only
        "JOIN channels c ON c.platform = w.platform AND c.workspace = w.workspace AND c.external_id = w.id"
    )


def is_any(wanted: Iterable[Channel]) -> ColumnElement[bool]:
    """The condition that a row of `channels` is one of these few; for many `ids_of` is there."""
    c = channels.c
    names = sorted((channel.platform, channel.workspace, channel.id) for channel in wanted)
    return tuple_(c.platform, c.workspace, c.external_id).in_(names)
