"""What a command is: one row of the table that Slack's manifest, Discord's tree, the help and the docs come from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.commands.desk import Desk
from bot.domain import typed
from bot.domain.language import Language
from bot.domain.model import Channel, MessageRef, workspace_of
from bot.domain.reply import Choice, Person, Reply


class Who(StrEnum):
    """Who may run a command; the chat says which of these a person is."""

    ANYONE = "anyone in the channel"
    CHANNEL = "people who may change the channel"
    WORKSPACE = "people who may change the workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of a command: typed, pressed, or a form that was sent."""

    channel: Channel
    person: Person
    #: What follows the verb, as plain words.
    text: str = ""
    channel_name: str = ""
    #: Says every text of the answer in the channel's language.
    say: Language = field(default_factory=Language)
    #: A form's fields, by name; empty unless a form was sent.
    values: Mapping[str, str] = field(default_factory=dict)
    #: The message whose button was pressed; None for replies and typed commands.
    message: MessageRef | None = None
    #: A button or a form, not the keyboard: its reply takes the place of the one that had the button.
    pressed: bool = False
    #: Every command by its verb, for the help.
    table: Mapping[str, Command] = field(default_factory=dict)

    @property
    def workspace(self) -> str:
        """Return whose feeds and topics these are."""
        return workspace_of(self.channel)

    @property
    def words(self) -> list[str]:
        return typed.words(self.text)

    @property
    def listed(self) -> list[str]:
        return typed.listed(self.text)


Handler = Callable[[Desk, Call], Awaitable[Reply]]
Completer = Callable[[Desk, Channel, str], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One row. The verb is what follows `/tidings`; six verbs are slash commands of their own, too."""

    verb: str
    #: One line, in the imperative, under 100 characters (Discord's limit for a description).
    help: str
    run: Handler
    who: Who = Who.ANYONE
    #: What may follow the verb, as in `TOPIC [strict|wide]`; empty: nothing.
    usage: str = ""
    #: Lines for `/tidings help VERB`, with examples.
    examples: tuple[str, ...] = ()
    #: Choices while a person types; None: there are none to offer.
    complete: Completer | None = None
    #: Reached by buttons only: in no list and no help.
    hidden: bool = False

    @property
    def slash(self) -> str:
        """Return how people type it."""
        return f"/{self.verb}" if self.verb in TOP_LEVEL else f"/tidings {self.verb}"

    def allows(self, person: Person) -> bool:
        """Say whether *person* may run it. Who may change a workspace may change its channels."""
        match self.who:
            case Who.ANYONE:
                return True
            case Who.CHANNEL:
                return person.may_change_channel or person.may_change_workspace
            case Who.WORKSPACE:
                return person.may_change_workspace


#: Slash commands of their own; names are flat in a workspace, so no more than these.
TOP_LEVEL = ("subscribe", "unsubscribe", "subscriptions", "topics", "latest", "why")
#: The command everything else stands under, and what it runs when it stands alone.
ROOT = "tidings"
HERE = "here"
#: Discord's custom_id is the smallest place a button's command must fit.
LONGEST_ACTION = 70
