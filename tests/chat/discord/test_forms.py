"""Forms: filled in, sent after a restart, and asked for again where they came late."""

import asyncio

from bot.chat.discord.adapter import Discord
from bot.domain.reply import Choice, Field, Form, Press, Reply
from tests.chat.discord.answers import ScriptedAnswers
from tests.chat.discord.conftest import Make, Town, connected, person, typed

SETTINGS = Form(
    title="Settings of this channel, with a title that is much too long for Discord",
    action="settings save",
    submit="Save",
    fields=(
        Field(name="zone", label="Time zone", value="UTC", hint="As in Europe/Berlin", required=True),
        Field(name="look", label="Look", value="full", choices=(Choice(value="full", label="Full"),
                                                                Choice(value="compact", label="Compact"))),
        Field(name="topics", label="Topics", value="nlp,rust", many=True, choices=tuple(
            Choice(value=v, label=v) for v in ("nlp", "rust", "go"))),
    ),
)  # fmt: skip


async def test_a_form_is_filled_in_and_sent(town: Town, served: Discord, answers: ScriptedAnswers) -> None:
    answers.reply = Reply(form=SETTINGS)
    ann = await person(town)
    shown = await typed(town, ann, "/topics")
    assert shown["type"] == 9
    answers.reply = Reply(text="Saved.")

    done = await town.server.control.modal(shown["id"], {"zone": "Europe/Berlin", "topics": ["go", "nlp"]})

    press = answers.asked[1]
    assert isinstance(press, Press)
    assert press.action == "settings save"
    assert press.values == {"zone": "Europe/Berlin", "look": "full", "topics": "go,nlp"}
    assert done["answer"]["content"] == "Saved."


async def test_a_form_sent_after_a_restart_is_answered(town: Town, make: Make, answers: ScriptedAnswers) -> None:
    answers.reply = Reply(form=SETTINGS)
    async with connected(make(), town):
        shown = await typed(town, await person(town), "/topics")
    answers.reply = Reply(text="Saved.")

    async with connected(make(), town):
        done = await town.server.control.modal(shown["id"], {})

    assert done["answer"]["content"] == "Saved."


async def test_a_form_that_comes_late_is_asked_for_by_a_button(
    town: Town, make: Make, answers: ScriptedAnswers
) -> None:
    answers.reply = Reply(form=SETTINGS)
    answers.go.clear()
    async with connected(make(quick=0.0), town):
        waiting = asyncio.create_task(typed(town, await person(town), "/topics", word="nlp"))
        await answers.was_asked.wait()
        answers.go.set()
        shown = await waiting

    assert shown["answer"]["components"][0]["components"][0]["custom_id"] == "/topics nlp"
