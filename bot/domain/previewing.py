"""What a subscription would have sent: how much, on which days, from which blogs."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.domain.language import Language

#: Fewer than this a week, and something wider is offered.
SELDOM_PER_WEEK = 1.0
TOP_BLOGS = 3
_BARS = "▁▂▃▄▅▆▇█"


class Dated(NamedTuple):
    """When a story was published, and by which blog."""

    at: datetime
    blog: str


def per_day(found: Sequence[Dated], today: date, days: int) -> list[int]:
    """Count the stories of each of the last *days* days, today last."""
    counts = Counter((today - one.at.date()).days for one in found)
    return [counts[ago] for ago in range(days - 1, -1, -1)]


def bars(counts: Sequence[int]) -> str:
    """Draw counts as a row of bars, one sign for each."""
    most = max(counts, default=0) or 1
    return "".join(_BARS[round(count * (len(_BARS) - 1) / most)] if count else "·" for count in counts)


def is_seldom(number: int, days: int) -> bool:
    """Say whether so little came that something wider should be offered."""
    return number / days * 7 < SELDOM_PER_WEEK


def summed_up(say: Language, found: Sequence[Dated], now: datetime, days: int) -> list[str]:
    """Return the lines of a preview: how many, per day, the top blogs."""
    if not found:
        return [say("It would have sent nothing in the last {days} days.", days=days)]
    blogs = Counter(one.blog for one in found).most_common(TOP_BLOGS)
    first = (now - timedelta(days=days - 1)).date()
    return [
        say.plural(
            "It would have sent {number} post in the last {days} days.",
            "It would have sent {number} posts in the last {days} days.",
            len(found),
            days=days,
        ),
        say("Per day since {day}: {bars}", day=say.day_of_year(first), bars=bars(per_day(found, now.date(), days))),
        say("Most from {blogs}.", blogs=say.joined([f"{blog} ({say.number(number)})" for blog, number in blogs])),
    ]
