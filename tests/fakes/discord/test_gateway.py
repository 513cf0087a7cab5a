"""The gateway of the fake Discord, judged by discord.py: sessions, outages, refusals."""

import aiohttp
import pytest

from tests.fakes.discord.conftest import Recorder, connected
from tests.fakes.discord.world import FORUM
from tests.fakes.discord_server import DiscordServer


async def test_a_client_hears_of_its_guilds_and_channels(server: DiscordServer, client: Recorder) -> None:
    guild = await server.control.guild("Readers")
    await server.control.channel(guild["id"], "general")
    await server.control.channel(guild["id"], "posts", FORUM, tags=["nlp"])

    async with connected(client):
        found = client.get_guild(guild["id"])
        assert found is not None
        assert {"general", "posts"} == {channel.name for channel in found.channels}
        assert found.forums[0].available_tags[0].name == "nlp"


async def test_a_dropped_line_is_resumed_and_nothing_is_missed(server: DiscordServer, client: Recorder) -> None:
    guild = await server.control.guild()
    async with connected(client):
        await server.control.gateway_drop(4000)
        await server.control.channel(guild["id"], "made meanwhile")
        await client.until("resumed")
        found = client.get_guild(guild["id"])

        assert found is not None
        assert [c.name for c in found.channels] == ["made meanwhile"]
    assert (len(server.gateway.identifies), server.gateway.resumes) == (1, 1)


async def test_an_outage_and_a_removal_are_told_apart(server: DiscordServer, client: Recorder) -> None:
    guild = await server.control.guild()
    async with connected(client):
        await server.control.guild_outage(guild["id"])
        await client.until("guild_unavailable")
        await server.control.guild_outage(guild["id"], over=True)
        await client.until("guild_available")
        await server.control.guild_leave(guild["id"])
        await client.until("guild_remove")
        await server.control.guild_return(guild["id"])
        await client.until("guild_join")


@pytest.mark.parametrize(
    ("token", "intents", "code"), [("wrong", 1, 4004), (None, 1 << 30, 4013), (None, 1 << 15, 4014)]
)
async def test_identify_is_refused_with_the_documented_code(
    server: DiscordServer, token: str | None, intents: int, code: int
) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(server.gateway.url) as line:
        await line.receive_json()
        await line.send_json({"op": 2, "d": {"token": token or server.token, "intents": intents}})
        await line.receive()

        assert code == line.close_code
