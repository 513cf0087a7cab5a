"""Slack and Discord in one bot: what fails in one does not reach the other, nor polling."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.fakes.slack_server import FakeSlack
from tests.scenarios.room_client import PATIENCE, eventually
from tests.scenarios.test_discord import Newsroom, room

__all__ = ["room"]


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.soak)])
async def test_slack_and_polling_go_on_while_discords_gateway_is_down(
    room: Newsroom, tmp_path: Path, seconds: int
) -> None:
    """Announcements go out on both, and Slack's commands are answered, all the time that the gateway is refused."""
    async with FakeSlack() as slack:
        team = await slack.stage.team("Acme")
        text = await room.channel("general")
        channel = (await slack.stage.channel(team["id"], "nlp"))["id"]
        ways_in = {"SLACK_BOT_TOKEN": team["bot_token"], "SLACK_APP_TOKEN": slack.world.app_token}

        async def type_on_slack(command: str, typed: str = "") -> str:
            done = await slack.stage.command(channel, team["admin"], command, typed)
            assert done["acked"], done

            async def answered() -> bool:
                return bool(await slack.stage.answers(done["answer_id"]))

            await eventually(answered)
            return str((await slack.stage.answers(done["answer_id"]))[0]["text"])

        async def shown_on_slack(title: str) -> bool:
            return any(title in message["text"] for message in await slack.stage.messages(channel))

        # So many posts in a row would be gathered in a digest.
        async with room.bot(tmp_path, SLACK_API_URL=slack.api_url, CHANNELS_BURST="1000", **ways_in):
            assert (await slack.stage.wait_connected(PATIENCE))["connected"]
            await room.type(text, "/tidings feeds add", url=room.blog)
            await room.type(text, "/subscribe", topic=room.blog)
            await type_on_slack("/subscribe", room.blog)
            await room.until_read()

            await room.discord.control.gateway_refuse(10_000)
            await room.discord.control.gateway_drop()
            until = asyncio.get_running_loop().time() + seconds
            number = 0
            while number < 3 or asyncio.get_running_loop().time() < until:
                title = f"Post {number}"
                room.write(title)
                await room.until_shown([text], title)
                await eventually(partial(shown_on_slack, title))
                assert "1 subscription here" in await type_on_slack("/subscriptions")
                number += 1

            await room.discord.control.gateway_refuse(0)
            await room.discord.control.gateway_connected(PATIENCE)
            assert "1 subscription here" in await room.type(text, "/subscriptions")
        assert len(await room.titles(text)) == len(await slack.stage.messages(channel)) == number
