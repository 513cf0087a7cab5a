"""What the command box offers while a person types."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.room.book import Answers
from bot.commands.command import Command
from bot.domain.language import Language
from bot.domain.model import Channel

MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A command as the box offers it."""

    verb: str
    #: How people type it: `/subscribe`, `/tidings feeds list`.
    slash: str
    help: str
    #: Something may follow it.
    takes_more: bool = False


def listed_from(table: Sequence[Command]) -> Sequence[Listed]:
    """Return the commands that people may type."""
    return [
        Listed(verb=each.verb, slash=each.slash, help=each.help, takes_more=bool(each.usage))
        for each in table
        if not each.hidden
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the box would hold, what is shown for it, and a few words beside it."""

    text: str
    shown: str
    hint: str


async def offers(
    say: Language, typed: str, channel: Channel, listed: Sequence[Listed], answers: Answers
) -> Sequence[Offer]:
    """Return commands that begin like *typed*, then what may follow the one that is typed already."""
    if not typed.startswith("/"):
        return ()
    found = [
        Offer(text=each.slash + (" " if each.takes_more else ""), shown=each.slash, hint=say(each.help))
        for each in listed
        if each.slash.startswith(typed.lower()) and each.slash != typed
    ]
    begun = [each for each in listed if typed.lower().startswith(f"{each.slash} ")]
    if begun:
        command = max(begun, key=lambda each: len(each.slash))
        rest = typed[len(command.slash) :].lstrip()
        for choice in await answers.complete(channel, command.verb, rest):
            if choice.value != rest:
                text = f"{command.slash} {choice.value}"
                hint = "" if choice.label == choice.value else choice.label
                found.append(Offer(text=text, shown=choice.value, hint=hint))
    return found[:MOST]
