"""Posts, announcements and messages to test with."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.keys import message_key
from bot.domain.message import Announcement, Message, MessageKind
from bot.domain.model import AnnouncementId, Channel, FeedId, MessageId, Post, PostId, StoryId
from tests.clock import START


def post(number: int = 1, **changes: Any) -> Post:
    made = Post(
        id=PostId(f"{number:032x}"),
        feed_id=FeedId(1),
        title=f"Post {number}",
        url=f"https://blog.example/{number}",
        summary=f"What post {number} says.",
        published=START - timedelta(hours=number),
        first_seen=START,
    )
    return replace(made, **changes)


def announcement(number: int = 1, *, blog: str | None = "Example Blog", **changes: Any) -> Announcement:
    topics = changes.pop("topics", ("NLP",))
    return Announcement(
        id=AnnouncementId(f"a{number:031x}"),
        story=StoryId(f"b{number:031x}"),
        post=post(number, **changes),
        blog=blog,
        topics=topics,
        topic="nlp" if topics else None,
    )


def message(channel: Channel, *announcements: Announcement, id: str = "m1", **changes: Any) -> Message:
    made = Message(
        id=MessageId(id),
        key=message_key(MessageId(id)),
        channel=channel,
        kind=MessageKind.POST if len(announcements) == 1 else MessageKind.DIGEST,
        announcements=announcements,
        attempt=1,
        first_attempt_at=START,
        due_at=START,
    )
    return replace(made, **changes)
