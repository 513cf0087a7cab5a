"""What a command is answered: at once or late, once, and without what nobody may see."""

import asyncio

import pytest

from bot.chat.discord.adapter import Discord
from bot.domain.reply import Reply
from tests.chat.discord.answers import ScriptedAnswers
from tests.chat.discord.conftest import EPHEMERAL, Make, Town, connected, person, typed
from tests.posts import announcement


async def test_what_takes_long_is_promised_first(town: Town, make: Make, answers: ScriptedAnswers) -> None:
    adapter = make(quick=0.05)
    async with connected(adapter, town):
        answers.go.clear()
        waiting = asyncio.create_task(typed(town, await person(town), "/topics"))
        await answers.was_asked.wait()
        await town.server.control.answered(next(iter(town.server.desk.by_id)))
        answers.go.set()
        shown = await waiting

    assert shown["type"] == 5
    assert shown["data"]["flags"] & EPHEMERAL
    assert shown["answer"]["content"] == "Watching 212 blogs."
    assert shown["followups"] == []


async def test_a_late_answer_for_everyone_is_posted_below(town: Town, make: Make, answers: ScriptedAnswers) -> None:
    answers.reply = Reply(text="ann follows NLP here now.", public=True)
    adapter = make(quick=0.0)
    answers.go.clear()
    async with connected(adapter, town):
        asking = await town.server.control.command(town.text, await person(town), "/topics", seconds=0)
        await answers.was_asked.wait()
        answers.go.set()
        shown = await town.server.control.followed_up(asking["id"])

    assert shown["answer"]["content"] == "Done: see below."
    assert shown["followups"][0]["content"] == "ann follows NLP here now."
    assert not shown["followups"][0]["flags"] & EPHEMERAL


async def test_an_answer_for_everyone_is_not_ephemeral(town: Town, served: Discord, answers: ScriptedAnswers) -> None:
    answers.reply = Reply(text="ann follows NLP here now.", public=True)

    shown = await typed(town, await person(town), "/topics")

    assert not shown["answer"]["flags"] & EPHEMERAL


async def test_what_people_and_blogs_wrote_is_shown_as_they_wrote_it(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    answers.reply = Reply(
        text="No topic *x* @everyone <@&1>. Try `/topics`.", posts=(announcement(1, title="[a](https://evil.example)"),)
    )

    answer = (await typed(town, await person(town), "/topics"))["answer"]

    assert answer["content"] == "No topic \\*x\\* \\@everyone \\<\\@&1>. Try `/topics`."
    assert answer["embeds"][0]["title"] == "\\[a\\](https://evil.example)"
    assert answer["pings"] == []


async def test_a_failure_is_told_without_its_details(
    town: Town, served: Discord, answers: ScriptedAnswers, caplog: pytest.LogCaptureFixture
) -> None:
    answers.fails = True

    said = (await typed(town, await person(town), "/topics"))["answer"]["content"]

    assert said.startswith("Something went wrong on our side, and was logged as ")
    assert "secret" not in said
    assert "answering failed" in caplog.text


async def test_an_interaction_that_comes_twice_is_done_once(
    town: Town, served: Discord, answers: ScriptedAnswers
) -> None:
    shown = await typed(town, await person(town), "/topics")
    event = next(e for s in town.server.gateway.sessions.values() for e in s.events if e["t"] == "INTERACTION_CREATE")
    await town.server.control.gateway_send(event)
    await typed(town, await person(town), "/topics")

    assert event["d"]["id"] == str(shown["id"])
    assert len(answers.asked) == 2


@pytest.mark.parametrize("status", [(404, 10062), (400, 40060)])
async def test_an_expired_interaction_is_logged_and_the_work_is_done(
    town: Town, served: Discord, answers: ScriptedAnswers, status: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    await town.fault("status", path="/callback$", status=status[0], code=status[1])
    await town.server.control.command(town.text, await person(town), "/topics", seconds=0)

    shown = await typed(town, await person(town), "/topics")

    assert shown["answer"]["content"] == "Watching 212 blogs."
    assert len(answers.asked) == 2
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("slow", [False, True])
async def test_an_answer_whose_receipt_was_lost_is_there_once(
    town: Town, make: Make, answers: ScriptedAnswers, slow: bool
) -> None:
    """Discord took the answer, or the promise of one, and said 502; the library asks again and hears 40060."""
    if slow:
        answers.go.clear()
    async with connected(make(quick=0.01), town):
        lost = await town.fault("status_after", path="/callback$", status=502)
        asked = asyncio.create_task(typed(town, await person(town), "/topics"))
        await town.server.control.fault_hit(lost, 30)
        answers.go.set()
        shown = await asked
        async with asyncio.timeout(30):
            # The library asks again when it wants to: there is nothing to await.
            while not [line for line in town.requests if line.startswith("PATCH")]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    assert len([line for line in town.requests if line.endswith("/callback")]) == 2
    assert len(answers.asked) == 1
    assert (await town.server.control.interaction(shown["id"]))["answer"]["content"] == "Watching 212 blogs."


async def test_a_command_that_is_gone_says_so(town: Town, served: Discord, answers: ScriptedAnswers) -> None:
    await typed(town, await person(town), "/topics")
    town.server.world.commands[None].append({"id": "1", "name": "old", "type": 1, "options": []})

    shown = await typed(town, await person(town), "/old")

    assert shown["answer"]["content"].startswith("This command has changed.")
