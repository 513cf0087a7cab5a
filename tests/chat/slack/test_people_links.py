"""A link that a person posted lately is not repeated beside it, but answered in their thread."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.slack.people_links import threads_by_link
from bot.domain.channels import ChannelOptions
from bot.domain.message import Absent, Found, Message, Sent, Unknown
from bot.domain.model import MessageRef
from tests.chat.slack.conftest import Scene
from tests.chat.slack.messages import message
from tests.domain.announcements import announcement

RESPECTFUL = ChannelOptions(respect_people=True)
LINK = "https://blog.example/large-models"


@pytest.fixture
def way() -> str:
    return "http"


def due(scene: Scene, options: ChannelOptions = RESPECTFUL, number: int = 1) -> Message:
    here = {"channel": scene.place(), "options": options, "first_attempt_at": scene.clock.now()}
    return message(announcement(title="Large models", url=LINK), number=number, **here)


async def threads(scene: Scene) -> list[str | None]:
    said = await scene.fake.stage.messages(scene.channel)
    return [one["thread_ts"] for one in said if one["bot_id"] is not None]


async def test_a_post_goes_into_the_thread_of_the_person_who_was_first(scene: Scene) -> None:
    said = await scene.fake.stage.say(scene.channel, scene.team["admin"], f"look: <{LINK}?utm_source=x&amp;a=1|this>")
    bare = await scene.fake.stage.say(scene.channel, scene.team["admin"], f"and <{LINK}/>")
    await scene.slack.send(due(scene))

    assert said != bare
    assert await threads(scene) == [bare["ts"]]


async def test_where_their_thread_takes_nothing_it_is_posted_beside_it(scene: Scene) -> None:
    await scene.fake.stage.say(scene.channel, scene.team["admin"], f"<{LINK}>")
    await scene.fake.stage.fault("chat.postMessage", "error", error="restricted_action_thread_locked")

    assert isinstance(await scene.slack.send(due(scene)), Sent)
    assert await threads(scene) == [None]


async def test_it_is_off_unless_the_channel_chose_it(scene: Scene) -> None:
    await scene.fake.stage.say(scene.channel, scene.team["admin"], f"<{LINK}>")
    await scene.slack.send(due(scene, ChannelOptions()))

    assert await threads(scene) == [None]
    assert await scene.fake.stage.calls("conversations.history") == []


async def test_history_is_read_once_a_minute(scene: Scene) -> None:
    for number in range(1, 4):
        await scene.slack.send(due(scene, number=number))
    assert len(await scene.fake.stage.calls("conversations.history")) == 1

    scene.clock.pass_time(timedelta(seconds=61))
    await scene.slack.send(due(scene, number=4))
    assert len(await scene.fake.stage.calls("conversations.history")) == 2


async def test_an_old_link_counts_no_more(scene: Scene) -> None:
    await scene.fake.stage.say(scene.channel, scene.team["admin"], f"<{LINK}>")
    scene.clock.pass_time(timedelta(hours=25))
    await scene.slack.send(due(scene))

    assert await threads(scene) == [None]


async def test_a_post_stands_alone_where_history_cannot_be_read(scene: Scene) -> None:
    await scene.fake.stage.say(scene.channel, scene.team["admin"], f"<{LINK}>")
    await scene.fake.stage.fault("conversations.history", "error", error="missing_scope")
    await scene.slack.send(due(scene))

    assert await threads(scene) == [None]


async def test_a_lost_answer_is_found_in_the_thread(scene: Scene) -> None:
    await scene.fake.stage.say(scene.channel, scene.team["admin"], f"<{LINK}>")
    scene.clock.pass_time(timedelta(hours=3))
    await scene.fake.stage.fault("chat.postMessage", "commit_then_reset")
    wanted = due(scene)

    assert isinstance(await scene.slack.send(wanted), Unknown)
    ours = next(one["ts"] for one in await scene.fake.stage.messages(scene.channel) if one["bot_id"])
    assert await scene.slack.find_sent(wanted) == Found(MessageRef(ours))
    other = due(scene, number=2)
    assert await scene.slack.find_sent(other) == Absent()
    assert await scene.slack.find_sent(replace(wanted, options=ChannelOptions())) == Absent()


def test_apps_joins_and_front_pages_are_no_people_and_no_posts() -> None:
    said = [
        {"ts": "1.0", "user": "U1", "bot_id": "B1", "text": f"<{LINK}>"},
        {"ts": "2.0", "user": "U1", "subtype": "channel_topic", "text": f"<{LINK}>"},
        {"ts": "3.0", "user": "U1", "text": "<https://blog.example/> <mailto:a@b.example> <!channel> <#C1|x>"},
        {"ts": "5.0", "user": "U1", "text": f"<{LINK}|again>"},
        {"ts": "4.0", "user": "U2", "text": f"<{LINK}>"},
    ]

    assert list(threads_by_link(said).values()) == ["4.0"]
