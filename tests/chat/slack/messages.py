"""Messages of the outbox for tests."""

from datetime import UTC, datetime
from typing import Any

from bot.domain.keys import message_key
from bot.domain.message import Announcement, Message, MessageKind
from bot.domain.model import Channel, MessageId

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HERE = Channel(platform="slack", workspace="T1", id="C1")


def message(*announcements: Announcement, number: int = 1, **changes: Any) -> Message:
    """Return a message that carries announcements; without any a notice."""
    kind = MessageKind.NOTICE if not announcements else MessageKind.POST
    message_id = MessageId(f"{number:032x}")
    values: dict[str, Any] = {
        "kind": kind if len(announcements) < 2 else MessageKind.DIGEST,
        "channel": HERE,
        "text": "" if announcements else "A sentence of ours.",
        "attempt": 1,
        "first_attempt_at": NOW,
        "due_at": NOW,
    } | changes
    return Message(id=message_id, key=message_key(message_id), announcements=announcements, **values)
