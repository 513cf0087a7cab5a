"""Counted links: announcements as a channel that counts views gets them, and as every other one does."""

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.message import Announcement, Message


def with_counted_links(message: Message, base: str) -> Message:
    """Return *message* with links through `BASE/r/ID` where its channel counts views; without any view elsewhere.

    An empty *base* (no PUBLIC_URL) counts nowhere. A count of nothing is not shown.
    """
    return replace(message, announcements=counted(message.announcements, base if message.options.views else ""))


def counted(announcements: Iterable[Announcement], base: str) -> tuple[Announcement, ...]:
    """Return announcements with links through `BASE/r/ID`; where *base* is empty, as they are and without any view."""
    return tuple(_counted(each, base) for each in announcements)


def _counted(announcement: Announcement, base: str) -> Announcement:
    if not base:
        return replace(announcement, views=None)
    post = announcement.post
    # An address that is not http(s) never becomes one by being counted.
    web = post.url is not None and post.url.lower().startswith(("https://", "http://"))
    return replace(announcement, views=announcement.views or None, counted=f"{base}/r/{post.id}" if web else None)
