"""A channel's own way to show a post: plain words with placeholders, `{title} by {author|somebody}`."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bot.domain.errors import UsageError
from bot.domain.message import Announcement
from bot.domain.model import Post

LONGEST = 500
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def _dated(post: Post) -> datetime:
    return (post.published or post.first_seen).astimezone(UTC)


PLACEHOLDERS: Mapping[str, Callable[[Announcement], str]] = {
    "title": lambda announcement: announcement.post.title,
    "url": lambda announcement: announcement.post.url or "",
    "summary": lambda announcement: announcement.post.summary,
    "author": lambda announcement: announcement.post.author or "",
    "blog": lambda announcement: announcement.blog or "",
    "topics": lambda announcement: ", ".join(announcement.topics),
    "also_at": lambda announcement: ", ".join(announcement.also_at),
    "date": lambda announcement: f"{_dated(announcement.post):%d %b %Y}",
    "language": lambda announcement: announcement.post.language or "",
}


def check_template(text: str) -> str:
    """Return the template, or raise a UsageError that names what may stand in one."""
    allowed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    if not text.strip() or len(text) > LONGEST:
        raise UsageError(
            "A template has 1 to {most} characters, with placeholders such as {allowed}.", most=LONGEST, allowed=allowed
        )
    for piece in _PIECE.finditer(text):
        if piece[0] in {"{{", "}}"}:
            continue
        if piece[1] is None:
            raise UsageError(
                "A brace stands alone. Write `{{{{` for a brace; placeholders are {allowed}.", allowed=allowed
            )
        if _name(piece[1]) not in PLACEHOLDERS:
            raise UsageError(
                "There is no placeholder {{{name}}}. There are {allowed}; {{author|somebody}} has a fallback.",
                name=piece[1][:30],
                allowed=allowed,
            )
    return text


def fill_template(text: str, announcement: Announcement) -> str:
    """Return plain text, for a renderer to escape; a placeholder without a value is its fallback, else empty."""

    def value(piece: re.Match[str]) -> str:
        if piece[1] is None:
            return piece[0][0]
        fallback = piece[1].partition("|")[2].strip()
        known = PLACEHOLDERS.get(_name(piece[1]))
        return (known(announcement) if known else "") or fallback

    return _PIECE.sub(value, text)


def has_placeholder(text: str, name: str) -> bool:
    """Say whether a template shows what *name* stands for."""
    return any(piece[1] is not None and _name(piece[1]) == name for piece in _PIECE.finditer(text))


def _name(piece: str) -> str:
    return piece.partition("|")[0].strip().casefold()
