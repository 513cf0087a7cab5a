"""What the fake Discord refuses: missing rights, too many requests, and faults that were ordered."""

import asyncio
import contextlib

import aiohttp
import discord
import pytest

from tests.fakes.discord import permissions as perms
from tests.fakes.discord.conftest import Recorder, post
from tests.fakes.discord.faults import Kind
from tests.fakes.discord_server import DiscordServer


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
