"""The fake Slack, driven by Slack's own client: what it must answer for our tests to mean something."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack_server import FakeSlack, Remote

Json = dict[str, Any]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as server:
        yield server


@pytest.fixture
async def team(slack: FakeSlack) -> Json:
    return await slack.stage.team("Acme")


@pytest.fixture
async def client(slack: FakeSlack, team: Json) -> AsyncIterator[AsyncWebClient]:
    # The client's own timeout is ignored where a session is passed in.
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session:
        yield AsyncWebClient(team["bot_token"], base_url=slack.api_url, session=session, retry_handlers=[])


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_message_is_seen_with_its_metadata_only_when_asked_for(
    slack: FakeSlack, team: Json, client: AsyncWebClient
) -> None:
    channel = (await slack.stage.channel(team["id"], "nlp", with_bot=True))["id"]
    said = await client.chat_postMessage(
        channel=channel, text="hi", metadata={"event_type": "announcement", "event_payload": {"key": "k1"}}
    )

    plain = await client.conversations_history(channel=channel, oldest="0")
    full = await client.conversations_history(channel=channel, oldest="0", include_all_metadata=True)
    later = await client.conversations_history(channel=channel, oldest=said["ts"])

    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"]["event_payload"] == {"key": "k1"}
    assert later["messages"] == []


async def test_history_is_paged(slack: FakeSlack, team: Json, client: AsyncWebClient) -> None:
    channel = (await slack.stage.channel(team["id"], "nlp", with_bot=True))["id"]
    for number in range(5):
        await slack.stage.say(channel, team["admin"], str(number))

    first = await client.conversations_history(channel=channel, limit=3)
    rest = await client.conversations_history(
        channel=channel, limit=3, cursor=first["response_metadata"]["next_cursor"]
    )

    assert [m["text"] for m in first["messages"] + rest["messages"]] == ["4", "3", "2", "1", "0"]
    assert (first["has_more"], rest["has_more"]) == (True, False)


async def test_membership_and_state_of_a_channel_are_checked(
    slack: FakeSlack, team: Json, client: AsyncWebClient
) -> None:
    public = (await slack.stage.channel(team["id"], "open"))["id"]
    private = (await slack.stage.channel(team["id"], "secret", is_private=True))["id"]

    assert await refused(client.chat_postMessage(channel=public, text="x")) == "not_in_channel"
    assert await refused(client.chat_postMessage(channel=private, text="x")) == "channel_not_found"
    assert await refused(client.conversations_join(channel=private)) == "channel_not_found"
    await client.conversations_join(channel=public)
    await client.chat_postMessage(channel=public, text="x")
    await slack.stage.change_channel(public, is_archived=True)
    assert await refused(client.chat_postMessage(channel=public, text="x")) == "is_archived"


async def test_tokens_and_scopes_are_checked(slack: FakeSlack) -> None:
    poor = await slack.stage.team("Poor", scopes=["chat:write"])
    channel = (await slack.stage.channel(poor["id"], "nlp", with_bot=True))["id"]
    async with aiohttp.ClientSession() as session:

        def client(token: str) -> AsyncWebClient:
            return AsyncWebClient(token, base_url=slack.api_url, session=session, retry_handlers=[])

        assert await refused(client("xoxb-nobody").auth_test()) == "invalid_auth"
        assert await refused(client(slack.world.app_token).auth_test()) == "not_allowed_token_type"
        assert await refused(client(poor["bot_token"]).conversations_history(channel=channel)) == "missing_scope"
        await slack.stage.revoke(poor["id"])
        assert await refused(client(poor["bot_token"]).auth_test()) == "token_revoked"


async def test_too_many_posts_are_answered_with_429(slack: FakeSlack, team: Json, client: AsyncWebClient) -> None:
    channel = (await slack.stage.channel(team["id"], "nlp", with_bot=True))["id"]
    await slack.stage.configure(posts_at_once=2)
    await client.chat_postMessage(channel=channel, text="1")
    await client.chat_postMessage(channel=channel, text="2")

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=channel, text="3")

    assert caught.value.response.status_code == 429
    assert int(caught.value.response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("kind", "posted"),
    [
        ("reset", 0),
        ("commit_then_reset", 1),
        ("commit_then_hang", 1),
        ("500", 0),
        ("500_after_commit", 1),
        ("429", 0),
        ("ratelimited", 0),
        ("html", 0),
        ("cut_json", 1),
        ("error", 0),
    ],
)
async def test_a_fault_hits_once_and_commits_or_not(
    slack: FakeSlack, team: Json, client: AsyncWebClient, kind: str, posted: int
) -> None:
    channel = (await slack.stage.channel(team["id"], "nlp", with_bot=True))["id"]
    await slack.stage.fault("chat.postMessage", kind)

    with pytest.raises((SlackApiError, aiohttp.ClientError, TimeoutError)):
        await client.chat_postMessage(channel=channel, text="x")

    assert len(await slack.stage.messages(channel)) == posted
    await client.chat_postMessage(channel=channel, text="x")


async def test_the_backstage_works_from_another_process_too(slack: FakeSlack) -> None:
    async with aiohttp.ClientSession() as session:
        remote = Remote(slack.origin, session)
        team = await remote.do("team", name="Beta")
        channel = await remote.do("channel", team=team["id"], name="nlp", with_bot=True)

        assert await remote.do("messages", channel=channel["id"]) == []
        with pytest.raises(RuntimeError, match="no such verb"):
            await remote.do("_meant")
        with pytest.raises(RuntimeError, match="no fault"):
            await remote.do("fault", method="chat.postMessage", kind="sulk")
