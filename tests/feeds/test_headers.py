"""What answers' headers ask for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.domain.fetched import NO_SERVER_WISHES, ServerWishes
from bot.feeds.headers import rate_limited, wishes_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = format_datetime(NOW + timedelta(hours=2), usegmt=True)
TWO_HOURS = timedelta(hours=2)


@pytest.mark.parametrize(
    ("headers", "wishes"),
    [
        ({}, NO_SERVER_WISHES),
        ({"Retry-After": "120"}, ServerWishes(retry_after=timedelta(seconds=120))),
        ({"Retry-After": LATER}, ServerWishes(retry_after=TWO_HOURS)),
        ({"Retry-After": "soon"}, NO_SERVER_WISHES),
        ({"Retry-After": "-5"}, NO_SERVER_WISHES),
        ({"Cache-Control": "public, max-age=7200"}, ServerWishes(fresh_for=TWO_HOURS)),
        ({"Cache-Control": 's-maxage="7200"'}, ServerWishes(fresh_for=TWO_HOURS)),
        ({"Cache-Control": "no-cache", "Expires": LATER}, NO_SERVER_WISHES),
        ({"Cache-Control": "max-age=7200", "Expires": "0"}, ServerWishes(fresh_for=TWO_HOURS)),
        ({"Expires": LATER}, ServerWishes(fresh_for=TWO_HOURS)),
        ({"Expires": "0"}, NO_SERVER_WISHES),
        ({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, NO_SERVER_WISHES),
    ],
)
def test_what_headers_ask_for(headers: dict[str, str], wishes: ServerWishes) -> None:
    assert wishes_of(headers, NOW) == wishes


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"X-RateLimit-Remaining": "7"}, None),
        ({"X-RateLimit-Remaining": "0"}, timedelta(hours=1)),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, timedelta(minutes=1)),
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(int(NOW.timestamp()) + 7200)}, TWO_HOURS),
        ({"Retry-After": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "90"}, timedelta(minutes=1)),
    ],
)
def test_what_a_refusal_asks_for(headers: dict[str, str], wait: timedelta | None) -> None:
    from multidict import CIMultiDict

    assert rate_limited(CIMultiDict(headers), NOW) == wait
