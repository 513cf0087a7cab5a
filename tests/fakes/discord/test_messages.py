"""Messages on the fake Discord: nonces, history, limits, publishing, forums and whom they wake."""

from datetime import UTC, datetime

import discord
import pytest

from tests.fakes.discord import permissions as perms
from tests.fakes.discord.answers import Json
from tests.fakes.discord.conftest import Recorder, post
from tests.fakes.discord.world import ANNOUNCEMENT, FORUM, REQUIRE_TAG
from tests.fakes.discord_server import DiscordServer


async def test_the_same_nonce_within_the_window_gives_the_first_message(
    server: DiscordServer, client: Recorder
) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    channel = client.get_partial_messageable(place)

    first = await channel.send("hello", nonce="key")
    again = await channel.send("hello", nonce="key")
    await server.control.advance(181)
    late = await channel.send("hello", nonce="key")

    assert first.id == again.id != late.id
    assert len(await server.control.posted(place)) == 2


async def test_a_deleted_first_copy_is_an_unknown_message(server: DiscordServer, client: Recorder) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    channel = client.get_partial_messageable(place)
    first = await channel.send("hello", nonce="key")
    await server.control.message_delete(first.id)

    with pytest.raises(discord.NotFound) as refused:
        await channel.send("hello", nonce="key")

    assert refused.value.code == 10008


async def test_history_is_empty_without_the_right_to_read_it(server: DiscordServer, client: Recorder) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    channel = client.get_partial_messageable(place)
    for text in ("one", "two", "three"):
        await channel.send(text)
    since = datetime.fromtimestamp(server.world.now() - 5, UTC)

    assert [m.content async for m in channel.history(after=since, limit=2, oldest_first=True)] == ["one", "two"]

    await server.control.overwrite(place, deny=perms.READ_MESSAGE_HISTORY)
    assert [m.content async for m in channel.history(limit=10)] == []


EMBED_TOO_LONG = [{"title": "x" * 257}]


BAD_MESSAGES: dict[str, Json] = {
    "content of 2001": {"content": "x" * 2001},
    "content of 1001 astral characters": {"content": "😀" * 1001},
    "title of 257": {"embeds": EMBED_TOO_LONG},
    "description of 4097": {"embeds": [{"description": "x" * 4097}]},
    "6001 over all embeds": {"embeds": [{"description": "x" * 3000}, {"description": "x" * 3001}]},
    "eleven embeds": {"embeds": [{"title": "x"}] * 11},
    "an empty embed": {"embeds": [{"url": "https://a.example"}]},
    "a url of another scheme": {"embeds": [{"title": "x", "url": "javascript:alert(1)"}]},
    "a url of 2049": {"embeds": [{"title": "x", "url": "https://a.example/" + "x" * 2031}]},
    "an author without a name": {"embeds": [{"title": "x", "author": {"name": ""}}]},
    "a nonce of 26": {"content": "x", "nonce": "x" * 26},
    "a custom id of 101": {
        "components": [{"type": 1, "components": [{"type": 2, "style": 2, "label": "a", "custom_id": "x" * 101}]}]
    },
    "six buttons in a row": {
        "components": [
            {"type": 1, "components": [{"type": 2, "style": 2, "label": "a", "custom_id": str(n)} for n in range(6)]}
        ]
    },
    "the same custom id twice": {
        "components": [{"type": 1, "components": [{"type": 2, "style": 2, "label": "a", "custom_id": "x"}] * 2}]
    },
    "26 options": {
        "components": [
            {
                "type": 1,
                "components": [
                    {"type": 3, "custom_id": "x", "options": [{"label": str(n), "value": str(n)} for n in range(26)]}
                ],
            }
        ]
    },
    "the ephemeral flag": {"content": "x", "flags": 64},
}


@pytest.mark.parametrize("body", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
async def test_a_message_over_a_limit_is_an_invalid_form(server: DiscordServer, body: Json) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]

    status, answer = await post(server, f"/channels/{place}/messages", body)

    assert (status, answer["code"]) == (400, 50035)
    assert answer["errors"]
    assert await server.control.posted(place) == []


async def test_what_is_exactly_at_the_limits_is_taken(server: DiscordServer) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    embed = {"title": "x" * 256, "description": "y" * 4096, "footer": {"text": "z" * 1648}}

    status, _ = await post(server, f"/channels/{place}/messages", {"content": "x" * 2000, "embeds": [embed]})

    assert status == 200


async def test_a_forum_takes_posts_with_its_own_tags_only(server: DiscordServer) -> None:
    guild = await server.control.guild()
    forum = await server.control.channel(guild["id"], "posts", FORUM, tags=["nlp"], flags=REQUIRE_TAG)
    path, message = f"/channels/{forum['id']}/threads", {"content": "x"}

    untagged = await post(server, path, {"name": "a", "message": message})
    foreign = await post(server, path, {"name": "a", "message": message, "applied_tags": ["7"]})
    status, made = await post(
        server, path, {"name": "a", "message": message, "applied_tags": [str(forum["tags"]["nlp"])]}
    )

    assert untagged[1]["code"] == 40067
    assert foreign[1]["code"] == 50035
    assert status == 200
    assert made["id"] == made["message"]["id"]
    assert (await post(server, f"/channels/{forum['id']}/messages", message))[1]["code"] == 50008


async def test_only_a_message_of_an_announcement_channel_is_published_once(
    server: DiscordServer, client: Recorder
) -> None:
    guild = await server.control.guild()
    news = (await server.control.channel(guild["id"], "news", ANNOUNCEMENT))["id"]
    plain = (await server.control.channel(guild["id"]))["id"]
    sent = await client.get_partial_messageable(news).send("x")
    other = await client.get_partial_messageable(plain).send("x")

    await sent.publish()
    codes = []
    for message in (sent, other):
        with pytest.raises(discord.HTTPException) as refused:
            await message.publish()
        codes.append(refused.value.code)

    assert codes == [40033, 50024]
    assert (await server.control.posted(news))[0]["published"]


async def test_content_wakes_whom_allowed_mentions_lets_it(server: DiscordServer) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    role = (await server.control.role(guild["id"], "readers"))["id"]
    text = f"@everyone <@&{role}> <@7>"
    embeds = [{"description": text}]
    choices: list[Json] = [{}, {"parse": []}, {"parse": [], "roles": [str(role)]}]
    for choice in choices:
        allowed: Json = {"allowed_mentions": choice} if choice else {}
        await post(server, f"/channels/{place}/messages", {"content": text, "embeds": embeds} | allowed)

    pings = [message["pings"] for message in await server.control.posted(place)]
    assert [["everyone", f"role:{role}", "user:7"], [], [f"role:{role}"]] == pings
