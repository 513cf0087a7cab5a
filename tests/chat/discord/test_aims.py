"""What a button's id says besides its action: forms of several pages, and channels other than the one it stands in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.discord.adapter import Discord
from bot.chat.discord.aims import Aim, aim_of
from bot.commands.settings import form_of
from bot.domain.channel_settings import SETTINGS
from bot.domain.channels import ChannelOptions
from bot.domain.language import IN_ENGLISH
from bot.domain.menu import menu_of
from bot.domain.message import Sent
from bot.domain.model import MessageRef
from bot.domain.reply import Button, Field, Form, Press, Reply
from tests.chat.discord.answers import ScriptedAnswers
from tests.chat.discord.conftest import Town, person, typed
from tests.fakes.discord import permissions as perms
from tests.posts import announcement

LONG = Form(
    submit="Save",
    title="Settings",
    action="/tidings settings",
    fields=tuple(
        Field(name=f"{group}{number}", label=f"{group} {number}", value="x", group=group)
        for group in ("When", "Look")
        for number in range(4)
    ),
)
ABOUT_A_FORUM = Reply(text="Following.", buttons=(Button(label="Undo", action="/unsubscribe nlp"),))


@given(
    action=st.text(max_size=70).filter(lambda text: not text.startswith(("@", "page "))),
    channel=st.none() | st.integers(0, 2**63),
    page=st.none() | st.integers(0, 9),
)
def test_an_aim_reads_back_as_it_is_written(action: str, channel: int | None, page: int | None) -> None:
    aim = Aim(action, channel, page)

    assert aim_of(str(aim)) == aim
    assert len(str(aim)) <= 100


def pressed(answers: ScriptedAnswers) -> Press:
    press = answers.asked[-1]
    assert isinstance(press, Press)
    return press


async def test_a_long_form_is_a_text_with_a_button_for_each_group(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    answers.reply = Reply(text="Settings of this channel: …", form=LONG)
    ann = await person(town)
    shown = (await typed(town, ann, "/topics"))["answer"]
    labels = [part["label"] for row in shown["components"] for part in row["components"]]
    assert (shown["content"][:8], labels) == ("Settings", ["When", "Look"])

    form = await town.server.control.click(shown["id"], ann, "page 1 /tidings settings")
    assert (form["type"], form["data"]["title"]) == (9, "Settings: Look")
    answers.reply = Reply(text="Saved.")
    done = await town.server.control.modal(form["id"], {"Look2": "y"})

    assert done["answer"]["content"] == "Saved."
    assert pressed(answers).action == "/tidings settings"
    assert pressed(answers).values == {"Look0": "x", "Look1": "x", "Look2": "y", "Look3": "x"}


async def test_every_option_of_a_channel_has_its_place_in_a_modal(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    form = form_of(IN_ENGLISH, "discord", ChannelOptions(template="x" * 500))
    answers.reply = Reply(text="Settings", form=form)
    ann = await person(town)
    shown = (await typed(town, ann, "/tidings settings"))["answer"]

    names: list[str] = []
    for part in shown["components"][0]["components"]:
        modal = await town.server.control.click(shown["id"], ann, part["custom_id"])
        assert modal["type"] == 9
        names += [label["component"]["custom_id"] for label in modal["data"]["components"]]

    assert names == [field.name for field in form.fields]
    assert len(names) == len([one for one in SETTINGS.values() if one.works_in("discord")])


async def test_what_is_said_of_a_forum_is_pressed_for_the_forum(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    answers.reply = ABOUT_A_FORUM
    ann = await person(town)
    shown = (await typed(town, ann, "/subscribe", topic="nlp", channel=str(town.forum)))["answer"]

    await town.server.control.click(shown["id"], ann, f"@{town.forum} /unsubscribe nlp")

    assert (pressed(answers).channel, pressed(answers).action) == (town.channel(town.forum), "/unsubscribe nlp")
    assert pressed(answers).person.may_change_channel


async def test_rights_are_those_of_the_forum_at_the_moment_of_the_press(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    answers.reply = ABOUT_A_FORUM
    ann, control = await person(town), town.server.control
    shown = (await typed(town, ann, "/subscribe", topic="nlp", channel=str(town.forum)))["answer"]
    button = f"@{town.forum} /unsubscribe nlp"

    await control.overwrite(town.forum, member=ann, deny=perms.MANAGE_CHANNELS)
    await control.click(shown["id"], ann, button)
    assert not pressed(answers).person.may_change_channel

    await control.overwrite(town.forum, member=ann, deny=perms.VIEW_CHANNEL)
    hidden = await control.click(shown["id"], ann, button)
    assert hidden["answer"]["content"] == "You cannot see that channel."

    await control.channel_delete(town.forum)
    gone = await control.click(shown["id"], ann, button)
    assert gone["answer"]["content"] == "That channel is gone, or I cannot see it any more."
    assert len(answers.asked) == 2


# -- threads of digests -------------------------------------------------------------------------
async def in_thread(town: Town, discord: Discord) -> tuple[int, MessageRef]:
    """Send a digest, and a post into its thread; return the post's id and its name."""
    await town.server.control.overwrite(town.text, allow=perms.CREATE_PUBLIC_THREADS)
    digest = await discord.send(town.message(town.text, announcement(1), announcement(2), id="d1", text="2 new posts"))
    assert isinstance(digest, Sent)
    post = await discord.send(town.message(town.text, announcement(1), id="m1", target=digest.ref, text="2 new posts"))
    assert isinstance(post, Sent)
    return int(post.ref.partition("/")[2]), post.ref


async def test_a_post_in_a_digests_thread_is_of_the_channel_above(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    message, ref = await in_thread(town, served)
    answers.menus = {ref: menu_of(announcement(1), IN_ENGLISH)}
    answers.reply = Reply(text="Because.", buttons=(Button(label="Stricter", action="/subscribe nlp strict"),))
    ann = await person(town)

    shown = await town.server.control.click(message, ann, "menu", [f"why:{announcement(1).id}"])
    assert (pressed(answers).channel, pressed(answers).message) == (town.channel(town.text), ref)
    await town.server.control.click(shown["answer"]["id"], ann, f"@{town.text} /subscribe nlp strict")
    assert pressed(answers).channel == town.channel(town.text)
    await town.server.control.message_command(message, ann, "Mute this blog")
    assert pressed(answers).channel == town.channel(town.text)


async def test_a_post_of_a_thread_that_is_followed_itself_is_of_the_thread(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    outcome = await served.send(town.message(town.thread, announcement(1)))
    assert isinstance(outcome, Sent)
    answers.menus = {outcome.ref: menu_of(announcement(1), IN_ENGLISH)}

    await town.server.control.click(int(outcome.ref), await person(town), "menu", [f"why:{announcement(1).id}"])

    assert (pressed(answers).channel, pressed(answers).message) == (town.channel(town.thread), outcome.ref)


@pytest.mark.parametrize("way", ["typed", "form"])
async def test_threads_are_not_promised_where_there_can_be_none(
    town: Town, served: Discord, answers: ScriptedAnswers, way: str
) -> None:
    ann, control = await person(town), town.server.control

    async def switch_on(place: int) -> str:
        if way == "typed":
            shown = await typed(town, ann, "/tidings settings", at=place, name="threads on")
            return str(shown["answer"]["content"])
        answers.reply = Reply(
            form=Form(title="x", submit="Save", action="/tidings settings", fields=(Field(name="threads", label="T"),))
        )
        form = await typed(town, ann, "/tidings settings", at=place)
        answers.reply = Reply(text="Saved.")
        return str((await control.modal(form["id"], {"threads": "on"}))["answer"]["content"])

    assert (await switch_on(town.text)).startswith("For threads I lack Create Public Threads here.")
    assert (await switch_on(town.thread)).startswith(
        "Threads hang on messages of text, announcement and forum channels"
    )
    await control.overwrite(town.text, allow=perms.CREATE_PUBLIC_THREADS)
    assert await switch_on(town.text) == answers.reply.text
