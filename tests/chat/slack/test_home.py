"""The App Home: what is followed, with buttons, for those who may know it."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.chat.slack.home import render_home
from bot.domain.language import IN_ENGLISH
from bot.domain.menu import menu_of
from bot.domain.model import Channel, SubscriptionId
from bot.domain.overview import Announced, Failing, Followed, Overview
from bot.domain.reply import Reply
from tests.chat.slack.conftest import Scene, until
from tests.chat.slack.golden_files import check_golden
from tests.chat.slack.messages import HERE, NOW
from tests.domain.announcements import announcement
from tests.fakes.slack.blocks import check_view, pings


@pytest.fixture
def way() -> str:
    return "socket"


def followed(number: int, channel: Channel = HERE, **changes: Any) -> Followed:
    values: dict[str, Any] = {"channel_name": "nlp", "name": "<!channel> nlp"} | changes
    return Followed(id=SubscriptionId(number), channel=channel, **values)


def test_the_home_looks_as_agreed() -> None:
    mine = Channel(platform="slack", workspace="T1", id="D1")
    view = render_home(
        IN_ENGLISH,
        Overview(
            followed=(followed(1), followed(2, mine, name="rust"), followed(3, why_not="This channel is archived.")),
            failing=(Failing(name="<antirez>", url="https://a.example/feed", error="It was not there (404)."),),
            announced=(Announced(channel=HERE, announcement=announcement(), sent_at=NOW - timedelta(hours=1)),),
        ),
        note="Unsubscribed from `ai`.",
    )

    check_golden("home", view)
    assert check_view(view, "home") == []
    assert pings("", view["blocks"]) == []


def test_a_busy_workspace_fits_into_a_home() -> None:
    view = render_home(IN_ENGLISH, Overview(followed=tuple(followed(number) for number in range(50))))

    assert check_view(view, "home") == []
    assert "20 more" in json.dumps(view)


def test_nothing_followed_says_how_to_begin() -> None:
    assert "/subscribe nlp" in json.dumps(render_home(IN_ENGLISH, Overview()))


async def home_of(scene: Scene, user: str) -> dict[str, Any]:
    shown: list[dict[str, Any]] = await until(lambda: scene.fake.stage.shown(user, "home"))
    body: dict[str, Any] = shown[-1]["body"]
    return body


async def test_a_person_sees_public_channels_and_those_they_are_in(scene: Scene) -> None:
    bob = (await scene.fake.stage.member(scene.team["id"], "bob"))["id"]
    secret = (
        await scene.fake.stage.channel(
            scene.team["id"], "secret", members=[scene.team["admin"]], is_private=True, with_bot=True
        )
    )["id"]
    for channel in (scene.channel, secret):
        await scene.follow(channel)
    for user in (scene.team["admin"], bob):
        await scene.fake.stage.open_home(user)
    ada, bobs = [json.dumps(await home_of(scene, user)) for user in (scene.team["admin"], bob)]

    assert scene.channel in ada
    assert secret in ada
    assert scene.channel in bobs
    assert secret not in bobs

    view = await home_of(scene, bob)
    forged = f"home:{secret}:0"
    await scene.fake.stage.click(bob, "press.0", view_id=view["id"], block_id=forged, value="/unsubscribe nlp")
    await until(lambda: scene.fake.stage.calls("views.publish"))
    assert scene.answers.presses == []


async def test_a_person_sees_their_own_direct_message_and_a_large_private_channel_asked_about_once(
    scene: Scene,
) -> None:
    admin, bot = scene.team["admin"], scene.team["bot_user"]
    own = (await scene.fake.stage.channel(scene.team["id"], "d", between=[bot, admin]))["id"]
    crowd = [(await scene.fake.stage.member(scene.team["id"], f"p{n}"))["id"] for n in range(1_100)]
    large = await scene.fake.stage.channel(
        scene.team["id"], "large", members=[*crowd, admin], is_private=True, with_bot=True
    )
    for channel in (own, large["id"]):
        await scene.follow(channel, topics=("nlp", "rust"))
    await scene.fake.stage.open_home(admin)
    home = json.dumps(await home_of(scene, admin))

    assert "For you alone" in home
    assert large["id"] in home
    assert len(await scene.fake.stage.calls("conversations.info")) == 1


async def test_a_button_in_the_home_acts_on_its_channel_and_shows_the_answer(scene: Scene) -> None:
    await scene.follow(scene.channel)
    await scene.fake.stage.open_home(scene.team["admin"])
    view = await home_of(scene, scene.team["admin"])
    row = next(block for block in view["blocks"] if block["type"] == "actions")
    scene.answers.answer = Reply(text="Unsubscribed from `nlp`.")
    button = row["elements"][0]
    await scene.fake.stage.click(
        scene.team["admin"], button["action_id"], view_id=view["id"], block_id=row["block_id"], value=button["value"]
    )

    async def is_said() -> bool:
        return "Unsubscribed from" in json.dumps(await home_of(scene, scene.team["admin"]))

    await until(is_said)
    press = scene.answers.presses[0]
    assert (press.action, press.channel) == ("/unsubscribe nlp", scene.place())


async def test_the_shortcut_shows_the_menu_of_a_post(scene: Scene) -> None:
    from tests.chat.slack.messages import message

    await scene.slack.send(message(announcement(), channel=scene.place()))
    ts = (await scene.fake.stage.messages(scene.channel))[0]["ts"]
    scene.answers.menus = {ts: menu_of(announcement(), IN_ENGLISH)}
    done = await scene.fake.stage.shortcut(scene.team["admin"], "post_menu", scene.channel, ts)
    answer = await scene.answered(done)
    labels = [button["text"]["text"] for button in answer["blocks"][1]["elements"]]

    assert labels == ["Why?", "Not about nlp", "Mute this blog", "Remove"]
    other = await scene.fake.stage.say(scene.channel, scene.team["admin"], "hello")
    done = await scene.fake.stage.shortcut(scene.team["admin"], "post_menu", scene.channel, other["ts"])
    assert "not one of mine" in (await scene.answered(done))["text"]


async def test_an_event_that_slack_repeats_late_changes_nothing(scene: Scene) -> None:
    await scene.follow(scene.channel)
    archived = {"type": "channel_archive", "channel": scene.channel, "user": "U1"}
    for event, number, state in (
        (archived, "Ev1", "closed"),
        (archived | {"type": "channel_unarchive"}, "Ev2", "active"),
    ):
        await scene.fake.stage.event(scene.team["id"], event, number)
        await until(partial(_has_state, scene, state))

    await scene.fake.stage.event(scene.team["id"], archived, "Ev1")
    # What comes after it is answered, so that it was dealt with before.
    await scene.answered(await scene.typed("/topics"))

    assert await _has_state(scene, "active")


async def _has_state(scene: Scene, state: str) -> bool:
    return (await scene.state_of(scene.channel))[0] == state


async def test_the_channel_is_closed_and_opened_by_what_slack_tells(scene: Scene) -> None:
    await scene.follow(scene.channel)
    for event, state in (("channel_archive", "closed"), ("channel_unarchive", "active"), ("channel_left", "closed")):
        await scene.fake.stage.event(scene.team["id"], {"type": event, "channel": scene.channel, "user": "U1"})

        async def is_so(wanted: str = state) -> bool:
            return (await scene.state_of(scene.channel))[0] == wanted

        await until(is_so)
