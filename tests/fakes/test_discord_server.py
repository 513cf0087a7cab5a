"""The fake Discord, judged by a client that others wrote (discord.py) and by the limits Discord documents."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord import permissions as perms
from tests.fakes.discord.answers import Json
from tests.fakes.discord.faults import Kind
from tests.fakes.discord.world import ANNOUNCEMENT, FORUM, REQUIRE_TAG
from tests.fakes.discord_server import DiscordServer


class Recorder(discord.Client):
    """A client that notes what it hears."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.tree = app_commands.CommandTree(self)

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        self.heard.put_nowait(event)
        super().dispatch(event, *args, **kwargs)

    async def until(self, event: str) -> None:
        async with asyncio.timeout(8):
            while await self.heard.get() != event:
                pass


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway.url))
        yield server


@pytest.fixture
async def client(server: DiscordServer) -> AsyncIterator[Recorder]:
    """Logged in, not connected: what sending needs."""
    async with Recorder() as client:
        await client.login(server.token)
        yield client


@contextlib.asynccontextmanager
async def connected(client: Recorder) -> AsyncIterator[None]:
    task = asyncio.create_task(client.connect())
    await client.until("ready")
    yield
    await client.close()
    await task


async def post(server: DiscordServer, path: str, body: Json) -> tuple[int, Json]:
    headers = {"Authorization": f"Bot {server.token}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.post(server.api_url + path, json=body) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_client_hears_of_its_guilds_and_channels(server: DiscordServer, client: Recorder) -> None:
    guild = await server.control.guild("Readers")
    await server.control.channel(guild["id"], "general")
    await server.control.channel(guild["id"], "posts", FORUM, tags=["nlp"])

    async with connected(client):
        found = client.get_guild(guild["id"])
        assert found is not None
        assert {"general", "posts"} == {channel.name for channel in found.channels}
        assert found.forums[0].available_tags[0].name == "nlp"


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


async def test_rights_are_those_of_the_channel(server: DiscordServer, client: Recorder) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    codes = []
    for denied in (perms.VIEW_CHANNEL, perms.SEND_MESSAGES, perms.EMBED_LINKS):
        await server.control.overwrite(place, deny=denied)
        with pytest.raises(discord.Forbidden) as refused:
            await client.get_partial_messageable(place).send("x", embed=discord.Embed(title="x"))
        codes.append(refused.value.code)

    assert codes == [50001, 50013, 50013]
    assert (await server.control.stats())["invalid"] == 3


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


async def test_more_than_fifty_requests_a_second_meet_the_global_limit(server: DiscordServer) -> None:
    guild = await server.control.guild()
    places = [(await server.control.channel(guild["id"], f"c{n}"))["id"] for n in range(60)]
    headers = {"Authorization": f"Bot {server.token}"}
    async with aiohttp.ClientSession(headers=headers) as http:

        async def one(place: int) -> tuple[int, str | None]:
            async with http.post(f"{server.api_url}/channels/{place}/messages", json={"content": "x"}) as answer:
                return answer.status, answer.headers.get("X-RateLimit-Global")

        answers = await asyncio.gather(*(one(place) for place in places))

    assert answers.count((429, "true")) == 10


async def test_a_full_bucket_refuses_and_says_when_to_come_back(server: DiscordServer) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]

    statuses = [(await post(server, f"/channels/{place}/messages", {"content": "x"}))[0] for _ in range(6)]

    assert statuses == [200] * 5 + [429]


FAULTS: list[tuple[Kind, int]] = [
    ("drop", 0), ("hang", 0), ("status", 0), ("rate_limit", 0), ("cloudflare", 0),
    ("drop_after", 1), ("reset_after", 1), ("hang_after", 1), ("status_after", 1), ("html_after", 1), ("cut_after", 1),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "posted"), FAULTS)
async def test_a_fault_happens_before_or_after_the_work(server: DiscordServer, kind: Kind, posted: int) -> None:
    guild = await server.control.guild()
    place = (await server.control.channel(guild["id"]))["id"]
    await server.control.fault(kind=kind, status=503)

    with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
        async with asyncio.timeout(0.3):
            status, _ = await post(server, f"/channels/{place}/messages", {"content": "x"})
            assert status in (503, 429)

    assert posted == len(await server.control.posted(place))


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
