"""What the statements about channels and their lines of messages share."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, tuple_

from bot.domain.model import Channel
from bot.store.tables import channels

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


def is_any(wanted: Iterable[Channel]) -> ColumnElement[bool]:
    """The condition that a row of `channels` is one of these."""
    c = channels.c
    names = sorted((channel.platform, channel.workspace, channel.id) for channel in wanted)
    return tuple_(c.platform, c.workspace, c.external_id).in_(names)
