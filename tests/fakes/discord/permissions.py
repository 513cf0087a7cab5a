"""Discord's permission arithmetic: roles, overwrites, and what a thread inherits."""

from __future__ import annotations

from typing import Final

ADMINISTRATOR: Final = 1 << 3
MANAGE_CHANNELS: Final = 1 << 4
MANAGE_GUILD: Final = 1 << 5
VIEW_CHANNEL: Final = 1 << 10
SEND_MESSAGES: Final = 1 << 11
MANAGE_MESSAGES: Final = 1 << 13
EMBED_LINKS: Final = 1 << 14
READ_MESSAGE_HISTORY: Final = 1 << 16
MENTION_EVERYONE: Final = 1 << 17
USE_APPLICATION_COMMANDS: Final = 1 << 31
MANAGE_THREADS: Final = 1 << 34
CREATE_PUBLIC_THREADS: Final = 1 << 35
SEND_MESSAGES_IN_THREADS: Final = 1 << 38

#: What an invite with the least permissions grants.
LEAST: Final = (
    VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY | SEND_MESSAGES_IN_THREADS
)  # fmt: skip
#: What an ordinary person has.
PERSON: Final = LEAST | USE_APPLICATION_COMMANDS
ALL: Final = (1 << 50) - 1


def resolve(base: int, overwrites: list[tuple[int, int]]) -> int:
    """Apply (allow, deny) pairs in order; an administrator has everything."""
    if base & ADMINISTRATOR:
        return ALL
    for allow, deny in overwrites:
        base = (base & ~deny) | allow
    # Without the right to see a channel no other right means anything there.
    return base if base & VIEW_CHANNEL else 0
