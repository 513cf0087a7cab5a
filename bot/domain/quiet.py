"""Quiet hours: what falls into them waits for their end."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.channels import QuietHours
from bot.domain.errors import UsageError
from bot.domain.localtime import instant, parse_minutes, show_minutes


def quiet_until(quiet: QuietHours | None, zone: str, at: datetime) -> datetime | None:
    """Return when the quiet hours that *at* falls into end; None where it falls into none."""
    if quiet is None or quiet.start == quiet.end:
        return None
    today = at.astimezone(ZoneInfo(zone)).date()
    for day in (today - timedelta(days=1), today):
        start = instant(day, quiet.start, zone)
        ends_on = day if quiet.start < quiet.end else day + timedelta(days=1)
        end = instant(ends_on, quiet.end, zone)
        if start <= at < end:
            return end
    return None


def parse_quiet(text: str) -> QuietHours | None:
    """Return the hours of `22:00-07:00`, None for `off`; raise a UsageError otherwise."""
    folded = text.strip().casefold().replace("–", "-").replace(" to ", "-")
    if folded in {"off", "none", ""}:
        return None
    start, dash, end = folded.partition("-")
    if not dash:
        raise UsageError("Quiet hours are `off` or from-to, for example `22:00-07:00`.")
    hours = QuietHours(start=parse_minutes(start), end=parse_minutes(end))
    if hours.start == hours.end:
        raise UsageError("Quiet hours must end at another time than they start, for example `22:00-07:00`.")
    return hours


def show_quiet(quiet: QuietHours | None) -> str:
    """Return what `parse_quiet` reads."""
    return "off" if quiet is None else f"{show_minutes(quiet.start)}-{show_minutes(quiet.end)}"
