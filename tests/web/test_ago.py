from datetime import timedelta

import pytest

from bot.domain.language import Language
from bot.web.templates import ago
from tests.clock import START

ENGLISH = Language()


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (timedelta(seconds=-90), "just now"),
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=7), "1 week ago"),
        (timedelta(days=60), "Sep 3, 2026"),
    ],
)
def test_how_long_ago_is_said_as_people_do(before: timedelta, told: str) -> None:
    assert ago(START - before, START, ENGLISH) == told
