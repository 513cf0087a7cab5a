from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.channels import ChannelOptions, ChannelStatus, QuietHours
from bot.domain.digesting import DIGEST_SIZE, plan
from bot.domain.message import MessageKind
from bot.domain.model import Channel, Digest, Each, MessageId, Mode, PostId, StoryId, SubscriptionId, Taker, Want
from bot.domain.planning import ChannelLoad, OpenDigest, PlannedMessage, StoryWants
from bot.domain.schedules import next_run

NLP = Channel(platform="room", workspace="demo", id="nlp")
RUST = Channel(platform="room", workspace="demo", id="rust")
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DAILY = Digest(every="daily", at_minute=17 * 60)


def want(channel: Channel = NLP, mode: Mode | None = None, **changes: Any) -> Want:
    mention, subscription = changes.pop("mention", None), changes.pop("subscription", SubscriptionId(1))
    taker = Taker(channel, subscription, mode or Each(), mention)
    return Want(taker, **{"topics": ("NLP",), "topic": "nlp", "score": 1.0, **changes})


def story(number: int, *wants: Want) -> StoryWants:
    return StoryWants(story=StoryId(f"s{number}"), post=PostId(f"p{number}"), wants=wants or (want(),))


def load(channel: Channel = NLP, options: ChannelOptions | None = None, **changes: Any) -> ChannelLoad:
    return ChannelLoad(status=ChannelStatus(channel=channel, options=options or ChannelOptions()), **changes)


def planned(
    stories: Sequence[StoryWants], *loads: ChannelLoad, now: datetime = NOON, zone: str = "UTC"
) -> list[PlannedMessage]:
    given_loads = loads or (load(),)
    return list(plan(stories, {one.status.channel: one for one in given_loads}, now, zone))


def test_a_story_wanted_at_once_is_a_message_due_now() -> None:
    (message,) = planned([story(1)])

    assert (message.kind, message.due_at, message.channel) == (MessageKind.POST, NOON, NLP)
    assert (message.announcements[0].story, message.announcements[0].topics) == ("s1", ("NLP",))


def test_two_matching_topics_give_one_announcement_that_names_both() -> None:
    wants = (want(score=1.0), want(score=2.0, topics=("LLM", "NLP"), topic="llm", subscription=SubscriptionId(2)))

    (message,) = planned([story(1, *wants)])

    (announcement,) = message.announcements
    assert (announcement.topics, announcement.topic, announcement.score) == (("LLM", "NLP"), "llm", 2.0)
    assert announcement.subscriptions == (2, 1)


def test_a_story_that_a_channel_already_has_is_left_out() -> None:
    messages = planned([story(1, want(), want(RUST))], load(known=frozenset({StoryId("s1")})), load(RUST))

    assert [message.channel for message in messages] == [RUST]


def test_one_story_twice_in_a_batch_is_announced_once() -> None:
    assert len(planned([story(1), story(1)])) == 1


def test_digest_mode_waits_for_its_time_and_joins_what_waits_there() -> None:
    due = NOON.replace(hour=17)
    first, second = (story(number, want(mode=DAILY)) for number in (1, 2))

    (message,) = planned([first, second])
    assert (message.kind, message.due_at, len(message.announcements)) == (MessageKind.DIGEST, due, 2)
    assert not message.joins

    waiting = OpenDigest(message=MessageId("d1"), size=3)
    (joining,) = planned([first], load(open_digests={due: waiting}))
    assert (joining.id, joining.joins, joining.due_at) == ("d1", True, due)


def test_each_wins_over_a_digest_of_the_same_story() -> None:
    (message,) = planned([story(1, want(mode=DAILY), want())])

    assert message.kind is MessageKind.POST


def test_a_full_digest_is_followed_by_another() -> None:
    due = NOON.replace(hour=17)
    waiting = OpenDigest(message=MessageId("d1"), size=DIGEST_SIZE - 1)

    messages = planned([story(number, want(mode=DAILY)) for number in range(30)], load(open_digests={due: waiting}))

    assert [(message.joins, len(message.announcements)) for message in messages] == [(True, 1), (False, 25), (False, 4)]


def test_a_burst_out_of_silence_is_one_digest_at_once() -> None:
    assert len(planned([story(number) for number in range(5)])) == 5

    (message,) = planned([story(number) for number in range(6)])

    assert (message.kind, message.due_at, len(message.announcements)) == (MessageKind.DIGEST, NOON, 6)


def test_what_follows_a_burst_is_collected_for_ten_minutes() -> None:
    (first,) = planned([story(1)], load(recent=5))
    assert (first.kind, first.due_at) == (MessageKind.DIGEST, NOON + timedelta(minutes=10))

    waiting = {NOON + timedelta(minutes=4): OpenDigest(message=MessageId("d1"), size=1)}
    (second,) = planned([story(2)], load(recent=5, open_digests=waiting))
    assert (second.id, second.joins) == ("d1", True)


def test_the_best_of_a_budget_go_out_at_once_and_the_rest_at_the_end_of_the_day() -> None:
    stories = [story(number, want(score=float(number))) for number in range(4)]

    messages = planned(stories, load(options=ChannelOptions(budget=10), today=8))

    singles = [message.announcements[0].story for message in messages if message.kind is MessageKind.POST]
    (rest,) = [message for message in messages if message.kind is MessageKind.DIGEST]
    assert singles == ["s2", "s3"]
    assert (rest.due_at, {one.story for one in rest.announcements}) == (NOON.replace(hour=18), {"s0", "s1"})


@pytest.mark.parametrize(("hour", "day"), [(12, 2), (20, 3)])
def test_the_day_s_digest_comes_at_six_local_time(hour: int, day: int) -> None:
    (message,) = planned(
        [story(1)], load(options=ChannelOptions(budget=1, zone="Europe/Berlin"), today=1), now=NOON.replace(hour=hour)
    )

    assert message.due_at == NOON.replace(day=day, hour=17)


def test_quiet_hours_end_with_one_digest_of_what_came_and_what_was_due() -> None:
    options = ChannelOptions(quiet=QuietHours(start=22 * 60, end=7 * 60))
    night = NOON.replace(hour=23)
    early = Digest(every="daily", at_minute=5 * 60)

    (message,) = planned([story(1), story(2, want(mode=early))], load(options=options), now=night)

    assert (message.due_at, len(message.announcements)) == (NOON.replace(day=3, hour=7), 2)


@pytest.mark.parametrize(
    ("silent", "post", "digest"), [("off", False, False), ("digests", False, True), ("all", True, True)]
)
def test_silent_is_for_digests_for_all_or_for_nothing(silent: Any, post: bool, digest: bool) -> None:
    messages = planned([story(1), story(2, want(mode=DAILY))], load(options=ChannelOptions(silent=silent)))

    assert [message.silent for message in messages] == [post, digest]


def test_a_role_is_mentioned_once_in_ten_minutes_and_never_by_digests() -> None:
    stories = [story(number, want(mention="r1")) for number in range(2)]

    assert [message.mention for message in planned(stories)] == ["r1", None]
    assert [message.mention for message in planned(stories, load(recent=1))] == [None, None]
    assert [message.mention for message in planned([story(1, want(mode=DAILY, mention="r1"))])] == [None]


modes = st.sampled_from([Each(), DAILY, Digest(every="hourly", at_minute=15)])
wants = st.builds(want, channel=st.sampled_from([NLP, RUST]), mode=modes, score=st.floats(0, 9))
stories = st.lists(
    st.builds(lambda number, some: story(number, *some), st.integers(0, 40), st.lists(wants, min_size=1, max_size=4)),
    max_size=40,
)
options = st.builds(
    ChannelOptions,
    budget=st.none() | st.integers(1, 5),
    burst=st.integers(1, 8),
    quiet=st.none() | st.builds(QuietHours, start=st.integers(0, 1439), end=st.integers(0, 1439)),
)


@given(stories, options, st.integers(0, 9), st.integers(0, 9), st.integers(0, 23))
def test_every_wanted_story_is_planned_exactly_once_and_nothing_else(
    given_stories: list[StoryWants], chosen: ChannelOptions, recent: int, today: int, hour: int
) -> None:
    now = NOON.replace(hour=hour)
    loads = [load(channel, chosen, recent=recent, today=today) for channel in (NLP, RUST)]

    messages = planned(given_stories, *loads, now=now)

    wanted = {(one.channel, given_story.story) for given_story in given_stories for one in given_story.wants}
    got = [(message.channel, announcement.story) for message in messages for announcement in message.announcements]
    assert sorted(got, key=str) == sorted(wanted, key=str)
    assert all(message.due_at >= now for message in messages)
    assert all(1 <= len(message.announcements) <= DIGEST_SIZE for message in messages)
    assert sum(message.kind is MessageKind.POST for message in messages if message.channel == NLP) <= chosen.burst


@given(st.sampled_from([DAILY, Digest(every="weekly", weekdays=("thu",)), Digest(every="hourly", at_minute=59)]))
def test_a_digest_is_due_later_than_now(mode: Digest) -> None:
    assert NOON < next_run(mode, NOON) <= NOON + timedelta(days=7)
