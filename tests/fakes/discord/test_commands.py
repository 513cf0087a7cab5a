"""Commands on the fake Discord, judged by discord.py and by the limits Discord documents."""

import aiohttp
import discord
from discord import app_commands

from tests.fakes.discord.answers import Json
from tests.fakes.discord.conftest import Recorder, connected, post
from tests.fakes.discord_server import DiscordServer


async def test_a_command_is_typed_answered_and_followed_up(server: DiscordServer, client: Recorder) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    person = (await server.control.member(guild["id"]))["id"]

    @client.tree.command(name="subscribe", description="Follow a topic here")
    async def subscribe(interaction: discord.Interaction, topic: str) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content=f"got {topic}")
        await interaction.followup.send("and more", ephemeral=True)

    @subscribe.autocomplete("topic")
    async def topics(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name="NLP", value="nlp")] if typed == "n" else []

    await client.tree.sync()
    async with connected(client):
        choices = await server.control.autocomplete(place, person, "subscribe", "topic", "n")
        answered = await server.control.command(place, person, "/subscribe", {"topic": "nlp"})

    assert choices["data"]["choices"] == [{"name": "NLP", "value": "nlp"}]
    assert answered["answer"]["content"] == "got nlp"
    assert answered["answer"]["flags"] & 64
    assert await server.control.posted(place) == [], "an answer for one person is no message of the channel"


async def test_an_interaction_is_answered_once_and_in_time(server: DiscordServer) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    person = (await server.control.member(guild["id"]))["id"]
    server.world.commands[None] = [{"id": "1", "name": "help", "type": 1, "options": []}]
    late = await server.control.command(place, person, "help", seconds=0)
    await server.control.advance(4)
    fresh = await server.control.command(place, person, "help", seconds=0)

    answers = []
    for made in (late, fresh, fresh):
        token = server.desk.by_id[made["id"]].token
        path = f"/interactions/{made['id']}/{token}/callback"
        answers.append((await post(server, path, {"type": 4, "data": {"content": "x"}}))[1] or {})

    assert [answer.get("code") for answer in answers] == [10062, None, 40060]


async def test_commands_over_a_limit_are_refused_whole(server: DiscordServer) -> None:
    ok: Json = {"name": "a", "description": "d", "type": 1}
    sub = [{"name": f"s{n}", "description": "d", "type": 1} for n in range(26)]
    choice = {"name": "c" * 100, "value": "v" * 100}
    big = {"name": "o", "description": "d" * 100, "type": 3, "choices": [choice] * 25}
    bad: list[list[Json]] = [
        [ok | {"name": "Upper"}],
        [ok | {"description": "d" * 101}],
        [ok | {"options": sub}],
        [ok, ok],
        [ok | {"options": [big | {"name": "o1"}, big | {"name": "o2"}]}],
        [ok | {"name_localizations": {"xx": "a"}}],
    ]
    await server.control.settings(bucket_limit=50)
    headers = {"Authorization": f"Bot {server.token}"}
    path = f"{server.api_url}/applications/{server.world.application_id}/commands"
    async with aiohttp.ClientSession(headers=headers) as http:
        for commands in bad:
            async with http.put(path, json=commands) as answer:
                assert (await answer.json())["code"] == 50035, commands
        async with http.put(path, json=[ok]) as answer:
            assert answer.status == 200

    assert [c["name"] for c in (await server.control.commands())["commands"]] == ["a"]
