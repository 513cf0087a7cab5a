"""The table of transitions, row by row."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.channels import ChannelOptions
from bot.domain.message import Absent, CannotLook, Found, Message, MessageKind, NotSent, Sent, Undeliverable, Unknown
from bot.domain.model import Channel, MessageRef
from bot.domain.sending import Hold, Timing, after_look, after_send, has_time, must_look, targetless
from tests.clock import START
from tests.posts import announcement, message

NLP = Channel(platform="room", workspace="demo", id="nlp")
TIMING = Timing()
LAG = TIMING.platform_lag
REF = MessageRef("r1")


def claimed(**changes: Any) -> Message:
    channel = changes.pop("channel", NLP)
    return message(channel, announcement(), lease_until=START + TIMING.lease, **changes)


IN_DOUBT = {"attempt": 2, "doubt_until": START + LAG}


@pytest.mark.parametrize(
    ("outcome", "state", "retry_after"),
    [
        (Sent(REF), "sent", None),
        (NotSent("refused"), "pending", timedelta(seconds=1)),
        (NotSent("429", retry_after=30), "pending", timedelta(seconds=30)),
        (NotSent("429", retry_after=1e12), "pending", timedelta(days=1)),
        (NotSent("429", retry_after=-5), "pending", timedelta(0)),
        (Unknown("lost"), "unknown", TIMING.look_after),
        (Undeliverable("bad blocks", "message"), "pending", timedelta(0)),
        (Undeliverable("archived", "channel"), "pending", timedelta(0)),
        (Undeliverable("revoked", "installation"), "pending", timedelta(0)),
    ],
)
def test_what_a_first_attempt_ends_in(outcome: Any, state: str, retry_after: timedelta | None) -> None:
    settled = after_send(claimed(), outcome, START, TIMING, 0.0, looked=False)

    assert settled.state == state
    assert settled.retry_at == (None if retry_after is None else START + retry_after)


def test_an_unknown_is_doubted_for_the_lag_of_the_platform() -> None:
    settled = after_send(claimed(), Unknown("lost"), START, TIMING, 0.0, looked=False)

    assert settled.doubt_until == START + LAG


def test_a_wait_holds_what_the_chat_said() -> None:
    outcome = NotSent("429", retry_after=30, scope="workspace")

    settled = after_send(claimed(), outcome, START, TIMING, 0.0, looked=False)

    assert settled.hold == Hold(channel=NLP, scope="workspace", until=START + timedelta(seconds=30))


def test_malformed_is_sent_plain_once_and_then_dies() -> None:
    bad = Undeliverable("bad blocks", "message")

    assert after_send(claimed(), bad, START, TIMING, 0.0, looked=False).plain
    assert after_send(claimed(plain=True), bad, START, TIMING, 0.0, looked=False).state == "dead"


def test_what_no_other_form_would_change_dies_at_once() -> None:
    refused = Undeliverable("AutoMod", "message", in_any_form=True)
    malformed = Undeliverable("no such channel type", "message")

    assert after_send(claimed(), refused, START, TIMING, 0.0, looked=False).state == "dead"
    for kind in (MessageKind.PUBLISH, MessageKind.DELETE):
        change = claimed(kind=kind, target=MessageRef("1"))
        assert after_send(change, malformed, START, TIMING, 0.0, looked=False).state == "dead"


def test_a_thread_that_takes_nothing_ends_the_post_and_what_else_waits_for_it() -> None:
    locked = Undeliverable("locked", "thread")

    settled = after_send(claimed(), locked, START, TIMING, 0.0, looked=False)

    assert (settled.state, settled.why, settled.unthreads, settled.closes) == ("dead", "locked", True, None)


@pytest.mark.parametrize(("what", "closes"), [("channel", "channel"), ("installation", "workspace")])
def test_who_is_at_fault_is_closed(what: Any, closes: str) -> None:
    assert after_send(claimed(), Undeliverable("gone", what), START, TIMING, 0.0, looked=False).closes == closes


@pytest.mark.parametrize(
    "outcome",
    [NotSent("refused"), NotSent("429", retry_after=1), Undeliverable("archived"), Undeliverable("x", "message")],
)
def test_a_refusal_settles_no_earlier_doubt_unless_somebody_looked(outcome: Any) -> None:
    unlooked = after_send(claimed(**IN_DOUBT), outcome, START, TIMING, 0.0, looked=False)
    looked = after_send(claimed(**IN_DOUBT), outcome, START, TIMING, 0.0, looked=True)

    assert (unlooked.state, unlooked.doubt_until) == ("unknown", START + LAG)
    assert (looked.state, looked.doubt_until) == ("pending", None)


def test_only_doubt_about_a_new_message_is_looked_into() -> None:
    later = START + LAG
    none = timedelta(0)

    assert not must_look(claimed(), later, none)
    assert must_look(claimed(**IN_DOUBT), later, none)
    assert not must_look(claimed(**IN_DOUBT, kind=MessageKind.EDIT), later, none)
    assert not must_look(claimed(**IN_DOUBT), later - timedelta(seconds=1), LAG)
    assert must_look(claimed(**IN_DOUBT), later, LAG)


def test_a_look_finds_waits_or_lets_it_be_sent() -> None:
    doubted = claimed(**IN_DOUBT)
    soon = START + timedelta(seconds=5)

    found = after_look(doubted, Found(REF), soon, TIMING, 0.0)
    assert found is not None
    assert (found.state, found.ref) == ("sent", REF)
    early = after_look(doubted, Absent(), soon, TIMING, 0.0)
    assert early is not None
    assert (early.state, early.retry_at, early.doubt_until) == ("unknown", START + LAG, START + LAG)
    assert after_look(doubted, Absent(), START + LAG, TIMING, 0.0) is None


@pytest.mark.parametrize(("choice", "sends"), [("skip", False), ("ask", False), ("resend", True)])
def test_where_nobody_can_look_the_channel_chooses(choice: Any, sends: bool) -> None:
    doubted = claimed(**IN_DOUBT, options=ChannelOptions(on_unknown=choice))

    parked = after_look(doubted, CannotLook("no history"), START, TIMING, 0.0)

    assert (parked is None) == sends
    if parked is not None:
        assert (parked.state, parked.retry_at) == ("unknown", None)


def test_a_look_that_fails_for_now_comes_again() -> None:
    told = after_look(claimed(**IN_DOUBT), CannotLook("429", for_now=True, retry_after=60), START, TIMING, 0.0)
    assert told is not None
    assert told.retry_at == START + timedelta(seconds=60)
    again = after_look(claimed(**IN_DOUBT), CannotLook("429", for_now=True), START, TIMING, 0.0)

    assert again is not None
    assert again.state == "unknown"
    assert again.retry_at is not None


def test_a_change_without_anything_to_change_is_cancelled() -> None:
    edit = claimed(kind=MessageKind.EDIT)
    nothing = targetless(edit)

    assert nothing is not None
    assert nothing.state == "cancelled"
    assert targetless(replace(edit, target=REF)) is None
    assert targetless(claimed()) is None


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_back_off_grows_to_five_minutes_and_never_to_nothing(attempt: int, jitter: float) -> None:
    wait = TIMING.back_off_after(attempt, jitter)

    assert timedelta(seconds=1) <= wait <= timedelta(minutes=5)
    assert TIMING.back_off_after(attempt + 1, jitter) >= wait


@given(st.integers(1, 10**6), st.integers(1, 10**7), st.integers(1, 10**6), st.integers(0, 10**8))
def test_an_attempt_ends_before_anybody_else_may_claim(timeout: int, lag: int, margin: int, late: int) -> None:
    timing = Timing(
        send_timeout=timedelta(milliseconds=timeout),
        platform_lag=timedelta(milliseconds=lag),
        margin=timedelta(milliseconds=margin),
    )
    now = START + timedelta(milliseconds=late)
    mine = message(NLP, announcement(), lease_until=START + timing.lease)

    if has_time(mine, now, timing):
        assert now + timing.send_timeout + timing.platform_lag <= START + timing.lease
    assert has_time(mine, START, timing)
    assert timing.look_timeout < timing.margin


@pytest.mark.parametrize(
    ("changes", "publishes"),
    [
        ({}, False),
        ({"options": ChannelOptions(publish=True)}, True),
        ({"options": ChannelOptions(publish=True), "kind": MessageKind.DIGEST}, True),
        ({"options": ChannelOptions(publish=True), "kind": MessageKind.NOTICE}, False),
        ({"options": ChannelOptions(publish=True), "kind": MessageKind.PUBLISH}, False),
        # Slack and the room have no channels that others follow.
        ({"options": ChannelOptions(publish=True), "channel": NLP}, False),
    ],
)
def test_what_is_shown_is_published_where_the_channel_wants_it(changes: Any, publishes: bool) -> None:
    changes = {"channel": Channel(platform="discord", workspace="1", id="2"), **changes}
    sent = after_send(claimed(**changes), Sent(REF), START, TIMING, 0.0, looked=False)
    found = after_look(claimed(**IN_DOUBT, **changes), Found(REF), START, TIMING, 0.0)

    assert sent.publish == publishes
    assert found is not None
    assert found.publish == publishes
    assert not after_send(claimed(**changes), Unknown("lost"), START, TIMING, 0.0, looked=False).publish
    assert not after_send(claimed(**changes), Sent(MessageRef("")), START, TIMING, 0.0, looked=False).publish
