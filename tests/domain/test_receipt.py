from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.language import IN_ENGLISH
from bot.domain.receipt import Receipt, figures, percentile, show_span, show_speed

spans = st.lists(st.timedeltas(timedelta(0), timedelta(days=40)), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.42, "0.4 s"), (12, "12 s"), (119, "119 s"), (180, "3 min"), (18_000, "5 h"), (200_000, "2 d")],
)
def test_spans_are_short(seconds: float, shown: str) -> None:
    assert show_span(IN_ENGLISH, timedelta(seconds=seconds)) == shown


def test_percentiles_of_a_hundred() -> None:
    hundred = [timedelta(seconds=number) for number in range(1, 101)]

    assert percentile(hundred, 0.5) == timedelta(seconds=50)
    assert percentile(hundred, 0.95) == timedelta(seconds=95)
    assert percentile([], 0.5) is None


@given(spans, st.floats(0.01, 1))
def test_a_percentile_is_one_of_them_and_enough_do_not_exceed_it(found: list[timedelta], share: float) -> None:
    span = percentile(found, share)

    assert span in found
    assert sum(one <= span for one in found) >= len(found) * share - 0.001 * len(found) - 1e-9


def test_without_messages_nothing_is_said_about_speed() -> None:
    assert show_speed(IN_ENGLISH, Receipt()) == ""
    assert figures(Receipt())["seen_to_posted_p95_seconds"] is None


def test_speed_is_said_from_what_was_counted() -> None:
    receipt = Receipt(from_seen=(timedelta(seconds=1), timedelta(seconds=3)), from_published=(timedelta(minutes=9),))

    assert show_speed(IN_ENGLISH, receipt) == (
        "From first seen to posted: half within 1.0 s, 95 % within 3.0 s. "
        "From published to posted: half within 9 min, 95 % within 9 min."
    )
