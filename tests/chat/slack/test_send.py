"""One attempt, every way it can end, against a server that speaks HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.chat.slack.errors import ERRORS
from bot.chat.slack.send import EVENT_TYPE
from bot.domain.channels import ChannelOptions
from bot.domain.message import Absent, CannotLook, Found, Message, MessageKind, NotSent, Sent, Undeliverable, Unknown
from bot.domain.model import MessageRef
from tests.chat.slack.conftest import Scene
from tests.chat.slack.messages import message
from tests.domain.announcements import announcement


@pytest.fixture
def way() -> str:
    return "http"


def due(scene: Scene, channel: str | None = None, **changes: Any) -> Message:
    """Return a message for the scene's channel."""
    return message(announcement(title="Large models"), channel=scene.place(channel), **changes)


async def posted(scene: Scene) -> list[dict[str, Any]]:
    return await scene.fake.stage.messages(scene.channel)


async def test_a_message_is_posted_once_with_its_key_and_no_unfolding(scene: Scene) -> None:
    outcome = await scene.slack.send(due(scene))
    said = (await posted(scene))[0]

    assert outcome == Sent(MessageRef(said["ts"]))
    assert said["metadata"] == {"event_type": EVENT_TYPE, "event_payload": {"key": due(scene).key}}
    assert (said["request"]["unfurl_links"], said["request"]["unfurl_media"]) == (False, False)
    assert "client_msg_id" not in said["request"]
    assert said["pings"] == []


@pytest.mark.parametrize(
    ("kind", "expected", "shown"),
    [
        ("reset", Unknown, 0),
        ("commit_then_reset", Unknown, 1),
        ("commit_then_hang", Unknown, 1),
        ("hang", Unknown, 0),
        ("500", Unknown, 0),
        ("500_after_commit", Unknown, 1),
        ("503", Unknown, 0),
        ("html", Unknown, 0),
        ("html_after_commit", Unknown, 1),
        ("cut_json", Unknown, 1),
        ("429", NotSent, 0),
        ("ratelimited", NotSent, 0),
    ],
)
async def test_one_attempt_is_one_request_and_says_what_is_known(
    scene: Scene, kind: str, expected: type, shown: int
) -> None:
    await scene.fake.stage.fault("chat.postMessage", kind, retry_after=30)
    outcome = await scene.slack.send(due(scene))

    assert isinstance(outcome, expected), outcome
    assert len(await posted(scene)) == shown
    assert len(await scene.fake.stage.calls("chat.postMessage")) == 1


async def test_429_is_obeyed_for_the_workspace_as_long_as_slack_said(scene: Scene) -> None:
    await scene.fake.stage.fault("chat.postMessage", "429", retry_after=30)

    assert await scene.slack.send(due(scene)) == NotSent("Slack asked to slow down.", 30.0, "workspace")


async def test_a_refused_connection_is_not_sent(scene: Scene) -> None:
    await scene.fake.__aexit__(None, None, None)
    # The first may go to a connection that was kept open, and nobody can say what became of it.
    await scene.slack.send(due(scene))

    assert isinstance(await scene.slack.send(due(scene)), NotSent)


async def test_every_error_of_the_table_goes_to_its_class(scene: Scene) -> None:
    classes = {"retry": NotSent, "unknown": Unknown}
    for error, (meaning, why) in ERRORS.items():
        await scene.fake.stage.fault("chat.postMessage", "error", error=error)
        outcome = await scene.slack.send(due(scene))

        assert type(outcome) is classes.get(meaning, Undeliverable), error
        if isinstance(outcome, Undeliverable):
            assert (outcome.why, outcome.what) == (why, meaning)
            # A minute later the token is found to be good, and is sent with again.
            scene.clock.pass_time(timedelta(seconds=60))
            await scene.settled()


async def test_our_own_mistake_is_said_and_the_plain_form_goes_through(scene: Scene) -> None:
    await scene.fake.stage.fault("chat.postMessage", "error", error="invalid_blocks")
    outcome = await scene.slack.send(due(scene))
    plain = await scene.slack.send(due(scene, plain=True))
    said = (await posted(scene))[0]

    assert outcome == Undeliverable("Slack refused the message: invalid_blocks.", "message")
    assert isinstance(plain, Sent)
    assert said["blocks"] is None
    assert said["text"] == "Large models · Simon's notes\nhttps://blog.example/posts/1"


async def test_channels_that_are_closed_to_us(scene: Scene) -> None:
    private = (await scene.fake.stage.channel(scene.team["id"], "secret", is_private=True))["id"]
    outside = (await scene.fake.stage.channel(scene.team["id"], "outside"))["id"]
    gone = (await scene.fake.stage.channel(scene.team["id"], "gone", with_bot=True))["id"]
    await scene.fake.stage.delete_channel(gone)
    archived = (await scene.fake.stage.channel(scene.team["id"], "old", with_bot=True))["id"]
    await scene.fake.stage.change_channel(archived, is_archived=True)
    outcomes = [await scene.slack.send(due(scene, channel)) for channel in (private, outside, gone, archived)]

    assert all(isinstance(each, Undeliverable) and each.what == "channel" for each in outcomes), outcomes


async def test_another_workspaces_channel_is_not_ours(scene: Scene) -> None:
    foreign = replace(due(scene), channel=replace(scene.place(), workspace="T0"))

    assert await scene.slack.send(foreign) == Undeliverable(
        "Tidings is not installed in this workspace.", "installation"
    )


async def test_an_edit_and_a_removal(scene: Scene) -> None:
    sent = await scene.slack.send(due(scene))
    assert isinstance(sent, Sent)
    edit = message(announcement(title="Larger models"), channel=scene.place(), kind=MessageKind.EDIT, target=sent.ref)
    assert await scene.slack.send(edit) == sent
    said = (await posted(scene))[0]
    assert "Larger models" in said["text"]
    assert said["blocks"]

    remove = message(channel=scene.place(), kind=MessageKind.DELETE, target=sent.ref)
    assert await scene.slack.send(remove) == sent
    assert await posted(scene) == []
    assert await scene.slack.send(remove) == sent
    assert isinstance(await scene.slack.find_sent(remove), Absent)


def tried(scene: Scene, **changes: Any) -> Message:
    """Return the message as it is claimed again: its first attempt was a moment ago by Slack's clock."""
    at = scene.fake.world.now()
    return due(scene, attempt=2, first_attempt_at=at, **changes)


@pytest.mark.parametrize("kind", ["commit_then_reset", "500_after_commit", "cut_json", "html_after_commit"])
async def test_what_was_posted_although_the_answer_was_lost_is_found(scene: Scene, kind: str) -> None:
    await scene.fake.stage.fault("chat.postMessage", kind)
    again = tried(scene)
    await scene.slack.send(again)
    said = (await posted(scene))[0]

    assert await scene.slack.find_sent(again) == Found(MessageRef(said["ts"]))


async def test_a_post_with_a_target_goes_into_that_thread_and_is_found_there(scene: Scene) -> None:
    await scene.slack.send(due(scene, number=2))
    parent = MessageRef((await posted(scene))[0]["ts"])
    reply = tried(scene, target=parent)
    await scene.fake.stage.fault("chat.postMessage", "commit_then_reset")

    assert await scene.slack.find_sent(reply) == Absent()
    assert isinstance(await scene.slack.send(reply), Unknown)

    shown = (await posted(scene))[1]
    assert shown["thread_ts"] == parent
    assert await scene.slack.find_sent(reply) == Found(MessageRef(shown["ts"]))


async def test_what_was_not_posted_is_absent(scene: Scene) -> None:
    await scene.slack.send(due(scene, number=2))

    assert await scene.slack.find_sent(tried(scene)) == Absent()


async def test_a_message_is_found_among_many(scene: Scene) -> None:
    again = tried(scene)
    await scene.slack.send(again)
    for number in range(450):
        await scene.fake.stage.say(scene.channel, scene.team["admin"], str(number))

    assert isinstance(await scene.slack.find_sent(again), Found)
    assert len(await scene.fake.stage.calls("conversations.history")) == 3


@pytest.mark.parametrize("done", [True, False])
async def test_a_page_a_minute_is_enough_to_find_out(scene: Scene, done: bool) -> None:
    """Slack gives apps that are sold outside of its Marketplace fifteen messages a minute."""
    scene.fake.world.history_page, scene.fake.world.history_every = 15, 60.0
    again = tried(scene)
    await scene.fake.stage.fault("chat.postMessage", "commit_then_reset" if done else "reset")
    await scene.slack.send(again)
    for number in range(40):
        await scene.fake.stage.say(scene.channel, scene.team["admin"], str(number))
    scene.clock.pass_time(timedelta(seconds=90))
    again = replace(again, doubt_until=scene.clock.now())

    looks = []
    for _ in range(3):
        looks.append(await scene.slack.find_sent(again))
        scene.clock.pass_time(timedelta(seconds=61))

    assert [type(look) for look in looks] == [CannotLook, CannotLook, Found if done else Absent]


async def test_what_may_show_up_late_is_looked_for_from_the_start(scene: Scene) -> None:
    scene.fake.world.history_page, scene.fake.world.history_every = 15, 60.0
    again = replace(tried(scene), doubt_until=scene.clock.now() + timedelta(seconds=70))
    for number in range(20):
        await scene.fake.stage.say(scene.channel, scene.team["admin"], str(number))
    assert isinstance(await scene.slack.find_sent(again), CannotLook)
    scene.clock.pass_time(timedelta(seconds=61))
    # Slack shows it on the page that was read before.
    await scene.fake.stage.fault("chat.postMessage", "commit_then_reset")
    await scene.slack.send(again)

    assert isinstance(await scene.slack.find_sent(again), Found)


async def test_another_app_cannot_pretend_to_be_us(scene: Scene) -> None:
    again = tried(scene)
    forged = {"event_type": EVENT_TYPE, "event_payload": {"key": again.key}}
    await scene.fake.stage.say(scene.channel, scene.team["admin"], "x", metadata=forged)

    assert await scene.slack.find_sent(again) == Absent()


@pytest.mark.parametrize("kind", ["429", "ratelimited", "500", "html", "cut_json", "reset"])
async def test_a_look_that_fails_now_may_succeed_later(scene: Scene, kind: str) -> None:
    # aiohttp repeats a GET on a connection that was kept open, and only a GET.
    await scene.fake.stage.fault("conversations.history", kind, times=2)
    found = await scene.slack.find_sent(tried(scene))

    assert isinstance(found, CannotLook)
    assert found.for_now


async def test_history_is_not_asked_for_before_slacks_time_is_up_and_posting_goes_on(scene: Scene) -> None:
    again = tried(scene)
    await scene.fake.stage.fault("conversations.history", "429", retry_after=60)
    first = await scene.slack.find_sent(again)
    scene.clock.pass_time(timedelta(seconds=20))
    second = await scene.slack.find_sent(again)
    asked = len(await scene.fake.stage.calls("conversations.history"))

    assert [each.retry_after for each in (first, second) if isinstance(each, CannotLook)] == [60.0, 40.0]
    assert asked == 1
    assert isinstance(await scene.slack.send(due(scene)), Sent)
    scene.clock.pass_time(timedelta(seconds=40))
    assert not isinstance(await scene.slack.find_sent(again), CannotLook)


async def test_history_that_may_not_be_read_is_said(scene: Scene) -> None:
    scene.fake.world.teams[scene.team["id"]].scopes.discard("channels:history")
    found = await scene.slack.find_sent(tried(scene))

    assert found == CannotLook("A permission is missing. Update the app's manifest and install it again.")


async def test_a_notice_to_a_person_goes_into_their_direct_message(scene: Scene) -> None:
    admin = scene.team["admin"]
    notice = message(channel=scene.place(f"@{admin}"), text="I cannot post in #nlp any more.")

    outcome = await scene.slack.send(notice)

    (direct,) = [each for each in scene.fake.world.channels.values() if each.between]
    (said,) = await scene.fake.stage.messages(direct.id)
    assert (direct.between[1], said["text"]) == (admin, "I cannot post in #nlp any more.")  # type: ignore[index]
    assert outcome == Sent(MessageRef(said["ts"]))
    assert await scene.slack.find_sent(notice) == Found(MessageRef(said["ts"]))


async def test_a_person_who_is_gone_closes_nothing_but_the_way_to_them(scene: Scene) -> None:
    outcome = await scene.slack.send(message(channel=scene.place("@U0GONE")))
    scene.fake.world.teams[scene.team["id"]].scopes.discard("im:write")
    forbidden = await scene.slack.send(message(channel=scene.place("@U0OTHER")))

    assert [each.what for each in (outcome, forbidden) if isinstance(each, Undeliverable)] == ["channel", "channel"]
    assert scene.slack.health().ok


async def test_a_revoked_token_is_asked_about_once_a_minute_and_works_again(scene: Scene) -> None:
    await scene.follow(scene.channel, state="closed")
    await scene.fake.stage.revoke(scene.team["id"])
    outcome = await scene.slack.send(due(scene))
    before = len(await scene.fake.stage.calls())
    assert isinstance(outcome, Undeliverable)
    assert outcome.what == "installation"
    assert not scene.slack.health().ok

    for minute in range(3):
        if minute == 2:
            await scene.fake.stage.revoke(scene.team["id"], error=None)
        scene.clock.pass_time(timedelta(seconds=60))
        await scene.settled()

    assert len(await scene.fake.stage.calls()) == before + 3
    assert scene.slack.health().ok
    assert (await scene.state_of(scene.channel))[0] == "active"


async def test_a_refused_token_is_not_sent_with_again(scene: Scene) -> None:
    await scene.fake.stage.revoke(scene.team["id"])
    first = await scene.slack.send(due(scene))
    second = await scene.slack.send(due(scene))

    assert first == second
    assert len(await scene.fake.stage.calls("chat.postMessage")) == 1


async def test_a_workspace_that_another_process_closed_opens_when_its_token_is_good(scene: Scene) -> None:
    await scene.follow(scene.channel, "closed", why=ERRORS["token_revoked"][1])
    other = (await scene.fake.stage.channel(scene.team["id"], "away"))["id"]
    scene.clock.pass_time(timedelta(seconds=60))
    await scene.settled()
    assert (await scene.state_of(scene.channel))[0] == "active"

    await scene.follow(other, "closed", why="This channel is archived.")
    before = len(await scene.fake.stage.calls())
    scene.clock.pass_time(timedelta(seconds=60))
    await scene.settled()
    assert (await scene.state_of(other))[0] == "closed"
    assert len(await scene.fake.stage.calls()) == before


async def test_buttons_are_left_out_where_a_channel_wants_none(scene: Scene) -> None:
    await scene.slack.send(due(scene, options=ChannelOptions(buttons="none")))

    assert "overflow" not in repr(await posted(scene))
