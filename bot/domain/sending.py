"""What becomes of a message, pure: every decision behind the table of transitions (transitions.py).

Where an attempt that did not look is refused while an earlier one is still in doubt, the message is `unknown` again and
not `pending`: nothing has said yet that the earlier one left nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, assert_never

from bot.domain.message import (
    Absent,
    CannotLook,
    Found,
    LookUp,
    Message,
    MessageKind,
    NotSent,
    Outcome,
    Sent,
    Undeliverable,
    Unknown,
)
from bot.domain.model import Channel, MessageId, MessageRef

Closes = Literal["channel", "workspace"]
DAY = timedelta(days=1)
#: Made anew at every attempt, so that a second copy is a second message. Edits and the like change what is there.
CREATES = {MessageKind.POST, MessageKind.DIGEST, MessageKind.NOTICE}
#: What readers elsewhere want to see, too.
PUBLISHED = {MessageKind.POST, MessageKind.DIGEST}
#: The chats that have channels others follow, those that can show a message without a sound, and those whose adapters
#: put a post with a target into its thread.
PUBLISHES = {"discord"}
SILENCES = {"discord"}
THREADS = {"slack", "discord"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing is sent before *until*: to one channel, or to every channel of its workspace or its platform."""

    channel: Channel
    scope: Literal["channel", "workspace", "platform"]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of one attempt, as the outbox is to remember it (decided by domain/sending.py)."""

    message: MessageId
    attempt: int
    state: str
    why: str = ""
    ref: str | None = None
    #: When the next attempt may start; None: at once for `pending`, never by itself for `unknown`.
    retry_at: datetime | None = None
    #: See Message.doubt_until.
    doubt_until: datetime | None = None
    plain: bool = False
    #: It is shown now, and the channel wants it published: a message of its own does that.
    publish: bool = False
    #: It is a digest that is shown now: each of its posts follows in its thread.
    threads: bool = False
    #: The thread it was to go in takes nothing: the posts that wait for it stay in their digest's list alone.
    unthreads: bool = False
    #: A wait the chat asked for.
    hold: Hold | None = None
    #: The chat closed the channel to us, or (`workspace`) the whole installation; the queue is kept, `why` is shown.
    closes: Closes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Every duration of sending. The lease follows from the others, so that a test may shorten them together."""

    send_timeout: timedelta = timedelta(seconds=20)
    #: The longest a chat takes to show a request it accepted: an absence is believed only after it.
    platform_lag: timedelta = timedelta(seconds=60)
    margin: timedelta = timedelta(seconds=10)
    #: After an attempt without an answer, the first look.
    look_after: timedelta = timedelta(seconds=3)
    back_off: timedelta = timedelta(seconds=2)
    longest_back_off: timedelta = timedelta(minutes=5)

    @property
    def lease(self) -> timedelta:
        """Return how long a claim lasts: it outlasts one attempt and the lag of the platform."""
        return self.send_timeout + self.platform_lag + self.margin

    @property
    def look_timeout(self) -> timedelta:
        """Return how long a look may take, so that a send still fits into the lease."""
        return self.margin * 0.8

    def back_off_after(self, attempt: int, jitter: float) -> timedelta:
        """Return the wait after *attempt* failed: doubling, with *jitter* in [0, 1) spreading its second half."""
        doubled = self.back_off * float(1 << min(attempt - 1, 16))
        return min(self.longest_back_off, doubled) * (0.5 + jitter / 2)


def must_look(message: Message, now: datetime, dedupes_for: timedelta) -> bool:
    """Say whether sending now could show the message twice."""
    if message.doubt_until is None or message.kind not in CREATES:
        return False
    return now >= message.first_attempt_at + dedupes_for


def has_time(message: Message, now: datetime, timing: Timing) -> bool:
    """Say whether an attempt that starts now ends, lag included, before anybody else may claim the message."""
    return message.lease_until is None or now + timing.send_timeout + timing.platform_lag <= message.lease_until


def after_look(message: Message, look: LookUp, now: datetime, timing: Timing, jitter: float) -> Settlement | None:
    """Return how to settle after a look; None where the message is to be sent now."""
    in_doubt = replace(_settled(message, "unknown"), doubt_until=message.doubt_until)
    match look:
        case Found(ref=ref):
            return _shown(message, ref)
        case Absent():
            if message.doubt_until is None or message.doubt_until <= now:
                return None
            why = "not found yet; the chat may still be slow"
            return replace(in_doubt, why=why, retry_at=message.doubt_until)
        case CannotLook(why=why, for_now=True, retry_after=seconds):
            asked = min(DAY, timedelta(seconds=seconds or 0.0))
            return replace(in_doubt, why=why, retry_at=now + max(asked, timing.back_off_after(message.attempt, jitter)))
        case CannotLook(why=why):
            return None if message.options.on_unknown == "resend" else replace(in_doubt, why=why)
        case _:
            assert_never(look)


def after_send(
    message: Message, outcome: Outcome, now: datetime, timing: Timing, jitter: float, *, looked: bool
) -> Settlement:
    """Return how to settle an attempt; *looked* says that nothing of an earlier one can be there."""
    refused = _refused(message, looked)
    match outcome:
        case Sent(ref=ref):
            settled = _shown(message, ref)
        case Unknown(why=why):
            settled = replace(
                _settled(message, "unknown"),
                why=why,
                retry_at=now + timing.look_after,
                doubt_until=now + timing.platform_lag,
            )
        case NotSent(why=why, retry_after=None):
            settled = replace(refused, why=why, retry_at=now + timing.back_off_after(message.attempt, jitter))
        case NotSent(why=why, retry_after=seconds, scope=scope):
            until = now + min(DAY, timedelta(seconds=max(0.0, seconds or 0.0)))
            hold = Hold(channel=message.channel, scope=scope, until=until)
            settled = replace(refused, why=why, retry_at=until, hold=hold)
        case Undeliverable(why=why, what="message", in_any_form=hopeless) if hopeless or _is_plainest(message):
            settled = replace(_settled(message, "dead"), why=why)
        case Undeliverable(why=why, what="thread"):
            settled = replace(_settled(message, "dead"), why=why, unthreads=True)
        case Undeliverable(why=why, what="message"):
            settled = replace(refused, why=why, retry_at=now, plain=True)
        case Undeliverable(why=why, what=what):
            closes: Closes = "channel" if what == "channel" else "workspace"
            settled = replace(refused, why=why, retry_at=now, closes=closes)
        case _:
            assert_never(outcome)
    return settled


def _is_plainest(message: Message) -> bool:
    """Whether there is no plainer form of it to try."""
    return message.plain or message.kind in (MessageKind.PUBLISH, MessageKind.DELETE)


def given_back(message: Message, until: datetime, why: str) -> Settlement:
    """Return how to settle a claim that made no attempt."""
    return replace(_refused(message, looked=False), why=why, retry_at=until)


def targetless(message: Message) -> Settlement | None:
    """Return how to settle a change to a message that is not shown; None where there is something to change."""
    if message.kind in CREATES or message.target is not None:
        return None
    return replace(_settled(message, "cancelled"), why="the message it changes is not shown")


def _settled(message: Message, state: str) -> Settlement:
    return Settlement(message=message.id, attempt=message.attempt, state=state, plain=message.plain)


def _shown(message: Message, ref: MessageRef) -> Settlement:
    # A ref that is empty points to nothing: the message was deleted before we heard of it.
    options, platform = message.options, message.channel.platform
    whole = bool(ref) and message.target is None
    publish = whole and options.publish and platform in PUBLISHES and message.kind in PUBLISHED
    threads = whole and options.threads and platform in THREADS and message.kind is MessageKind.DIGEST
    return replace(_settled(message, "sent"), ref=ref, publish=publish, threads=threads)


def _refused(message: Message, looked: bool) -> Settlement:
    """This attempt left nothing behind; an earlier one may have, unless a look said no."""
    if message.doubt_until is None or looked or message.kind not in CREATES:
        return _settled(message, "pending")
    return replace(_settled(message, "unknown"), doubt_until=message.doubt_until)
