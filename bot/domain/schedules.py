"""When a digest is due, and the words people ask for it with: `digest daily at 09:00 mon,thu Europe/Berlin`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from bot.domain.errors import UsageError
from bot.domain.language import Language
from bot.domain.localtime import find_zone, instant, local_midnight, parse_minutes, show_minutes, zone_named
from bot.domain.model import Digest, Each, Mode, Weekday
from bot.domain.unsaid import Text

__all__ = ["ParsedMode", "ZoneMissing", "local_midnight", "next_run", "parse_mode", "show_mode"]

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
WORKDAYS = WEEKDAYS[:5]
EVERY = ("hourly", "daily", "weekly")
HOW = Text(
    "A digest is `digest hourly`, `digest daily at 09:00 Europe/Berlin` or `digest weekly mon at 09:00 Europe/Berlin`."
)


class ZoneMissing(UsageError):
    """A daily or weekly digest was asked for without a zone, and the channel has none: ask back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMode:
    mode: Mode
    #: Words that say something else.
    rest: tuple[str, ...]


def next_run(digest: Digest, after: datetime) -> datetime:
    """Return the first time the digest is due later than *after*."""
    if digest.every == "hourly":
        local = after.astimezone(ZoneInfo(digest.zone))
        ahead = timedelta(minutes=(digest.at_minute - local.minute) % 60)
        due = after.replace(second=0, microsecond=0) + ahead
        return due if due > after else due + timedelta(hours=1)
    day = after.astimezone(ZoneInfo(digest.zone)).date()
    for ahead_days in range(9):
        candidate = day + timedelta(days=ahead_days)
        if WEEKDAYS[candidate.weekday()] in _days(digest):
            due = instant(candidate, digest.at_minute, digest.zone)
            if due > after:
                return due
    raise AssertionError("a week has every weekday")  # nine days hold each weekday at a later time


def _days(digest: Digest) -> tuple[Weekday, ...]:
    if digest.every == "weekly":
        return digest.weekdays or ("mon",)
    return digest.weekdays or WEEKDAYS


def show_mode(mode: Mode) -> str:
    """Return the words that ask for this mode."""
    if isinstance(mode, Each):
        return "each at once"
    if mode.every == "hourly":
        return f"digest hourly at :{mode.at_minute % 60:02}"
    days = ",".join(_days(mode)) + " " if mode.weekdays or mode.every == "weekly" else ""
    return f"digest {mode.every} {days}at {show_minutes(mode.at_minute)} {mode.zone}"


def mode_in_words(say: Language, digest: Digest) -> str:
    """Return when the digest comes, for people to read."""
    time = show_minutes(digest.at_minute)
    match digest.every:
        case "hourly":
            return say("digest hourly at :{minute}", minute=f"{digest.at_minute % 60:02}")
        case "daily" if not digest.weekdays:
            return say("digest daily at {time} {zone}", time=time, zone=digest.zone)
        case _:
            days = say.weekdays([WEEKDAYS.index(day) for day in _days(digest)])
            if digest.every == "weekly":
                return say("digest weekly {days} at {time} {zone}", days=days, time=time, zone=digest.zone)
            return say("digest daily {days} at {time} {zone}", days=days, time=time, zone=digest.zone)


def parse_mode(words: Sequence[str], zone: str | None) -> ParsedMode:
    """Take a mode out of *words*, which start with `each` or `digest`; *zone* is the channel's own, if it has one.

    Raises a UsageError with the allowed values; ZoneMissing where only the zone is wanting.
    """
    first, *others = [word.strip(",").casefold() for word in words]
    if first == "each":
        rest = words[3:] if [*others[:2]] == ["at", "once"] else words[1:]
        return ParsedMode(mode=Each(), rest=tuple(rest))
    if first != "digest":
        raise UsageError("Say `each` or `digest`. {how}", how=HOW)
    return _Reader(words[1:], zone).read()


class _Reader:
    """Reads the words after `digest`, in any order, and leaves what it does not know."""

    def __init__(self, words: Sequence[str], zone: str | None) -> None:
        self._words = list(words)
        self._every = ""
        self._minute: int | None = None
        self._days: list[Weekday] = []
        self._zone = zone
        self._rest: list[str] = []

    def read(self) -> ParsedMode:
        while self._words:
            self._take(self._words.pop(0))
        every = self._every or ("weekly" if len(self._days) == 1 else "daily")
        if every == "hourly":
            minute = self._minute or 0
            if minute >= 60:
                raise UsageError("An hourly digest takes minutes after the hour: `digest hourly at :15`, :00 to :59.")
            return ParsedMode(mode=Digest(every="hourly", at_minute=minute, zone="UTC"), rest=tuple(self._rest))
        if self._zone is None:
            raise ZoneMissing(
                "In which time zone? Add it, for example `digest {every} at {time} Europe/Berlin`.",
                every=every,
                time=show_minutes(9 * 60 if self._minute is None else self._minute),
            )
        mode = Digest(
            every="weekly" if every == "weekly" else "daily",
            at_minute=9 * 60 if self._minute is None else self._minute,
            weekdays=tuple(day for day in WEEKDAYS if day in self._days),
            zone=self._zone,
        )
        return ParsedMode(mode=mode, rest=tuple(self._rest))

    def _take(self, word: str) -> None:
        folded = word.strip(",").casefold()
        if folded in EVERY and not self._every:
            self._every = folded
        elif folded == "at":
            self._take_time()
        elif folded == "in" and self._words:
            self._zone = zone_named(self._words.pop(0))
        elif days := _weekdays(folded):
            self._days += days
        elif "/" in word and not word.startswith(("http", "<")):
            self._zone = zone_named(word)
        elif zone := (find_zone(word) if self._minute is not None and not self._rest else None):
            self._zone = zone
        elif folded not in {"on", "every", "and", ""}:
            self._rest.append(word)

    def _take_time(self) -> None:
        if not self._words:
            raise UsageError("At what time? {how}", how=HOW)
        text = self._words.pop(0).strip(",")
        if self._every == "hourly":
            text = text if text.startswith(":") else f":{text}"
        if text.startswith(":"):
            if not (text[1:].isascii() and text[1:].isdigit() and int(text[1:4]) < 60):
                raise UsageError("An hourly digest takes minutes after the hour: `digest hourly at :15`, :00 to :59.")
            self._every, self._minute = "hourly", int(text[1:])
            return
        if self._words and self._words[0].casefold() in {"am", "pm"}:
            text += self._words.pop(0)
        self._minute = parse_minutes(text)


def _weekdays(folded: str) -> list[Weekday]:
    """Return the days of `mon,thu`, `weekdays` or `mon-fri`; empty where a part is no day."""
    if folded in {"weekdays", "workdays", "mon-fri"}:
        return list(WORKDAYS)
    found: list[Weekday] = []
    for part in folded.split(","):
        day = next((day for day in WEEKDAYS if part.rstrip("s").removesuffix(".")[:3] == day), None)
        if day is None or (part.rstrip("s") not in {day, _full(day), _full(day).rstrip("s")} and part != day):
            return []
        found.append(day)
    return found


def _full(day: Weekday) -> str:
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return names[WEEKDAYS.index(day)]
