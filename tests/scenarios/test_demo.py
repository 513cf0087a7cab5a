"""`./run demo` as a newcomer sees it."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from tests.scenarios.bot_process import BotProcess, running_bot

PATIENCE = 60.0


async def messages(session: aiohttp.ClientSession, bot: BotProcess) -> list[dict[str, Any]]:
    async with session.get(f"{bot.url}/room/api/channels/general/messages") as answer:
        found: list[dict[str, Any]] = (await answer.json())["messages"]
        return found


async def test_the_demo_announces_what_was_asked_for_each_post_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path, {}, "demo") as bot, aiohttp.ClientSession() as session:
        command = {"text": "/subscribe nlp"}
        async with session.post(f"{bot.url}/room/api/channels/general/commands", json=command) as answer:
            reply = (await answer.json())["reply"]["text"]
        async with asyncio.timeout(PATIENCE):
            found = await messages(session, bot)
            while not {one["blog"] for one in found} >= {"The Long Read", "<mirela>"}:
                await asyncio.sleep(0.2)
                found = await messages(session, bot)

    assert reply.startswith("Following Natural language processing here.\nWatching 15 blogs.")
    assert len({one["url"] for one in found}) == len(found)
    long = next(one for one in found if one["blog"] == "The Long Read")
    assert 0 < len(long["summary"]) <= 300
    assert long["summary"].endswith(".")


async def test_a_slip_of_the_pen_is_asked_about_with_a_button_and_never_guessed(tmp_path: Path) -> None:
    async with running_bot(tmp_path, {}, "demo") as bot, aiohttp.ClientSession() as session:

        async def said(path: str, body: dict[str, Any]) -> dict[str, Any]:
            async with session.post(f"{bot.url}/room/api/channels/general/{path}", json=body) as answer:
                reply: dict[str, Any] = (await answer.json())["reply"]
                return reply

        asked = await said("commands", {"text": "/subscribe pyhton"})
        before = await said("commands", {"text": "/subscriptions"})
        pressed = await said("presses", {"action": asked["buttons"][0]["action"]})

    assert asked["text"] == "There is no topic pyhton. Did you mean Python?"
    assert [button["label"] for button in asked["buttons"]] == ["Python"]
    assert "Python" not in before["text"]
    assert pressed["text"].startswith("Following Python here.")
