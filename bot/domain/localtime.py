"""Local times as instants: one that does not exist is the next that does, one that comes twice is its first."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.errors import UsageError

DAY_MINUTES = 24 * 60


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    # `Europe/Berlin` is typed in many ways; case decides nothing.
    return {name.casefold(): name for name in available_timezones() if "/" in name or name == "UTC"}


def find_zone(text: str) -> str | None:
    """Return the IANA name of what a person typed, whatever its case; None where there is no such zone.

    A city alone is enough where only one zone ends with it: `berlin`.
    """
    wanted = text.strip().casefold().replace(" ", "_")
    if wanted in {"utc", "gmt", "z"}:
        return "UTC"
    if wanted in _zones():
        return _zones()[wanted]
    cities = [name for folded, name in _zones().items() if folded.split("/")[-1] == wanted]
    return cities[0] if len(cities) == 1 else None


def zone_named(text: str) -> str:
    """Return the IANA name, or raise a UsageError that says how zones are written."""
    found = find_zone(text)
    if found is None:
        raise UsageError(
            "I know no time zone `{zone}`. Write one as Region/City, for example `Europe/Berlin`, "
            "`America/New_York`, `Asia/Tokyo` or `UTC`.",
            zone=text[:40],
        )
    return found


def parse_minutes(text: str) -> int:
    """Return minutes after midnight for `9`, `09:00`, `9:30pm`; raise a UsageError for anything else."""
    folded = text.strip().casefold().replace(".", ":")
    half = folded[-2:] if folded.endswith(("am", "pm")) else ""
    hour, _, minute = folded.removesuffix(half).strip().partition(":")
    if hour.isascii() and hour.isdigit() and (minute or "0").isascii() and (minute or "0").isdigit():
        hours, minutes = int(hour[:3]), int((minute or "0")[:3])
        if half:
            hours = hours % 12 + (12 if half == "pm" else 0) if 1 <= hours <= 12 else 24
        if hours < 24 and minutes < 60 and (not minute or len(minute) == 2):
            return hours * 60 + minutes
    raise UsageError("`{time}` is not a time of day: I take 00:00 to 23:59, for example `09:00`.", time=text[:20])


def show_minutes(minutes: int) -> str:
    """Return `09:00` for 540."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def instant(day: date, minutes: int, zone: str) -> datetime:
    """Return the instant of a local time."""
    local = datetime.combine(day, time(minutes // 60, minutes % 60), ZoneInfo(zone))
    there = local.astimezone(UTC)
    if there.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return there
    return _gap_end(there - timedelta(days=1), there + timedelta(days=1), local)


def _gap_end(before: datetime, after: datetime, local: datetime) -> datetime:
    """Return the first instant whose local time is later than *local*, which a change of the clocks skips."""
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(local.tzinfo).replace(tzinfo=None) > local.replace(tzinfo=None):
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def local_midnight(now: datetime, zone: str) -> datetime:
    """Return when the local day of *now* began."""
    return instant(now.astimezone(ZoneInfo(zone)).date(), 0, zone)
