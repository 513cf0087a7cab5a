"""What the built-in chat keeps: channels, and messages as the page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.model import Channel, MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChannel:
    channel: Channel
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMessage:
    """A message as the page shows it."""

    ref: MessageRef
    channel: Channel
    #: JSON, made by the room's render.py; empty once removed.
    body: Mapping[str, Any]
    #: Where it stands in its channel: an edit does not move it.
    order: int
    #: Grows by one with every message shown, edited or removed, in the order of their commits.
    change: int
    created_at: datetime
    removed: bool = False
