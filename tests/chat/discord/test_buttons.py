"""Buttons and menus of posts and of answers, through the gateway of the fake Discord."""

from dataclasses import replace

import pytest

from bot.chat.discord.adapter import Discord
from bot.domain.language import IN_ENGLISH
from bot.domain.menu import menu_of
from bot.domain.message import Sent
from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Button, Press, Reply
from tests.chat.discord.answers import ScriptedAnswers
from tests.chat.discord.conftest import EPHEMERAL, Make, Town, connected, person, typed
from tests.posts import announcement


async def posted(town: Town, served: Discord, place: int | None = None) -> int:
    outcome = await served.send(town.message(place or town.text, announcement(1)))
    assert isinstance(outcome, Sent)
    return int(outcome.ref.split("/")[-1])


async def test_the_menu_of_a_post_is_a_press_with_its_announcement(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    message = await posted(town, served)
    ann = await person(town)

    shown = await town.server.control.click(message, ann, "menu", [f"why:{announcement(1).id}"])

    press = answers.asked[0]
    assert isinstance(press, Press)
    assert press.action == f"why:{announcement(1).id}"
    assert press.message == MessageRef(str(message))
    assert press.channel == town.channel(town.text)
    assert shown["answer"]["flags"] & EPHEMERAL


async def test_a_press_in_a_forums_post_is_one_in_the_forum(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    thread = await posted(town, served, town.forum)

    await town.server.control.click(thread, await person(town), "menu", [f"remove:{announcement(1).id}"])

    press = answers.asked[0]
    assert isinstance(press, Press)
    assert press.channel == town.channel(town.forum)
    assert press.message == MessageRef(f"{thread}/{thread}")


@pytest.mark.parametrize("buttons", ["menu", "full", "none"])
async def test_the_menu_of_any_message_finds_the_post(
    town: Town, served: Discord, answers: ScriptedAnswers, buttons: str
) -> None:
    wanted = town.message(town.text, announcement(1))
    wanted = replace(wanted, options=replace(wanted.options, buttons=buttons))  # type: ignore[arg-type]
    outcome = await served.send(wanted)
    assert isinstance(outcome, Sent)
    answers.menus = {outcome.ref: menu_of(announcement(1), IN_ENGLISH)}

    await town.server.control.message_command(int(outcome.ref), await person(town), "Mute this blog")

    press = answers.asked[0]
    assert isinstance(press, Press)
    assert (press.action, press.message) == (f"mute-blog:{announcement(1).id}", outcome.ref)


async def test_the_menu_of_somebody_elses_message_says_so(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    ann = await person(town)
    theirs = (await town.server.control.say(town.text, ann, "hello"))["id"]

    shown = await town.server.control.message_command(theirs, ann, "Why this post?")

    assert shown["answer"]["content"].startswith("That message carries no post of mine.")
    assert answers.asked == []


async def test_buttons_of_a_reply_outlive_a_restart(town: Town, make: Make, answers: ScriptedAnswers) -> None:
    answers.reply = Reply(
        text="x",
        buttons=(
            Button(label="Topics", action="/topics", style="primary"),
            Button(label="Topics again", action="/topics"),
            Button(label="A page", url="https://example.com/"),
            Button(label="Bad", url="javascript:alert(1)"),
            Button(label="L" * 300, action="x" * 101),
        ),
    )
    ann = await person(town)
    async with connected(make(), town):
        shown = await typed(town, ann, "/topics")
    drawn = [part for row in shown["answer"]["components"] for part in row["components"]]
    assert [part.get("custom_id") or part["url"] for part in drawn] == ["/topics", "https://example.com/"]

    async with connected(make(), town):
        await town.server.control.click(shown["answer"]["id"], ann, "/topics")

    press = answers.asked[1]
    assert isinstance(press, Press)
    assert (press.action, press.message) == ("/topics", None)


async def test_a_reply_may_take_the_place_of_the_one_with_the_button(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    ann = await person(town)
    answers.reply = Reply(text="page 1", buttons=(Button(label="Next", action="/latest nlp 2"),))
    first = (await typed(town, ann, "/topics"))["answer"]["id"]
    answers.reply = Reply(text="page 2", replace=True)

    shown = await town.server.control.click(first, ann, "/latest nlp 2")

    assert shown["type"] == 7
    assert (await town.server.control.interaction(shown["id"]))["answer"] is None
    assert town.server.world.messages[first].body["content"] == "page 2"
    assert town.server.world.messages[first].body["components"] == []


async def test_a_reply_never_takes_the_place_of_a_post(town: Town, served: Discord, answers: ScriptedAnswers) -> None:
    message = await posted(town, served)
    answers.reply = Reply(text="Because.", replace=True)

    shown = await town.server.control.click(message, await person(town), "menu", [f"why:{announcement(1).id}"])

    assert shown["type"] == 4
    assert (await town.posted(town.text))[0]["embeds"][0]["title"] == "Post 1"


async def test_a_press_is_asked_for_its_own_server_whatever_it_names(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    message = await posted(town, served)
    other = (await town.server.control.guild("Other"))["id"]
    place = (await town.server.control.channel(other))["id"]
    stranger = (await town.server.control.member(other))["id"]
    elsewhere = replace(town.message(town.text, announcement(1), id="m2"), channel=Channel(
        platform="discord", workspace=str(other), id=str(place)
    ))  # fmt: skip
    outcome = await served.send(elsewhere)
    assert isinstance(outcome, Sent)

    await town.server.control.click(int(outcome.ref), stranger, "menu", [f"remove:{announcement(1).id}"])

    assert answers.asked[0].channel == Channel(platform="discord", workspace=str(other), id=str(place))
    assert [m["id"] for m in await town.posted(town.text)] == [message]
