"""What a person asked and what is answered: one shape for every chat; each renders it in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.language import IN_ENGLISH, Language
from bot.domain.message import Announcement
from bot.domain.model import Channel, MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who typed or clicked, with the rights the chat itself vouches for (checked anew at every call)."""

    id: str
    name: str = ""
    may_change_channel: bool = False
    may_change_workspace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command as typed: `text` starts with the verb, `/subscribe nlp` or `/tidings feeds list`."""

    channel: Channel
    person: Person
    text: str
    channel_name: str = ""
    #: The language the chat says the person uses; None where it says none.
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A click, a menu entry or a form sent. `action` is untrusted: rights and ownership are checked again."""

    channel: Channel
    person: Person
    action: str
    #: What a form's fields hold, by name.
    values: Mapping[str, str] = field(default_factory=dict)
    #: The message that carries the button; None for replies only the person sees.
    message: MessageRef | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`action` comes back in a Press; at most 100 characters (Discord's custom_id is the smallest)."""

    label: str
    action: str = ""
    style: Literal["plain", "primary", "danger"] = "plain"
    #: A link button: opens this address and comes back to nobody.
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input of a form; a select where `choices` are given."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    #: Several choices may be taken; their values come back joined by commas.
    many: bool = False
    required: bool = False
    #: Fields of a group stand together; a chat whose forms are short shows one group at a time.
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A modal; sending it is a Press with `action` and the fields' values."""

    title: str
    action: str
    fields: tuple[Field, ...]
    submit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered to one person. In `text`, a span between backticks is something to type; all else is literal."""

    text: str = ""
    #: Posts shown below the text as short cards.
    posts: tuple[Announcement, ...] = ()
    buttons: tuple[Button, ...] = ()
    #: Shown instead of the text where the chat has modals.
    form: Form | None = None
    #: For the whole channel, not only for the person who asked.
    public: bool = False
    #: Take the place of the reply whose button was pressed.
    replace: bool = False
    #: False: what was asked was not done. Operators' commands end with an error then; people read the text.
    done: bool = True
    #: Says what a chat adds, in the language of the texts.
    say: Language = field(default=IN_ENGLISH, compare=False, repr=False)
