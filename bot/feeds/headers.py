"""What an answer's headers ask of us, as values: how long to stay away, how long it stays fresh."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.domain.fetched import NO_SERVER_WISHES, ServerWishes

_MAX_AGE = re.compile(r"(?:^|[\s,])(?:max-age|s-maxage)\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_RESET = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
_REMAINING = ("x-ratelimit-remaining", "ratelimit-remaining", "x-rate-limit-remaining")
# Numbers above this are a moment (Unix time), below it a wait in seconds.
_EPOCH_FROM = 1_000_000_000


def wishes_of(headers: Mapping[str, str], now: datetime) -> ServerWishes:
    """Read Retry-After, Cache-Control and Expires; what cannot be read is not asked."""
    retry = _wait(headers.get("Retry-After"), now)
    fresh = _freshness(headers, now)
    if retry is None and fresh is None:
        return NO_SERVER_WISHES
    return ServerWishes(retry_after=retry, fresh_for=fresh)


def rate_limited(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the rate headers of a refusal ask to wait; None where they say nothing."""
    if (asked := _wait(headers.get("Retry-After"), now)) is not None:
        return asked
    if any(headers.get(name, "").strip() == "0" for name in _REMAINING):
        waits = (_wait(headers.get(name), now) for name in _RESET)
        return next((wait for wait in waits if wait is not None), timedelta(hours=1))
    return None


def _freshness(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    if control := headers.get("Cache-Control"):
        if found := _MAX_AGE.search(control):
            return timedelta(seconds=int(found[1]))
        if "no-" in control:
            return None
    if expires := headers.get("Expires"):
        # "0" and other non-dates mean "already expired" (RFC 9111, 5.3).
        moment = _date(expires)
        return moment - now if moment and moment > now else None
    return None


def _wait(value: str | None, now: datetime) -> timedelta | None:
    """A number of seconds, a Unix time or an HTTP date, as time from *now*."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        number = int(value[:12])
        seconds = number - now.timestamp() if number > _EPOCH_FROM else number
        return timedelta(seconds=max(0.0, seconds))
    moment = _date(value)
    return max(timedelta(0), moment - now) if moment else None


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value[:64])
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
