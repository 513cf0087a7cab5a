"""What became of a channel's messages, counted from the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.language import Language
from bot.domain.model import MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A message that needs a person: dead, or unknown and parked."""

    message: MessageId
    state: str
    title: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How the messages of one channel, or of all, have fared."""

    pending: int = 0
    #: When the oldest message that was not sent fell due; None where nothing waits.
    oldest_unsent: datetime | None = None
    unknown: int = 0
    dead: int = 0
    sent: int = 0
    #: The newest few that need a person.
    troubles: tuple[Trouble, ...] = ()
    #: Announcements whose message ended without them.
    lost: int = 0
    #: Messages shown under one reference.
    doubled: int = 0
    #: When the first message was made; None where there was none.
    since: datetime | None = None
    #: From published and from first seen to posted, single posts of the last 30 days.
    from_published: tuple[timedelta, ...] = ()
    from_seen: tuple[timedelta, ...] = ()


def percentile(spans: Sequence[timedelta], share: float) -> timedelta | None:
    """Return the smallest span that *share* of all do not exceed; None where there is none."""
    ordered = sorted(spans)
    if not ordered:
        return None
    return ordered[max(0, -(-int(len(ordered) * share * 1000) // 1000) - 1)]


def show_span(say: Language, span: timedelta) -> str:
    """Return `0.4 s`, `12 s`, `3 min`, `5 h` or `2 d`."""
    seconds = span.total_seconds()
    if seconds < 10:
        return say("{number} s", number=say.tenths(seconds))
    if seconds < 120:
        return say("{number} s", number=round(seconds))
    if seconds < 7200:
        return say("{number} min", number=round(seconds / 60))
    if seconds < 172_800:
        return say("{number} h", number=round(seconds / 3600))
    return say.plural("{number} d", "{number} d", round(seconds / 86_400))


def show_speed(say: Language, receipt: Receipt) -> str:
    """Say how quickly posts came; empty where none came lately."""
    seen, fast = percentile(receipt.from_seen, 0.5), percentile(receipt.from_seen, 0.95)
    if seen is None or fast is None:
        return ""
    text = say(
        "From first seen to posted: half within {half}, 95 % within {most}.",
        half=show_span(say, seen),
        most=show_span(say, fast),
    )
    half, most = percentile(receipt.from_published, 0.5), percentile(receipt.from_published, 0.95)
    if half is None or most is None:
        return text
    published = say(
        "From published to posted: half within {half}, 95 % within {most}.",
        half=show_span(say, half),
        most=show_span(say, most),
    )
    return f"{text} {published}"


def figures(receipt: Receipt) -> dict[str, object]:
    """Return what an operator sees of a receipt, by name."""

    def seconds(spans: Sequence[timedelta], share: float) -> float | None:
        span = percentile(spans, share)
        return None if span is None else round(span.total_seconds(), 3)

    return {
        "unknown": receipt.unknown,
        "dead": receipt.dead,
        "lost": receipt.lost,
        "doubled": receipt.doubled,
        "since": receipt.since,
        "seen_to_posted_p50_seconds": seconds(receipt.from_seen, 0.5),
        "seen_to_posted_p95_seconds": seconds(receipt.from_seen, 0.95),
        "published_to_posted_p50_seconds": seconds(receipt.from_published, 0.5),
        "published_to_posted_p95_seconds": seconds(receipt.from_published, 0.95),
    }
