"""What people fill in on Discord for each command, and the typed text it amounts to. Pure.

Every command takes the text that other chats type; here it comes in named fields, the first from the command's usage.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.commands.command import Command, Who

#: Discord's limits for names and descriptions.
NAME, DESCRIPTION = 32, 100
#: The field that names another channel than the one the command is typed in: nothing can be typed in a forum.
CHANNEL = "channel"
#: The field that names a role to mention.
ROLE = "mention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    name: str
    help: str
    kind: Literal["text", "channel", "role"] = "text"
    required: bool = False
    #: The command itself suggests while one types.
    completes: bool = False
    #: Fixed suggestions; anything else may be typed as well.
    suggestions: tuple[str, ...] = ()
    #: What stands before the value in the typed text.
    word: str = ""


ELSEWHERE = Option(name=CHANNEL, kind="channel", help="Another channel than this one, such as a forum.")
STRICTNESS = Option(
    name="strictness", help="How sure a match must be; normal unless you say.", suggestions=("wide", "normal", "strict")
)
WHEN = Option(
    name="when",
    help="Each post at once, or many in one digest.",
    suggestions=(
        "each", "digest hourly", "digest daily at 09:00", "digest daily at 18:00", "digest weekly at 09:00 mon",
    ),
)  # fmt: skip

MENTION = Option(name=ROLE, kind="role", help="A role to mention, at most once in ten minutes.", word="mention:")

#: Fields beside the first, by verb.
MORE: Mapping[str, tuple[Option, ...]] = {"subscribe": (STRICTNESS, WHEN, MENTION)}
#: Commands that anybody may ask, about another channel as well.
ABOUT_A_CHANNEL = frozenset({"subscriptions", "status", "settings"})
#: Commands that need the bot to be able to post in the channel.
POSTING = frozenset({"subscribe", "resume"})


def options_of(command: Command) -> tuple[Option, ...]:
    """Return the fields of a command, required ones first as Discord wants it."""
    first = _first(command)
    elsewhere = (ELSEWHERE,) if command.who is Who.CHANNEL or command.verb in ABOUT_A_CHANNEL else ()
    return (*((first,) if first else ()), *MORE.get(command.verb, ()), *elsewhere)


def _first(command: Command) -> Option | None:
    """Return the field for what follows the verb: `TOPIC [strict]` becomes `topic`."""
    if not command.usage:
        return None
    word = re.search(r"[A-Za-z][A-Za-z_-]*", command.usage)
    name = (word[0].lower() if word else "text")[:NAME]
    return Option(
        name=name if name != CHANNEL else "what",
        help=(command.usage if len(command.usage) <= DESCRIPTION else f"{command.usage[: DESCRIPTION - 1]}…"),
        required=not command.usage.startswith("["),
        completes=command.complete is not None,
    )


def typed_text(command: Command, given: Mapping[str, Any]) -> str:
    """Return what the filled fields would be as one typed line."""
    words = [command.slash]
    for option in options_of(command):
        value = given.get(option.name)
        if value is None or option.kind == "channel":
            continue
        text = str(value.id) if option.kind == "role" else " ".join(str(value).split())
        words.append(f"{option.word}{text}")
    return " ".join(words)


def suggest(option: Option, typed: str) -> tuple[str, ...]:
    """Return the fixed suggestions that contain what was typed."""
    return tuple(one for one in option.suggestions if typed.casefold() in one.casefold())
