"""How long, as people say it: `2d`, `90 min`, `until 2026-12-24`."""

import re
from datetime import datetime, timedelta

from bot.domain.errors import UsageError
from bot.domain.localtime import instant
from bot.domain.unsaid import Text

UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST = timedelta(days=366)
HOW = Text("For how long? For example `30m`, `8h`, `2d`, `1w` or `until 2026-12-24`; at most a year.")
_SPAN = re.compile(r"(?:for )?(\d{1,5}) ?(m|min|minutes?|h|hours?|d|days?|w|weeks?)")
_DATE = re.compile(r"until (\d{4}-\d{2}-\d{2})")


def read_end(text: str, now: datetime, zone: str) -> datetime | None:
    """Return when what a person typed ends, None for nothing typed; raise a UsageError for what makes no sense."""
    folded = " ".join(text.casefold().split())
    if not folded:
        return None
    if span := _SPAN.fullmatch(folded):
        end = now + timedelta(seconds=int(span[1]) * UNITS[span[2][0]])
    elif date := _DATE.fullmatch(folded):
        try:
            end = instant(datetime.fromisoformat(date[1]).date(), 0, zone)
        except ValueError as error:
            raise UsageError("There is no day {day}. {how}", day=date[1], how=HOW) from error
    else:
        raise UsageError(HOW)
    if not now < end <= now + LONGEST:
        raise UsageError("That is not between now and a year from now. {how}", how=HOW)
    return end
