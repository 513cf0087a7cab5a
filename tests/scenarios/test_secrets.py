"""Canary tokens in every setting and a feed's address, the real program at its chattiest: where do they come up?"""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.fakes.discord_server import DiscordServer
from tests.fakes.feed_server import Answer, FeedServer, Item, rss
from tests.fakes.slack_server import FakeSlack
from tests.scenarios.bot_process import BotProcess, running_bot
from tests.scenarios.room_client import RoomClient, eventually

QUICK = {"POLLING_FLOOR": "0.3s", "POLLING_CEILING": "0.3s", "POLLING_TICK": "0.3s", "POLLING_HOST_SPACING": "0s"}


async def busy(bot: BotProcess, feeds: FeedServer) -> str:
    """Add feeds with secrets in their addresses, good and bad, follow one, and return all that was answered."""
    secret = feeds.url("/feed?key=canary-query", host="reader:canary-password@127.0.0.1")
    said: list[str] = []
    path = "/feed?key=canary-query"

    async def asked(more: int) -> None:
        """Return after so many more polls."""
        until = feeds.asked[path] + more

        async def enough() -> bool:
            return feeds.asked[path] >= until

        await eventually(enough)

    async with RoomClient(bot.url) as room:
        commands = (
            f"/subscribe {secret}",
            f"/tidings feeds add {feeds.url('/none?key=canary-query', host='reader:canary-password@127.0.0.1')}",
            f"/tidings feeds add {secret}",
            "/tidings feeds list",
            "/subscriptions",
            "/tidings status",
            "/tidings feeds status",
        )
        said += [await room.type(text) for text in commands]
        # The first poll announces nothing.
        await asked(2)
        feeds.serve(path, rss([Item("News", "https://a.example/2", guid="2")]))

        async def it_came() -> bool:
            return await room.titles() == ["News"]

        await eventually(it_came)
        feeds.serve(path, Answer(b"broken", 500, conditional=False))
        await asked(1)
        said.append(await room.type("/tidings feeds status"))
    return "\n".join(said)


async def test_no_secret_is_logged_answered_or_stored(tmp_path: Path) -> None:
    async with FakeSlack() as slack, DiscordServer() as discord, FeedServer() as feeds:
        feeds.serve("/feed?key=canary-query", rss([Item("Old", "https://a.example/1", guid="1")]))
        discord.world.token = "canary-discord-token"
        settings = {
            **QUICK,
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
            "SLACK_BOT_TOKEN": "xoxb-1-canary",
            "SLACK_APP_TOKEN": "xapp-1-canary",
            "SLACK_API_URL": slack.api_url,
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "ADMIN_TOKEN": "canary-admin",
            "SECRET_KEY": "canary-secret-key",
        }
        async with running_bot(tmp_path, settings) as bot:
            said = await busy(bot, feeds)
            assert await bot.stop() == 0
        log = bot.log.read_text()

    assert "serving" in log
    assert "canary" not in log
    assert "canary" not in said
    with closing(sqlite3.connect(tmp_path / "tidings.db")) as connection:
        dump = "\n".join(connection.iterdump())
    assert "sealed-" in dump
    assert "canary" not in dump
