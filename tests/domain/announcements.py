"""Announcements for tests: one call, every field with a default."""

from datetime import UTC, datetime
from typing import Any

from bot.domain.message import Announcement
from bot.domain.model import AnnouncementId, FeedId, Post, PostId, StoryId

PUBLISHED = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def announcement(number: int = 1, *, blog: str | None = "Simon's notes", **changes: Any) -> Announcement:
    """Return an announcement; *changes* are fields of its post, or `topics`, `topic`, `also_at`, `views`."""
    own: dict[str, Any] = {"topics": ("NLP",), "topic": "nlp"}
    own |= {name: changes.pop(name) for name in ("topics", "topic", "also_at", "views") if name in changes}
    post: dict[str, Any] = {
        "id": PostId(f"{number:032x}"),
        "feed_id": FeedId(1),
        "title": f"Post {number}",
        "url": f"https://blog.example/posts/{number}",
        "summary": f"What post {number} says.",
        "published": PUBLISHED,
        "first_seen": PUBLISHED,
    } | changes
    return Announcement(
        id=AnnouncementId(f"{number:032x}"),
        story=StoryId(f"{number:032x}"),
        post=Post(**post),
        blog=blog,
        **own,
    )
