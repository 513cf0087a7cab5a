"""When a feed is polled next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import DAY, Pace, back_off, failed, gone, moved, next_poll, rhythm, slower, succeeded
from bot.domain.fetched import NO_FEED_WISHES, NO_SERVER_WISHES, FeedWishes, Gone, ServerWishes
from bot.domain.model import Feed, FeedId

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)  # a Monday
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PACE = Pace()


def feed(url: str = "https://a.example/feed") -> Feed:
    return Feed(id=FeedId(1), url=url, next_poll_at=NOW)


def due(
    wait: timedelta = HOUR,
    *,
    server: ServerWishes = NO_SERVER_WISHES,
    wishes: FeedWishes = NO_FEED_WISHES,
    chance: float = 0.5,
) -> timedelta:
    return next_poll(wait, NOW, chance, pace=PACE, server=server, feed=wishes) - NOW


@pytest.mark.parametrize(
    ("gap", "interval"),
    [(MINUTE, 15 * MINUTE), (8 * HOUR, 2 * HOUR), (2 * DAY, 12 * HOUR), (30 * DAY, DAY)],
)
def test_the_interval_is_a_quarter_of_the_rhythm_between_floor_and_ceiling(gap: timedelta, interval: timedelta) -> None:
    assert rhythm([NOW - gap * number for number in range(10)], NOW, PACE) == interval


def test_a_blog_that_has_gone_silent_is_polled_more_slowly() -> None:
    daily = [NOW - 60 * DAY - DAY * number for number in range(10)]

    assert rhythm(daily, NOW, PACE) == DAY


def test_without_dates_it_is_an_hour() -> None:
    assert rhythm([], NOW, PACE) == HOUR
    assert rhythm([NOW + DAY], NOW, PACE) == HOUR


def test_polls_without_news_slow_down_to_a_day_at_most() -> None:
    interval = 15 * MINUTE
    for _ in range(100):
        interval = slower(interval, PACE)

    assert interval == DAY


def test_failures_double_the_wait_up_to_a_day() -> None:
    assert [back_off(n, PACE) / MINUTE for n in (1, 2, 3, 4, 20, 10_000)] == [15, 30, 60, 120, 1440, 1440]


@pytest.mark.parametrize(
    ("server", "wishes", "wait"),
    [
        (NO_SERVER_WISHES, NO_FEED_WISHES, HOUR),
        (ServerWishes(retry_after=3600 * timedelta(seconds=3)), NO_FEED_WISHES, 3 * HOUR),
        (ServerWishes(retry_after=timedelta(seconds=999_999_999)), NO_FEED_WISHES, DAY),
        (ServerWishes(retry_after=timedelta(seconds=120)), NO_FEED_WISHES, HOUR),
        (ServerWishes(fresh_for=5 * HOUR), NO_FEED_WISHES, 5 * HOUR),
        (NO_SERVER_WISHES, FeedWishes(ttl=4 * HOUR), 4 * HOUR),
        (NO_SERVER_WISHES, FeedWishes(skip_hours=frozenset({10, 11, 12})), timedelta(hours=3, minutes=30)),
        (NO_SERVER_WISHES, FeedWishes(skip_days=frozenset({0})), timedelta(hours=14, minutes=30)),
        (NO_SERVER_WISHES, FeedWishes(skip_hours=frozenset({5})), HOUR),
    ],
)
def test_what_is_asked_is_obeyed(server: ServerWishes, wishes: FeedWishes, wait: timedelta) -> None:
    assert due(server=server, wishes=wishes) == wait


def test_polls_are_spread() -> None:
    assert due(chance=0.0) == 54 * MINUTE
    assert due(chance=1.0) == 66 * MINUTE


def test_what_is_asked_is_not_cut_by_chance() -> None:
    assert due(server=ServerWishes(retry_after=HOUR), chance=0.0) == HOUR


@given(
    st.timedeltas(timedelta(0), timedelta(days=4000)),
    st.floats(0, 1),
    st.timedeltas(timedelta(0), timedelta(days=400_000)),
    st.frozensets(st.integers(0, 23), max_size=23),
    st.frozensets(st.integers(0, 6), max_size=6),
)
def test_the_next_poll_is_never_past_nor_days_away(
    wait: timedelta, chance: float, asked: timedelta, hours: frozenset[int], days: frozenset[int]
) -> None:
    server = ServerWishes(retry_after=asked, fresh_for=asked)
    wishes = FeedWishes(ttl=asked, skip_hours=hours, skip_days=days)

    assert timedelta(0) <= due(wait, server=server, wishes=wishes, chance=chance) <= 3 * DAY


def test_a_failure_is_reported_once_after_three_days_and_again_when_it_is_over() -> None:
    state = feed()
    reports = []
    for hours in range(0, 24 * 5, 6):
        state = failed(state, "It is broken.", NOW + hours * HOUR, PACE)
        reports.append(state.reported_at)
    back = succeeded(state, NOW + 6 * DAY)

    assert [bool(report) for report in reports] == [False] * 12 + [True] * 8
    assert len({report for report in reports if report}) == 1
    assert (back.failures, back.failing_since, back.error, back.reported_at) == (0, None, None, None)


def test_a_feed_that_is_gone_stops_and_says_why() -> None:
    state = gone(feed(), Gone(why="It is gone."), NOW, PACE)

    assert state.paused_why == "It is gone."
    assert state.reported_at == NOW


def test_a_permanent_move_is_followed_the_third_time_in_a_row() -> None:
    target = "https://b.example/feed"
    state = moved(moved(feed(), target), target)

    assert (state.url, state.moved_times) == ("https://a.example/feed", 2)
    assert moved(state, target).url == target
    assert moved(moved(moved(state, None), target), target).url == "https://a.example/feed"
    assert moved(moved(state, "https://c.example/"), target).url == "https://a.example/feed"
