"""A chat closed a channel to us: the person who subscribed there last is told, by a direct message.

A person is a channel too, named by `@` and their id; the adapter finds the conversation with them.
"""

import re
from dataclasses import replace
from datetime import timedelta

from bot.domain.model import Channel
from bot.domain.unsaid import stored

_PERSON = "@"
#: How the chats whose adapters reach people name them. A subscription from a file was made by no person.
_REACHED = {"slack": re.compile(r"[UW][A-Z0-9]{2,}")}
#: The same is not told again so soon: a bot that starts finds the same channel closed once more.
TOLD_FOR = timedelta(days=30)


def channel_of_person(place: Channel, person: str) -> Channel | None:
    """Return where a person of *place* is told something; None where the chat cannot, or that is no person."""
    names = _REACHED.get(place.platform)
    # Whose own direct message is closed cannot be told there.
    if names is None or place.id.startswith(("D", _PERSON)) or not names.fullmatch(person):
        return None
    return replace(place, id=f"{_PERSON}{person}")


def person_of(channel: Channel) -> str | None:
    """Return the person whose direct message is meant; None for every other channel."""
    return channel.id.removeprefix(_PERSON) if channel.id.startswith(_PERSON) else None


def closing_notice(name: str, why: str) -> str:
    """Say that nothing is posted any more, why, and what becomes of what was to come."""
    if not name:
        return stored(
            "I cannot post in a channel where you subscribed any more: {why} What comes for it is kept meanwhile, "
            "and goes on when I can post there again.",
            why=why,
        )
    return stored(
        "I cannot post in {channel} any more: {why} What comes for it is kept meanwhile, "
        "and goes on when I can post there again.",
        channel=f"#{name.lstrip('#')}",
        why=why,
    )
