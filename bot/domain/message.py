"""What goes to a chat, and what becomes of it: frozen values like those in model.py."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bot.domain.channels import ChannelOptions
from bot.domain.language import IN_ENGLISH, Language
from bot.domain.model import (
    AnnouncementId,
    Channel,
    MessageId,
    MessageRef,
    Post,
    StoryId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One story for one channel, with all that a message shows of it. Unique (channel, story)."""

    id: AnnouncementId
    story: StoryId
    post: Post
    #: The blog's name; None where it has none (renderers leave it out).
    blog: str | None
    #: Topic names as shown to people, the most specific first.
    topics: tuple[str, ...] = ()
    #: The first topic's slug, for `Not about nlp`; None for a feed subscription.
    topic: str | None = None
    score: float = 0.0
    #: Names of other blogs in which the story appeared.
    also_at: tuple[str, ...] = ()
    #: Counted clicks; None where counting is off, and then nothing is shown.
    views: int | None = None
    #: The address that counts a click and leads on; None where counting is off.
    counted: str | None = None

    @property
    def link(self) -> str | None:
        """Return what the title links to."""
        return self.counted or self.post.url


class MessageKind(StrEnum):
    #: One announcement.
    POST = "post"
    #: Many announcements.
    DIGEST = "digest"
    #: A sentence of ours: a feed failed, a channel was resumed.
    NOTICE = "notice"
    #: Change a message already shown.
    EDIT = "edit"
    #: Publish a message already shown (Discord announcement channels).
    PUBLISH = "publish"
    #: Remove a message already shown.
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One call to a chat, as claimed from the outbox."""

    id: MessageId
    #: 24 characters of lower-case base32: Discord's nonce, Slack's metadata. See `message_key`.
    key: str
    channel: Channel
    kind: MessageKind
    announcements: tuple[Announcement, ...] = ()
    #: The sentence of a notice; the heading of a digest, also of the one in whose thread a post goes. Empty otherwise.
    text: str = ""
    #: The message to change, publish or remove; of a POST: the digest in whose thread it goes. None for others.
    target: MessageRef | None = None
    #: A role to mention in front; None: nobody.
    mention: str | None = None
    silent: bool = False
    #: The last attempt was refused as malformed: send the plainest form once.
    plain: bool = False
    #: 1 for the first attempt: the fence of every later write.
    attempt: int
    #: When the first attempt was claimed: a look-up reads the channel from shortly before.
    first_attempt_at: datetime
    #: An earlier attempt ended without an answer: look first; from then on, not finding it is believed. None: send.
    doubt_until: datetime | None = None
    #: Nobody else claims it before then.
    lease_until: datetime | None = None
    due_at: datetime
    options: ChannelOptions = field(default_factory=ChannelOptions)
    #: Says what a chat adds in the channel's language; the announcer knows it.
    say: Language = field(default=IN_ENGLISH, compare=False, repr=False)


# What became of one attempt to send a message. A closed union: match it to `assert_never`.


@dataclass(frozen=True, slots=True)
class Sent:
    """The chat shows the message."""

    ref: MessageRef


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing can have been posted: 429, a refused connection, a clear refusal for now."""

    why: str
    #: Seconds the chat asked to wait; None: our own back-off.
    retry_after: float | None = None
    #: What the wait holds back: this message's channel, or every channel of the workspace or the platform.
    scope: Literal["channel", "workspace", "platform"] = "channel"


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been posted: a time-out, a lost connection, a 5xx, an answer that is not the expected JSON."""

    why: str


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """It cannot be posted, now or later, until a person does something."""

    why: str
    #: What is at fault: this message (our bug, a filter), the thread it was to go in, its channel, or the whole
    #: installation (token).
    what: Literal["message", "thread", "channel", "installation"] = "channel"
    #: Its words are what is refused, so the plainest form of it would be, too.
    in_any_form: bool = False


Outcome = Sent | NotSent | Unknown | Undeliverable


# What a look for an earlier attempt found. A closed union too.


@dataclass(frozen=True, slots=True)
class Found:
    ref: MessageRef


@dataclass(frozen=True, slots=True)
class Absent:
    """The channel's history was read, from before the first attempt on, and the message is not there."""


@dataclass(frozen=True, slots=True)
class CannotLook:
    """History cannot be read; `on_unknown` decides."""

    why: str
    #: Not now, but a later look may succeed (rate limit, outage).
    for_now: bool = False
    #: Seconds the chat asked to wait before the next look; None: our own back-off.
    retry_after: float | None = None


LookUp = Found | Absent | CannotLook
