"""A web process beside workers: it serves, and is ready although sockets and gateways are theirs."""

from pathlib import Path

import aiohttp

from tests.fakes.discord_server import DiscordServer
from tests.fakes.slack_server import FakeSlack
from tests.scenarios.bot_process import running_bot


async def test_it_is_ready_without_the_sockets_that_workers_hold(tmp_path: Path) -> None:
    async with FakeSlack() as slack, DiscordServer() as discord, aiohttp.ClientSession() as session:
        team = await slack.stage.team("Acme")
        settings = {
            "POLLING_PARSERS": "0",
            "SLACK_BOT_TOKEN": team["bot_token"],
            "SLACK_APP_TOKEN": slack.world.app_token,
            "SLACK_API_URL": slack.api_url,
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
        }
        async with (
            running_bot(tmp_path, settings, verb="web") as web,
            session.get(f"{web.url}/readyz") as answer,
        ):
            assert (answer.status, await answer.json()) == (
                200,
                {"ready": True, "parts": {"room": True, "database": True, "engine": True}, "next": []},
            )
