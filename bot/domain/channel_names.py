"""Channels as operators type them: `room:demo/nlp`, `slack:T024BE7LD/C024BE91L`, `discord:81384788765712384/1234`."""

import re

from bot.domain.errors import UsageError
from bot.domain.model import Channel

_NAME = re.compile(r"(room|slack|discord):([^/\s]+)/(\S+)", re.IGNORECASE)


def read_channel(text: str) -> Channel:
    """Return the channel, or raise UsageError with the forms there are."""
    match = _NAME.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"{text} is no channel. Write room:WORKSPACE/CHANNEL as in room:demo/nlp, slack:TEAM/CHANNEL or "
            "discord:GUILD/CHANNEL."
        )
    return Channel(platform=match[1].lower(), workspace=match[2], id=match[3])
