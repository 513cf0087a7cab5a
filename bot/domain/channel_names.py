"""Channels as operators type them: `room:demo/nlp`, `slack:T024BE7LD/C024BE91L`, `discord:81384788765712384/1234`."""

import re

from bot.domain.errors import UsageError
from bot.domain.model import Channel

#: What chats give as ids: a name that somebody typed in its place would never be reached.
_IDS = {"slack": re.compile(r"[A-Z][A-Z0-9]+"), "discord": re.compile(r"[0-9]+")}
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


def is_id(workspace: str, channel: str) -> bool:
    """Say whether *channel* looks like an id in *workspace*, as `slack:T024BE7LD`."""
    ids = _IDS.get(workspace.partition(":")[0].lower())
    return ids is None or ids.fullmatch(channel) is not None
