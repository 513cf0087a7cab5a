import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.channels import QuietHours
from bot.domain.errors import UsageError
from bot.domain.localtime import find_zone, parse_minutes, zone_named
from bot.domain.model import Digest, Each, Mode
from bot.domain.quiet import parse_quiet, quiet_until, show_quiet
from bot.domain.schedules import WEEKDAYS, ZoneMissing, next_run, parse_mode, show_mode

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        ("each", Each()),
        ("each at once", Each()),
        ("digest daily at 09:00 Europe/Berlin", Digest(every="daily", zone=BERLIN)),
        ("digest", Digest(every="daily", zone="UTC")),
        ("digest daily", Digest(every="daily", zone="UTC")),
        ("digest daily at 9:30pm berlin", Digest(every="daily", at_minute=21 * 60 + 30, zone=BERLIN)),
        ("digest at 7 pm", Digest(every="daily", at_minute=19 * 60, zone="UTC")),
        (
            "digest daily at 18.15 mon,thu europe/berlin",
            Digest(every="daily", at_minute=18 * 60 + 15, weekdays=("mon", "thu"), zone=BERLIN),
        ),
        ("digest weekdays at 08:00", Digest(every="daily", at_minute=480, weekdays=WEEKDAYS[:5], zone="UTC")),
        ("digest weekly on Friday at 16:00", Digest(every="weekly", at_minute=960, weekdays=("fri",), zone="UTC")),
        ("digest tuesday at 16:00", Digest(every="weekly", at_minute=960, weekdays=("tue",), zone="UTC")),
        ("digest weekly", Digest(every="weekly", zone="UTC")),
        ("digest hourly", Digest(every="hourly", at_minute=0)),
        ("digest hourly at :15", Digest(every="hourly", at_minute=15)),
        ("digest at :45", Digest(every="hourly", at_minute=45)),
        ("Digest, Daily, at 09:00", Digest(every="daily", zone="UTC")),
    ],
)
def test_modes_as_people_type_them(words: str, mode: Mode) -> None:
    parsed = parse_mode(words.split(), "UTC")

    assert parsed.mode == mode
    assert parsed.rest == ()


def test_words_that_say_something_else_are_left() -> None:
    parsed = parse_mode(["digest", "daily", "at", "09:00", "Europe/Berlin", "strict", "-sponsored"], None)

    assert parsed.mode == Digest(every="daily", zone=BERLIN)
    assert parsed.rest == ("strict", "-sponsored")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("digest daily at 25:00 UTC", r"00:00 to 23:59"),
        ("digest daily at 9:5 UTC", r"00:00 to 23:59"),
        ("digest daily at noon UTC", r"00:00 to 23:59"),
        ("digest daily at 13pm UTC", r"00:00 to 23:59"),
        ("digest daily at ٩:00 UTC", r"00:00 to 23:59"),
        ("digest daily at", "At what time"),
        ("digest daily at 09:00 Europe/Atlantis", "no time zone `Europe/Atlantis`.*Europe/Berlin"),
        ("digest hourly at :75", ":00 to :59"),
        ("digest hourly at 09:00", ":00 to :59"),
        ("sometimes", "`each` or `digest`"),
    ],
)
def test_what_cannot_be_is_answered_with_what_can(words: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_mode(words.split(), "UTC")


def test_a_digest_without_a_zone_asks_back_unless_it_is_hourly() -> None:
    with pytest.raises(ZoneMissing, match=r"In which time zone.*digest daily at 18:00 Europe/Berlin"):
        parse_mode(["digest", "at", "18:00"], None)

    assert parse_mode(["digest", "hourly"], None).mode == Digest(every="hourly", at_minute=0)


@given(
    st.sampled_from(["daily", "weekly"]),
    st.integers(0, 1439),
    st.sets(st.sampled_from(WEEKDAYS)),
    st.sampled_from(["UTC", BERLIN, "America/Argentina/Buenos_Aires"]),
)
def test_a_mode_reads_back_as_it_is_shown(every: str, minute: int, days: set[str], zone: str) -> None:
    weekdays = tuple(day for day in WEEKDAYS if day in days) or (("mon",) if every == "weekly" else ())
    mode = Digest(every=every, at_minute=minute, weekdays=weekdays, zone=zone)  # type: ignore[arg-type]

    assert parse_mode(show_mode(mode).split(), None).mode == mode


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-11-02T07:59", "2026-11-02T08:00"),
        ("2026-11-02T08:00", "2026-11-03T08:00"),
        # Clocks go forward on 28 March 2027, back on 25 October 2026: nine o'clock stays nine o'clock.
        ("2026-10-24T07:00", "2026-10-25T08:00"),
        ("2027-03-27T08:00", "2027-03-28T07:00"),
    ],
)
def test_nine_o_clock_is_nine_o_clock_there(after: str, due: str) -> None:
    assert next_run(Digest(every="daily", zone=BERLIN), at(after)) == at(due)


def test_a_time_that_does_not_exist_is_the_next_that_does() -> None:
    digest = Digest(every="daily", at_minute=2 * 60 + 30, zone=BERLIN)

    assert next_run(digest, at("2027-03-27T12:00")) == at("2027-03-28T01:00")  # 03:00 there


def test_a_time_that_comes_twice_is_taken_once() -> None:
    digest = Digest(every="daily", at_minute=2 * 60 + 30, zone=BERLIN)

    first = next_run(digest, at("2026-10-24T12:00"))

    assert first == at("2026-10-25T00:30")  # the first 02:30, still summer time
    assert next_run(digest, first) == at("2026-10-26T01:30")


def test_a_day_that_does_not_exist_is_skipped_to_what_does() -> None:
    # Samoa had no 30 December 2011.
    digest = Digest(every="daily", at_minute=9 * 60, zone="Pacific/Apia")

    runs = [next_run(digest, at("2011-12-29T12:00"))]
    for _ in range(2):
        runs.append(next_run(digest, runs[-1]))

    local = [run.astimezone(ZoneInfo("Pacific/Apia")).strftime("%d %H:%M") for run in runs]
    assert local == ["29 09:00", "31 00:00", "31 09:00"]


def test_a_weekly_digest_comes_on_its_days() -> None:
    digest = Digest(every="weekly", at_minute=600, weekdays=("mon", "thu"))

    assert next_run(digest, at("2026-11-02T10:00")) == at("2026-11-05T10:00")
    assert next_run(digest, at("2026-11-05T10:00")) == at("2026-11-09T10:00")


def test_an_hourly_digest_comes_at_its_minute() -> None:
    digest = Digest(every="hourly", at_minute=15)

    assert next_run(digest, at("2026-11-02T10:14:59")) == at("2026-11-02T10:15")
    assert next_run(digest, at("2026-11-02T10:15")) == at("2026-11-02T11:15")


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 1439),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]),
)
def test_a_daily_digest_comes_once_a_local_day(after: datetime, minute: int, zone: str) -> None:
    digest = Digest(every="daily", at_minute=minute, zone=zone)
    runs = [next_run(digest, after)]
    for _ in range(4):
        runs.append(next_run(digest, runs[-1]))

    days = [run.astimezone(ZoneInfo(zone)).date() for run in runs]
    assert [later - earlier for earlier, later in itertools.pairwise(days)] == [timedelta(days=1)] * 4


@pytest.mark.parametrize(
    ("typed", "zone"),
    [("berlin", BERLIN), ("europe/BERLIN", BERLIN), ("new york", "America/New_York"), ("utc", "UTC"), ("No", None)],
)
def test_zones_are_found_as_people_type_them(typed: str, zone: str | None) -> None:
    assert find_zone(typed) == zone


def test_a_zone_that_does_not_exist_says_how_zones_are_written() -> None:
    with pytest.raises(UsageError, match="Region/City"):
        zone_named("CEST")


@pytest.mark.parametrize(
    ("typed", "minutes"), [("9", 540), ("09:00", 540), ("12am", 0), ("12pm", 720), ("23:59", 1439)]
)
def test_times_of_day(typed: str, minutes: int) -> None:
    assert parse_minutes(typed) == minutes


NIGHT = QuietHours(start=22 * 60, end=7 * 60)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, "2026-11-02T20:59", None),
        (NIGHT, "2026-11-02T21:00", "2026-11-03T06:00"),
        (NIGHT, "2026-11-03T05:59", "2026-11-03T06:00"),
        (NIGHT, "2026-11-03T06:00", None),
        (QuietHours(start=720, end=780), "2026-11-02T11:30", "2026-11-02T12:00"),
        (QuietHours(start=720, end=780), "2026-11-02T12:00", None),
        (None, "2026-11-02T23:00", None),
    ],
)
def test_quiet_hours_last_from_start_to_end_over_midnight(
    quiet: QuietHours | None, now: str, until: str | None
) -> None:
    assert quiet_until(quiet, BERLIN, at(now)) == (None if until is None else at(until))


@pytest.mark.parametrize(
    ("typed", "quiet"), [("22:00-07:00", NIGHT), ("10pm–7am", NIGHT), ("22 to 7", NIGHT), ("off", None)]
)
def test_quiet_hours_as_people_type_them(typed: str, quiet: QuietHours | None) -> None:
    assert parse_quiet(typed) == quiet
    assert parse_quiet(show_quiet(quiet)) == quiet


@pytest.mark.parametrize("typed", ["22:00", "7-7", "25:00-07:00", "night"])
def test_quiet_hours_that_cannot_be_say_what_can(typed: str) -> None:
    with pytest.raises(UsageError, match=r"22:00-07:00|00:00 to 23:59"):
        parse_quiet(typed)
